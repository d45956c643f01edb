//! Values of SQL on their way into JSON, and which of them are JSON already.
//!
//! SQLite marks the value of a JSON function with a subtype, so that `json_array(json('[1]'))` nests. Values of helios
//! have no room for that; a planner that sees such a call resolves the inner one with [`super::json_argument`], whose
//! functions put [`MARK`] before their text, and the outer function finds it here. JSONB needs no mark.

use std::borrow::Cow;

use helios_core::{Error, Result, Value, ValueRef};

use super::binary::{Kind, append, is_binary};
use super::{malformed, parse, write};
use crate::func::utf8::before_nul;

/// Stands before a text that is JSON. No UTF-8 begins like this.
const MARK: &[u8] = b"\xFF\xFEjson\xFF";

/// How a function gives JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As JSONB.
    Binary,
}

/// What a function answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) value: Value,
    /// Whether the value is JSON, not a text that may look like it.
    pub(super) is_json: bool,
}

impl Answer {
    pub(super) const NULL: Answer = Answer { value: Value::Null, is_json: false };

    pub(super) fn json(text: Vec<u8>) -> Answer {
        Answer { value: Value::Text(text.into()), is_json: true }
    }

    pub(super) fn plain(value: Value) -> Answer {
        Answer { value, is_json: false }
    }

    /// The value with the mark, if it is JSON.
    pub(super) fn marked(self) -> Value {
        match self.value {
            Value::Text(text) if self.is_json => Value::Text([MARK, &text].concat().into()),
            value => value,
        }
    }
}

/// A value without its mark, and whether it had one.
pub(super) fn unmarked(value: ValueRef<'_>) -> (ValueRef<'_>, bool) {
    match value {
        ValueRef::Text(text) => match text.strip_prefix(MARK) {
            Some(json) => (ValueRef::Text(json), true),
            None => (value, false),
        },
        _ => (value, false),
    }
}

/// JSON that is an argument, as JSONB; `None` for NULL. A blob that is no JSONB is taken for text. Error: `malformed JSON`.
pub(super) fn json<'a>(value: ValueRef<'a>) -> Result<Option<Cow<'a, [u8]>>> {
    let (value, _) = unmarked(value);
    if let ValueRef::Blob(blob) = value
        && is_binary(blob)
    {
        return Ok(Some(Cow::Borrowed(blob)));
    }
    let Some(text) = value.text_bytes() else { return Ok(None) };
    Ok(Some(Cow::Owned(parse::parse(before_nul(&text))?.blob)))
}

fn no_blobs() -> Error {
    Error::sql("JSON cannot hold BLOB values")
}

/// Appends a value to the text of JSON. Errors: `JSON cannot hold BLOB values`, `malformed JSON`.
pub(super) fn write(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    match unmarked(value) {
        (ValueRef::Null, _) => out.extend_from_slice(b"null"),
        (ValueRef::Text(json), true) => out.extend_from_slice(json),
        (ValueRef::Text(text), false) => write::write_string(text, out),
        (ValueRef::Real(value), _) if value.is_infinite() => {
            out.extend_from_slice(if value > 0.0 { b"9.0e+999" } else { b"-9.0e+999" });
        }
        (value @ (ValueRef::Integer(_) | ValueRef::Real(_)), _) => value.write_text(out),
        (ValueRef::Blob(blob), _) if is_binary(blob) => return write::write(blob, 0, out),
        (ValueRef::Blob(_), _) => return Err(no_blobs()),
    }
    Ok(())
}

/// A value as JSONB. Errors: as [`write()`].
pub(super) fn binary(value: ValueRef<'_>) -> Result<Cow<'_, [u8]>> {
    let element = |kind: Kind, content: &[u8]| {
        let mut out = Vec::with_capacity(content.len() + 5);
        append(&mut out, kind, content);
        Ok(Cow::Owned(out))
    };
    match unmarked(value) {
        (ValueRef::Null, _) => element(Kind::Null, b""),
        (ValueRef::Text(json), true) => Ok(Cow::Owned(parse::parse(before_nul(json))?.blob)),
        (ValueRef::Text(text), false) => element(Kind::TextRaw, text),
        (ValueRef::Real(value), _) if value.is_infinite() => {
            element(Kind::Float, if value > 0.0 { b"9e999" } else { b"-9e999" })
        }
        (value @ (ValueRef::Integer(_) | ValueRef::Real(_)), _) => {
            let mut digits = Vec::new();
            value.write_text(&mut digits);
            let kind = if matches!(value, ValueRef::Real(_)) { Kind::Float } else { Kind::Integer };
            element(kind, &digits)
        }
        (ValueRef::Blob(blob), _) if is_binary(blob) => Ok(Cow::Borrowed(blob)),
        (ValueRef::Blob(_), _) => Err(no_blobs()),
    }
}

/// The JSONB of a text that a function has made.
pub(super) fn parsed(text: &[u8]) -> Result<Value> {
    match text.contains(&0) {
        true => Err(malformed()),
        false => Ok(Value::Blob(parse::parse(text)?.blob.into())),
    }
}
