//! The mathematical functions (<https://sqlite.org/lang_mathfunc.html>).
//!
//! In: numbers, or texts that are numbers; anything else gives NULL. Out: floats; what is undefined is NULL.

use std::f64::consts;

use super::{CallContext, Scalar, numeric};
use helios_core::value::Number;
use helios_core::{Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("acos", 1, 1, |_, arguments| one(arguments, f64::acos)),
    Scalar::pure("acosh", 1, 1, |_, arguments| one(arguments, acosh)),
    Scalar::pure("asin", 1, 1, |_, arguments| one(arguments, f64::asin)),
    Scalar::pure("asinh", 1, 1, |_, arguments| one(arguments, asinh)),
    Scalar::pure("atan", 1, 1, |_, arguments| one(arguments, f64::atan)),
    Scalar::pure("atan2", 2, 2, |_, arguments| two(arguments, f64::atan2)),
    Scalar::pure("atanh", 1, 1, |_, arguments| one(arguments, f64::atanh)),
    Scalar::pure("ceil", 1, 1, |_, arguments| whole(arguments, f64::ceil)),
    Scalar::pure("ceiling", 1, 1, |_, arguments| whole(arguments, f64::ceil)),
    Scalar::pure("cos", 1, 1, |_, arguments| one(arguments, f64::cos)),
    Scalar::pure("cosh", 1, 1, |_, arguments| one(arguments, f64::cosh)),
    // Not f64::to_degrees: its factor is rounded in another way.
    Scalar::pure("degrees", 1, 1, |_, arguments| one(arguments, |x| x * (180.0 / consts::PI))),
    Scalar::pure("exp", 1, 1, |_, arguments| one(arguments, f64::exp)),
    Scalar::pure("floor", 1, 1, |_, arguments| whole(arguments, f64::floor)),
    Scalar::pure("ln", 1, 1, |_, arguments| logarithm(arguments, 1.0)),
    Scalar::pure("log", 1, 1, |_, arguments| logarithm(arguments, consts::LN_10)),
    Scalar::pure("log", 2, 2, logarithm_to_base),
    Scalar::pure("log10", 1, 1, |_, arguments| logarithm(arguments, consts::LN_10)),
    Scalar::pure("log2", 1, 1, |_, arguments| logarithm(arguments, consts::LN_2)),
    Scalar::pure("mod", 2, 2, |_, arguments| two(arguments, |x, y| x % y)),
    Scalar::pure("pi", 0, 0, |_, _| Ok(Value::Real(consts::PI))),
    Scalar::pure("pow", 2, 2, |_, arguments| two(arguments, f64::powf)),
    Scalar::pure("power", 2, 2, |_, arguments| two(arguments, f64::powf)),
    Scalar::pure("radians", 1, 1, |_, arguments| one(arguments, |x| x * (consts::PI / 180.0))),
    Scalar::pure("sin", 1, 1, |_, arguments| one(arguments, f64::sin)),
    Scalar::pure("sinh", 1, 1, |_, arguments| one(arguments, f64::sinh)),
    Scalar::pure("sqrt", 1, 1, |_, arguments| one(arguments, f64::sqrt)),
    Scalar::pure("tan", 1, 1, |_, arguments| one(arguments, f64::tan)),
    Scalar::pure("tanh", 1, 1, |_, arguments| one(arguments, f64::tanh)),
    Scalar::pure("trunc", 1, 1, |_, arguments| whole(arguments, f64::trunc)),
];

fn real(value: ValueRef<'_>) -> Option<f64> {
    numeric(value).map(Number::to_real)
}

/// From here on the inverse hyperbolic functions are a logarithm, and their usual form would overflow.
const LARGE: f64 = 268_435_456.0;

fn asinh(x: f64) -> f64 {
    if x.abs() > LARGE { (x.abs().ln() + consts::LN_2).copysign(x) } else { x.asinh() }
}

fn acosh(x: f64) -> f64 {
    if x > LARGE { x.ln() + consts::LN_2 } else { x.acosh() }
}

fn one(arguments: &[ValueRef<'_>], function: fn(f64) -> f64) -> Result<Value> {
    Ok(real(arguments[0]).map_or(Value::Null, |x| Value::real(function(x))))
}

fn two(arguments: &[ValueRef<'_>], function: fn(f64, f64) -> f64) -> Result<Value> {
    Ok(match (real(arguments[0]), real(arguments[1])) {
        (Some(x), Some(y)) => Value::real(function(x, y)),
        _ => Value::Null,
    })
}

/// A function that leaves integers alone.
fn whole(arguments: &[ValueRef<'_>], function: fn(f64) -> f64) -> Result<Value> {
    Ok(match numeric(arguments[0]) {
        None => Value::Null,
        Some(Number::Integer(value)) => Value::Integer(value),
        Some(Number::Real(value)) => Value::real(function(value)),
    })
}

/// The natural logarithm divided by that of the base, which is how SQLite takes them all.
fn logarithm(arguments: &[ValueRef<'_>], of_base: f64) -> Result<Value> {
    let positive = real(arguments[0]).filter(|&x| x > 0.0);
    Ok(positive.map_or(Value::Null, |x| Value::real(x.ln() / of_base)))
}

fn logarithm_to_base(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(base) = real(arguments[0]).filter(|&base| base > 0.0).map(f64::ln).filter(|&base| base > 0.0)
    else {
        return Ok(Value::Null);
    };
    // The second argument need not be a number: SQLite reads it as one.
    let value = arguments[1].to_real();
    Ok(if value > 0.0 { Value::real(value.ln() / base) } else { Value::Null })
}
