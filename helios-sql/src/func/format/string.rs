//! `%s`, `%z`, `%c`, `%q`, `%Q`, `%w`.
//!
//! In: a value, read as text up to its first NUL, and how to write it. Out: appended text; `None` if it becomes too
//! long. Widths and precisions count bytes, with `!` characters.

use std::borrow::Cow;

use super::spec::Spec;
use super::{append, append_spaces, check, pad};
use crate::func::utf8::{before_nul, character_len, is_continuation, skip_characters};
use helios_core::ValueRef;

/// `%s`.
pub(super) fn write(value: ValueRef<'_>, spec: &Spec, out: &mut Vec<u8>) -> Option<()> {
    let text = value.text_bytes().unwrap_or_default();
    let text = limited(before_nul(&text), spec);
    pad(text, width(text, spec.alternate2, spec.width), spec.left, out)
}

/// As much of a text as the precision allows.
fn limited<'t>(text: &'t [u8], spec: &Spec) -> &'t [u8] {
    match spec.precision {
        None => text,
        Some(count) if spec.alternate2 => &text[..text.len() - skip_characters(text, count).len()],
        Some(count) => &text[..count.min(text.len())],
    }
}

/// The width in bytes, where it was given in characters.
fn width(text: &[u8], characters: bool, width: usize) -> usize {
    if characters && width > 0 {
        width + text.iter().filter(|&&byte| is_continuation(byte)).count()
    } else {
        width
    }
}

/// `%c`: the first character, as often as the precision says.
pub(super) fn write_character(value: ValueRef<'_>, spec: &Spec, out: &mut Vec<u8>) -> Option<()> {
    let text = value.text_bytes().unwrap_or_default();
    let text = before_nul(&text);
    // No text, or an empty one, begins with the NUL that ends it.
    let character = if text.is_empty() { b"\0" } else { &text[..character_len(text).min(4)] };
    let mut left_over = spec.width as i64;
    if let Some(count) = spec.precision.filter(|&count| count > 1) {
        left_over -= count as i64 - 1;
        if left_over > 1 && !spec.left {
            append_spaces(left_over as usize - 1, out)?;
            left_over = 0;
        }
        check(out.len() + (count - 1) * character.len())?;
        for _ in 1..count {
            append(character, out)?;
        }
    }
    let left_over = left_over.max(0) as usize;
    pad(character, width(character, true, left_over), spec.left, out)
}

/// `%q` and `%w` double quotes, `%Q` also puts them around.
pub(super) fn write_quoted(value: ValueRef<'_>, letter: u8, spec: &Spec, out: &mut Vec<u8>) -> Option<()> {
    let quote = if letter == b'w' { b'"' } else { b'\'' };
    let null: &[u8] = if letter == b'Q' { b"NULL" } else { b"(NULL)" };
    let around = letter == b'Q' && !value.is_null();
    let text = value.text_bytes().unwrap_or(Cow::Borrowed(null));
    let text = limited(before_nul(&text), spec);
    let mut quoted = Vec::with_capacity(text.len() + 2);
    quoted.extend(around.then_some(quote));
    for &byte in text {
        quoted.push(byte);
        if byte == quote {
            quoted.push(byte);
        }
    }
    quoted.extend(around.then_some(quote));
    pad(&quoted, width(&quoted, spec.alternate2, spec.width), spec.left, out)
}
