//! `unistr` and `unistr_quote`: texts with their control characters written as escapes.
//!
//! In: a text with `\XXXX`, `\uXXXX`, `\+XXXXXX` and `\UXXXXXXXX`, or any value. Out: the text without them, or the
//! value as a literal of SQL that has them.

use super::utf8::{before_nul, write_character};
use super::{CallContext, Scalar, blob};
use helios_core::{Error, Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] =
    &[Scalar::pure("unistr", 1, 1, unistr), Scalar::pure("unistr_quote", 1, 1, unistr_quote)];

fn unistr(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(text) = arguments[0].text_bytes() else {
        return Ok(Value::Null);
    };
    let mut rest = before_nul(&text);
    let mut out = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let (prefix, digits) = match rest.get(at + 1) {
            Some(b'\\') => {
                out.push(b'\\');
                rest = &rest[at + 2..];
                continue;
            }
            Some(b'u') => (2, 4),
            Some(b'+') => (2, 6),
            Some(b'U') => (2, 8),
            _ => (1, 4),
        };
        let start = at + prefix;
        write_character(hexadecimal(rest.get(start..start + digits))?, &mut out);
        rest = &rest[start + digits..];
    }
    out.extend_from_slice(rest);
    Ok(Value::Text(out.into()))
}

fn hexadecimal(digits: Option<&[u8]>) -> Result<u32> {
    let code = digits.and_then(|digits| {
        digits.iter().try_fold(0u32, |code, &digit| Some((code << 4) | char::from(digit).to_digit(16)?))
    });
    code.ok_or_else(|| Error::sql("invalid Unicode escape"))
}

fn unistr_quote(context: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let quoted = blob::quote(context, arguments)?;
    let (ValueRef::Text(_), Value::Text(text)) = (arguments[0], &quoted) else {
        return Ok(quoted);
    };
    if !text.iter().any(|byte| *byte < 0x20) {
        return Ok(quoted);
    }
    let mut out = b"unistr(".to_vec();
    for &byte in text.iter() {
        match byte {
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            b'\\' => out.extend_from_slice(b"\\\\"),
            other => out.push(other),
        }
    }
    out.push(b')');
    Ok(Value::Text(out.into()))
}
