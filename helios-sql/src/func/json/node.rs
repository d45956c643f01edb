//! JSON as a tree, and the tree as text.
//!
//! In: nodes that borrow from the texts they were read from. Out: minified JSON, every number and string as it was
//! written. Keys may occur more than once; they keep their order.

use super::argument::Argument;
use helios_core::{Error, Result};

/// A value of JSON.
#[derive(Clone, Debug)]
pub(super) enum Node<'a> {
    Null,
    True,
    False,
    /// The digits, with their sign.
    Integer(&'a [u8]),
    Real(&'a [u8]),
    /// What stands between the quotes, escaped as it was.
    Text(&'a [u8]),
    Array(Vec<Node<'a>>),
    Object(Vec<Entry<'a>>),
    /// A value of SQL that a function put here.
    Inserted(Argument<'a>),
}

/// A key of an object with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'a> {
    pub(super) key: Key<'a>,
    pub(super) value: Node<'a>,
    pub(super) state: State,
}

/// A key, as JSON writes it or as a path named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key<'a> {
    Escaped(&'a [u8]),
    Plain(&'a [u8]),
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Kept,
    /// It is found as before, but not written.
    Removed,
    /// A patch replaced it; the same patch does not touch it again.
    Patched,
}

impl<'a> Key<'a> {
    /// Whether a path that says `name` means this key. SQLite compares what is written, escapes and all.
    pub(super) fn is(self, name: &[u8]) -> bool {
        let (Key::Escaped(key) | Key::Plain(key)) = self;
        key == name
    }
}

impl<'a> Entry<'a> {
    pub(super) fn new(key: Key<'a>, value: Node<'a>) -> Entry<'a> {
        Entry { key, value, state: State::Kept }
    }
}

impl Node<'_> {
    /// What `json_type()` says.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::True => "true",
            Node::False => "false",
            Node::Integer(_) => "integer",
            Node::Real(_) => "real",
            Node::Text(_) | Node::Inserted(_) => "text",
            Node::Array(_) => "array",
            Node::Object(_) => "object",
        }
    }

    /// Appends the node as text. Error: `JSON cannot hold BLOB values`.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<()> {
        match self {
            Node::Null => out.extend_from_slice(b"null"),
            Node::True => out.extend_from_slice(b"true"),
            Node::False => out.extend_from_slice(b"false"),
            Node::Integer(digits) | Node::Real(digits) => out.extend_from_slice(digits),
            Node::Text(text) => write_quoted(text, out),
            Node::Inserted(argument) => argument.write(out)?,
            Node::Array(elements) => {
                out.push(b'[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    element.write(out)?;
                }
                out.push(b']');
            }
            Node::Object(entries) => {
                out.push(b'{');
                let kept = entries.iter().filter(|entry| entry.state != State::Removed);
                for (at, entry) in kept.enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    match entry.key {
                        Key::Escaped(key) => write_quoted(key, out),
                        Key::Plain(key) => write_string(key, out),
                    }
                    out.push(b':');
                    entry.value.write(out)?;
                }
                out.push(b'}');
            }
        }
        Ok(())
    }
}

/// Appends a string that is escaped already.
pub(super) fn write_quoted(escaped: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(escaped);
    out.push(b'"');
}

/// Appends a text as a string of JSON.
pub(super) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        let letter = match byte {
            b'"' | b'\\' => byte,
            0x08 => b'b',
            b'\t' => b't',
            b'\n' => b'n',
            0x0C => b'f',
            b'\r' => b'r',
            0..0x20 => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
    out.push(b'"');
}

/// SQLite's answer to a text that is no JSON.
pub(super) fn malformed() -> Error {
    Error::sql("malformed JSON")
}
