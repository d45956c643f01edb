//! Parameters of clients as values.

use helios::Value;
use helios::sql::interval::Length;
use helios::sql::{BaseType, SqlType, array, moment, parse_bytea};

use super::Format;
use super::binary::{EPOCH_DAYS, EPOCH_MICROS};
use super::numeric::read_numeric;
use crate::failure::Failure;
use crate::sqlstate;

/// The value that bytes are, of a type and in a format.
pub(crate) fn read(bytes: &[u8], sql_type: SqlType, format: Format) -> Result<Value, Failure> {
    match format {
        Format::Text => read_text(bytes, sql_type),
        Format::Binary => read_binary(bytes, sql_type),
        Format::Stored => super::stored::read(bytes),
    }
}

fn text(bytes: &[u8]) -> Result<&str, Failure> {
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Failure::new("22021", "invalid byte sequence for encoding \"UTF8\""))?;
    match text.contains('\0') {
        true => Err(Failure::new("22021", "invalid byte sequence for encoding \"UTF8\": 0x00")),
        false => Ok(text),
    }
}

fn wrong(sql_type: SqlType, text: &str) -> Failure {
    let name = match sql_type.base {
        BaseType::SmallInt => "smallint",
        BaseType::Integer => "integer",
        BaseType::BigInt => "bigint",
        BaseType::Double => "double precision",
        BaseType::Boolean => "boolean",
        _ => sql_type.catalog_name(),
    };
    let code = match sql_type.base {
        BaseType::Date | BaseType::Time | BaseType::Timestamp | BaseType::TimestampTz => {
            sqlstate::INVALID_MOMENT
        }
        _ => sqlstate::INVALID_TEXT,
    };
    Failure::new(code, format!("invalid input syntax for type {name}: \"{text}\""))
}

fn read_text(bytes: &[u8], sql_type: SqlType) -> Result<Value, Failure> {
    let text = text(bytes)?;
    if sql_type.is_array {
        array::parse(text).ok_or_else(|| {
            Failure::new(sqlstate::INVALID_TEXT, format!("malformed array literal: \"{text}\""))
        })?;
        return Ok(Value::text(text));
    }
    let wrong = || wrong(sql_type, text);
    let trimmed = text.trim();
    Ok(match sql_type.base {
        BaseType::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => Value::Integer(1),
            "f" | "false" | "n" | "no" | "off" | "0" => Value::Integer(0),
            _ => return Err(wrong()),
        },
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt | BaseType::Oid => {
            let number: i128 = trimmed.parse().map_err(|_| wrong())?;
            let (least, most) = match sql_type.base {
                BaseType::SmallInt => (-32_768, 32_767),
                BaseType::Integer => (-2_147_483_648, 2_147_483_647),
                BaseType::Oid => (0, 4_294_967_295),
                _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
            };
            if number < least || number > most {
                let message =
                    format!("value \"{trimmed}\" is out of range for type {}", sql_type.catalog_name());
                return Err(Failure::new(sqlstate::OUT_OF_RANGE, message));
            }
            Value::Integer(number as i64)
        }
        BaseType::Real | BaseType::Double => Value::real(trimmed.parse().map_err(|_| wrong())?),
        BaseType::Numeric => numeric(trimmed).ok_or_else(wrong)?,
        BaseType::Bytea => Value::blob(&parse_bytea(bytes).ok_or_else(wrong)?),
        BaseType::Date => {
            let read = moment::read(trimmed).ok_or_else(wrong)?;
            Value::text(&moment::write_date(read.micros.div_euclid(moment::DAY_MICROS)))
        }
        BaseType::Time => {
            let (micros, _) = moment::parse_time(trimmed).ok_or_else(wrong)?;
            Value::text(&moment::write_time(micros))
        }
        BaseType::Timestamp => {
            Value::text(&moment::write_timestamp(moment::read(trimmed).ok_or_else(wrong)?.micros))
        }
        BaseType::TimestampTz => {
            let read = moment::read(trimmed).ok_or_else(wrong)?;
            Value::text(&moment::write_timestamptz(read.utc_micros()))
        }
        BaseType::Uuid => {
            let digits: String = trimmed.chars().filter(|c| !matches!(c, '-' | '{' | '}')).collect();
            uuid(&super::binary::hex(digits.as_bytes()).ok_or_else(wrong)?).ok_or_else(wrong)?
        }
        BaseType::Character => Value::text(text.trim_end_matches(' ')),
        _ => Value::text(text),
    })
}

/// A decimal number: an integer if it is one, else a float.
fn numeric(text: &str) -> Option<Value> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Value::Integer(whole)),
        Err(_) => Some(Value::real(text.parse().ok()?)),
    }
}

fn uuid(bytes: &[u8]) -> Option<Value> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Value::text(&[&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")))
}

fn read_binary(bytes: &[u8], sql_type: SqlType) -> Result<Value, Failure> {
    let wrong = || {
        Failure::new(
            sqlstate::INVALID_BINARY,
            format!("incorrect binary data format for type {}", sql_type.catalog_name()),
        )
    };
    if sql_type.is_array {
        return read_array(bytes, sql_type).and_then(|array| array.ok_or_else(wrong));
    }
    let found = match sql_type.base {
        BaseType::Boolean => fixed(bytes).map(|[byte]| Value::boolean(byte != 0)),
        BaseType::SmallInt | BaseType::Integer | BaseType::BigInt | BaseType::Oid => match bytes.len() {
            // Clients that know only what is stored send integers of another width.
            2 => fixed(bytes).map(|bytes| Value::Integer(i64::from(i16::from_be_bytes(bytes)))),
            4 if sql_type.base == BaseType::Oid => {
                fixed(bytes).map(|bytes| Value::Integer(i64::from(u32::from_be_bytes(bytes))))
            }
            4 => fixed(bytes).map(|bytes| Value::Integer(i64::from(i32::from_be_bytes(bytes)))),
            _ => fixed(bytes).map(|bytes| Value::Integer(i64::from_be_bytes(bytes))),
        },
        BaseType::RegClass | BaseType::RegType | BaseType::RegProc => {
            fixed(bytes).map(|bytes| Value::Integer(i64::from(u32::from_be_bytes(bytes))))
        }
        BaseType::Real => fixed(bytes).map(|bytes| Value::real(f64::from(f32::from_be_bytes(bytes)))),
        BaseType::Double => fixed(bytes).map(|bytes| Value::real(f64::from_be_bytes(bytes))),
        BaseType::Numeric => read_numeric(bytes).and_then(|text| numeric(&text)),
        BaseType::Bytea => Some(Value::blob(bytes)),
        BaseType::Date => fixed(bytes).map(|bytes| match i32::from_be_bytes(bytes) {
            i32::MAX => Value::text("infinity"),
            i32::MIN => Value::text("-infinity"),
            days => Value::text(&moment::write_date(i64::from(days) + EPOCH_DAYS)),
        }),
        BaseType::Time => fixed(bytes)
            .map(i64::from_be_bytes)
            .filter(|micros| (0..=moment::DAY_MICROS).contains(micros))
            .map(|micros| Value::text(&moment::write_time(micros))),
        BaseType::Timestamp => micros(bytes).map(|micros| Value::text(&moment::write_timestamp(micros))),
        BaseType::TimestampTz => micros(bytes).map(|micros| Value::text(&moment::write_timestamptz(micros))),
        BaseType::Uuid => uuid(bytes),
        BaseType::Jsonb => match bytes {
            [1, text @ ..] => return read_text(text, SqlType::of(BaseType::Json)),
            _ => None,
        },
        BaseType::Vector => vector(bytes),
        BaseType::Interval => fixed::<16>(bytes).map(interval),
        BaseType::Character => return read_text(bytes, sql_type),
        _ => return read_text(bytes, SqlType::of(BaseType::Text)),
    };
    found.ok_or_else(wrong)
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// Microseconds since the beginning of 1970.
fn micros(bytes: &[u8]) -> Option<i64> {
    let counted = i64::from_be_bytes(fixed(bytes)?);
    if moment::is_infinite(counted) { Some(counted) } else { counted.checked_add(EPOCH_MICROS) }
}

/// A length of time: microseconds, days, months.
fn interval(bytes: [u8; 16]) -> Value {
    let whole = u128::from_be_bytes(bytes);
    let (micros, days, months) = ((whole >> 64) as i64, (whole >> 32) as i32, whole as i32);
    Value::text(&Length { months: i64::from(months), days: i64::from(days), micros }.write())
}

fn vector(bytes: &[u8]) -> Option<Value> {
    let (head, elements) = bytes.split_at_checked(4)?;
    let count = usize::from(u16::from_be_bytes([head[0], head[1]]));
    if elements.len() != count * 4 {
        return None;
    }
    let mut little = Vec::with_capacity(elements.len());
    elements.chunks_exact(4).for_each(|element| little.extend(element.iter().rev()));
    Some(Value::blob(&little))
}

/// An array of one dimension, as PostgreSQL writes it.
fn read_array(bytes: &[u8], sql_type: SqlType) -> Result<Option<Value>, Failure> {
    let word = |at: usize| bytes.get(at..at + 4).and_then(fixed).map(i32::from_be_bytes);
    let (Some(dimensions), Some(_), Some(_)) = (word(0), word(4), word(8)) else { return Ok(None) };
    if dimensions == 0 {
        return Ok(Some(Value::text("{}")));
    }
    let (1, Some(count)) = (dimensions, word(12)) else {
        return Err(Failure::unsupported("arrays of arrays in binary form are not supported"));
    };
    let mut at = 20;
    let mut elements = Vec::new();
    for _ in 0..count {
        let Some(length) = word(at) else { return Ok(None) };
        at += 4;
        let Ok(length) = usize::try_from(length) else {
            elements.push(Value::Null);
            continue;
        };
        let Some(part) = bytes.get(at..).and_then(|rest| rest.get(..length)) else { return Ok(None) };
        let element = SqlType::of(sql_type.base);
        let value = read_binary(part, element)?;
        let mut text = Vec::new();
        super::write_text(value.as_ref(), element, &mut text)?;
        elements.push(Value::Text(text.into()));
        at += length;
    }
    Ok((at == bytes.len()).then(|| Value::text(&array::write(elements.iter().map(Value::as_ref)))))
}
