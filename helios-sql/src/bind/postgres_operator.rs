//! Operators that mean something else for PostgreSQL: by the types of their operands, and for what they cannot divide by.

use helios_core::value::Affinity;
use helios_core::{Error, ErrorKind, Result, Value};

use super::function::call_of;
use super::{Binder, Typed};
use crate::ast::BinaryOperator;
use crate::func;
use crate::plan::{Arithmetic, Expr, Function};
use crate::types::{BaseType, SqlType};

impl Binder<'_> {
    /// What an operator means that does not mean the same in SQLite's dialect; `None` if it does.
    pub(super) fn postgres_operation(
        &self,
        operator: BinaryOperator,
        left: &Typed,
        right: &Typed,
    ) -> Result<Option<Typed>> {
        use BinaryOperator::{Add, Concat, Divide, Multiply, Remainder, Subtract};
        if !matches!(operator, Add | Concat | Divide | Multiply | Remainder | Subtract) {
            return Ok(None);
        }
        let types = (self.sql_type(&left.expr), self.sql_type(&right.expr));
        if operator == Concat {
            return concatenation(types, left, right);
        }
        if operator == Subtract && types.0 == SqlType::of(BaseType::Jsonb) {
            let name = if types.1.is_array { "jsonb_delete_all" } else { "jsonb_delete" };
            return call(name, &[left.clone(), right.clone()]).map(Some);
        }
        if let Some((name, is_swapped)) = temporal(operator, types) {
            let operands = if is_swapped { [right, left] } else { [left, right] };
            return call(name, &operands.map(Clone::clone)).map(|typed| Some(self.in_order_of_type(typed)));
        }
        let is_small =
            |of: SqlType| matches!(of.base, BaseType::SmallInt | BaseType::Integer) && !of.is_array;
        if is_small(types.0) && is_small(types.1) {
            let arithmetic = match operator {
                Add => Some(Arithmetic::Add),
                Subtract => Some(Arithmetic::Subtract),
                Multiply => Some(Arithmetic::Multiply),
                _ => None,
            };
            if let Some(arithmetic) = arithmetic {
                let value = Expr::Arithmetic(arithmetic, left.expr.clone().into(), right.expr.clone().into());
                let both = types == (SqlType::of(BaseType::SmallInt), SqlType::of(BaseType::SmallInt));
                let cast = if both { "::int2" } else { "::int4" };
                return call(cast, &[Typed::over(value, &[left, right])]).map(Some);
            }
        }
        if matches!(operator, Divide | Remainder) {
            return self.division(operator == Divide, types, left, right).map(Some);
        }
        Ok(None)
    }

    /// Whether a value is `jsonb` to PostgreSQL.
    pub(super) fn is_jsonb(&self, value: &Typed) -> bool {
        self.is_postgres() && self.sql_type(&value.expr) == SqlType::of(BaseType::Jsonb)
    }

    /// A length of time the other way.
    pub(super) fn negated_interval(&self, operand: &Typed) -> Result<Typed> {
        let back = Typed::plain(Expr::Constant(Value::Integer(-1)));
        call("interval_times", &[operand.clone(), back]).map(|typed| self.in_order_of_type(typed))
    }

    /// A division whose divisor is not 0, and that is of whole numbers only if both are.
    fn division(
        &self,
        is_quotient: bool,
        types: (SqlType, SqlType),
        left: &Typed,
        right: &Typed,
    ) -> Result<Typed> {
        let is_fraction = |of: SqlType| {
            matches!(of.base, BaseType::Numeric | BaseType::Real | BaseType::Double) && !of.is_array
        };
        let as_real = |typed: &Typed| match is_quotient && (is_fraction(types.0) || is_fraction(types.1)) {
            true => Expr::Convert(Affinity::Real, typed.expr.clone().into()),
            false => typed.expr.clone(),
        };
        let is_safe = match &right.expr {
            Expr::Constant(Value::Integer(divisor)) => *divisor != 0,
            Expr::Constant(Value::Real(divisor)) => *divisor != 0.0,
            _ => false,
        };
        let divisor = if is_safe { right.clone() } else { call("nonzero", std::slice::from_ref(right))? };
        let operator = if is_quotient { Arithmetic::Divide } else { Arithmetic::Remainder };
        let expr = Expr::Arithmetic(operator, as_real(left).into(), as_real(&divisor).into());
        Ok(Typed::over(expr, &[left, right]))
    }
}

/// JSON in the form in which `jsonb` is written: SQLite's functions write it in another one.
pub(super) fn as_jsonb(value: Typed) -> Result<Typed> {
    call("::jsonb", &[value])
}

/// Arrays put together, and truth values as words; `None` for texts.
fn concatenation(types: (SqlType, SqlType), left: &Typed, right: &Typed) -> Result<Option<Typed>> {
    let is_json = |of: SqlType| of.base == BaseType::Jsonb && !of.is_array;
    let is_truth = |of: SqlType| of == SqlType::of(BaseType::Boolean);
    let name = match types {
        (left, right) if left.is_array && (right.is_array || !right.is_known()) => "array_cat",
        (left, right) if right.is_array && !left.is_known() => "array_cat",
        (left, _) if left.is_array => "array_append",
        (_, right) if right.is_array => "array_prepend",
        (left, right) if is_json(left) || is_json(right) => "jsonb_concat",
        (left, right) if left == right && left == SqlType::of(BaseType::Bytea) => "bytea_cat",
        (of_left, of_right) if is_truth(of_left) || is_truth(of_right) => {
            let side = |typed: &Typed, of: SqlType| match is_truth(of) {
                true => call("bool_text", std::slice::from_ref(typed)),
                false => Ok(typed.clone()),
            };
            let (left, right) = (side(left, of_left)?, side(right, of_right)?);
            let both = Expr::Concat(left.expr.clone().into(), right.expr.clone().into());
            return Ok(Some(Typed::over(both, &[&left, &right])));
        }
        _ => return Ok(None),
    };
    call(name, &[left.clone(), right.clone()]).map(Some)
}

/// The function that moves moments and measures between them, and whether its operands are in the other order.
fn temporal(operator: BinaryOperator, (left, right): (SqlType, SqlType)) -> Option<(&'static str, bool)> {
    use BaseType::{BigInt, Date, Integer, Interval, SmallInt, Time, Timestamp, TimestampTz, Unknown};
    use BinaryOperator::{Add, Divide, Multiply, Subtract};
    if left.is_array || right.is_array {
        return None;
    }
    let is_moment = |base: BaseType| matches!(base, Date | Time | Timestamp | TimestampTz);
    let is_whole = |base: BaseType| matches!(base, BigInt | Integer | SmallInt);
    Some(match (operator, left.base, right.base) {
        (Add, Date, right) if is_whole(right) || right == Unknown => ("date_plus_days", false),
        (Add, left, Date) if is_whole(left) => ("date_plus_days", true),
        (Subtract, Date, right) if is_whole(right) => ("date_minus_days", false),
        (Subtract, Date, Date | Unknown) | (Subtract, Unknown, Date) => ("date_minus_date", false),
        (Add, Interval, Interval | Unknown) | (Add, Unknown, Interval) => ("interval_plus", false),
        (Subtract, Interval, Interval | Unknown) => ("interval_minus", false),
        (Add, left, Interval | Unknown) if is_moment(left) => ("moment_plus", false),
        (Add, Interval, right) if is_moment(right) => ("moment_plus", true),
        (Add, Date, Time) => ("date_plus_time", false),
        (Add, Time, Date) => ("date_plus_time", true),
        (Subtract, Time, Time) => ("time_difference", false),
        (Subtract, left, Interval) if is_moment(left) || left == Unknown => ("moment_minus", false),
        (Subtract, left, right)
            if (is_moment(left) || left == Unknown)
                && (is_moment(right) || right == Unknown)
                && left != right
                || is_moment(left) && left == right =>
        {
            ("moment_difference", false)
        }
        (Multiply, Interval, _) => ("interval_times", false),
        (Multiply, _, Interval) => ("interval_times", true),
        (Divide, Interval, _) => ("interval_over", false),
        _ => return None,
    })
}

/// A call of one of PostgreSQL's functions.
pub(super) fn call(name: &str, operands: &[Typed]) -> Result<Typed> {
    match func::postgres_scalar(name, operands.len())? {
        Some(function) => Ok(call_of(Function::BuiltIn(function), operands)),
        None => Err(Error::new(ErrorKind::Internal, format!("{name} is missing"))),
    }
}
