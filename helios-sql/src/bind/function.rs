//! Function calls.

use helios_core::{Error, Result, Value};

use super::scope::AggregatePlace;
use super::{Binder, Typed, once};
use crate::ast::{
    Arguments, ColumnName, Expression, From, FunctionCall, ObjectName, ResultColumn, Select, SelectTerm,
    Span, TableSource, UnaryOperator,
};
use crate::func::{self, Aggregate, ProgramFunction};
use crate::plan::{AggregateCall, ColumnInfo, Comparison, Expr, Function, PatternKind, SortKey, WindowKind};

/// A function that is a query of a table of its name.
const RTREE_CHECK: &str = "rtreecheck";

/// The first column of the one row of a table-valued function.
fn query_of_table(name: &str, arguments: &[Expression]) -> Expression {
    let column = ColumnName {
        schema: None,
        table: None,
        column: "report".to_owned(),
        double_quoted: false,
        places: Default::default(),
    };
    let column = ResultColumn::Expression {
        expression: Expression::Column(column),
        alias: None,
        span: Span::default(),
    };
    let mut select = Select::of_columns(vec![column]);
    if let SelectTerm::Select(core) = &mut select.first {
        let first = TableSource::Function {
            name: ObjectName::bare(name),
            arguments: arguments.to_vec(),
            alias: None,
            columns: Vec::new(),
            is_numbered: false,
        };
        core.from = Some(From { first, joins: Vec::new() });
    }
    Expression::Subquery(Box::new(select))
}

impl Binder<'_> {
    pub(super) fn function(&mut self, call: &FunctionCall) -> Result<Typed> {
        let (count, distinct, values): (_, _, &[Expression]) = match &call.arguments {
            Arguments::Star => (None, false, &[]),
            Arguments::List { distinct, values, .. } => (Some(values.len()), *distinct, values),
        };
        let has_order = matches!(&call.arguments, Arguments::List { order_by, .. } if !order_by.is_empty());
        if self.is_postgres()
            && let Some(bound) = self.postgres_call(call)?
        {
            return Ok(bound);
        }
        if values.len() > self.environment.most_arguments() {
            return Err(Error::sql(format!("too many arguments on function {}", call.name)));
        }
        if has_order && call.over.is_some() {
            return Err(no_order(&call.name));
        }
        if !self.may_call(&call.name)? {
            return Ok(Typed::plain(Expr::NULL));
        }
        let mut added = self.added_function(call, count)?;
        if added.is_none() && (self.is_default || self.is_postgres()) {
            let function = self.environment.sequence_function(&call.name, count.unwrap_or(0));
            added = function.map(ProgramFunction::Scalar);
        }
        if added.is_none()
            && let Some(function) = func::window(&call.name, count)?
        {
            return match &call.over {
                Some(over) => self.window_function(call, WindowKind::Window(function), over),
                None => Err(Error::sql(format!("misuse of window function {}()", call.name))),
            };
        }
        let aggregate = match &added {
            Some(ProgramFunction::Aggregate(function)) => Some(Aggregate::Program(function.clone())),
            Some(ProgramFunction::Scalar(_)) => None,
            None => func::aggregate(&call.name, count)?,
        };
        let no_window = || Err(Error::sql(format!("{}() may not be used as a window function", call.name)));
        if let Some(function) = aggregate {
            return match &call.over {
                Some(_) if matches!(&function, Aggregate::Program(program) if !program.is_window) => {
                    no_window()
                }
                Some(over) => self.window_function(call, WindowKind::Aggregate(function), over),
                None => self.aggregate(call, function, distinct, values),
            };
        }
        let exists = added.is_some() || !matches!(self.scalar(&call.name, count.unwrap_or(0)), Ok(None));
        if call.over.is_some() && exists {
            return no_window();
        }
        if call.filter.is_some() {
            return Err(Error::sql(format!("FILTER may not be used with non-aggregate {}()", call.name)));
        }
        if has_order {
            return Err(no_order(&call.name));
        }
        if added.is_none() && call.name.eq_ignore_ascii_case(RTREE_CHECK) && matches!(count, Some(1 | 2)) {
            return self.bind(&query_of_table(RTREE_CHECK, values));
        }
        let mut arguments = values.iter().map(|value| self.bind(value)).collect::<Result<Vec<_>>>()?;
        self.unify_arguments(&call.name, &mut arguments)?;
        if let Some(ProgramFunction::Scalar(function)) = added {
            return Ok(call_of(Function::Program(function), &arguments));
        }
        if added.is_none()
            && let Some(bound) = self.virtual_call(&call.name, &arguments)?
        {
            return Ok(bound);
        }
        let Some(count) = count else {
            return match self.scalar(&call.name, 0) {
                Ok(None) => Err(Error::sql(format!("no such function: {}", call.name))),
                _ => Err(Error::sql(format!("wrong number of arguments to function {}()", call.name))),
            };
        };
        check_likelihood(&call.name, values)?;
        if let Some(special) = self.special_form(&call.name, &arguments) {
            return Ok(special);
        }
        let function = match self.scalar(&call.name, count) {
            Ok(Some(function)) => function,
            Err(error) if !self.is_postgres() => return Err(error),
            Ok(None) | Err(_) => return Err(self.no_function(&call.name, &arguments)),
        };
        for argument in &mut arguments {
            let expr = std::mem::replace(&mut argument.expr, Expr::NULL);
            argument.expr = self.json_marked(&call.name, expr);
        }
        Ok(self.in_order_of_type(call_of(Function::BuiltIn(function), &arguments)))
    }

    /// Whether an expression calls an aggregate or a window function.
    pub(super) fn collects(&self, expression: &Expression) -> Result<bool> {
        if let Expression::Function(call) = expression {
            let count = match &call.arguments {
                Arguments::Star => None,
                Arguments::List { values, .. } => Some(values.len()),
            };
            let is_aggregate = match self.added_function(call, count)? {
                Some(added) => matches!(added, ProgramFunction::Aggregate(_)),
                None => matches!(func::aggregate(&call.name, count), Ok(Some(_))),
            };
            if is_aggregate || call.over.is_some() {
                return Ok(true);
            }
        }
        let mut found = Ok(false);
        expression.for_each_operand(|operand| {
            if let Ok(false) = found {
                found = self.collects(operand);
            }
        });
        found
    }

    /// What the program means by this name, if it has added a function for it.
    fn added_function(&self, call: &FunctionCall, count: Option<usize>) -> Result<Option<ProgramFunction>> {
        let arguments = count.unwrap_or(0);
        let is_built_in = || {
            !matches!(self.scalar(&call.name, arguments), Ok(None))
                || !matches!(func::aggregate(&call.name, count), Ok(None))
        };
        self.added(&call.name, arguments, is_built_in)
    }

    /// The function that the program has added with this name for so many arguments.
    pub(super) fn added(
        &self,
        name: &str,
        count: usize,
        is_built_in: impl FnOnce() -> bool,
    ) -> Result<Option<ProgramFunction>> {
        let found = self.environment.functions().find(name, count, is_built_in)?;
        // The pragma puts a function for just that number of arguments there.
        let is_like = name.eq_ignore_ascii_case("like") && matches!(count, 2 | 3);
        let is_hidden = is_like && self.environment.like_by_case().is_some();
        let found = found.filter(|found| !is_hidden || found.arguments().is_some());
        if found.is_some() {
            self.environment.note_program_call();
        }
        Ok(found.cloned())
    }

    /// What LIKE means here.
    pub(super) fn like_kind(&self) -> PatternKind {
        // What is stored stays as it is, whatever a pragma says.
        let is_stored = self.restricted.is_some_and(|place| place != "CHECK constraints");
        match self.environment.like_by_case() {
            Some(true) if !is_stored => PatternKind::LikeByCase,
            _ => PatternKind::Like,
        }
    }

    /// The scalar function of this name.
    fn scalar(&self, name: &str, count: usize) -> Result<Option<&'static func::Scalar>> {
        if self.is_postgres() { func::postgres_scalar(name, count) } else { func::scalar(name, count) }
    }

    /// Functions that do not look at all of their arguments, and the two that are operators in another spelling.
    fn special_form(&self, name: &str, arguments: &[Typed]) -> Option<Typed> {
        let exprs: Vec<Expr> = arguments.iter().map(|argument| argument.expr.clone()).collect();
        let case = |branches, otherwise| Expr::Case { branches, otherwise: Some(Box::new(otherwise)) };
        let expr = match (name.to_ascii_lowercase().as_str(), &exprs[..]) {
            ("coalesce", [_, _, ..]) | ("ifnull", [_, _]) => Expr::FirstNotNull(exprs),
            ("iif" | "if", [_, _, ..]) => {
                let otherwise = if exprs.len() % 2 == 1 { exprs.last().cloned() } else { None };
                let pairs = exprs.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
                case(pairs.collect(), otherwise.unwrap_or(Expr::NULL))
            }
            ("nullif", [_, _]) => once::with_one(as_argument(&arguments[0]), |value| {
                let other = as_argument(&arguments[1]);
                // As in every function, the first argument that has a collation says how they compare.
                let first = Typed { explicit: value.collation.is_some(), ..value.clone() };
                let equal = self.compare(Comparison::Equal, first, other);
                case(vec![(equal.expr, Expr::NULL)], value.expr.clone())
            }),
            ("like", [pattern, operand]) => pattern_call(self.like_kind(), pattern, operand, None),
            ("like", [pattern, operand, escape]) => {
                pattern_call(self.like_kind(), pattern, operand, Some(escape))
            }
            ("glob", [pattern, operand]) => pattern_call(PatternKind::Glob, pattern, operand, None),
            ("likely" | "unlikely", [value]) | ("likelihood", [value, _]) => value.clone(),
            _ => return None,
        };
        let operands: Vec<&Typed> = arguments.iter().collect();
        Some(Typed::over(expr, &operands))
    }

    fn aggregate(
        &mut self,
        call: &FunctionCall,
        function: Aggregate,
        distinct: bool,
        values: &[Expression],
    ) -> Result<Typed> {
        let level = self.scopes.len().checked_sub(1);
        let place = level.map_or(AggregatePlace::Forbidden, |level| self.scopes[level].place);
        let Some(level) = level.filter(|_| place == AggregatePlace::Allowed) else {
            return Err(misuse(place, &call.name));
        };
        if distinct && values.len() != 1 {
            return Err(Error::sql("DISTINCT aggregates must have exactly one argument"));
        }
        // An aggregate over columns of a surrounding query alone belongs to that query.
        if let Some(owner) = self.level_of_columns(values)?.filter(|owner| *owner < level) {
            return self.aggregate_outside(owner, call, function, distinct, values);
        }
        let allowed_windows = std::mem::take(&mut self.scopes[level].allows_windows);
        self.scopes[level].place = AggregatePlace::Forbidden;
        let arguments = values.iter().map(|value| self.bind(value)).collect::<Result<Vec<_>>>();
        let filter = call.filter.as_ref().map(|filter| self.bind_expr(filter)).transpose();
        let order = self.aggregate_order(call);
        self.scopes[level].place = AggregatePlace::Allowed;
        self.scopes[level].allows_windows = allowed_windows;
        let (arguments, filter, order) = (arguments?, filter?, order?);
        if matches!(function, Aggregate::Minimum | Aggregate::Maximum) {
            arguments.iter().for_each(|argument| self.note_order(&argument.expr));
            self.check_orders()?;
        }
        if self.is_postgres()
            && let Some(argument) = arguments.first()
        {
            self.check_aggregate(&call.name, &argument.expr)?;
        }
        let collation = arguments.first().map(Typed::collation).unwrap_or_default();
        // Of its arguments' collations only one that was written goes on to what is compared with the value.
        let written = arguments
            .iter()
            .find(|argument| argument.explicit)
            .and_then(|argument| argument.collation.clone());
        let is_grouped = self.scopes[level].is_grouped;
        let arguments = arguments
            .into_iter()
            .map(|argument| self.json_marked_row(&call.name, is_grouped, argument.expr))
            .collect();
        // Of equal values any is the least: DISTINCT says nothing.
        let distinct = distinct && !matches!(function, Aggregate::Minimum | Aggregate::Maximum);
        let call = AggregateCall { function, arguments, distinct, filter, collation, order };
        let is_vector = matches!(call.function, Aggregate::VectorSum | Aggregate::VectorAverage);
        let column = self.aggregate_column(call, ColumnInfo { is_vector, ..ColumnInfo::default() });
        Ok(Typed { explicit: written.is_some(), collation: written, ..column })
    }

    /// ORDER BY among the arguments of an aggregate.
    fn aggregate_order(&mut self, call: &FunctionCall) -> Result<Vec<SortKey>> {
        let Arguments::List { order_by, .. } = &call.arguments else { return Ok(Vec::new()) };
        let mut keys = Vec::with_capacity(order_by.len());
        for term in order_by {
            let key = self.bind(&term.expression)?;
            let collation = key.collation();
            let of = self.sql_type(&key.expr);
            let expr = self.sorted_by(key.expr, of)?;
            keys.push(self.sort_key(term, expr, collation)?);
        }
        Ok(keys)
    }

    /// An aggregate of the query at the level `owner`, as seen from within.
    fn aggregate_outside(
        &mut self,
        owner: usize,
        call: &FunctionCall,
        function: Aggregate,
        distinct: bool,
        values: &[Expression],
    ) -> Result<Typed> {
        let inside = self.scopes.split_off(owner + 1);
        let bound = self.aggregate(call, function, distinct, values);
        self.scopes.extend(inside);
        let bound = bound?;
        match (owner + 1..self.scopes.len()).find(|&level| self.scopes[level].is_boundary) {
            Some(boundary) => Ok(self.take_from_outside(boundary, bound)),
            None => Ok(bound),
        }
    }

    /// The column of an aggregate; the same for calls that are the same.
    pub(super) fn aggregate_column(&mut self, call: AggregateCall, info: ColumnInfo) -> Typed {
        let level = self.scopes.len() - 1;
        let known = self.scopes[level].aggregates.iter().find(|(_, known)| *known == call).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| {
            let info = self.typed_aggregate(&call, info);
            let id = self.new_column(info);
            self.scopes[level].aggregates.push((id, call));
            id
        });
        self.column_expression(id)
    }
}

/// A call with the collation of its arguments.
pub(super) fn call_of(function: Function, arguments: &[Typed]) -> Typed {
    let collation = arguments.iter().find_map(|argument| argument.collation.clone()).unwrap_or_default();
    let operands: Vec<&Typed> = arguments.iter().collect();
    let exprs = arguments.iter().map(|argument| argument.expr.clone()).collect();
    Typed::over(Expr::Call { function, arguments: exprs, collation }, &operands)
}

/// An operand of a function: its affinity does not count.
fn as_argument(argument: &Typed) -> Typed {
    Typed { affinity: None, converted: false, ..argument.clone() }
}

/// The probability of `likelihood()` is a float that is written out.
fn check_likelihood(name: &str, arguments: &[Expression]) -> Result<()> {
    let [_, probability] = arguments else { return Ok(()) };
    let is_probability =
        matches!(probability, Expression::Literal(Value::Real(value)) if (0.0..=1.0).contains(value));
    if is_probability || !name.eq_ignore_ascii_case("likelihood") {
        return Ok(());
    }
    Err(Error::sql("second argument to likelihood() must be a constant between 0.0 and 1.0"))
}

fn pattern_call(kind: PatternKind, pattern: &Expr, operand: &Expr, escape: Option<&Expr>) -> Expr {
    Expr::Pattern {
        kind,
        negated: false,
        operand: operand.clone().into(),
        pattern: pattern.clone().into(),
        escape: escape.cloned().map(Box::new),
    }
}

fn misuse(place: AggregatePlace, name: &str) -> Error {
    Error::sql(match place {
        AggregatePlace::Allowed | AggregatePlace::Forbidden => {
            format!("misuse of aggregate function {name}()")
        }
        AggregatePlace::WrongClause | AggregatePlace::Order => format!("misuse of aggregate: {name}()"),
        AggregatePlace::GroupBy => "aggregate functions are not allowed in the GROUP BY clause".to_owned(),
    })
}

fn no_order(name: &str) -> Error {
    Error::sql(format!("ORDER BY may not be used with non-aggregate {name}()"))
}

/// Whether an expression is a number that is written out, with or without a sign; what it is.
pub(super) fn written_integer(expression: &Expression) -> Option<i64> {
    match expression {
        Expression::Literal(Value::Integer(value)) => Some(*value),
        Expression::Unary(UnaryOperator::Plus, operand) => written_integer(operand),
        Expression::Unary(UnaryOperator::Negate, operand) => written_integer(operand)?.checked_neg(),
        _ => None,
    }
}
