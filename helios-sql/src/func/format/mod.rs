//! `format` (also called `printf`) and the numbers of other functions (<https://sqlite.org/printf.html>).
//!
//! In: a format and arguments; a missing argument counts as NULL. Out: a text. A conversion that SQLite does not know
//! ends the text; one that would make it too long is an error.

mod extended;
mod integer;
mod real;
mod spec;
mod string;

use super::utf8::before_nul;
use super::{CallContext, MAX_ARGUMENTS, MAX_LENGTH, Scalar, has_room, too_big};
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};
use real::Notation;
use spec::Spec;

pub(super) const FUNCTIONS: &[Scalar] =
    &[Scalar::pure("format", 0, MAX_ARGUMENTS, format), Scalar::pure("printf", 0, MAX_ARGUMENTS, format)];

/// The arguments of a format, taken one after the other.
struct Arguments<'a> {
    values: std::slice::Iter<'a, ValueRef<'a>>,
}

impl<'a> Arguments<'a> {
    fn next(&mut self) -> ValueRef<'a> {
        self.values.next().copied().unwrap_or(ValueRef::Null)
    }

    fn integer(&mut self) -> i64 {
        self.next().to_integer()
    }
}

fn format(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some((format, values)) = arguments.split_first() else {
        return Ok(Value::Null);
    };
    let Some(format) = format.text_bytes() else {
        return Ok(Value::Null);
    };
    let mut arguments = Arguments { values: values.iter() };
    let mut out = Vec::new();
    write_format(before_nul(&format), &mut arguments, &mut out).ok_or_else(too_long)?;
    Ok(Value::Text(out.into()))
}

/// Why a text became too long: for SQLite, or for a process with so little room.
fn too_long() -> Error {
    if has_room(MAX_LENGTH) { too_big() } else { Error::new(ErrorKind::OutOfMemory, "out of memory") }
}

/// Appends the whole text; `None` if it becomes too long.
fn write_format(format: &[u8], arguments: &mut Arguments<'_>, out: &mut Vec<u8>) -> Option<()> {
    let mut at = 0;
    while let Some(percent) = memchr::memchr(b'%', &format[at..]) {
        append(&format[at..at + percent], out)?;
        at += percent + 1;
        if at == format.len() {
            return append(b"%", out);
        }
        let Some((spec, letter)) = Spec::read(format, &mut at, arguments) else {
            return Some(());
        };
        if !convert(&spec, letter, arguments, out)? {
            return Some(());
        }
    }
    append(&format[at..], out)
}

/// Appends one conversion. `Some(false)` if there is none of this letter.
fn convert(spec: &Spec, letter: u8, arguments: &mut Arguments<'_>, out: &mut Vec<u8>) -> Option<bool> {
    match letter {
        b'%' => pad(b"%", spec.width, spec.left, out)?,
        // The count of characters so far has nowhere to go.
        b'n' => {}
        b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'p' | b'r' => {
            let text = integer::write(arguments.integer(), letter, spec)?;
            pad(&text, spec.width, spec.left, out)?;
        }
        b'f' | b'e' | b'E' | b'g' | b'G' => {
            let notation = match letter {
                b'f' => Notation::Fixed,
                b'e' | b'E' => Notation::Exponential,
                _ => Notation::General,
            };
            let value = arguments.next().to_real();
            check(spec.width + spec.precision.unwrap_or(0).min(real::MAX_PRECISION))?;
            let text = real::write(value, notation, letter.is_ascii_uppercase(), spec);
            pad(&text, spec.width, spec.left, out)?;
        }
        b'c' => string::write_character(arguments.next(), spec, out)?,
        b's' | b'z' => string::write(arguments.next(), spec, out)?,
        b'q' | b'Q' | b'w' => string::write_quoted(arguments.next(), letter, spec, out)?,
        _ => return Some(false),
    }
    Some(true)
}

/// Appends a text and spaces up to the width.
fn pad(text: &[u8], width: usize, left: bool, out: &mut Vec<u8>) -> Option<()> {
    let missing = width.saturating_sub(text.len());
    if !left {
        append_spaces(missing, out)?;
    }
    append(text, out)?;
    if left { append_spaces(missing, out) } else { Some(()) }
}

fn append(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    check(out.len() + text.len())?;
    out.extend_from_slice(text);
    Some(())
}

fn append_spaces(count: usize, out: &mut Vec<u8>) -> Option<()> {
    let length = out.len() + count;
    check(length)?;
    out.resize(length, b' ');
    Some(())
}

fn check(length: usize) -> Option<()> {
    (length < MAX_LENGTH && has_room(length)).then_some(())
}

/// `%.Nf`: what `round()` reads.
pub(super) fn fixed(value: f64, digits: usize) -> Vec<u8> {
    let spec = Spec { precision: Some(digits), ..Spec::default() };
    real::write(value, Notation::Fixed, false, &spec)
}

/// `%!.Ng`: a float as text.
pub(super) fn significant(value: f64, digits: usize) -> Vec<u8> {
    let spec = Spec { precision: Some(digits), alternate2: true, ..Spec::default() };
    real::write(value, Notation::General, false, &spec)
}

/// `%!.Ne`: a float with so many digits that it can be read back.
pub(super) fn exponential(value: f64, digits: usize) -> Vec<u8> {
    let spec = Spec { precision: Some(digits), alternate2: true, ..Spec::default() };
    real::write(value, Notation::Exponential, false, &spec)
}

/// `%0W.Nf`: a float with zeros before it.
pub(super) fn fixed_padded(value: f64, width: usize, digits: usize) -> Vec<u8> {
    let spec = Spec { precision: Some(digits), width, zero_pad: true, ..Spec::default() };
    real::write(value, Notation::Fixed, false, &spec)
}

/// `%.Ng`.
pub(super) fn general(value: f64, digits: usize) -> Vec<u8> {
    let spec = Spec { precision: Some(digits), ..Spec::default() };
    real::write(value, Notation::General, false, &spec)
}
