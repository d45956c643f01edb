//! Values as texts, as PostgreSQL writes them with its usual settings.

use helios::ValueRef;
use helios::sql::{BaseType, SqlType, array, moment, write_float4, write_float8};

use super::wrong;
use crate::failure::Failure;

/// Writes a value that is not NULL.
pub(crate) fn write_text(value: ValueRef<'_>, sql_type: SqlType, out: &mut Vec<u8>) -> Result<(), Failure> {
    if sql_type.is_array {
        return write_array(value, sql_type, out);
    }
    match sql_type.base {
        BaseType::Boolean => out.push(if truth(value, sql_type)? { b't' } else { b'f' }),
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt | BaseType::Oid => {
            out.extend_from_slice(integer(value, sql_type)?.to_string().as_bytes());
        }
        BaseType::Real => out.extend_from_slice(write_float4(real(value, sql_type)? as f32).as_bytes()),
        BaseType::Double => out.extend_from_slice(write_float8(real(value, sql_type)?).as_bytes()),
        BaseType::Numeric => write_numeric(value, sql_type, out)?,
        BaseType::Date => {
            let micros = moment_of(value, sql_type)?.micros;
            out.extend_from_slice(moment::write_date(micros.div_euclid(moment::DAY_MICROS)).as_bytes());
        }
        BaseType::Timestamp => {
            out.extend_from_slice(moment::write_timestamp(moment_of(value, sql_type)?.micros).as_bytes());
        }
        BaseType::TimestampTz => {
            let micros = moment_of(value, sql_type)?.utc_micros();
            out.extend_from_slice(moment::write_timestamp(micros).as_bytes());
            out.extend_from_slice(if moment::is_infinite(micros) { &b""[..] } else { b"+00" });
        }
        BaseType::Vector => write_vector(value, out),
        _ => write_any(value, out),
    }
    Ok(())
}

/// An array. What is true is written as in PostgreSQL there, too.
fn write_array(value: ValueRef<'_>, sql_type: SqlType, out: &mut Vec<u8>) -> Result<(), Failure> {
    let text = value.text_bytes().unwrap_or_default();
    let elements = match sql_type.base {
        BaseType::Boolean => std::str::from_utf8(&text).ok().and_then(array::parse),
        _ => None,
    };
    let Some(elements) = elements else {
        out.extend_from_slice(&text);
        return Ok(());
    };
    let truths = elements.iter().map(|element| match element.as_deref() {
        None => "NULL",
        Some("0" | "f" | "false") => "f",
        Some(_) => "t",
    });
    let truths: Vec<&str> = truths.collect();
    out.extend_from_slice(format!("{{{}}}", truths.join(",")).as_bytes());
    Ok(())
}

/// A text as it is, a number in digits, a blob in hexadecimal digits.
fn write_any(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Blob(bytes) => {
            out.extend_from_slice(b"\\x");
            for byte in bytes {
                out.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
            }
        }
        other => other.write_text(out),
    }
}

/// What is true and what is false.
pub(super) fn truth(value: ValueRef<'_>, sql_type: SqlType) -> Result<bool, Failure> {
    match value {
        ValueRef::Integer(value) => Ok(value != 0),
        ValueRef::Real(value) => Ok(value != 0.0),
        ValueRef::Text(text) => match text.to_ascii_lowercase().as_slice() {
            b"t" | b"true" | b"yes" | b"on" | b"y" | b"1" => Ok(true),
            b"f" | b"false" | b"no" | b"off" | b"n" | b"0" => Ok(false),
            _ => Err(wrong(value, sql_type)),
        },
        _ => Err(wrong(value, sql_type)),
    }
}

/// A whole number.
pub(super) fn integer(value: ValueRef<'_>, sql_type: SqlType) -> Result<i64, Failure> {
    match value {
        ValueRef::Integer(value) => Ok(value),
        ValueRef::Real(real) if real.fract() == 0.0 && real.abs() < 9.2e18 => Ok(real as i64),
        ValueRef::Real(real) if real.fract() == 0.0 => {
            Err(Failure::new(crate::sqlstate::OUT_OF_RANGE, "bigint out of range".to_owned()))
        }
        ValueRef::Text(text) => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
            number.ok_or_else(|| wrong(value, sql_type))
        }
        _ => Err(wrong(value, sql_type)),
    }
}

/// A float.
pub(super) fn real(value: ValueRef<'_>, sql_type: SqlType) -> Result<f64, Failure> {
    match value {
        ValueRef::Integer(value) => Ok(value as f64),
        ValueRef::Real(value) => Ok(value),
        ValueRef::Text(text) => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
            number.ok_or_else(|| wrong(value, sql_type))
        }
        _ => Err(wrong(value, sql_type)),
    }
}

/// A moment: a text, or seconds since 1970.
pub(super) fn moment_of(value: ValueRef<'_>, sql_type: SqlType) -> Result<moment::Moment, Failure> {
    let micros = match value {
        ValueRef::Integer(seconds) => seconds.checked_mul(1_000_000),
        ValueRef::Real(seconds) => Some((seconds * 1e6) as i64),
        ValueRef::Text(text) => {
            let read = std::str::from_utf8(text).ok().and_then(moment::parse);
            return read
                .ok_or_else(|| Failure { code: crate::sqlstate::INVALID_MOMENT, ..wrong(value, sql_type) });
        }
        _ => None,
    };
    let micros = micros.ok_or_else(|| wrong(value, sql_type))?;
    Ok(moment::Moment { micros, offset: Some(0) })
}

/// A decimal number, without an exponent.
pub(super) fn write_numeric(
    value: ValueRef<'_>,
    sql_type: SqlType,
    out: &mut Vec<u8>,
) -> Result<(), Failure> {
    match value {
        ValueRef::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        ValueRef::Text(text) if !is_decimal(text) => return Err(wrong(value, sql_type)),
        ValueRef::Text(text) => out.extend_from_slice(text.trim_ascii()),
        other => {
            let number = real(other, sql_type)?;
            let text = match number.is_finite() {
                // A float has no more digits that are right.
                true => format!("{}", format!("{number:.14e}").parse().unwrap_or(number)),
                false if number.is_nan() => "NaN".to_owned(),
                false => (if number > 0.0 { "Infinity" } else { "-Infinity" }).to_owned(),
            };
            out.extend_from_slice(text.as_bytes());
        }
    }
    Ok(())
}

fn is_decimal(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.trim().parse::<f64>().is_ok())
}

/// A vector: pgvector's text.
fn write_vector(value: ValueRef<'_>, out: &mut Vec<u8>) {
    let ValueRef::Blob(bytes) = value else { return write_any(value, out) };
    out.push(b'[');
    for (position, element) in bytes.chunks_exact(4).enumerate() {
        if position > 0 {
            out.push(b',');
        }
        let element = f32::from_le_bytes([element[0], element[1], element[2], element[3]]);
        out.extend_from_slice(format!("{element}").as_bytes());
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_look_as_in_postgresql() {
        let cases = [
            (1.0, "1"),
            (1.5, "1.5"),
            (0.1, "0.1"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (1.234_567_890_123_456e15, "1.234567890123456e+15"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (f64::INFINITY, "Infinity"),
            (-0.0, "-0"),
        ];
        for (value, expected) in cases {
            assert_eq!(write_float8(value), expected);
        }
    }
}
