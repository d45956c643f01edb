//! Values in the spellings of the modes.

use std::borrow::Cow;
use std::io::{self, Write};

use helios::ValueRef;
use helios::sql::{format_real, is_keyword};

use crate::json::push_text;

/// The text of a value up to its first zero byte; `None` for NULL.
pub(super) fn text_of(value: ValueRef<'_>) -> Option<Cow<'_, [u8]>> {
    let text = value.text_bytes()?;
    let Some(end) = text.iter().position(|&byte| byte == 0) else { return Some(text) };
    Some(match text {
        Cow::Borrowed(text) => text[..end].into(),
        Cow::Owned(mut text) => {
            text.truncate(end);
            text.into()
        }
    })
}

/// A name as SQL reads it: in double quotes, if it needs them.
pub(crate) fn quoted_name(name: &str) -> String {
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if begins_well && is_word && !is_keyword(name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A float in so many digits that reading them gives the same float.
pub(super) fn real_digits(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "1e999" } else { "-1e999" }.to_owned();
    }
    format_real(value, 20)
}

/// A float as a literal of SQL: whole ones with all their digits.
fn real_literal(value: f64) -> String {
    const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;
    let is_whole = value > -TWO_TO_63 && value < TWO_TO_63 && value.trunc() == value;
    if is_whole { format!("{}.0", value as i64) } else { real_digits(value) }
}

/// A text between single quotes.
pub(crate) fn write_quoted(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"'")?;
    for piece in text.split_inclusive(|&byte| byte == b'\'') {
        out.write_all(piece)?;
        if piece.ends_with(b"'") {
            out.write_all(b"'")?;
        }
    }
    out.write_all(b"'")
}

/// A text between single quotes on one line: what breaks lines is put in by `replace()`.
fn write_on_one_line(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let has = |byte| text.contains(&byte);
    let newline = has(b'\n').then(|| unused(text, "\\n", "\\012"));
    let carriage = has(b'\r').then(|| unused(text, "\\r", "\\015"));
    for _ in newline.iter().chain(&carriage) {
        out.write_all(b"replace(")?;
    }
    let mut one_line = Vec::with_capacity(text.len());
    for &byte in text {
        match (byte, &newline, &carriage) {
            (b'\n', Some(stands_for), _) | (b'\r', _, Some(stands_for)) => {
                one_line.extend_from_slice(stands_for.as_bytes());
            }
            _ => one_line.push(byte),
        }
    }
    write_quoted(&one_line, out)?;
    if let Some(carriage) = carriage {
        write!(out, ",'{carriage}',char(13))")?;
    }
    if let Some(newline) = newline {
        write!(out, ",'{newline}',char(10))")?;
    }
    Ok(())
}

/// What does not occur in a text: one of two, or the first with a number.
fn unused(text: &[u8], first: &str, second: &str) -> String {
    let occurs = |wanted: &str| text.windows(wanted.len()).any(|found| found == wanted.as_bytes());
    if !occurs(first) {
        return first.to_owned();
    }
    if !occurs(second) {
        return second.to_owned();
    }
    (0u32..).map(|number| format!("({first}{number})")).find(|found| !occurs(found)).unwrap_or_default()
}

fn write_blob(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    write!(out, "X'{digits}'")
}

/// A value as INSERT has it.
pub(crate) fn write_value_literal(
    value: ValueRef<'_>,
    keeps_newlines: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    match value {
        ValueRef::Null => out.write_all(b"NULL"),
        ValueRef::Integer(number) => write!(out, "{number}"),
        ValueRef::Real(number) => out.write_all(real_literal(number).as_bytes()),
        ValueRef::Blob(bytes) => write_blob(bytes, out),
        ValueRef::Text(_) => {
            let text = text_of(value).unwrap_or_default();
            if keeps_newlines { write_quoted(&text, out) } else { write_on_one_line(&text, out) }
        }
    }
}

/// A value as mode `quote` has it.
pub(super) fn write_quote(value: ValueRef<'_>, out: &mut dyn Write) -> io::Result<()> {
    match value {
        ValueRef::Real(number) => out.write_all(format_real(number, 20).as_bytes()),
        _ => write_value_literal(value, true, out),
    }
}

/// A cell of a table whose cells are literals.
pub(super) fn literal_cell(value: ValueRef<'_>) -> Vec<u8> {
    let mut cell = Vec::new();
    match value {
        ValueRef::Null => cell.extend_from_slice(b"NULL"),
        ValueRef::Integer(_) | ValueRef::Real(_) => value.write_text(&mut cell),
        ValueRef::Text(_) => {
            let text = text_of(value).unwrap_or_default();
            let written = write_quoted(&text, &mut cell);
            debug_assert!(written.is_ok(), "memory takes what is written");
        }
        ValueRef::Blob(bytes) => {
            cell.extend_from_slice(b"x'");
            cell.extend(bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()));
            cell.push(b'\'');
        }
    }
    cell
}

/// A text of JSON.
pub(super) fn write_json_text(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut written = Vec::new();
    push_text(text, &mut written);
    out.write_all(&written)
}

/// A value of JSON.
pub(super) fn write_json(value: ValueRef<'_>, out: &mut dyn Write) -> io::Result<()> {
    match value {
        ValueRef::Null => out.write_all(b"null"),
        ValueRef::Integer(number) => write!(out, "{number}"),
        ValueRef::Real(number) => out.write_all(real_digits(number).as_bytes()),
        ValueRef::Blob(bytes) => write_json_text(bytes, out),
        ValueRef::Text(_) => write_json_text(&text_of(value).unwrap_or_default(), out),
    }
}

/// A field of a file of separated values.
pub(super) fn write_csv(text: &[u8], separator: &str, out: &mut dyn Write) -> io::Result<()> {
    let is_special = |byte: &u8| *byte <= b' ' || *byte >= 0x7f || matches!(byte, b'"' | b'\'');
    let separator = separator.as_bytes();
    let has_separator = separator.is_empty() || text.windows(separator.len()).any(|found| found == separator);
    if !text.is_empty() && !text.iter().any(is_special) && !has_separator {
        return out.write_all(text);
    }
    let mut quoted = vec![b'"'];
    for &byte in text {
        quoted.push(byte);
        if byte == b'"' {
            quoted.push(byte);
        }
    }
    quoted.push(b'"');
    out.write_all(&quoted)
}

/// A text of HTML.
pub(super) fn write_html(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut written = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'<' => written.extend_from_slice(b"&lt;"),
            b'>' => written.extend_from_slice(b"&gt;"),
            b'&' => written.extend_from_slice(b"&amp;"),
            b'"' => written.extend_from_slice(b"&quot;"),
            b'\'' => written.extend_from_slice(b"&#39;"),
            _ => written.push(byte),
        }
    }
    out.write_all(&written)
}

/// A text as C writes it, between double quotes.
pub(crate) fn write_c_string(text: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let mut written = vec![b'"'];
    for &byte in text {
        match byte {
            b'"' | b'\\' => written.extend_from_slice(&[b'\\', byte]),
            b'\n' => written.extend_from_slice(b"\\n"),
            b'\r' => written.extend_from_slice(b"\\r"),
            b'\t' => written.extend_from_slice(b"\\t"),
            b' '..=b'~' => written.push(byte),
            _ => written.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
    written.push(b'"');
    out.write_all(&written)
}
