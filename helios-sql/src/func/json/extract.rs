//! Parts of JSON as values of SQL.
//!
//! In: a node. Out: NULL, a number, a text, or the text of an array or object.

use super::argument::Answer;
use super::node::Node;
use crate::func::utf8::write_character;
use helios_core::value::parse_number;
use helios_core::{Result, Value};

/// The text of a node.
pub(super) fn json(node: &Node<'_>) -> Result<Answer> {
    let mut out = Vec::new();
    node.write(&mut out)?;
    Ok(Answer::json(out))
}

/// The value of a node.
pub(super) fn value(node: &Node<'_>) -> Result<Answer> {
    Ok(Answer::plain(match node {
        Node::Null => Value::Null,
        Node::True => Value::Integer(1),
        Node::False => Value::Integer(0),
        // An integer that is too large becomes a float.
        Node::Integer(digits) | Node::Real(digits) => Value::from(parse_number(digits).number),
        Node::Text(escaped) => Value::Text(unescaped(escaped).into()),
        Node::Array(_) | Node::Object(_) | Node::Inserted(_) => return json(node),
    }))
}

/// A string without its escapes; it ends before a `\u0000`.
fn unescaped(escaped: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let letter = rest.get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or_default();
        match letter {
            b'b' => out.push(0x08),
            b'f' => out.push(0x0C),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let code = unicode(&mut rest);
                if code == 0 {
                    return out;
                }
                write_character(code, &mut out);
            }
            other => out.push(other),
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The character of a `\u` escape, with the second half of a pair.
fn unicode(rest: &mut &[u8]) -> u32 {
    let high = hexadecimal(rest);
    *rest = rest.get(4..).unwrap_or_default();
    if high & 0xFC00 == 0xD800 && rest.starts_with(b"\\u") {
        let low = hexadecimal(&rest[2..]);
        if low & 0xFC00 == 0xDC00 {
            *rest = rest.get(6..).unwrap_or_default();
            return ((high & 0x3FF) << 10) + (low & 0x3FF) + 0x1_0000;
        }
    }
    high
}

fn hexadecimal(digits: &[u8]) -> u32 {
    digits.iter().take(4).fold(0, |value, &digit| value << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}
