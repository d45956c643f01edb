//! Values in the binary forms of their types.

use helios::ValueRef;
use helios::sql::interval::Length;
use helios::sql::{BaseType, SqlType, array, moment, oid_of};

use super::numeric::write_numeric;
use super::text::{integer, moment_of, real, truth, write_numeric as write_numeric_text, write_text};
use super::wrong;
use crate::failure::Failure;
use crate::sqlstate;

/// Microseconds from the beginning of 1970 to that of 2000, from which PostgreSQL counts.
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// The same in days.
pub(super) const EPOCH_DAYS: i64 = 10_957;

/// Writes a value that is not NULL.
pub(super) fn write_binary(value: ValueRef<'_>, sql_type: SqlType, out: &mut Vec<u8>) -> Result<(), Failure> {
    if sql_type.is_array || matches!(sql_type.base, BaseType::Int2Vector | BaseType::OidVector) {
        return write_array(value, sql_type, out);
    }
    match sql_type.base {
        BaseType::Boolean => out.push(u8::from(truth(value, sql_type)?)),
        BaseType::SmallInt => out.extend_from_slice(&whole::<i16>(value, sql_type)?.to_be_bytes()),
        BaseType::Integer => out.extend_from_slice(&whole::<i32>(value, sql_type)?.to_be_bytes()),
        BaseType::BigInt => out.extend_from_slice(&integer(value, sql_type)?.to_be_bytes()),
        // What is shown is the name.
        BaseType::RegClass | BaseType::RegType | BaseType::RegProc if matches!(value, ValueRef::Text(text) if !text.iter().all(u8::is_ascii_digit)) =>
        {
            value.write_text(out);
        }
        BaseType::Oid | BaseType::RegClass | BaseType::RegType | BaseType::RegProc => {
            out.extend_from_slice(&whole::<u32>(value, sql_type)?.to_be_bytes());
        }
        BaseType::Real => out.extend_from_slice(&(real(value, sql_type)? as f32).to_be_bytes()),
        BaseType::Double => out.extend_from_slice(&real(value, sql_type)?.to_be_bytes()),
        BaseType::Numeric => {
            let mut text = Vec::new();
            write_numeric_text(value, sql_type, &mut text)?;
            write_numeric(&text, out).ok_or_else(|| wrong(value, sql_type))?;
        }
        BaseType::Bytea => match value {
            ValueRef::Blob(bytes) => out.extend_from_slice(bytes),
            other => other.write_text(out),
        },
        BaseType::Date => {
            let days = match moment_of(value, sql_type)?.micros {
                i64::MAX => i32::MAX,
                i64::MIN => i32::MIN,
                micros => (micros.div_euclid(moment::DAY_MICROS) - EPOCH_DAYS) as i32,
            };
            out.extend_from_slice(&days.to_be_bytes());
        }
        BaseType::Timestamp | BaseType::TimestampTz => {
            let read = moment_of(value, sql_type)?;
            let micros = if sql_type.base == BaseType::Timestamp { read.micros } else { read.utc_micros() };
            let counted = if moment::is_infinite(micros) { micros } else { micros - EPOCH_MICROS };
            out.extend_from_slice(&counted.to_be_bytes());
        }
        BaseType::Time => {
            let text = value.text_bytes().unwrap_or_default();
            let time = std::str::from_utf8(&text).ok().and_then(moment::parse_time);
            let (micros, _) = time.ok_or_else(|| wrong(value, sql_type))?;
            out.extend_from_slice(&micros.to_be_bytes());
        }
        BaseType::Interval => {
            let text = value.text_bytes().unwrap_or_default();
            let length = std::str::from_utf8(&text).ok().and_then(Length::parse);
            let Length { months, days, micros } = length.ok_or_else(|| wrong(value, sql_type))?;
            let part = |count: i64| i32::try_from(count).map_err(|_| wrong(value, sql_type));
            out.extend_from_slice(&micros.to_be_bytes());
            out.extend_from_slice(&part(days)?.to_be_bytes());
            out.extend_from_slice(&part(months)?.to_be_bytes());
        }
        BaseType::Uuid => match value {
            ValueRef::Blob(bytes) if bytes.len() == 16 => out.extend_from_slice(bytes),
            other => {
                let text = other.text_bytes().unwrap_or_default();
                let digits: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'-').collect();
                out.extend_from_slice(
                    &hex(&digits).filter(|bytes| bytes.len() == 16).ok_or_else(|| wrong(value, sql_type))?,
                );
            }
        },
        BaseType::Jsonb => {
            out.push(1);
            value.write_text(out);
        }
        BaseType::Vector => {
            let ValueRef::Blob(bytes) = value else { return Err(wrong(value, sql_type)) };
            out.extend_from_slice(&((bytes.len() / 4) as u16).to_be_bytes());
            out.extend_from_slice(&[0, 0]);
            bytes.chunks_exact(4).for_each(|element| out.extend(element.iter().rev()));
        }
        _ => write_text(value, sql_type, out)?,
    }
    Ok(())
}

fn whole<T: TryFrom<i64>>(value: ValueRef<'_>, sql_type: SqlType) -> Result<T, Failure> {
    T::try_from(integer(value, sql_type)?).map_err(|_| {
        Failure::new(sqlstate::OUT_OF_RANGE, format!("{} out of range", sql_type.catalog_name()))
    })
}

/// The bytes of hexadecimal digits.
pub(super) fn hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    digits
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
            _ => None,
        })
        .collect()
}

/// An array of one dimension.
fn write_array(value: ValueRef<'_>, sql_type: SqlType, out: &mut Vec<u8>) -> Result<(), Failure> {
    let text = value.text_bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let elements = array::parse(&text).ok_or_else(|| wrong(value, sql_type))?;
    let (element, first) = match sql_type.base {
        BaseType::Int2Vector if !sql_type.is_array => (SqlType::of(BaseType::SmallInt), 0_i32),
        BaseType::OidVector if !sql_type.is_array => (SqlType::of(BaseType::Oid), 0),
        base => (SqlType::of(base), 1),
    };
    let has_null = elements.iter().any(Option::is_none);
    out.extend_from_slice(&i32::from(!elements.is_empty()).to_be_bytes());
    out.extend_from_slice(&i32::from(has_null).to_be_bytes());
    out.extend_from_slice(&oid_of(element).to_be_bytes());
    if elements.is_empty() {
        return Ok(());
    }
    out.extend_from_slice(&(elements.len() as i32).to_be_bytes());
    out.extend_from_slice(&first.to_be_bytes());
    for part in elements {
        let Some(part) = part else {
            out.extend_from_slice(&(-1_i32).to_be_bytes());
            continue;
        };
        if part.starts_with('{') {
            return Err(Failure::unsupported("arrays of arrays in binary form are not supported"));
        }
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        let bytes =
            (element.base == BaseType::Bytea).then(|| helios::sql::parse_bytea(part.as_bytes())).flatten();
        let value = bytes.as_deref().map_or(ValueRef::Text(part.as_bytes()), ValueRef::Blob);
        write_binary(value, element, out)?;
        let length = (out.len() - start - 4) as i32;
        out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}
