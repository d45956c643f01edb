//! Text to JSONB.
//!
//! In: bytes up to the first NUL, JSON or JSON5 (<https://spec.json5.org/>). Out: an element, or where the text ceases to
//! be JSON, at the very byte that SQLite names. Strings are not checked for UTF-8, and keep their escapes.

use helios_core::Result;

use super::binary::{Kind, append, begin, resize};
use super::malformed;

/// The deepest nesting.
pub(super) const MAX_DEPTH: usize = 1000;

/// A text that is JSON.
#[derive(Debug)]
pub(super) struct Parsed {
    /// The same as JSONB.
    pub(super) blob: Vec<u8>,
    /// Whether the text is JSON as RFC 8259 has it, without what JSON5 adds.
    pub(super) is_standard: bool,
}

/// What comes next in a text.
enum Item {
    /// A value, which ends here.
    Value(usize),
    /// One of `}`, `]`, `,` and `:`; the reader's `fault` is its place.
    Mark(u8),
    /// The text is over.
    Nothing,
}

/// A text, and what has become of it so far.
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) blob: Vec<u8>,
    pub(super) is_standard: bool,
    /// Where the last thing that was no value was found.
    pub(super) fault: usize,
    depth: usize,
}

/// The JSONB of a text. Error: `malformed JSON`.
pub(super) fn parse(text: &[u8]) -> Result<Parsed> {
    Reader::new(text).whole().map_err(|_| malformed())
}

/// Where a text ceases to be JSON, if it does.
pub(super) fn error_position(text: &[u8]) -> Option<usize> {
    Reader::new(text).whole().err()
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8]) -> Reader<'a> {
        let blob = Vec::with_capacity(text.len() + 8);
        Reader { text, blob, is_standard: true, fault: 0, depth: 0 }
    }

    /// Reads all of the text; the error is a place.
    fn whole(mut self) -> std::result::Result<Parsed, usize> {
        let Some(Item::Value(end)) = self.item(0) else { return Err(self.fault) };
        let end = self.skip_space(end);
        let last = end + self.space5(end);
        if last < self.text.len() {
            return Err(self.fault);
        }
        self.is_standard &= end == self.text.len();
        Ok(Parsed { blob: self.blob, is_standard: self.is_standard })
    }

    /// The byte at a place; NUL behind the end.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Notes an error.
    pub(super) fn fail<T>(&mut self, at: usize) -> Option<T> {
        self.fault = at;
        None
    }

    /// Notes something that only JSON5 has.
    pub(super) fn extended(&mut self) {
        self.is_standard = false;
    }

    /// The next item from `at` on; `None` for an error, whose place is noted.
    fn item(&mut self, mut at: usize) -> Option<Item> {
        loop {
            let byte = self.byte(at);
            return match byte {
                b'{' => self.object(at).map(Item::Value),
                b'[' => self.array(at).map(Item::Value),
                b'"' | b'\'' => self.string(at).map(Item::Value),
                b'+' | b'-' | b'.' | b'0'..=b'9' => self.number(at).map(Item::Value),
                b'}' | b']' | b',' | b':' => {
                    self.fault = at;
                    Some(Item::Mark(byte))
                }
                0 => Some(Item::Nothing),
                b' ' | b'\t' | b'\n' | b'\r' => {
                    at = self.skip_space(at);
                    continue;
                }
                0x0B | 0x0C | b'/' | 0xC2 | 0xE1 | 0xE2 | 0xE3 | 0xEF => {
                    let space = self.space5(at);
                    if space == 0 {
                        return self.fail(at);
                    }
                    at += space;
                    self.extended();
                    continue;
                }
                _ => self.word(at).map(Item::Value),
            };
        }
    }

    /// Begins a container, unless it is nested too deep.
    fn enter(&mut self, at: usize, kind: Kind) -> Option<usize> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail(at);
        }
        Some(begin(&mut self.blob, kind))
    }

    fn leave(&mut self, container: usize) {
        let size = self.blob.len() - container - 1;
        resize(&mut self.blob, container, size);
        self.depth -= 1;
    }

    fn object(&mut self, start: usize) -> Option<usize> {
        let container = self.enter(start, Kind::Object)?;
        let mut at = start + 1;
        loop {
            let label = self.blob.len();
            let end = match self.item(at) {
                Some(Item::Value(end)) => end,
                Some(Item::Mark(b'}')) => {
                    self.is_standard &= label == container + 1;
                    at = self.fault;
                    break;
                }
                other => {
                    at += self.space5(at);
                    match self.bare_label(at) {
                        Some(end) => end,
                        None if other.is_some() => return self.fail(at),
                        None => return None,
                    }
                }
            };
            if !Kind::of(self.blob[label]).is_some_and(Kind::is_text) {
                return self.fail(at);
            }
            at = self.skip_space(end);
            at = self.colon(at)?;
            at = match self.item(at) {
                Some(Item::Value(end)) => end,
                Some(_) => return self.fail(at),
                None => return None,
            };
            match self.separator(at, b'}')? {
                (b',', next) => at = next,
                (_, next) => {
                    at = next - 1;
                    break;
                }
            }
        }
        self.leave(container);
        Some(at + 1)
    }

    /// The place behind the colon that stands there.
    fn colon(&mut self, at: usize) -> Option<usize> {
        if self.byte(at) == b':' {
            return Some(at + 1);
        }
        match self.item(at)? {
            Item::Mark(b':') => Some(self.fault + 1),
            _ => self.fail(at),
        }
    }

    fn array(&mut self, start: usize) -> Option<usize> {
        let container = self.enter(start, Kind::Array)?;
        let mut at = start + 1;
        loop {
            at = match self.item(at) {
                Some(Item::Value(end)) => end,
                Some(Item::Mark(b']')) => {
                    self.is_standard &= self.blob.len() == container + 1;
                    at = self.fault;
                    break;
                }
                Some(_) => return self.fail(at),
                None => return None,
            };
            match self.separator(at, b']')? {
                (b',', next) => at = next,
                (_, next) => {
                    at = next - 1;
                    break;
                }
            }
        }
        self.leave(container);
        Some(at + 1)
    }

    /// The comma or the end behind an element, and the place behind that.
    fn separator(&mut self, at: usize, close: u8) -> Option<(u8, usize)> {
        let at = self.skip_space(at);
        let byte = self.byte(at);
        if byte == b',' || byte == close {
            return Some((byte, at + 1));
        }
        match self.item(at) {
            Some(Item::Mark(mark)) if mark == b',' || mark == close => Some((mark, self.fault + 1)),
            _ => self.fail(at),
        }
    }

    /// A label without quotes; its end.
    fn bare_label(&mut self, start: usize) -> Option<usize> {
        let is_first = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'$' | 0x80..);
        let mut kind = Kind::Text;
        let mut at = start;
        loop {
            let byte = self.byte(at);
            let fits = is_first(byte) || (at > start && byte.is_ascii_digit());
            if byte == b'\\' && self.byte(at + 1) == b'u' && self.is_hexadecimal(at + 2, 4) {
                kind = Kind::TextJson;
            } else if !fits || (at > start && self.space5(at) > 0) {
                break;
            }
            at += 1;
        }
        if at == start {
            return None;
        }
        append(&mut self.blob, kind, &self.text[start..at]);
        self.extended();
        Some(at)
    }

    /// Whether so many hexadecimal digits stand there.
    pub(super) fn is_hexadecimal(&self, at: usize, count: usize) -> bool {
        self.text.get(at..at + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    }

    /// Whether a word stands there, in any case, and is not part of a longer one.
    fn is_word(&self, at: usize, word: &[u8]) -> bool {
        let text = self.text.get(at..at + word.len());
        text.is_some_and(|text| text.eq_ignore_ascii_case(word))
            && !self.byte(at + word.len()).is_ascii_alphanumeric()
    }

    fn word(&mut self, at: usize) -> Option<usize> {
        for (word, kind) in [(&b"true"[..], Kind::True), (b"false", Kind::False), (b"null", Kind::Null)] {
            if self.text[at..].starts_with(word) && self.is_word(at, word) {
                append(&mut self.blob, kind, b"");
                return Some(at + word.len());
            }
        }
        let words = [&b"inf"[..], b"infinity", b"NaN", b"QNaN", b"SNaN"];
        let Some(word) = words.into_iter().find(|word| self.is_word(at, word)) else {
            return self.fail(at);
        };
        match word[0] {
            b'i' => append(&mut self.blob, Kind::Float, b"9e999"),
            _ => append(&mut self.blob, Kind::Null, b""),
        }
        self.extended();
        Some(at + word.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
    }
}
