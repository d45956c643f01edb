//! Expressions.

use helios_core::value::Affinity;
use helios_core::{Error, Result, Value};

use super::function::call_of;
use super::operator::comparison_collation;
use super::scope::AggregatePlace;
use super::{Binder, Typed, once};
use crate::ast::{CurrentMoment, Expression, PatternOperator};
use crate::func::{self, ProgramFunction, ProgramFunctions};
use crate::plan::{Comparison, Expr, Function, PatternKind};
use crate::stack::with_room;

impl Binder<'_> {
    /// An expression that has one value.
    pub(super) fn bind(&mut self, expression: &Expression) -> Result<Typed> {
        let bound = with_room(|| self.bind_here(expression))?;
        self.check_orders()?;
        Ok(bound)
    }

    fn bind_here(&mut self, expression: &Expression) -> Result<Typed> {
        if let Some(place) = self.restricted {
            check_restricted(expression, place, self.environment.functions())?;
        }
        match expression {
            Expression::Literal(value) => Ok(Typed::plain(Expr::Constant(value.clone()))),
            Expression::Current(moment) => self.current_moment(*moment),
            Expression::Parameter(number) => self.parameter(*number),
            Expression::Column(name) => self.bind_name(name),
            Expression::Unary(operator, operand) => self.unary(*operator, operand),
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right),
            Expression::Collate(operand, name) => {
                let collation = self.environment.catalog().collation(name);
                let operand = self.bind(operand)?;
                Ok(Typed { collation: Some(collation), explicit: true, ..operand })
            }
            Expression::Cast(operand, name) if self.is_postgres() => self.postgres_cast(operand, name),
            Expression::Cast(operand, declared_type) => {
                let affinity = Affinity::of_cast(declared_type);
                let operand = self.bind(operand)?;
                Ok(Typed {
                    expr: Expr::Cast(affinity, operand.expr.into()),
                    affinity: Some(affinity),
                    converted: true,
                    ..operand
                })
            }
            Expression::Pattern { operator, negated, operand, pattern, escape } => {
                self.pattern(*operator, *negated, operand, pattern, escape.as_deref())
            }
            Expression::Between { negated, operand, low, high } => self.between(*negated, operand, low, high),
            Expression::InList { negated, operand, list } => self.in_list(*negated, operand, list),
            Expression::InSelect { negated, operand, select } => self.in_select(*negated, operand, select),
            Expression::IsNull { negated, operand } => {
                let operand = self.bind(operand)?;
                let typed = Typed::over(Expr::NULL, &[&operand]);
                Ok(Typed { expr: Expr::IsNull(operand.expr.into(), *negated), ..typed })
            }
            Expression::Exists(select) => self.exists(select),
            Expression::Subquery(select) => self.scalar_subquery(select),
            Expression::Row(values) if self.is_postgres() => self.row_as_text(values),
            Expression::Row(_) => Err(Error::sql("row value misused")),
            Expression::Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref())
            }
            Expression::Function(call) => self.function(call),
            Expression::Raise(action, message) => {
                let message = message.as_ref().map(|message| self.bind_expr(message)).transpose()?;
                // A CHECK constraint may hold it: statements that look at the constraint are refused.
                if self.trigger_rows.is_none() && self.restricted != Some("CHECK constraints") {
                    self.misplaced_raise = true;
                    if self.restricted.is_some() {
                        self.check_raise()?;
                    }
                }
                Ok(Typed::plain(Expr::Raise(*action, message.map(Box::new))))
            }
        }
    }

    /// An expression of the schema, which sees one row and nothing else.
    pub(super) fn bind_in(&mut self, place: &'static str, expression: &Expression) -> Result<Expr> {
        let outside = self.restricted.replace(place);
        // Its names stand in another text than the statement's.
        let watch = self.watch.take();
        let bound = self.bind_expr(expression);
        self.watch = watch;
        self.restricted = outside;
        bound
    }

    /// A condition, or any expression of which only the value counts.
    pub(super) fn bind_expr(&mut self, expression: &Expression) -> Result<Expr> {
        self.bind(expression).map(|bound| bound.expr)
    }

    /// A condition of a clause.
    pub(super) fn bind_truth(&mut self, clause: &str, expression: &Expression) -> Result<Expr> {
        let bound = self.bind(expression)?;
        self.condition(clause, bound).map(|bound| bound.expr)
    }

    fn current_moment(&mut self, moment: CurrentMoment) -> Result<Typed> {
        let (written, name) = match moment {
            CurrentMoment::Time => ("current_time", "time"),
            CurrentMoment::Date => ("current_date", "date"),
            CurrentMoment::Timestamp => ("current_timestamp", "datetime"),
        };
        if !self.may_call(written)? {
            return Ok(Typed::plain(Expr::NULL));
        }
        let found = match (self.is_postgres(), moment) {
            // With microseconds, and with a zone.
            (true, CurrentMoment::Timestamp) => func::postgres_scalar("now", 0)?,
            _ => func::scalar(name, 0)?,
        };
        let Some(function) = found else {
            return Err(Error::sql(format!("no such function: {name}")));
        };
        let call = call_of(Function::BuiltIn(function), &[]);
        let cast = match moment {
            CurrentMoment::Time => "::time",
            CurrentMoment::Date => "::date",
            CurrentMoment::Timestamp => return Ok(call),
        };
        match func::postgres_scalar(cast, 1)?.filter(|_| self.is_postgres()) {
            // Of its type.
            Some(cast) => Ok(call_of(Function::BuiltIn(cast), &[call])),
            None => Ok(call),
        }
    }

    fn pattern(
        &mut self,
        operator: PatternOperator,
        negated: bool,
        operand: &Expression,
        pattern: &Expression,
        escape: Option<&Expression>,
    ) -> Result<Typed> {
        let operand = self.bind(operand)?;
        let pattern = self.bind(pattern)?;
        let escape = escape.map(|escape| self.bind(escape)).transpose()?;
        // Each of them is a function, which the program may put its own in the place of.
        let name = match operator {
            PatternOperator::Like => "like",
            PatternOperator::Glob => "glob",
            PatternOperator::Regexp => "regexp",
            PatternOperator::Match => "match",
        };
        if !self.may_call(name)? {
            return Ok(Typed::plain(Expr::NULL));
        }
        let count = 2 + usize::from(escape.is_some());
        if let Some(ProgramFunction::Scalar(function)) = self.added(name, count, || true)? {
            let function = Function::Program(function);
            let arguments: Vec<Typed> = [pattern, operand].into_iter().chain(escape).collect();
            let call = call_of(function, &arguments);
            return Ok(if negated { Typed { expr: Expr::Not(call.expr.into()), ..call } } else { call });
        }
        let kind = match operator {
            PatternOperator::Like => self.like_kind(),
            PatternOperator::Glob => PatternKind::Glob,
            PatternOperator::Regexp => return Err(Error::sql("no such function: REGEXP")),
            PatternOperator::Match => PatternKind::Match,
        };
        if kind == PatternKind::Glob && escape.is_some() {
            return Err(Error::sql("wrong number of arguments to function GLOB()"));
        }
        let expr = Expr::Pattern {
            kind,
            negated,
            operand: operand.expr.clone().into(),
            pattern: pattern.expr.clone().into(),
            escape: escape.map(|escape| escape.expr.into()),
        };
        Ok(Typed::over(expr, &[&operand, &pattern]))
    }

    fn case(
        &mut self,
        operand: Option<&Expression>,
        branches: &[(Expression, Expression)],
        otherwise: Option<&Expression>,
    ) -> Result<Typed> {
        let operand = operand.map(|operand| self.row(operand)).transpose()?;
        let mut bound = Vec::with_capacity(branches.len());
        for (condition, value) in branches {
            let condition = match &operand {
                None => vec![self.bind(condition)?],
                Some(operand) => self.row(condition).and_then(|row| match row.len() == operand.len() {
                    true => Ok(row),
                    false => Err(Error::sql("row value misused")),
                })?,
            };
            bound.push((condition, self.bind(value)?));
        }
        let mut otherwise = otherwise.map(|otherwise| self.bind(otherwise)).transpose()?;
        // The last is looked at first.
        self.unify("CASE", otherwise.iter_mut().chain(bound.iter_mut().map(|(_, value)| value)))?;
        let values = bound.iter().flat_map(|(when, then)| when.iter().chain([then]));
        let parts: Vec<&Typed> = operand.iter().flatten().chain(values).chain(&otherwise).collect();
        let typed = Typed::over(Expr::NULL, &parts);
        let otherwise = otherwise.map(|otherwise| Box::new(otherwise.expr));
        let case = |condition: &dyn Fn(&[Typed]) -> Expr| {
            let branches = bound.into_iter().map(|(when, then)| (condition(&when), then.expr)).collect();
            Expr::Case { branches, otherwise }
        };
        let expr = match operand {
            None => case(&|when| when[0].expr.clone()),
            Some(operand) => once::with_all(operand, |operand| {
                case(&|when| self.compare_rows(Comparison::Equal, operand, when))
            }),
        };
        Ok(Typed { expr, ..typed })
    }

    fn in_list(&mut self, negated: bool, operand: &Expression, list: &[Expression]) -> Result<Typed> {
        if list.is_empty() {
            // Calls have to be right, and aggregates make groups; nobody looks at anything else before an empty list.
            if operand.calls_functions() {
                let misplaced_raise = self.misplaced_raise;
                self.unasked_row(operand)?;
                self.misplaced_raise = misplaced_raise;
            }
            return Ok(Typed::plain(Expr::Constant(Value::boolean(negated))));
        }
        if let Expression::Row(_) = operand {
            return self.row_in_list(negated, operand, list);
        }
        let operand = self.bind(operand)?;
        // `a IN (x)` is `a = x` for SQLite where x is a constant, and may say how texts compare.
        let is_comparison = matches!(list, [only] if is_constant(only)) && !self.is_postgres();
        // `a IN (x, y)` is `a = +x OR a = +y`: the list has no affinity of its own.
        let affinity = operand.affinity;
        let mut list = list.iter().map(|item| self.bind(item)).collect::<Result<Vec<_>>>()?;
        if self.is_postgres() {
            let of = self.sql_type(&operand.expr);
            for item in &mut list {
                if let Some(literal) = self.as_literal(item, of)? {
                    *item = literal;
                }
            }
        }
        let collation = match is_comparison {
            true => comparison_collation(&operand, &list[0]),
            false => operand.collation(),
        };
        let parts: Vec<&Typed> = [&operand].into_iter().chain(&list).collect();
        let typed = Typed::over(Expr::NULL, &parts);
        let convert = |item: Typed| match affinity {
            Some(affinity) if affinity != Affinity::Blob => converted(compared_as(affinity), item.expr),
            _ => item.expr,
        };
        let list = list.into_iter().map(convert).collect();
        let operand = convert_operand(&operand, affinity).into();
        Ok(Typed { expr: Expr::InList { negated, operand, list, collation }, ..typed })
    }

    /// Looks at what nobody asks for the value of. In ORDER BY of a query without groups, aggregates there make none.
    fn unasked_row(&mut self, operand: &Expression) -> Result<()> {
        let Some(scope) = self.scopes.last_mut().filter(|scope| scope.place == AggregatePlace::Order) else {
            return self.row(operand).map(drop);
        };
        scope.place = AggregatePlace::Allowed;
        let known = scope.aggregates.len();
        let bound = self.row(operand);
        if let Some(scope) = self.scopes.last_mut() {
            scope.place = AggregatePlace::Order;
            scope.aggregates.truncate(known);
        }
        bound.map(drop)
    }

    /// An error if RAISE stands where no trigger runs: SQLite finds that when all names are known.
    pub(super) fn check_raise(&self) -> Result<()> {
        match self.misplaced_raise {
            true => Err(misplaced_raise()),
            false => Ok(()),
        }
    }

    /// `(a, b) IN ((1, 2), …)` as comparisons.
    fn row_in_list(&mut self, negated: bool, operand: &Expression, list: &[Expression]) -> Result<Typed> {
        let Expression::Row(operands) = operand else {
            return Err(Error::sql("row value misused"));
        };
        let mut rows = Vec::with_capacity(list.len());
        for item in list {
            let terms = if let Expression::Row(terms) = item { terms.len() } else { 1 };
            if terms != operands.len() {
                let (plural, wanted) = (if terms == 1 { "" } else { "s" }, operands.len());
                return Err(Error::sql(format!(
                    "IN(...) element has {terms} term{plural} - expected {wanted}"
                )));
            }
            rows.push(self.row(item)?);
        }
        let operands = self.row(operand)?;
        let expr = once::with_all(operands, |operands| {
            let equal = |row: &Vec<Typed>| self.compare_rows(Comparison::Equal, operands, row);
            let mut any: Vec<Expr> = rows.iter().map(equal).collect();
            match any.len() {
                0 => Expr::Constant(Value::Integer(0)),
                1 => any.swap_remove(0),
                _ => Expr::Or(any),
            }
        });
        Ok(Typed::plain(if negated { Expr::Not(expr.into()) } else { expr }))
    }
}

/// Whether an expression is a constant already as it is written.
fn is_constant(expression: &Expression) -> bool {
    match expression {
        Expression::Literal(_) | Expression::Parameter(_) => true,
        Expression::Unary(_, operand) | Expression::Collate(operand, _) | Expression::Cast(operand, _) => {
            is_constant(operand)
        }
        Expression::Binary(_, left, right) => is_constant(left) && is_constant(right),
        _ => false,
    }
}

/// An error if an expression has what has no place in the schema.
fn check_restricted(expression: &Expression, place: &str, added: &ProgramFunctions) -> Result<()> {
    let what = match expression {
        Expression::Parameter(_) => "parameters",
        Expression::Function(call) if place != "CHECK constraints" && !is_deterministic(call, added) => {
            "non-deterministic functions"
        }
        Expression::Current(_) if place != "CHECK constraints" => "non-deterministic functions",
        _ => return Ok(()),
    };
    Err(Error::sql(format!("{what} prohibited in {place}")))
}

fn is_deterministic(call: &crate::ast::FunctionCall, added: &ProgramFunctions) -> bool {
    let count = match &call.arguments {
        crate::ast::Arguments::Star => 0,
        crate::ast::Arguments::List { values, .. } => values.len(),
    };
    if let Ok(Some(ProgramFunction::Scalar(function))) = added.find(&call.name, count, || true) {
        return function.deterministic;
    }
    !matches!(func::scalar(&call.name, count), Ok(Some(function)) if !function.is_deterministic())
}

/// The conversion that a comparison with a column of this affinity applies to the other side.
pub(super) fn compared_as(affinity: Affinity) -> Affinity {
    if affinity.is_numeric() { Affinity::Numeric } else { affinity }
}

fn convert_operand(operand: &Typed, affinity: Option<Affinity>) -> Expr {
    match affinity {
        Some(affinity) if affinity != Affinity::Blob && !operand.converted => {
            converted(compared_as(affinity), operand.expr.clone())
        }
        _ => operand.expr.clone(),
    }
}

/// `expr` converted; a constant at once.
pub(super) fn converted(affinity: Affinity, expr: Expr) -> Expr {
    match expr {
        Expr::Constant(value) => Expr::Constant(affinity.apply(value)),
        other => Expr::Convert(affinity, other.into()),
    }
}

/// The error about RAISE where no trigger runs.
pub(super) fn misplaced_raise() -> Error {
    Error::sql("RAISE() may only be used within a trigger-program")
}
