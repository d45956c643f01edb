//! Functions that put texts together, and the bytes of a text: `concat`, `concat_ws`, `octet_length`, `unhex`.
//!
//! In: any values, read as their text forms. Out: texts, counts, blobs. NULL is passed over where texts are joined.

use super::{CallContext, MAX_ARGUMENTS, Scalar, check_length};
use helios_core::{Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("concat", 1, MAX_ARGUMENTS, concat),
    Scalar::pure("concat_ws", 2, MAX_ARGUMENTS, concat_with_separator),
    Scalar::pure("octet_length", 1, 1, octet_length),
    Scalar::pure("unhex", 1, 2, unhex),
];

fn joined(values: &[ValueRef<'_>], separator: &[u8]) -> Result<Value> {
    let lengths = values.iter().map(|value| separator.len() + value.byte_count());
    check_length(lengths.sum())?;
    let mut out = Vec::new();
    for (number, value) in values.iter().filter(|value| !value.is_null()).enumerate() {
        if number > 0 {
            out.extend_from_slice(separator);
        }
        value.write_text(&mut out);
    }
    Ok(Value::Text(out.into()))
}

fn concat(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    joined(arguments, b"")
}

fn concat_with_separator(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    arguments[0].text_bytes().map_or(Ok(Value::Null), |separator| joined(&arguments[1..], &separator))
}

fn octet_length(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(arguments[0].text_bytes().map_or(Value::Null, |bytes| Value::Integer(bytes.len() as i64)))
}

/// The bytes that pairs of hexadecimal digits stand for. What stands in the second argument may stand between pairs.
/// NULL for anything else.
fn unhex(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let ignored = match arguments.get(1) {
        Some(ignored) => ignored.text_bytes(),
        None => Some(Default::default()),
    };
    let (Some(text), Some(ignored)) = (arguments[0].text_bytes(), ignored) else {
        return Ok(Value::Null);
    };
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let (text, ignored) = (String::from_utf8_lossy(text), String::from_utf8_lossy(&ignored));
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter.to_digit(16) {
            Some(high) => match letters.next().and_then(|low| low.to_digit(16)) {
                Some(low) => bytes.push((high * 16 + low) as u8),
                None => return Ok(Value::Null),
            },
            None if ignored.contains(letter) => {}
            None => return Ok(Value::Null),
        }
    }
    Ok(Value::Blob(bytes.into()))
}
