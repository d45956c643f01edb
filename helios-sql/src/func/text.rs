//! Functions that read or make a text: `length`, `lower`, `upper`, `char`, `unicode`, `substr`, `replace`, `soundex`.
//!
//! In: any values; what is no text is read as its text form, NULL gives NULL. Out: text and counts. Characters are
//! counted up to the first NUL byte, as in SQLite; blobs are counted in bytes.

use super::utf8::{before_nul, character_count, read_character, skip_characters, write_character};
use super::{CallContext, MAX_ARGUMENTS, MAX_LENGTH, Scalar, check_length, to_int};
use helios_core::{Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("length", 1, 1, length),
    Scalar::pure("lower", 1, 1, lower),
    Scalar::pure("upper", 1, 1, upper),
    Scalar::pure("char", 0, MAX_ARGUMENTS, character),
    Scalar::pure("unicode", 1, 1, unicode),
    Scalar::pure("substr", 2, 3, substring),
    Scalar::pure("substring", 2, 3, substring),
    Scalar::pure("replace", 3, 3, replace),
    Scalar::pure("soundex", 1, 1, soundex),
];

fn length(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let count = match arguments[0] {
        ValueRef::Null => return Ok(Value::Null),
        ValueRef::Text(text) => character_count(before_nul(text)),
        other => other.text_bytes().map_or(0, |bytes| bytes.len()),
    };
    Ok(Value::Integer(count as i64))
}

fn lower(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(arguments[0].text_bytes().map_or(Value::Null, |text| Value::Text(text.to_ascii_lowercase().into())))
}

fn upper(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(arguments[0].text_bytes().map_or(Value::Null, |text| Value::Text(text.to_ascii_uppercase().into())))
}

fn character(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let mut text = Vec::with_capacity(arguments.len() * 4);
    for argument in arguments {
        let code = u32::try_from(argument.to_integer()).ok().filter(|&code| code <= 0x10_FFFF);
        write_character(code.unwrap_or(0xFFFD), &mut text);
    }
    Ok(Value::Text(text.into()))
}

fn unicode(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(text) = arguments[0].text_bytes() else {
        return Ok(Value::Null);
    };
    let first = read_character(&mut before_nul(&text));
    Ok(first.map_or(Value::Null, |code| Value::Integer(i64::from(code as i32))))
}

/// `substr(x, start, count)`: characters of text, bytes of a blob. A negative start counts from the end, a negative
/// count takes what stands before the start.
fn substring(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Ok(Value::Null);
    }
    let start = i64::from(to_int(arguments[1]));
    let count = arguments.get(2).map_or(MAX_LENGTH as i64, |&count| i64::from(to_int(count)));
    if let ValueRef::Blob(bytes) = arguments[0] {
        if bytes.is_empty() {
            // SQLite has no address for an empty blob, and takes that for NULL.
            return Ok(Value::Null);
        }
        let (skip, take) = window(start, count, bytes.len());
        let from = skip.min(bytes.len());
        let to = skip.saturating_add(take).min(bytes.len());
        return Ok(Value::blob(&bytes[from..to.max(from)]));
    }
    let text = arguments[0].text_bytes().unwrap_or_default();
    let text = before_nul(&text);
    let characters = if start < 0 { character_count(text) } else { 0 };
    let (skip, take) = window(start, count, characters);
    let rest = skip_characters(text, skip);
    let after = skip_characters(rest, take);
    Ok(Value::Text(rest[..rest.len() - after.len()].into()))
}

/// How much to skip and how much to take; `length` counts only where `start` is negative.
fn window(start: i64, count: i64, length: usize) -> (usize, usize) {
    let backwards = count < 0;
    let mut count = count.abs();
    let mut skip = start;
    if start < 0 {
        skip += length as i64;
        if skip < 0 {
            count = (count + skip).max(0);
            skip = 0;
        }
    } else if start > 0 {
        skip -= 1;
    } else if count > 0 {
        count -= 1;
    }
    if backwards {
        skip -= count;
        if skip < 0 {
            count += skip;
            skip = 0;
        }
    }
    (skip as usize, count.max(0) as usize)
}

/// `replace(text, pattern, with)`, byte by byte. An empty pattern gives the first argument back, a number as
/// a number.
fn replace(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(text), Some(pattern)) = (arguments[0].text_bytes(), arguments[1].text_bytes()) else {
        return Ok(Value::Null);
    };
    if pattern.first().is_none_or(|&first| first == 0) {
        return Ok(match arguments[0] {
            ValueRef::Blob(bytes) => Value::Text(bytes.into()),
            other => other.to_value(),
        });
    }
    let Some(with) = arguments[2].text_bytes() else {
        return Ok(Value::Null);
    };
    let growth = with.len().saturating_sub(pattern.len());
    if growth > 0 {
        // Counted only where it may matter.
        let most = text.len() / pattern.len();
        if check_length(text.len().saturating_add(growth.saturating_mul(most))).is_err() {
            let count = memchr::memmem::find_iter(&text, &*pattern).count();
            check_length(text.len().saturating_add(growth.saturating_mul(count)))?;
        }
    }
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    for found in memchr::memmem::find_iter(&text, &*pattern) {
        out.extend_from_slice(&text[copied..found]);
        out.extend_from_slice(&with);
        copied = found + pattern.len();
    }
    out.extend_from_slice(&text[copied..]);
    Ok(Value::Text(out.into()))
}

/// The code of a letter in the Soundex of SQLite; 0 for what has none.
fn soundex_code(letter: u8) -> u8 {
    match (letter & 0x7F).to_ascii_lowercase() {
        b'b' | b'f' | b'p' | b'v' => 1,
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => 2,
        b'd' | b't' => 3,
        b'l' => 4,
        b'm' | b'n' => 5,
        b'r' => 6,
        _ => 0,
    }
}

fn soundex(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let text = arguments[0].text_bytes().unwrap_or_default();
    let text = before_nul(&text);
    let Some(first) = text.iter().position(u8::is_ascii_alphabetic) else {
        return Ok(Value::text("?000"));
    };
    let mut out = vec![text[first].to_ascii_uppercase()];
    let mut previous = soundex_code(text[first]);
    for &letter in &text[first..] {
        if out.len() == 4 {
            break;
        }
        let code = soundex_code(letter);
        if code > 0 && code != previous {
            out.push(b'0' + code);
        }
        previous = code;
    }
    out.resize(4, b'0');
    Ok(Value::Text(out.into()))
}
