//! Texts and numbers.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, MAX_LENGTH, Scalar, too_big};
use super::cast::written;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("left", 2, 2, |_, arguments| part(arguments, true)),
    Scalar::pure("right", 2, 2, |_, arguments| part(arguments, false)),
    Scalar::pure("lpad", 2, 3, |_, arguments| padded(arguments, true)),
    Scalar::pure("rpad", 2, 3, |_, arguments| padded(arguments, false)),
    Scalar::pure("repeat", 2, 2, repeat),
    Scalar::pure("reverse", 1, 1, |_, arguments| {
        Ok(of_text(arguments[0], |text| Value::text(&text.chars().rev().collect::<String>())))
    }),
    Scalar::pure("initcap", 1, 1, |_, arguments| Ok(of_text(arguments[0], initcap))),
    Scalar::pure("chr", 1, 1, |_, arguments| {
        let character = u32::try_from(arguments[0].to_integer()).ok().and_then(char::from_u32);
        match (arguments[0].is_null(), character) {
            (true, _) => Ok(Value::Null),
            (false, Some(character)) => Ok(Value::text(character.encode_utf8(&mut [0; 4]))),
            (false, None) => Err(Error::new(ErrorKind::Data, "requested character not valid for encoding")),
        }
    }),
    Scalar::pure("ascii", 1, 1, |_, arguments| {
        Ok(of_text(arguments[0], |text| Value::Integer(text.chars().next().map_or(0, |first| first as i64))))
    }),
    Scalar::pure("strpos", 2, 2, |_, arguments| {
        let (Some(text), Some(part)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        Ok(Value::Integer(text.find(&part).map_or(0, |at| text[..at].chars().count() as i64 + 1)))
    }),
    Scalar::pure("split_part", 3, 3, |_, arguments| {
        let (Some(text), Some(separator)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        let place = usize::try_from(arguments[2].to_integer() - 1)
            .map_err(|_| Error::new(ErrorKind::Data, "field position must be greater than zero"))?;
        Ok(Value::text(text.split(&separator).nth(place).unwrap_or_default()))
    }),
    Scalar::pure("starts_with", 2, 2, |_, arguments| {
        let (Some(text), Some(start)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        Ok(Value::boolean(text.starts_with(&start)))
    }),
    Scalar::pure("char_length", 1, 1, |_, arguments| Ok(of_text(arguments[0], character_count))),
    Scalar::pure("character_length", 1, 1, |_, arguments| Ok(of_text(arguments[0], character_count))),
    Scalar::pure("quote_ident", 1, 1, |_, arguments| Ok(of_text(arguments[0], quoted_name))),
    Scalar::pure("quote_literal", 1, 1, |_, arguments| {
        Ok(of_text(arguments[0], |text| Value::text(&format!("'{}'", text.replace('\'', "''")))))
    }),
    Scalar::pure("greatest", 1, 127, |_, arguments| Ok(extreme(arguments, std::cmp::Ordering::Greater))),
    Scalar::pure("least", 1, 127, |_, arguments| Ok(extreme(arguments, std::cmp::Ordering::Less))),
];

fn of_text(value: ValueRef<'_>, of: impl Fn(&str) -> Value) -> Value {
    written(value).map_or(Value::Null, |text| of(&text))
}

fn character_count(text: &str) -> Value {
    Value::Integer(text.chars().count() as i64)
}

/// The first or the last characters; with a negative number all but so many at the other end.
fn part(arguments: &[ValueRef<'_>], first: bool) -> Result<Value> {
    let Some(text) = written(arguments[0]).filter(|_| !arguments[1].is_null()) else {
        return Ok(Value::Null);
    };
    let count = text.chars().count() as i64;
    let wanted = arguments[1].to_integer();
    let kept = if wanted < 0 { (count + wanted).max(0) } else { wanted.min(count) };
    let skipped = if first { 0 } else { count - kept };
    Ok(Value::text(&text.chars().skip(skipped as usize).take(kept as usize).collect::<String>()))
}

fn padded(arguments: &[ValueRef<'_>], before: bool) -> Result<Value> {
    let Some(text) = written(arguments[0]).filter(|_| !arguments[1].is_null()) else {
        return Ok(Value::Null);
    };
    let wanted = usize::try_from(arguments[1].to_integer()).unwrap_or(0);
    if wanted > MAX_LENGTH {
        return Err(too_big());
    }
    let fill = arguments.get(2).map_or(Some(" ".to_owned()), |fill| written(*fill));
    let Some(fill) = fill else { return Ok(Value::Null) };
    let count = text.chars().count();
    let missing = if fill.is_empty() { 0 } else { wanted.saturating_sub(count) };
    let padding: String = fill.chars().cycle().take(missing).collect();
    let text: String = text.chars().take(wanted).collect();
    Ok(Value::text(&if before { padding + &text } else { text + &padding }))
}

fn repeat(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(text) = written(arguments[0]).filter(|_| !arguments[1].is_null()) else {
        return Ok(Value::Null);
    };
    let times = usize::try_from(arguments[1].to_integer()).unwrap_or(0);
    if text.len().saturating_mul(times) > MAX_LENGTH {
        return Err(too_big());
    }
    Ok(Value::text(&text.repeat(times)))
}

fn initcap(text: &str) -> Value {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match inside {
            true => out.extend(character.to_lowercase()),
            false => out.extend(character.to_uppercase()),
        }
        inside = character.is_alphanumeric();
    }
    Value::text(&out)
}

fn quoted_name(text: &str) -> Value {
    let is_plain = text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && !crate::parse::is_keyword(text);
    match is_plain {
        true => Value::text(text),
        false => Value::text(&format!("\"{}\"", text.replace('"', "\"\""))),
    }
}

/// The greatest or the least of the values that are not NULL.
fn extreme(values: &[ValueRef<'_>], wanted: std::cmp::Ordering) -> Value {
    let mut best = ValueRef::Null;
    for value in values.iter().filter(|value| !value.is_null()) {
        let order = helios_core::value::compare(*value, best, &helios_core::value::Collation::Binary);
        if best.is_null() || order == wanted {
            best = *value;
        }
    }
    best.to_value()
}
