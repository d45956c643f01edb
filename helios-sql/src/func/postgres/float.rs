//! Floats and decimal numbers on their way to other types.
//!
//! In: numbers. Out: texts with the fewest digits that tell a float from all others, as PostgreSQL writes them, and whole
//! numbers.

use helios_core::{Value, ValueRef};

use super::super::Scalar;
use super::cast::text;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("halves_away", 1, 1, |_, arguments| {
        Ok(match arguments[0] {
            ValueRef::Real(value) => Value::real(value.round()),
            other => other.to_value(),
        })
    }),
    Scalar::pure("float4_text", 1, 1, |_, arguments| {
        Ok(match arguments[0] {
            ValueRef::Real(value) => Value::text(&write_float4(value as f32)),
            other => text(other)?,
        })
    }),
    Scalar::pure("float8_text", 1, 1, |_, arguments| {
        Ok(match arguments[0] {
            ValueRef::Real(value) => Value::text(&write_float8(value)),
            other => text(other)?,
        })
    }),
];

/// A float as PostgreSQL writes it: with the fewest digits that tell it from all others.
pub fn write_float8(value: f64) -> String {
    float_text(&format!("{value:e}"), &format!("{value}"), (value.is_nan(), value.is_infinite()), 15)
}

/// [`write_float8`] of four bytes.
pub fn write_float4(value: f32) -> String {
    float_text(&format!("{value:e}"), &format!("{value}"), (value.is_nan(), value.is_infinite()), 6)
}

/// A number with an exponent, where it is as large as `digits` say or small, or without.
fn float_text(scientific: &str, plain: &str, (is_nan, is_infinite): (bool, bool), digits: i32) -> String {
    if is_nan {
        return "NaN".to_owned();
    }
    if is_infinite {
        return if plain.starts_with('-') { "-Infinity".to_owned() } else { "Infinity".to_owned() };
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match (-4..digits).contains(&exponent) {
        true => plain.to_owned(),
        false => format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()),
    }
}
