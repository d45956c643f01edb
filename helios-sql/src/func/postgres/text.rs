//! Texts and numbers.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::{CallContext, Scalar, check_length};
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
            (false, Some('\0')) => Err(Error::new(ErrorKind::Data, "null character not permitted")),
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
    Scalar::pure("parse_ident", 1, 2, |_, arguments| match written(arguments[0]) {
        None => Ok(Value::Null),
        Some(name) => {
            let is_strict = arguments.get(1).is_none_or(|strict| strict.to_integer() != 0);
            let parts: Vec<Value> =
                parts_of_name(&name, is_strict)?.iter().map(|part| Value::text(part)).collect();
            Ok(Value::text(&super::array::write(parts.iter().map(Value::as_ref))))
        }
    }),
    Scalar::pure("quote_ident", 1, 1, |_, arguments| Ok(of_text(arguments[0], quoted_name))),
    Scalar::pure("quote_literal", 1, 1, |_, arguments| {
        Ok(of_text(arguments[0], |text| Value::text(&format!("'{}'", text.replace('\'', "''")))))
    }),
    Scalar::pure("greatest", 1, 127, |_, arguments| Ok(extreme(arguments, std::cmp::Ordering::Greater))),
    Scalar::pure("least", 1, 127, |_, arguments| Ok(extreme(arguments, std::cmp::Ordering::Less))),
    Scalar::pure("quote_nullable", 1, 1, |_, arguments| {
        let quoted = written(arguments[0]).map(|text| format!("'{}'", text.replace('\'', "''")));
        Ok(Value::text(quoted.as_deref().unwrap_or("NULL")))
    }),
    Scalar::pure("bytea_cat", 2, 2, |_, arguments| match (arguments[0], arguments[1]) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => Ok(Value::Null),
        (left, right) => {
            let (left, right) =
                (left.text_bytes().unwrap_or_default(), right.text_bytes().unwrap_or_default());
            Ok(Value::blob(&[left, right].concat()))
        }
    }),
    Scalar::pure("translate", 3, 3, |_, arguments| {
        let (Some(text), Some(from), Some(to)) =
            (written(arguments[0]), written(arguments[1]), written(arguments[2]))
        else {
            return Ok(Value::Null);
        };
        let to: Vec<char> = to.chars().collect();
        let changed = |character: char| match from.chars().position(|known| known == character) {
            Some(place) => to.get(place).copied(),
            None => Some(character),
        };
        Ok(Value::text(&text.chars().filter_map(changed).collect::<String>()))
    }),
    Scalar::pure("to_hex", 1, 1, |_, arguments| {
        Ok(match arguments[0].is_null() {
            true => Value::Null,
            false => Value::text(&format!("{:x}", arguments[0].to_integer())),
        })
    }),
    Scalar::pure("bit_length", 1, 1, |_, arguments| {
        Ok(arguments[0].text_bytes().map_or(Value::Null, |bytes| Value::Integer(bytes.len() as i64 * 8)))
    }),
    Scalar::pure("overlay", 3, 4, |_, arguments| {
        let (Some(text), Some(part)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        if arguments.iter().any(|argument| argument.is_null()) {
            return Ok(Value::Null);
        }
        let count = arguments.get(3).map_or(part.chars().count() as i64, |count| count.to_integer());
        let start = usize::try_from(arguments[2].to_integer().saturating_sub(1))
            .map_err(|_| Error::new(ErrorKind::Data, "negative substring length not allowed"))?;
        let end = start.saturating_add(usize::try_from(count).unwrap_or(0));
        let before: String = text.chars().take(start).collect();
        let after: String = text.chars().skip(end).collect();
        Ok(Value::text(&format!("{before}{part}{after}")))
    }),
    Scalar::pure("encode", 2, 2, encode),
    Scalar::pure("decode", 2, 2, decode),
    Scalar::pure("get_byte", 2, 2, |_, arguments| {
        let Some(bytes) = arguments[0].text_bytes() else { return Ok(Value::Null) };
        let place = usize::try_from(arguments[1].to_integer()).ok();
        match place.and_then(|place| bytes.get(place)) {
            Some(byte) => Ok(Value::Integer(i64::from(*byte))),
            None => Err(Error::new(ErrorKind::Data, "index out of valid range")),
        }
    }),
    Scalar::pure("format", 1, 127, format_text),
    Scalar::pure("num_nulls", 1, 127, |_, arguments| {
        Ok(Value::Integer(arguments.iter().filter(|argument| argument.is_null()).count() as i64))
    }),
    Scalar::pure("num_nonnulls", 1, 127, |_, arguments| {
        Ok(Value::Integer(arguments.iter().filter(|argument| !argument.is_null()).count() as i64))
    }),
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
    check_length(wanted)?;
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
    check_length(text.len().saturating_mul(times))?;
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

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn unknown_encoding(name: &str) -> Error {
    Error::new(ErrorKind::Data, format!("unrecognized encoding: \"{name}\""))
}

fn encode(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(bytes), Some(form)) = (arguments[0].text_bytes(), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let text = match form.to_ascii_lowercase().as_str() {
        "hex" => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        "base64" => {
            let group = |group: &[u8]| {
                let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
                let bits = bits << (8 * (3 - group.len()));
                let digit = |place: usize| match place <= group.len() {
                    true => char::from(BASE64[(bits >> (18 - 6 * place)) as usize & 63]),
                    false => '=',
                };
                (0..4).map(digit).collect::<String>()
            };
            let written: Vec<String> =
                bytes.chunks(57).map(|line| line.chunks(3).map(group).collect()).collect();
            written.join("\n")
        }
        "escape" => {
            let escaped = |byte: &u8| match byte {
                b'\\' => "\\\\".to_owned(),
                0 | 128.. => format!("\\{byte:03o}"),
                plain => char::from(*plain).to_string(),
            };
            bytes.iter().map(escaped).collect()
        }
        other => return Err(unknown_encoding(other)),
    };
    Ok(Value::text(&text))
}

fn decode(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(text), Some(form)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let bytes = match form.to_ascii_lowercase().as_str() {
        "hex" => {
            let digits: String = text.split_whitespace().collect();
            if let Some(wrong) = digits.chars().find(|digit| !digit.is_ascii_hexdigit()) {
                let message = format!("invalid hexadecimal digit: \"{wrong}\"");
                return Err(Error::new(ErrorKind::Data, message));
            }
            if digits.len() % 2 == 1 {
                return Err(Error::new(ErrorKind::Data, "invalid hexadecimal data: odd number of digits"));
            }
            super::parse_bytea(format!("\\x{digits}").as_bytes())
        }
        "escape" => super::parse_bytea(text.as_bytes()),
        "base64" => {
            let digits = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=');
            let digits: Option<Vec<u32>> = digits
                .map(|byte| BASE64.iter().position(|known| *known == byte).map(|at| at as u32))
                .collect();
            digits.map(|digits| {
                let group = |group: &[u32]| {
                    let bits = group.iter().fold(0, |bits, digit| bits << 6 | digit);
                    let bits = bits << (6 * (4 - group.len()));
                    bits.to_be_bytes()[1..group.len()].to_vec()
                };
                digits.chunks(4).flat_map(group).collect()
            })
        }
        other => return Err(unknown_encoding(other)),
    };
    let message = || Error::new(ErrorKind::Data, format!("invalid {form} data"));
    bytes.map(|bytes| Value::blob(&bytes)).ok_or_else(message)
}

/// `format('%s %I %L', …)`, with places (`%2$s`) and widths (`%-10s`).
fn format_text(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(form) = written(arguments[0]) else { return Ok(Value::Null) };
    let (mut out, mut next) = (String::new(), 1);
    let mut characters = form.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let mut specification = String::new();
        let kind = loop {
            match characters.next() {
                Some(kind @ ('s' | 'I' | 'L' | '%')) => break kind,
                Some(part) if part.is_ascii_digit() || matches!(part, '$' | '-') => specification.push(part),
                other => {
                    let message = match other {
                        Some(other) => format!("unrecognized format() type specifier \"{other}\""),
                        None => "unterminated format() type specifier".to_owned(),
                    };
                    return Err(Error::new(ErrorKind::Data, message));
                }
            }
        };
        if kind == '%' {
            out.push('%');
            continue;
        }
        let (place, width) = match specification.split_once('$') {
            Some((place, width)) => (place.parse().unwrap_or(0), width),
            None => (next, specification.as_str()),
        };
        next = place + 1;
        let Some(argument) = arguments.get(place).filter(|_| place > 0) else {
            return Err(Error::new(ErrorKind::Data, "too few arguments for format()"));
        };
        let text = match (written(*argument), kind) {
            (None, 'I') => {
                return Err(Error::new(
                    ErrorKind::Data,
                    "null values cannot be formatted as an SQL identifier",
                ));
            }
            (None, 'L') => "NULL".to_owned(),
            (None, _) => String::new(),
            (Some(text), 'I') => match quoted_name(&text) {
                Value::Text(name) => String::from_utf8_lossy(&name).into_owned(),
                _ => text,
            },
            (Some(text), 'L') => format!("'{}'", text.replace('\'', "''")),
            (Some(text), _) => text,
        };
        let least: i64 = width.parse().unwrap_or(0);
        let missing = (least.unsigned_abs() as usize).saturating_sub(text.chars().count());
        check_length(missing)?;
        let padding = " ".repeat(missing);
        out.push_str(&if least < 0 { text + &padding } else { padding + &text });
    }
    Ok(Value::text(&out))
}

/// The parts of a name with dots, without their quotes.
fn parts_of_name(name: &str, is_strict: bool) -> Result<Vec<String>> {
    let invalid = || Error::new(ErrorKind::Data, format!("string is not a valid identifier: \"{name}\""));
    let mut parts = Vec::new();
    let mut rest = name.trim_start();
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut part = String::new();
            let mut inside = quoted;
            loop {
                let (before, behind) = inside.split_once('"').ok_or_else(invalid)?;
                part.push_str(before);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        part.push('"');
                        inside = more;
                    }
                    None => {
                        rest = behind;
                        break;
                    }
                }
            }
            if part.is_empty() {
                return Err(invalid());
            }
            parts.push(part);
        } else {
            let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
            let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            let part = &rest[..end];
            if !part.starts_with(|first: char| first.is_alphabetic() || first == '_') {
                return Err(invalid());
            }
            parts.push(part.to_lowercase());
            rest = &rest[end..];
        }
        rest = rest.trim_start();
        match rest.strip_prefix('.') {
            Some(more) => rest = more.trim_start(),
            None if rest.is_empty() || !is_strict => return Ok(parts),
            None => return Err(invalid()),
        }
    }
}
