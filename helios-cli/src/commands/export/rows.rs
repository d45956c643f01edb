//! Rows as lines of CSV and of JSON, of which nothing is lost that these can hold.
//!
//! Floats have as many digits as are needed to read the same float back. Bytes that are no text are written as SQL writes
//! them, `X'00FF'`.

use std::io::Write;

use helios::ValueRef;

use crate::failure::{Failure, Outcome};
use crate::json::push_text;

/// How rows of CSV are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Csv<'a> {
    pub(super) separator: &'a str,
    pub(super) null: &'a str,
}

impl Csv<'_> {
    /// Writes a row.
    pub(super) fn write(&self, row: &[ValueRef<'_>], out: &mut dyn Write) -> Outcome {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                out.write_all(self.separator.as_bytes())?;
            }
            match value {
                ValueRef::Null => out.write_all(self.null.as_bytes())?,
                ValueRef::Text(text) => self.write_text(text, out)?,
                _ => out.write_all(&literal(*value))?,
            }
        }
        Ok(out.write_all(b"\n")?)
    }

    /// A text, between quotes where it would be read as something else without them.
    fn write_text(&self, text: &[u8], out: &mut dyn Write) -> Outcome {
        let separator = self.separator.as_bytes();
        let has_separator =
            !separator.is_empty() && text.windows(separator.len()).any(|found| found == separator);
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\r' | b'\n' | b' ' | b'\'');
        let is_null = text == self.null.as_bytes();
        if !is_null && !has_separator && !text.iter().any(is_special) {
            return Ok(out.write_all(text)?);
        }
        let mut quoted = Vec::with_capacity(text.len() + 2);
        quoted.push(b'"');
        for &byte in text {
            quoted.push(byte);
            if byte == b'"' {
                quoted.push(byte);
            }
        }
        quoted.push(b'"');
        Ok(out.write_all(&quoted)?)
    }
}

/// A value as SQL writes it.
pub(super) fn literal(value: ValueRef<'_>) -> Vec<u8> {
    let mut literal = Vec::new();
    value.write_literal(&mut literal);
    literal
}

/// Writes a row as an object of JSON on a line.
pub(super) fn write_object(names: &[String], row: &[ValueRef<'_>], out: &mut dyn Write) -> Outcome {
    let mut line = vec![b'{'];
    for (at, (name, value)) in names.iter().zip(row).enumerate() {
        if at > 0 {
            line.push(b',');
        }
        push_text(name.as_bytes(), &mut line);
        line.push(b':');
        match value {
            ValueRef::Null => line.extend_from_slice(b"null"),
            ValueRef::Text(text) => {
                std::str::from_utf8(text)
                    .map_err(|_| Failure::new(format!("a text of {name} is no UTF-8, as JSON has to be")))?;
                push_text(text, &mut line);
            }
            ValueRef::Blob(_) => push_text(&literal(*value), &mut line),
            ValueRef::Integer(_) | ValueRef::Real(_) => line.extend_from_slice(&literal(*value)),
        }
    }
    line.extend_from_slice(b"}\n");
    Ok(out.write_all(&line)?)
}
