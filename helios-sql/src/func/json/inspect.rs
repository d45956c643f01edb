//! Functions that look at JSON and give none: `json_type`, `json_array_length`, `json_valid`, `json_error_position`,
//! `json_pretty`, `->>`.

use helios_core::{Error, Result, Value, ValueRef};

use super::argument::{self, Form};
use super::binary::{Element, Kind, element, is_binary};
use super::{arrow_find, extract, found, malformed, parse, path, path_text, valid, write};
use crate::func::Scalar;
use crate::func::utf8::{before_nul, character_count};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("json_array_length", 1, 2, |_, arguments| with_element(arguments, array_length)),
    Scalar::pure("json_type", 1, 2, |_, arguments| with_element(arguments, type_name)),
    Scalar::pure("json_valid", 1, 2, |_, arguments| is_valid(arguments)),
    Scalar::pure("json_pretty", 1, 2, |_, arguments| pretty(arguments)),
    Scalar::pure("json_error_position", 1, 1, |_, arguments| Ok(error_position(arguments[0]))),
    Scalar::pure("->>", 2, 2, |_, arguments| {
        let Some((whole, part)) = arrow_find(arguments)? else { return Ok(Value::Null) };
        Ok(extract::value(&whole, part, Form::Text)?.value)
    }),
];

/// What `show` makes of the element that the second argument names, or of the whole.
fn with_element(arguments: &[ValueRef<'_>], show: fn(&[u8], Element) -> Value) -> Result<Value> {
    let Some(whole) = argument::json(arguments[0])? else { return Ok(Value::Null) };
    let part = match arguments.get(1) {
        None => Some(element(&whole, 0).ok_or_else(malformed)?),
        Some(&path) => {
            let Some(path) = path_text(path) else { return Ok(Value::Null) };
            let steps = path::steps(&path).map_err(|failure| failure.error(&path))?;
            found(&whole, steps, &path)?
        }
    };
    Ok(part.map_or(Value::Null, |part| show(&whole, part)))
}

fn array_length(whole: &[u8], part: Element) -> Value {
    Value::Integer(if part.is(Kind::Array) { path::element_count(whole, part) as i64 } else { 0 })
}

fn type_name(_: &[u8], part: Element) -> Value {
    Value::text(part.kind.map_or("", Kind::name))
}

/// `json_valid(x, flags)`: of the flags 1 asks for JSON, 2 for JSON5, 4 for what looks like JSONB, 8 for what is JSONB.
fn is_valid(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let flags = arguments.get(1).map_or(1, |flags| flags.to_integer());
    if !(1..=15).contains(&flags) {
        return Err(Error::sql("FLAGS parameter to json_valid() must be between 1 and 15"));
    }
    let is_valid = match arguments[0] {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Blob(blob) if is_binary(blob) => {
            flags & 4 != 0 || (flags & 8 != 0 && valid::fault(blob).is_none())
        }
        _ if flags & 3 == 0 => false,
        value => {
            let text = value.text_bytes().unwrap_or_default();
            parse::parse(before_nul(&text)).is_ok_and(|parsed| parsed.is_standard || flags & 2 != 0)
        }
    };
    Ok(Value::boolean(is_valid))
}

/// The character, from 1 on, at which a text ceases to be JSON, or the byte of JSONB; 0 if it is.
fn error_position(value: ValueRef<'_>) -> Value {
    if let ValueRef::Blob(blob) = value
        && is_binary(blob)
    {
        return Value::Integer(valid::fault(blob).map_or(0, |at| at as i64));
    }
    value.text_bytes().map_or(Value::Null, |text| {
        let text = before_nul(&text);
        let position = parse::error_position(text);
        Value::Integer(position.map_or(0, |at| 1 + character_count(&text[..at.min(text.len())]) as i64))
    })
}

fn pretty(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(whole) = argument::json(arguments[0])? else { return Ok(Value::Null) };
    let indent = arguments.get(1).and_then(|&indent| path_text(indent));
    let mut out = Vec::new();
    write::write_pretty(&whole, indent.as_deref().unwrap_or(b"    "), &mut out)?;
    Ok(Value::Text(out.into()))
}
