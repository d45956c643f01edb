//! Elements of JSONB as values of SQL.
//!
//! In: an element. Out: NULL, a number or a text; an array or object as JSON.

use helios_core::value::parse_number;
use helios_core::{Result, Value};

use super::argument::{Answer, Form};
use super::binary::{Element, Kind};
use super::escape::unescaped;
use super::{malformed, write};

/// The value of an element, arrays and objects in the form that is asked for. Error: `malformed JSON`.
pub(super) fn value(whole: &[u8], part: Element, form: Form) -> Result<Answer> {
    let content = part.bytes(whole);
    let kind = part.kind.ok_or_else(malformed)?;
    if kind.is_container() {
        return json(part.all(whole), form);
    }
    let value = match kind {
        Kind::Null | Kind::True | Kind::False if !content.is_empty() => return Err(malformed()),
        Kind::Null => Value::Null,
        Kind::True => Value::Integer(1),
        Kind::False => Value::Integer(0),
        Kind::Integer | Kind::Integer5 => integer(content)?,
        Kind::Float | Kind::Float5 => real(content)?,
        Kind::TextJson | Kind::Text5 => Value::Text(unescaped(content).into()),
        _ => Value::Text(content.into()),
    };
    Ok(Answer::plain(value))
}

/// A whole as JSON.
pub(super) fn json(whole: &[u8], form: Form) -> Result<Answer> {
    if form == Form::Binary {
        return Ok(Answer::plain(Value::Blob(whole.into())));
    }
    let mut out = Vec::with_capacity(whole.len() + 16);
    write::write(whole, 0, &mut out)?;
    Ok(Answer::json(out))
}

/// An integer; one that is too large becomes a float.
fn integer(content: &[u8]) -> Result<Value> {
    let unsigned = content.strip_prefix(b"-").unwrap_or(content);
    let is_negative = unsigned.len() < content.len();
    if let [b'0', b'x' | b'X', digits @ ..] = unsigned {
        let digits = std::str::from_utf8(digits).map_err(|_| malformed())?;
        let significant = digits.trim_start_matches('0');
        let value = match significant {
            "" => 0,
            digits => u64::from_str_radix(digits, 16).map_err(|_| malformed())?,
        };
        return Ok(match i64::try_from(value) {
            Ok(value) => Value::Integer(if is_negative { -value } else { value }),
            Err(_) => Value::Real(if is_negative { -(value as f64) } else { value as f64 }),
        });
    }
    if !unsigned.iter().all(u8::is_ascii_digit) {
        return Err(malformed());
    }
    number(content)
}

fn real(content: &[u8]) -> Result<Value> {
    match number(content)? {
        Value::Integer(value) => Ok(Value::Real(value as f64)),
        value => Ok(value),
    }
}

fn number(content: &[u8]) -> Result<Value> {
    let parsed = parse_number(content);
    if content.is_empty() || !parsed.complete { Err(malformed()) } else { Ok(Value::from(parsed.number)) }
}
