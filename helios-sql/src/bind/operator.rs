//! Operators, and the conversions that comparisons ask for (<https://sqlite.org/datatype3.html>, section 4.2).

use helios_core::value::{Affinity, Collation};
use helios_core::{Error, Result, Value};
use helios_vector_flat::Metric;

use super::expression::{compared_as, converted};
use super::{Binder, Typed, once};
use crate::ast::{BinaryOperator, Expression, UnaryOperator};
use crate::func::vector::VECTOR_DISTANCE;
use crate::func::{self, ProgramFunction};
use crate::plan::{Arithmetic, Comparison, Expr, Function};
use crate::types::{BaseType, SqlType};

impl Binder<'_> {
    pub(super) fn unary(&mut self, operator: UnaryOperator, operand: &Expression) -> Result<Typed> {
        let operand = self.bind(operand)?;
        Ok(match operator {
            // Unary plus takes the affinity away and nothing else; but what it stands before is no column any more, for
            // which an index would be used.
            UnaryOperator::Plus => {
                let expr = match operand.expr {
                    Expr::Column(_) => Expr::FirstNotNull(vec![operand.expr]),
                    expr => expr,
                };
                Typed { expr, affinity: None, converted: false, ..operand }
            }
            UnaryOperator::Negate if matches!(operand.expr, Expr::Constant(_)) => negated(operand),
            UnaryOperator::Negate
                if self.is_postgres() && self.sql_type(&operand.expr) == SqlType::of(BaseType::Interval) =>
            {
                self.negated_interval(&operand)?
            }
            UnaryOperator::Negate => Typed::over(Expr::Negate(operand.expr.clone().into()), &[&operand]),
            UnaryOperator::BitNot => Typed::over(Expr::BitNot(operand.expr.clone().into()), &[&operand]),
            UnaryOperator::Not if self.is_postgres() => {
                let operand = self.condition("NOT", operand)?;
                Typed::over(Expr::Not(operand.expr.clone().into()), &[&operand])
            }
            UnaryOperator::Not => Typed::over(Expr::Not(operand.expr.clone().into()), &[&operand]),
        })
    }

    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
    ) -> Result<Typed> {
        if let Some(comparison) = comparison_of(operator) {
            if let Some(test) = self.truth_test(comparison, left, right)? {
                return Ok(test);
            }
            // Of two unknown names SQLite tells the one behind IS.
            let is_last_first = matches!(comparison, Comparison::Is | Comparison::IsNot)
                && matches!(right, Expression::Column(name) if name.table.is_none());
            let (lefts, rights) = match is_last_first {
                true => {
                    let rights = self.row(right)?;
                    (self.row(left)?, rights)
                }
                false => (self.row(left)?, self.row(right)?),
            };
            return self.compare_sides(comparison, lefts, rights);
        }
        if matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
            return self.logical(operator, left, right);
        }
        let (mut left, mut right) = (self.bind(left)?, self.bind(right)?);
        if self.is_postgres()
            && let Some(operands) = self.operands(operator, &left, &right)?
        {
            (left, right) = operands;
        }
        if self.is_postgres()
            && let Some(typed) = self.postgres_operation(operator, &left, &right)?
        {
            return Ok(typed);
        }
        let of_jsonb = operator == BinaryOperator::Extract && self.is_jsonb(&left);
        // Moved, not cloned: a chain of operators would be cloned at each of its levels.
        let taken =
            |operand: &mut Typed| Box::new(std::mem::replace(&mut operand.expr, Expr::Constant(Value::Null)));
        let (l, r) = (taken(&mut left), taken(&mut right));
        let expr = match operator {
            BinaryOperator::Concat => Expr::Concat(l, r),
            BinaryOperator::Add => Expr::Arithmetic(Arithmetic::Add, l, r),
            BinaryOperator::Subtract => Expr::Arithmetic(Arithmetic::Subtract, l, r),
            BinaryOperator::Multiply => Expr::Arithmetic(Arithmetic::Multiply, l, r),
            BinaryOperator::Divide => Expr::Arithmetic(Arithmetic::Divide, l, r),
            BinaryOperator::Remainder => Expr::Arithmetic(Arithmetic::Remainder, l, r),
            BinaryOperator::BitAnd => Expr::Arithmetic(Arithmetic::BitAnd, l, r),
            BinaryOperator::BitOr => Expr::Arithmetic(Arithmetic::BitOr, l, r),
            BinaryOperator::ShiftLeft => Expr::Arithmetic(Arithmetic::ShiftLeft, l, r),
            BinaryOperator::ShiftRight => Expr::Arithmetic(Arithmetic::ShiftRight, l, r),
            BinaryOperator::Distance(metric) => distance(metric, *l, *r)?,
            BinaryOperator::Extract => self.json_operator("->", *l, *r)?,
            _ => self.json_operator("->>", *l, *r)?,
        };
        let typed = Typed::over(expr, &[&left, &right]);
        if of_jsonb { super::postgres_operator::as_jsonb(typed) } else { Ok(typed) }
    }

    /// `->` or `->>`, which are functions of these names.
    fn json_operator(&self, name: &str, left: Expr, right: Expr) -> Result<Expr> {
        let function = match self.environment.functions().find(name, 2, || true)? {
            Some(ProgramFunction::Scalar(function)) => {
                self.environment.note_program_call();
                Function::Program(function.clone())
            }
            _ => match func::scalar(name, 2)? {
                Some(function) => Function::BuiltIn(function),
                None => return Err(Error::sql(format!("no such function: {name}"))),
            },
        };
        Ok(Expr::Call { function, arguments: vec![left, right], collation: Collation::Binary })
    }

    /// Chains of AND and OR become one node each, so that they are walked and not descended.
    fn logical(&mut self, operator: BinaryOperator, left: &Expression, right: &Expression) -> Result<Typed> {
        let mut operands = Vec::new();
        let mut next = left;
        let mut rest = vec![right];
        while let Expression::Binary(inner, left, right) = next {
            if *inner != operator {
                break;
            }
            rest.push(right);
            next = left;
        }
        let clause = if operator == BinaryOperator::And { "AND" } else { "OR" };
        for operand in std::iter::once(next).chain(rest.into_iter().rev()) {
            let operand = self.bind(operand)?;
            operands.push(self.condition(clause, operand)?);
        }
        let typed = Typed::over(Expr::NULL, &operands.iter().collect::<Vec<_>>());
        let operands = operands.into_iter().map(|operand| operand.expr).collect();
        let is_and = operator == BinaryOperator::And;
        Ok(Typed { expr: if is_and { Expr::And(operands) } else { Expr::Or(operands) }, ..typed })
    }

    /// `x IS TRUE` and its like, which ask for the truth of `x` and not for its value.
    fn truth_test(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
    ) -> Result<Option<Typed>> {
        let mut right = right;
        while let Expression::Collate(operand, _) = right {
            right = operand;
        }
        let Some(truth) = right.written_truth() else { return Ok(None) };
        let negated = match comparison {
            Comparison::Is => false,
            Comparison::IsNot => true,
            _ => return Ok(None),
        };
        let left = self.bind(left)?;
        let typed = Typed::over(Expr::NULL, &[&left]);
        let test = Expr::IsTruth(left.expr.into(), truth);
        Ok(Some(Typed { expr: if negated { Expr::Not(test.into()) } else { test }, ..typed }))
    }

    /// A comparison with the conversions and the collation that its sides ask for.
    pub(super) fn compare(&self, comparison: Comparison, left: Typed, right: Typed) -> Typed {
        let asks_for_order = matches!(
            comparison,
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual
        );
        if asks_for_order {
            self.note_order(&left.expr);
            self.note_order(&right.expr);
        }
        let (left, right) = match self.is_postgres() {
            true => self.postgres_sides(comparison, left, right),
            false => (left, right),
        };
        let collation = comparison_collation(&left, &right);
        let typed = Typed::over(Expr::NULL, &[&left, &right]);
        let (left, right) = convert_sides(left, right);
        Typed { expr: Expr::Compare(comparison, collation, left.into(), right.into()), ..typed }
    }

    pub(super) fn between(
        &mut self,
        negated: bool,
        operand: &Expression,
        low: &Expression,
        high: &Expression,
    ) -> Result<Typed> {
        let operands = self.row(operand)?;
        let (low, high) = (self.row(low)?, self.row(high)?);
        if low.len() != operands.len() || high.len() != operands.len() {
            return Err(Error::sql("row value misused"));
        }
        let width = operands.len();
        let parts: Vec<&Typed> = operands.iter().chain(&low).chain(&high).collect();
        let typed = Typed::over(Expr::NULL, &parts);
        let both = if width == 1 {
            // What is compared once needs no name.
            let bounds = (low, high);
            once::with_all(operands, |operands| self.within(operands, &bounds.0, &bounds.1))
        } else {
            once::with_all([operands, low, high].concat(), |all| {
                self.within(&all[..width], &all[width..2 * width], &all[2 * width..])
            })
        };
        Ok(Typed { expr: if negated { Expr::Not(both.into()) } else { both }, ..typed })
    }

    fn within(&self, operands: &[Typed], low: &[Typed], high: &[Typed]) -> Expr {
        Expr::And(vec![
            self.compare_rows(Comparison::GreaterOrEqual, operands, low),
            self.compare_rows(Comparison::LessOrEqual, operands, high),
        ])
    }

    /// One side of a comparison, as a row.
    pub(super) fn row(&mut self, side: &Expression) -> Result<Vec<Typed>> {
        match side {
            Expression::Row(values) => values.iter().map(|value| self.bind(value)).collect(),
            Expression::Subquery(select) => self.subquery_columns(select),
            value => Ok(vec![self.bind(value)?]),
        }
    }

    /// A comparison of rows, or of values as rows of one.
    fn compare_sides(
        &mut self,
        comparison: Comparison,
        lefts: Vec<Typed>,
        rights: Vec<Typed>,
    ) -> Result<Typed> {
        if lefts.len() != rights.len() {
            return Err(Error::sql("row value misused"));
        }
        let width = lefts.len();
        let mentions_once = matches!(
            comparison,
            Comparison::Equal | Comparison::NotEqual | Comparison::Is | Comparison::IsNot
        );
        if let ([left], [right]) = (&lefts[..], &rights[..]) {
            return Ok(self.compare(comparison, left.clone(), right.clone()));
        }
        Ok(Typed::plain(if mentions_once {
            self.compare_rows(comparison, &lefts, &rights)
        } else {
            once::with_all([lefts, rights].concat(), |all| {
                let (lefts, rights) = all.split_at(width);
                self.compare_rows(comparison, lefts, rights)
            })
        }))
    }

    /// Row values of one width compare column by column, from the left.
    pub(super) fn compare_rows(&self, comparison: Comparison, lefts: &[Typed], rights: &[Typed]) -> Expr {
        let pairs = || lefts.iter().zip(rights);
        let each = || pairs().map(|(left, right)| self.compare(comparison, left.clone(), right.clone()).expr);
        match (comparison, lefts, rights) {
            (_, [left], [right]) => self.compare(comparison, left.clone(), right.clone()).expr,
            (Comparison::Equal | Comparison::Is, ..) => Expr::And(each().collect()),
            (Comparison::NotEqual | Comparison::IsNot, ..) => Expr::Or(each().collect()),
            _ => {
                let pairs: Vec<_> = pairs().collect();
                self.rows_in_order(comparison, &pairs)
            }
        }
    }

    /// `(a, b) < (c, d)` is `a < c OR (a = c AND b < d)`.
    fn rows_in_order(&self, comparison: Comparison, pairs: &[(&Typed, &Typed)]) -> Expr {
        let Some((&(left, right), rest)) = pairs.split_first() else {
            return Expr::NULL;
        };
        if rest.is_empty() {
            return self.compare(comparison, left.clone(), right.clone()).expr;
        }
        let strict = match comparison {
            Comparison::LessOrEqual => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::Greater,
            other => other,
        };
        let first = self.compare(strict, left.clone(), right.clone()).expr;
        let equal = self.compare(Comparison::Equal, left.clone(), right.clone()).expr;
        Expr::Or(vec![first, Expr::And(vec![equal, self.rows_in_order(comparison, rest)])])
    }
}

/// The call that an operator between vectors is.
fn distance(metric: Metric, left: Expr, right: Expr) -> Result<Expr> {
    let Some(function) = func::scalar(VECTOR_DISTANCE, 3)? else {
        return Err(Error::sql(format!("no such function: {VECTOR_DISTANCE}")));
    };
    let arguments = vec![left, right, Expr::Constant(Value::text(metric.name()))];
    Ok(Expr::Call { function: Function::BuiltIn(function), arguments, collation: Collation::Binary })
}

/// A constant with the other sign.
fn negated(operand: Typed) -> Typed {
    let expr = match operand.expr {
        Expr::Constant(Value::Integer(value)) if value != i64::MIN => Expr::Constant(Value::Integer(-value)),
        Expr::Constant(Value::Real(value)) => Expr::Constant(Value::real(-value)),
        other => Expr::Negate(other.into()),
    };
    Typed { expr, ..operand }
}

fn comparison_of(operator: BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Equal => Comparison::Equal,
        BinaryOperator::NotEqual => Comparison::NotEqual,
        BinaryOperator::Less => Comparison::Less,
        BinaryOperator::LessOrEqual => Comparison::LessOrEqual,
        BinaryOperator::Greater => Comparison::Greater,
        BinaryOperator::GreaterOrEqual => Comparison::GreaterOrEqual,
        BinaryOperator::Is => Comparison::Is,
        BinaryOperator::IsNot => Comparison::IsNot,
        _ => return None,
    })
}

/// A written COLLATE wins, the left one first; then the left column's collation, then the right one's.
pub(super) fn comparison_collation(left: &Typed, right: &Typed) -> Collation {
    let chosen = if left.explicit {
        left.collation.clone()
    } else if right.explicit {
        right.collation.clone()
    } else {
        left.collation.clone().or_else(|| right.collation.clone())
    };
    chosen.unwrap_or_default()
}

/// Both sides with the conversion that their affinities ask for.
pub(super) fn convert_sides(left: Typed, right: Typed) -> (Expr, Expr) {
    let wanted = match (left.affinity, right.affinity) {
        (Some(a), Some(b)) if a.is_numeric() || b.is_numeric() => Some(Affinity::Numeric),
        (Some(_), Some(_)) | (None, None) => None,
        (Some(only), None) | (None, Some(only)) => Some(compared_as(only)),
    };
    let Some(wanted) = wanted.filter(|wanted| *wanted != Affinity::Blob) else {
        return (left.expr, right.expr);
    };
    let convert = |side: Typed| match side.affinity {
        Some(own) if side.converted && compared_as(own) == wanted => side.expr,
        _ => converted(wanted, side.expr),
    };
    (convert(left), convert(right))
}
