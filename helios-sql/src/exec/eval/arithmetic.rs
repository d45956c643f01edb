//! Arithmetic as SQLite does it: integers overflow into floats, division by zero is NULL, text counts as its number.

use helios_core::value::Number;
use helios_core::{Value, ValueRef};

use super::zip::{self, Numbers};
use crate::chunk::Column;
use crate::plan::Arithmetic;

/// `left operator right`, row by row.
pub(super) fn combine(operator: Arithmetic, left: &Column, right: &Column) -> Column {
    if let (Some(a), Some(b)) = (zip::integers(left), zip::integers(right)) {
        if let Some(values) = integers(operator, a, b, left.len()) {
            return Column::integers_or_null(values, zip::either_null(left, right));
        }
    } else if let (Some(a), Some(b)) = (as_reals(left), as_reals(right))
        && let Some(values) = reals(operator, &a, &b, left.len())
    {
        return Column::reals_or_null(values, zip::either_null(left, right));
    }
    let mut out = Column::default();
    for row in 0..left.len() {
        out.push(combine_values(operator, left.get(row), right.get(row)).as_ref());
    }
    out
}

/// All results, unless one is not an integer.
fn integers(operator: Arithmetic, a: Numbers<'_, i64>, b: Numbers<'_, i64>, rows: usize) -> Option<Vec<i64>> {
    let overflowed = std::cell::Cell::new(false);
    let note = |(value, over): (i64, bool)| {
        overflowed.set(overflowed.get() | over);
        value
    };
    let values = match operator {
        Arithmetic::Add => zip::map(a, b, rows, |a, b| note(a.overflowing_add(b))),
        Arithmetic::Subtract => zip::map(a, b, rows, |a, b| note(a.overflowing_sub(b))),
        Arithmetic::Multiply => zip::map(a, b, rows, |a, b| note(a.overflowing_mul(b))),
        Arithmetic::BitAnd => zip::map(a, b, rows, |a, b| a & b),
        Arithmetic::BitOr => zip::map(a, b, rows, |a, b| a | b),
        // A constant divisor other than 0 and -1 has a result for everything.
        Arithmetic::Divide if matches!(b, Numbers::Same(b) if !matches!(b, -1 | 0)) => {
            zip::map(a, b, rows, |a, b| a / b)
        }
        Arithmetic::Remainder if matches!(b, Numbers::Same(b) if !matches!(b, -1 | 0)) => {
            zip::map(a, b, rows, |a, b| a % b)
        }
        Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::ShiftLeft | Arithmetic::ShiftRight => {
            return None;
        }
    };
    (!overflowed.get()).then_some(values)
}

enum Floats<'a> {
    Borrowed(Numbers<'a, f64>),
    Owned(Vec<f64>),
}

impl Floats<'_> {
    fn numbers(&self) -> Numbers<'_, f64> {
        match self {
            Floats::Borrowed(numbers) => *numbers,
            Floats::Owned(values) => Numbers::Each(values),
        }
    }
}

fn as_reals(column: &Column) -> Option<Floats<'_>> {
    if let Some(numbers) = zip::reals(column) {
        return Some(Floats::Borrowed(numbers));
    }
    Some(match zip::integers(column)? {
        Numbers::Each(values) => Floats::Owned(values.iter().map(|&value| value as f64).collect()),
        Numbers::Same(value) => Floats::Borrowed(Numbers::Same(value as f64)),
    })
}

/// All results, unless one is NULL. At least one side has floats.
fn reals(operator: Arithmetic, a: &Floats<'_>, b: &Floats<'_>, rows: usize) -> Option<Vec<f64>> {
    let (a, b) = (a.numbers(), b.numbers());
    let values = match operator {
        Arithmetic::Add => zip::map(a, b, rows, |a, b| a + b),
        Arithmetic::Subtract => zip::map(a, b, rows, |a, b| a - b),
        Arithmetic::Multiply => zip::map(a, b, rows, |a, b| a * b),
        Arithmetic::Divide if matches!(b, Numbers::Same(b) if b != 0.0) => zip::map(a, b, rows, |a, b| a / b),
        _ => return None,
    };
    (!values.iter().any(|value| value.is_nan())).then_some(values)
}

/// `left operator right` for one pair of values.
pub(super) fn combine_values(operator: Arithmetic, left: ValueRef<'_>, right: ValueRef<'_>) -> Value {
    let (Some(a), Some(b)) = (left.to_number(), right.to_number()) else {
        return Value::Null;
    };
    match operator {
        Arithmetic::BitAnd => Value::Integer(left.to_integer() & right.to_integer()),
        Arithmetic::BitOr => Value::Integer(left.to_integer() | right.to_integer()),
        Arithmetic::ShiftLeft => Value::Integer(shift(left.to_integer(), right.to_integer())),
        Arithmetic::ShiftRight => {
            Value::Integer(shift(left.to_integer(), right.to_integer().saturating_neg()))
        }
        Arithmetic::Remainder => remainder(a, b, left, right),
        Arithmetic::Add | Arithmetic::Subtract | Arithmetic::Multiply | Arithmetic::Divide => {
            if let (Number::Integer(a), Number::Integer(b)) = (a, b)
                && let Some(result) = integer_result(operator, a, b)
            {
                return result;
            }
            // A text may be a zero with a sign.
            real_result(operator, left.to_real(), right.to_real())
        }
    }
}

/// The result if it is an integer or NULL; `None` where floats have to take over.
fn integer_result(operator: Arithmetic, a: i64, b: i64) -> Option<Value> {
    match operator {
        Arithmetic::Add => a.checked_add(b),
        Arithmetic::Subtract => a.checked_sub(b),
        Arithmetic::Multiply => a.checked_mul(b),
        _ if b == 0 => return Some(Value::Null),
        _ => a.checked_div(b),
    }
    .map(Value::Integer)
}

fn real_result(operator: Arithmetic, a: f64, b: f64) -> Value {
    match operator {
        Arithmetic::Add => Value::real(a + b),
        Arithmetic::Subtract => Value::real(a - b),
        Arithmetic::Multiply => Value::real(a * b),
        _ if b == 0.0 => Value::Null,
        _ => Value::real(a / b),
    }
}

/// `%` works on integers, whatever it is given; the result is a float if an operand was one.
fn remainder(a: Number, b: Number, left: ValueRef<'_>, right: ValueRef<'_>) -> Value {
    let (dividend, divisor) = (left.to_integer(), right.to_integer());
    if divisor == 0 {
        return Value::Null;
    }
    let result = dividend.wrapping_rem(divisor);
    match (a, b) {
        (Number::Integer(_), Number::Integer(_)) => Value::Integer(result),
        _ => Value::Real(result as f64),
    }
}

/// Left by `by` bits; right if it is negative.
fn shift(value: i64, by: i64) -> i64 {
    match by {
        64.. => 0,
        0..64 => value << by,
        -63..0 => value >> -by,
        _ => value >> 63,
    }
}

pub(super) fn negate(operand: &Column) -> Column {
    combine(Arithmetic::Subtract, &Column::constant(Value::Integer(0), operand.len()), operand)
}

pub(super) fn bit_not(operand: &Column) -> Column {
    let mut out = Column::default();
    for row in 0..operand.len() {
        let value = operand.get(row);
        out.push(if value.is_null() { ValueRef::Null } else { ValueRef::Integer(!value.to_integer()) });
    }
    out
}
