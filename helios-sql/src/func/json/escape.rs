//! Escapes in texts of JSON and JSON5, and labels that may have them.

use crate::func::utf8::{read_character, write_character};

/// Whether a byte needs no thought in a text between quotes of either kind.
pub(super) fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && !matches!(byte, b'"' | b'\'' | b'\\')
}

/// The character of the escape that `text` begins with (`None` if it is none), and how many bytes it takes.
pub(super) fn unescape(text: &[u8]) -> (Option<u32>, usize) {
    let Some(&letter) = text.get(1) else { return (None, text.len()) };
    let simple = |character: u8| (Some(u32::from(character)), 2);
    match letter {
        b'u' => unicode(text),
        b'b' => simple(0x08),
        b'f' => simple(0x0C),
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'v' => simple(0x0B),
        b'0' if text.get(2).is_some_and(u8::is_ascii_digit) => (None, 2),
        b'0' => simple(0),
        b'\'' | b'"' | b'/' | b'\\' => simple(letter),
        b'x' if text.len() < 4 => (None, text.len()),
        b'x' => (Some(hexadecimal(&text[2..4])), 4),
        0xE2 | b'\r' | b'\n' => after_line_ends(text),
        _ => (None, 2),
    }
}

/// `\uXXXX`, with the second half of a pair.
fn unicode(text: &[u8]) -> (Option<u32>, usize) {
    let Some(digits) = text.get(2..6) else { return (None, text.len()) };
    let high = hexadecimal(digits);
    if high & 0xFC00 == 0xD800 && text[6..].starts_with(b"\\u") && text.len() >= 12 {
        let low = hexadecimal(&text[8..12]);
        if low & 0xFC00 == 0xDC00 {
            return (Some(((high & 0x3FF) << 10) + (low & 0x3FF) + 0x1_0000), 12);
        }
    }
    (Some(high), 6)
}

fn hexadecimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, &digit| value << 4 | char::from(digit).to_digit(16).unwrap_or(0))
}

/// The character behind ends of lines that are escaped, and so are not there.
fn after_line_ends(text: &[u8]) -> (Option<u32>, usize) {
    let skipped = line_ends(text);
    let rest = &text[skipped..];
    match rest.first() {
        _ if skipped == 0 => (None, text.len()),
        None => (Some(0), skipped),
        Some(b'\\') => {
            let (character, length) = unescape(rest);
            (character, skipped + length)
        }
        Some(_) => {
            let mut after = rest;
            let character = read_character(&mut after);
            (character, text.len() - after.len())
        }
    }
}

/// How many bytes of escaped ends of lines a text begins with.
fn line_ends(text: &[u8]) -> usize {
    let mut at = 0;
    while text.get(at) == Some(&b'\\') {
        at += match &text[at + 1..] {
            [b'\r', b'\n', ..] => 3,
            [b'\n' | b'\r', ..] => 2,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => 4,
            _ => break,
        };
    }
    at
}

/// A text without its escapes; what is no escape is left out.
pub(super) fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let (character, length) = unescape(&rest[at..]);
        if let Some(character) = character {
            write_character(character, &mut out);
        }
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
    out
}

/// A label, and whether it is without escapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label<'a> {
    pub(super) text: &'a [u8],
    pub(super) is_raw: bool,
}

impl Label<'_> {
    /// Whether two labels mean the same. One with escapes ends where a character is NUL.
    pub(super) fn means(self, other: Label<'_>) -> bool {
        if self.is_raw && other.is_raw {
            return self.text == other.text;
        }
        let (mut mine, mut theirs) = (self, other);
        loop {
            let character = mine.next();
            if character != theirs.next() {
                return false;
            }
            if character == Some(0) {
                return true;
            }
        }
    }

    /// Takes the next character; 0 at the end, `None` for an escape that is none.
    fn next(&mut self) -> Option<u32> {
        if !self.is_raw && self.text.first() == Some(&b'\\') {
            let (character, length) = unescape(self.text);
            self.text = &self.text[length..];
            return character;
        }
        Some(read_character(&mut self.text).unwrap_or(0))
    }
}
