//! Values of SQL on their way into JSON, and which of them are JSON already.
//!
//! SQLite marks the value of a JSON function with a subtype, so that `json_array(json('[1]'))` nests. Values of helios
//! have no room for that; a planner that sees such a call resolves the inner one with [`super::json_argument`], whose
//! functions put [`MARK`] before their text, and the outer function finds it here.

use super::node::write_string;
use helios_core::{Error, Result, Value, ValueRef};

/// Stands before a text that is JSON. No UTF-8 begins like this.
const MARK: &[u8] = b"\xFF\xFEjson\xFF";

/// An argument that goes into JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Argument<'a> {
    value: ValueRef<'a>,
    is_json: bool,
}

/// What a function answers.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) value: Value,
    /// Whether the value is JSON, not a text that may look like it.
    pub(super) is_json: bool,
}

impl<'a> Argument<'a> {
    pub(super) fn new(value: ValueRef<'a>) -> Argument<'a> {
        match value {
            ValueRef::Text(text) => match text.strip_prefix(MARK) {
                Some(json) => Argument { value: ValueRef::Text(json), is_json: true },
                None => Argument { value, is_json: false },
            },
            _ => Argument { value, is_json: false },
        }
    }

    /// Appends the argument as JSON. Error: `JSON cannot hold BLOB values`.
    pub(super) fn write(self, out: &mut Vec<u8>) -> Result<()> {
        match self.value {
            ValueRef::Null => out.extend_from_slice(b"null"),
            ValueRef::Text(json) if self.is_json => out.extend_from_slice(json),
            ValueRef::Text(text) => write_string(text, out),
            ValueRef::Integer(_) | ValueRef::Real(_) => self.value.write_text(out),
            ValueRef::Blob(_) => return Err(Error::sql("JSON cannot hold BLOB values")),
        }
        Ok(())
    }

    /// The argument itself.
    pub(super) fn answer(self) -> Answer {
        Answer { value: self.value.to_value(), is_json: self.is_json }
    }
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
