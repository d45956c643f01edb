//! JSONB to text: JSON without white space, or on many lines. What JSON5 has more is written as JSON.

use helios_core::{Error, Result};

use super::binary::{Element, Kind, element};
use super::escape::is_plain;
use super::malformed;
use super::parse::MAX_DEPTH;

/// Appends the element that begins at `at`. Errors: `malformed JSON`, `JSON nested too deep`.
pub(super) fn write(whole: &[u8], at: usize, out: &mut Vec<u8>) -> Result<()> {
    let part = element(whole, at).ok_or_else(malformed)?;
    write_part(whole, part, 0, out)
}

/// Appends an element with its elements indented by `indent` for each level.
pub(super) fn write_pretty(whole: &[u8], indent: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let part = element(whole, 0).ok_or_else(malformed)?;
    pretty(whole, part, indent, 0, out)
}

fn too_deep() -> Error {
    Error::sql("JSON nested too deep")
}

/// The elements of a container, which must be pairs in an object.
fn parts(whole: &[u8], container: Element) -> Result<Vec<Element>> {
    let mut parts = Vec::new();
    let mut at = container.content;
    while at < container.end {
        let part = element(whole, at).ok_or_else(malformed)?;
        at = part.end;
        parts.push(part);
    }
    let is_whole = at == container.end && (container.is(Kind::Array) || parts.len().is_multiple_of(2));
    if is_whole { Ok(parts) } else { Err(malformed()) }
}

fn write_part(whole: &[u8], part: Element, depth: usize, out: &mut Vec<u8>) -> Result<()> {
    let content = part.bytes(whole);
    let kind = part.kind.ok_or_else(malformed)?;
    match kind {
        Kind::Null => out.extend_from_slice(b"null"),
        Kind::True => out.extend_from_slice(b"true"),
        Kind::False => out.extend_from_slice(b"false"),
        Kind::Integer | Kind::Integer5 | Kind::Float | Kind::Float5 if content.is_empty() => {
            return Err(malformed());
        }
        Kind::Integer | Kind::Float => out.extend_from_slice(content),
        Kind::Integer5 => write_hexadecimal(content, out)?,
        Kind::Float5 => write_float5(content, out)?,
        Kind::Text | Kind::TextJson => {
            out.push(b'"');
            out.extend_from_slice(content);
            out.push(b'"');
        }
        Kind::Text5 => write_text5(content, out)?,
        Kind::TextRaw => write_string(content, out),
        Kind::Array | Kind::Object => {
            if depth >= MAX_DEPTH {
                return Err(too_deep());
            }
            let (open, close) = brackets(kind);
            out.push(open);
            for (number, element) in parts(whole, part)?.into_iter().enumerate() {
                match number {
                    0 => {}
                    _ if kind == Kind::Object && !number.is_multiple_of(2) => out.push(b':'),
                    _ => out.push(b','),
                }
                write_part(whole, element, depth + 1, out)?;
            }
            out.push(close);
        }
    }
    Ok(())
}

fn brackets(kind: Kind) -> (u8, u8) {
    if kind == Kind::Array { (b'[', b']') } else { (b'{', b'}') }
}

fn pretty(whole: &[u8], part: Element, indent: &[u8], level: usize, out: &mut Vec<u8>) -> Result<()> {
    let Some(kind) = part.kind.filter(|kind| kind.is_container() && part.size() > 0) else {
        return write_part(whole, part, level, out);
    };
    if level + 1 >= MAX_DEPTH {
        return Err(too_deep());
    }
    let (open, close) = brackets(kind);
    let line = |level: usize, out: &mut Vec<u8>| {
        out.push(b'\n');
        (0..level).for_each(|_| out.extend_from_slice(indent));
    };
    out.push(open);
    let parts = parts(whole, part)?;
    let entries = parts.chunks(if kind == Kind::Object { 2 } else { 1 });
    for (number, entry) in entries.enumerate() {
        if number > 0 {
            out.push(b',');
        }
        line(level + 1, out);
        if let [label, value] = entry {
            write_part(whole, *label, level + 1, out)?;
            out.extend_from_slice(b": ");
            pretty(whole, *value, indent, level + 1, out)?;
        } else if let [value] = entry {
            pretty(whole, *value, indent, level + 1, out)?;
        }
    }
    line(level, out);
    out.push(close);
    Ok(())
}

/// Appends a hexadecimal integer in decimal digits.
fn write_hexadecimal(content: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let digits = content.get(2 + usize::from(matches!(content[0], b'-' | b'+'))..).unwrap_or_default();
    if content[0] == b'-' {
        out.push(b'-');
    }
    let mut value = 0u64;
    let mut is_too_large = false;
    for &digit in digits {
        let digit = char::from(digit).to_digit(16).ok_or_else(malformed)?;
        if value >> 60 == 0 {
            value = value << 4 | u64::from(digit);
        } else {
            is_too_large = true;
        }
    }
    let text = if is_too_large { "9.0e999".to_owned() } else { value.to_string() };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Appends a number with digits on both sides of its point.
fn write_float5(content: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let unsigned = content.strip_prefix(b"-").unwrap_or(content);
    if unsigned.is_empty() {
        return Err(malformed());
    }
    if unsigned.len() < content.len() {
        out.push(b'-');
    }
    if unsigned[0] == b'.' {
        out.push(b'0');
    }
    for (at, &byte) in unsigned.iter().enumerate() {
        out.push(byte);
        if byte == b'.' && !unsigned.get(at + 1).is_some_and(u8::is_ascii_digit) {
            out.push(b'0');
        }
    }
    Ok(())
}

/// Appends a text with the escapes of JSON5 in those of JSON.
fn write_text5(content: &[u8], out: &mut Vec<u8>) -> Result<()> {
    out.push(b'"');
    let mut rest = content;
    while let Some(&byte) = rest.first() {
        let mut taken = 1;
        match byte {
            b'\\' => taken = write_escape5(rest, out)?,
            _ if is_plain(byte) || byte == b'\'' => out.push(byte),
            _ => write_special(byte, out),
        }
        rest = &rest[taken..];
    }
    out.push(b'"');
    Ok(())
}

/// Appends the escape that `text` begins with; how many bytes it has.
fn write_escape5(text: &[u8], out: &mut Vec<u8>) -> Result<usize> {
    Ok(match text {
        [_, b'\'', ..] => {
            out.push(b'\'');
            2
        }
        [_, b'v', ..] => {
            out.extend_from_slice(b"\\u000b");
            2
        }
        [_, b'x', high, low, ..] => {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[*high, *low]);
            4
        }
        [_, b'0', ..] => {
            out.extend_from_slice(b"\\u0000");
            2
        }
        [_, b'\r', b'\n', ..] => 3,
        [_, b'\r' | b'\n', ..] => 2,
        [_, 0xE2, 0x80, 0xA8 | 0xA9, ..] => 4,
        [_, b'x' | 0xE2, ..] | [_] | [] => return Err(malformed()),
        [_, letter, ..] => {
            out.extend_from_slice(&[b'\\', *letter]);
            2
        }
    })
}

/// Appends a text as a string of JSON.
pub(super) fn write_string(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        if is_plain(byte) || byte == b'\'' {
            out.push(byte);
        } else {
            write_special(byte, out);
        }
    }
    out.push(b'"');
}

/// Appends a byte that cannot stand for itself.
fn write_special(byte: u8, out: &mut Vec<u8>) {
    let letter = match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0C => b'f',
        b'\r' => b'r',
        0..0x20 => return out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        _ => byte,
    };
    out.extend_from_slice(&[b'\\', letter]);
}
