//! Functions on numbers that need no mathematics: `abs`, `sign`, `round`, `random`.
//!
//! In: any values, NULL gives NULL. Out: numbers.

use super::{CallContext, Scalar, format, numeric, to_int};
use helios_core::value::{Number, parse_number};
use helios_core::{Error, Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("abs", 1, 1, abs),
    Scalar::pure("sign", 1, 1, sign),
    Scalar::pure("round", 1, 2, round),
    Scalar::volatile("random", 0, 0, random),
];

/// From here on a float has no fraction.
const NO_FRACTION: f64 = 4_503_599_627_370_496.0;

fn abs(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    match arguments[0] {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(value) => {
            value.checked_abs().map(Value::Integer).ok_or_else(|| Error::sql("integer overflow"))
        }
        other => {
            let value = other.to_real();
            Ok(Value::real(if value < 0.0 { -value } else { value }))
        }
    }
}

fn sign(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(numeric(arguments[0]).map_or(Value::Null, |number| match number {
        Number::Integer(value) => Value::Integer(value.signum()),
        Number::Real(value) => Value::Integer(i64::from(value > 0.0) - i64::from(value < 0.0)),
    }))
}

/// `round(x, digits)`: half away from zero, judged on the decimal text of the number.
fn round(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    let digits = arguments.get(1).map_or(0, |&digits| to_int(digits).clamp(0, 30));
    let value = arguments[0].to_real();
    let rounded = if !(-NO_FRACTION..=NO_FRACTION).contains(&value) {
        value
    } else if digits == 0 {
        (value + if value < 0.0 { -0.5 } else { 0.5 }) as i64 as f64
    } else {
        parse_number(&format::fixed(value, digits as usize)).number.to_real()
    };
    Ok(Value::real(rounded))
}

/// Any 64-bit integer but the smallest, whose absolute value does not exist.
fn random(context: &CallContext<'_>, _: &[ValueRef<'_>]) -> Result<Value> {
    let value = context.entropy.next_u64() as i64;
    Ok(Value::Integer(if value < 0 { -(value & i64::MAX) } else { value }))
}
