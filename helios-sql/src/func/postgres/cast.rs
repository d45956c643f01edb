//! Casts: `::type`.
//!
//! In: any value. Out: the value as a column of the type holds it, or an error in PostgreSQL's words.

use helios_core::{Constraint, Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar};
use super::moment::{self, DAY_MICROS};
use super::moment_words;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("::bool", 1, 1, |_, arguments| boolean(arguments[0])),
    Scalar::pure("::int2", 1, 1, |_, arguments| integer(arguments[0], "smallint", -32_768, 32_767)),
    Scalar::pure("::int4", 1, 1, |_, arguments| {
        integer(arguments[0], "integer", -2_147_483_648, 2_147_483_647)
    }),
    Scalar::pure("::int8", 1, 1, |_, arguments| integer(arguments[0], "bigint", i64::MIN, i64::MAX)),
    Scalar::pure("::oid", 1, 1, |_, arguments| integer(arguments[0], "oid", 0, 4_294_967_295)),
    Scalar::pure("::float8", 1, 1, |_, arguments| real(arguments[0])),
    Scalar::pure("::float4", 1, 1, |_, arguments| {
        Ok(match real(arguments[0])? {
            Value::Real(value) => Value::real(f64::from(value as f32)),
            other => other,
        })
    }),
    Scalar::pure("::numeric", 1, 1, |_, arguments| numeric(arguments[0])),
    Scalar::pure("::text", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::varchar", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::bpchar", 1, 1, |_, arguments| text(arguments[0]).map(without_padding)),
    Scalar::pure("::name", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::char", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("varchar_fits", 2, 2, |_, arguments| {
        let Some(text) = written(arguments[0]) else { return Ok(Value::Null) };
        let most = usize::try_from(arguments[1].to_integer()).unwrap_or(0);
        let count = text.chars().count();
        // Spaces at the end may go.
        let kept: String = text.chars().take(most).collect();
        match count > most && !text[kept.len()..].trim_matches(' ').is_empty() {
            true => {
                let message = format!("value too long for type character varying({most})");
                Err(Error::new(ErrorKind::Data, message))
            }
            false => Ok(Value::text(&kept)),
        }
    }),
    Scalar::pure("bpchar_fits", 2, 2, |_, arguments| {
        let kept = without_padding(text(arguments[0])?);
        let most = arguments[1].to_integer();
        match written(kept.as_ref()).is_some_and(|text| text.chars().count() as i64 > most) {
            true => {
                let message = format!("value too long for type character({most})");
                Err(Error::new(ErrorKind::Data, message))
            }
            false => Ok(kept),
        }
    }),
    Scalar::pure("numeric_fits", 3, 3, |_, arguments| {
        let (precision, scale) = (arguments[1].to_integer(), arguments[2].to_integer());
        let number = match numeric(arguments[0])? {
            Value::Real(number) => {
                // Half of the last digit goes away from zero, by the decimal digits of the number.
                let text = format!("{number}");
                round_decimal(&text, scale).unwrap_or(number)
            }
            Value::Integer(number) => number as f64,
            other => return Ok(other),
        };
        match number.abs() >= 10_f64.powi((precision - scale) as i32) {
            true => Err(Error::new(ErrorKind::Data, "numeric field overflow")),
            false if number.fract() == 0.0 && number.abs() < 9e15 => Ok(Value::Integer(number as i64)),
            false => Ok(Value::real(number)),
        }
    }),
    Scalar::volatile("next_key", 0, 0, |_, _| Ok(Value::Null)),
    Scalar::pure("given_key", 3, 3, |_, arguments| match arguments[0].is_null() {
        true => {
            let name = |at: usize| written(arguments[at]).unwrap_or_default();
            let message = format!("NOT NULL constraint failed: {}.{}", name(1), name(2));
            Err(Error::new(ErrorKind::Constraint(Constraint::NotNull), message))
        }
        false => Ok(arguments[0].to_value()),
    }),
    Scalar::pure("undefined_relation", 1, 1, |_, arguments| match written(arguments[0]) {
        None => Ok(Value::Null),
        // A number may be that of an object which is gone.
        Some(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => Ok(arguments[0].to_value()),
        Some(name) => Err(Error::sql(format!("no such table: {name}"))),
    }),
    Scalar::pure("undefined_type", 1, 1, |_, arguments| match written(arguments[0]) {
        None => Ok(Value::Null),
        Some(name) if name.bytes().all(|byte| byte.is_ascii_digit()) => Ok(arguments[0].to_value()),
        Some(name) => Err(Error::sql(format!("type \"{name}\" does not exist"))),
    }),
    // The name that the catalog has a type under.
    Scalar::pure("regtype_name", 1, 1, |_, arguments| {
        let Some(name) = written(arguments[0]) else { return Ok(Value::Null) };
        let name = name.trim().trim_start_matches("pg_catalog.").trim_start_matches("public.");
        let (name, array) = name.strip_suffix("[]").map_or((name, ""), |element| (element, "[]"));
        let name = name.split_once('(').map_or(name, |(name, _)| name.trim_end());
        let lower = name.to_ascii_lowercase();
        let formatted = match lower.as_str() {
            "int" | "int4" => "integer",
            "int8" => "bigint",
            "int2" => "smallint",
            "bool" => "boolean",
            "float" | "float8" => "double precision",
            "float4" => "real",
            "decimal" | "dec" => "numeric",
            "varchar" => "character varying",
            "char" => "character",
            "timestamptz" => "timestamp with time zone",
            "timestamp" => "timestamp without time zone",
            "time" => "time without time zone",
            _ => name,
        };
        Ok(Value::text(&format!("{}{array}", formatted.trim_matches('"'))))
    }),
    Scalar::pure("shown_regclass", 1, 1, |_, arguments| Ok(arguments[0].to_value())),
    Scalar::pure("shown_regtype", 1, 1, |_, arguments| Ok(arguments[0].to_value())),
    Scalar::pure("shown_regproc", 1, 1, |_, arguments| Ok(arguments[0].to_value())),
    Scalar::pure("bool_text", 1, 1, |_, arguments| {
        Ok(match arguments[0] {
            ValueRef::Integer(value) => Value::text(if value == 0 { "false" } else { "true" }),
            other => other.to_value(),
        })
    }),
    Scalar::pure("nonzero", 1, 1, |_, arguments| {
        match arguments[0].to_real() == 0.0 && !arguments[0].is_null() {
            true => Err(Error::new(ErrorKind::Data, "division by zero")),
            false => Ok(arguments[0].to_value()),
        }
    }),
    Scalar::pure("::bool[]", 1, 1, |_, arguments| array(arguments[0], boolean_text)),
    Scalar::pure("::int2[]", 1, 1, |_, arguments| {
        array(arguments[0], |element| integer(element, "smallint", -32_768, 32_767))
    }),
    Scalar::pure("::int4[]", 1, 1, |_, arguments| {
        array(arguments[0], |element| integer(element, "integer", -2_147_483_648, 2_147_483_647))
    }),
    Scalar::pure("::int8[]", 1, 1, |_, arguments| {
        array(arguments[0], |element| integer(element, "bigint", i64::MIN, i64::MAX))
    }),
    Scalar::pure("::oid[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::float8[]", 1, 1, |_, arguments| array(arguments[0], real)),
    Scalar::pure("::numeric[]", 1, 1, |_, arguments| array(arguments[0], numeric)),
    Scalar::pure("::text[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::varchar[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::name[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::date[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::timestamp[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::timestamptz[]", 1, 1, |_, arguments| text(arguments[0])),
    Scalar::pure("::uuid[]", 1, 1, |_, arguments| array(arguments[0], uuid)),
    Scalar::pure("::uuid", 1, 1, |_, arguments| uuid(arguments[0])),
    Scalar::pure("::bytea", 1, 1, |_, arguments| bytea(arguments[0])),
    Scalar::stable("::date", 1, 1, |context, arguments| {
        in_time(context, arguments[0], "date", |moment| {
            moment::write_date(moment.micros.div_euclid(DAY_MICROS))
        })
    }),
    Scalar::stable("::timestamp", 1, 1, |context, arguments| {
        in_time(context, arguments[0], "timestamp", |moment| moment::write_timestamp(moment.micros))
    }),
    Scalar::stable("::timestamptz", 1, 1, |context, arguments| {
        in_time(context, arguments[0], "timestamp with time zone", |moment| {
            moment::write_timestamptz(moment.utc_micros())
        })
    }),
    Scalar::pure("::time", 1, 1, |_, arguments| {
        let Some(written) = written(arguments[0]) else { return Ok(Value::Null) };
        let time = moment::parse_time(&written).map(|(micros, _)| micros);
        let of_moment = || moment::parse(&written).map(|moment| moment.micros.rem_euclid(DAY_MICROS));
        match time.or_else(of_moment).or_else(|| moment_words::time_of_day(&written)) {
            Some(micros) => Ok(Value::text(&moment::write_time(micros))),
            None => Err(invalid("time", &written)),
        }
    }),
];

/// A text without the spaces at its end, as values of `character(n)` are kept: they are filled up where they are shown.
fn without_padding(value: Value) -> Value {
    match &value {
        Value::Text(text) if text.ends_with(b" ") => {
            let end = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
            Value::Text(text[..end].into())
        }
        _ => value,
    }
}

/// A text as a value of a type, as far as that does not depend on the time; `None` where it may.
///
/// # Errors
/// The type has no such value.
pub fn literal(type_name: &str, text: &str) -> Result<Option<Value>> {
    let value = ValueRef::Text(text.as_bytes());
    let moment = |name: &str, write: &dyn Fn(moment::Moment) -> String| match moment::read(text) {
        Some(moment) => Ok(Some(Value::text(&write(moment)))),
        None if is_word_for_now(text) => Ok(None),
        None => Err(invalid(name, text)),
    };
    Ok(Some(match type_name {
        "bool" => boolean(value)?,
        "int2" => integer(value, "smallint", -32_768, 32_767)?,
        "int4" => integer(value, "integer", -2_147_483_648, 2_147_483_647)?,
        "int8" => integer(value, "bigint", i64::MIN, i64::MAX)?,
        "float4" | "float8" => real(value)?,
        "numeric" => numeric(value)?,
        "uuid" => uuid(value)?,
        "bpchar" => without_padding(Value::text(text)),
        "date" => {
            return moment("date", &|moment| moment::write_date(moment.micros.div_euclid(DAY_MICROS)));
        }
        "time" => match moment::parse_time(text) {
            Some((micros, _)) => Value::text(&moment::write_time(micros)),
            None => return Ok(None),
        },
        "timestamp" => return moment("timestamp", &|moment| moment::write_timestamp(moment.micros)),
        "timestamptz" => {
            return moment("timestamp with time zone", &|moment| {
                moment::write_timestamptz(moment.utc_micros())
            });
        }
        _ => return Ok(None),
    }))
}

fn is_word_for_now(text: &str) -> bool {
    ["now", "today", "tomorrow", "yesterday", "epoch"].contains(&text.trim().to_ascii_lowercase().as_str())
}

/// An array whose elements are of a type.
fn array(value: ValueRef<'_>, element: impl Fn(ValueRef<'_>) -> Result<Value>) -> Result<Value> {
    let Some(elements) = super::array::elements_of(value)? else { return Ok(Value::Null) };
    // What has arrays inside stays as it is.
    if elements.iter().any(|inner| matches!(inner, Value::Text(text) if text.starts_with(b"{"))) {
        return text(value);
    }
    let elements = elements.iter().map(|inner| element(inner.as_ref())).collect::<Result<Vec<_>>>()?;
    Ok(Value::text(&super::array::write(elements.iter().map(Value::as_ref))))
}

fn boolean_text(value: ValueRef<'_>) -> Result<Value> {
    Ok(match boolean(value)? {
        Value::Integer(truth) => Value::text(if truth == 0 { "f" } else { "t" }),
        other => other,
    })
}

/// A decimal number with so many digits behind its point.
fn round_decimal(text: &str, scale: i64) -> Option<f64> {
    let (whole, fraction) = text.split_once('.')?;
    let scale = usize::try_from(scale).ok()?;
    if fraction.len() <= scale || text.contains(['e', 'E']) {
        return None;
    }
    let kept: f64 = format!("{whole}.{}", &fraction[..scale]).parse().ok()?;
    let step = 10_f64.powi(-(scale as i32));
    let goes_up = fraction.as_bytes().get(scale).is_some_and(|digit| *digit >= b'5');
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let rounded = if goes_up { kept + sign * step } else { kept };
    format!("{rounded:.scale$}").parse().ok()
}

/// A value as a text; `None` for NULL.
pub(super) fn written(value: ValueRef<'_>) -> Option<String> {
    Some(String::from_utf8_lossy(&value.text_bytes()?).into_owned())
}

/// PostgreSQL's answer to a text that a type cannot hold.
pub(super) fn invalid(name: &str, text: &str) -> Error {
    let is_of_time = name.starts_with("date") || name.starts_with("time");
    let is_well_formed = text.trim().starts_with(|first: char| first.is_ascii_digit())
        && text.contains(['-', ':'])
        && text
            .chars()
            .all(|part| part.is_ascii_digit() || matches!(part, '-' | ':' | '.' | ' ' | '+' | 'T' | 'Z'));
    if is_of_time && is_well_formed {
        return Error::new(ErrorKind::Data, format!("date/time field value out of range: \"{text}\""));
    }
    Error::new(ErrorKind::Data, format!("invalid input syntax for type {name}: \"{text}\""))
}

fn boolean(value: ValueRef<'_>) -> Result<Value> {
    let truth = match value {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Integer(value) => value != 0,
        ValueRef::Real(value) => value != 0.0,
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = written(value).unwrap_or_default();
            match text.trim().to_ascii_lowercase().as_str() {
                "t" | "tr" | "tru" | "true" | "y" | "ye" | "yes" | "on" | "1" => true,
                "f" | "fa" | "fal" | "fals" | "false" | "n" | "no" | "of" | "off" | "0" => false,
                _ => return Err(invalid("boolean", &text)),
            }
        }
    };
    Ok(Value::boolean(truth))
}

fn integer(value: ValueRef<'_>, name: &str, least: i64, most: i64) -> Result<Value> {
    let out_of_range = || Error::new(ErrorKind::Data, format!("{name} out of range"));
    let number = match value {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Integer(value) => value,
        ValueRef::Real(value) => {
            let rounded = value.round_ties_even();
            if !(-9.223_372_036_854_775e18..=9.223_372_036_854_775e18).contains(&rounded) {
                return Err(out_of_range());
            }
            rounded as i64
        }
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = written(value).unwrap_or_default();
            match text.trim().parse::<i128>() {
                Ok(number) => i64::try_from(number).map_err(|_| {
                    Error::new(ErrorKind::Data, format!("value \"{text}\" is out of range for type {name}"))
                })?,
                Err(_) => return Err(invalid(name, &text)),
            }
        }
    };
    if number < least || number > most { Err(out_of_range()) } else { Ok(Value::Integer(number)) }
}

fn real(value: ValueRef<'_>) -> Result<Value> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(value) => Value::real(value as f64),
        ValueRef::Real(value) => Value::real(value),
        ValueRef::Text(_) | ValueRef::Blob(_) => {
            let text = written(value).unwrap_or_default();
            let number = text.trim().parse::<f64>().map_err(|_| invalid("double precision", &text))?;
            Value::real(number)
        }
    })
}

fn numeric(value: ValueRef<'_>) -> Result<Value> {
    match value {
        ValueRef::Text(_) => {
            let text = written(value).unwrap_or_default();
            if let Ok(whole) = text.trim().parse::<i64>() {
                return Ok(Value::Integer(whole));
            }
            let number = text.trim().parse::<f64>().map_err(|_| invalid("numeric", &text))?;
            Ok(Value::real(number))
        }
        other => Ok(other.to_value()),
    }
}

pub(super) fn text(value: ValueRef<'_>) -> Result<Value> {
    match value {
        ValueRef::Blob(bytes) => {
            let mut hex = String::from("\\x");
            bytes.iter().for_each(|byte| hex.push_str(&format!("{byte:02x}")));
            Ok(Value::text(&hex))
        }
        other => Ok(written(other).map_or(Value::Null, |text| Value::text(&text))),
    }
}

fn uuid(value: ValueRef<'_>) -> Result<Value> {
    let Some(text) = written(value) else { return Ok(Value::Null) };
    let digits: String = text.chars().filter(|character| !matches!(character, '-' | '{' | '}')).collect();
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(invalid("uuid", &text));
    }
    let digits = digits.to_ascii_lowercase();
    let parts = [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]];
    Ok(Value::text(&parts.join("-")))
}

fn bytea(value: ValueRef<'_>) -> Result<Value> {
    let ValueRef::Text(bytes) = value else { return Ok(value.to_value()) };
    parse_bytea(bytes)
        .map(|bytes| Value::blob(&bytes))
        .ok_or_else(|| invalid("bytea", &String::from_utf8_lossy(bytes)))
}

/// Reads `\x0102` or PostgreSQL's older form, in which a backslash stands before three octal digits.
pub fn parse_bytea(text: &[u8]) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix(b"\\x") {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some((digit(*high)? << 4 | digit(*low)?) as u8),
            _ => None,
        });
        return pairs.collect();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match (text[at], text.get(at + 1), text.get(at + 1..at + 4)) {
            (b'\\', Some(b'\\'), _) => {
                out.push(b'\\');
                at += 2;
            }
            (b'\\', _, Some(octal)) => {
                let digits = std::str::from_utf8(octal).ok()?;
                out.push(u8::from_str_radix(digits, 8).ok()?);
                at += 4;
            }
            (b'\\', ..) => return None,
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Some(out)
}

/// A moment in another form: a text, the words for the present, or seconds since 1970.
fn in_time(
    context: &CallContext<'_>,
    value: ValueRef<'_>,
    name: &str,
    write: impl Fn(moment::Moment) -> String,
) -> Result<Value> {
    let Some(text) = written(value) else { return Ok(Value::Null) };
    match moment_of(context, value, &text) {
        Some(moment) => Ok(Value::text(&write(moment))),
        None => Err(invalid(name, &text)),
    }
}

/// The moment that a value says.
pub(super) fn moment_of(
    context: &CallContext<'_>,
    value: ValueRef<'_>,
    text: &str,
) -> Option<moment::Moment> {
    let now = context.now.0 as i64;
    let today = now - now.rem_euclid(DAY_MICROS);
    let micros = match value {
        ValueRef::Integer(seconds) => seconds.checked_mul(1_000_000)?,
        ValueRef::Real(seconds) => (seconds * 1e6) as i64,
        _ => match text.trim().to_ascii_lowercase().as_str() {
            "now" => now,
            "today" => today,
            "tomorrow" => today + DAY_MICROS,
            "yesterday" => today - DAY_MICROS,
            "epoch" => 0,
            _ => return moment::read(text),
        },
    };
    Some(moment::Moment { micros, offset: Some(0) })
}
