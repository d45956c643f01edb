//! White space, strings and numbers in the text of JSON.

use super::binary::{Kind, append};
use super::escape::is_plain;
use super::parse::Reader;

impl Reader<'_> {
    /// The place behind the white space that JSON has.
    pub(super) fn skip_space(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\t' | b'\n' | b'\r') {
            at += 1;
        }
        at
    }

    /// How many bytes of the white space that JSON5 has, comments included, stand at a place.
    pub(super) fn space5(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            at += match self.text.get(at..).unwrap_or_default() {
                [b'\t' | b'\n' | 0x0B | 0x0C | b'\r' | b' ', ..] => 1,
                [b'/', b'*' | b'/', ..] => match self.comment(at) {
                    Some(end) => end - at,
                    None => return at - start,
                },
                [0xC2, 0xA0, ..] => 2,
                [0xE1, 0x9A, 0x80, ..]
                | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..]
                | [0xE2, 0x81, 0x9F, ..]
                | [0xE3, 0x80, 0x80, ..]
                | [0xEF, 0xBB, 0xBF, ..] => 3,
                _ => return at - start,
            };
        }
    }

    /// Where a comment ends; `None` if it does not.
    fn comment(&self, start: usize) -> Option<usize> {
        let body = &self.text[start + 2..];
        if self.byte(start + 1) == b'*' {
            // The first byte of the body cannot be the slash that ends it.
            let end = body.windows(2).position(|pair| pair == b"*/")?;
            return Some(start + 2 + end + 2);
        }
        let is_end = |at: &usize| {
            matches!(body[*at..], [b'\n' | b'\r', ..]) || matches!(body[*at..], [0xE2, 0x80, 0xA8 | 0xA9, ..])
        };
        let end = (0..body.len()).find(is_end);
        Some(match end {
            None => self.text.len(),
            Some(end) => start + 2 + end + if body[end] == 0xE2 { 3 } else { 1 },
        })
    }

    pub(super) fn string(&mut self, start: usize) -> Option<usize> {
        let quote = self.byte(start);
        let mut kind = Kind::Text;
        if quote == b'\'' {
            self.extended();
        }
        let mut at = start + 1;
        loop {
            let byte = self.byte(at);
            match byte {
                _ if is_plain(byte) => {}
                _ if byte == quote => break,
                b'\\' => at = self.escape(at + 1, &mut kind)?,
                b'"' => kind = Kind::Text5,
                b'\'' => {}
                0 => return self.fail(at),
                _ => {
                    kind = Kind::Text5;
                    self.extended();
                }
            }
            at += 1;
        }
        append(&mut self.blob, kind, &self.text[start + 1..at]);
        Some(at + 1)
    }

    /// Looks at what follows a backslash; the last byte of it that is passed over.
    fn escape(&mut self, at: usize, kind: &mut Kind) -> Option<usize> {
        let rest = self.text.get(at..).unwrap_or_default();
        match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {}
            [b'u', ..] if self.is_hexadecimal(at + 1, 4) => {}
            [b'0', next, ..] if next.is_ascii_digit() => return self.fail(at),
            [b'\'' | b'v' | b'\n' | b'0' | b'\r', ..] | [0xE2, 0x80, 0xA8 | 0xA9, ..] => {
                *kind = Kind::Text5;
                self.extended();
                return Some(at + usize::from(rest.starts_with(b"\r\n")));
            }
            [b'x', ..] if self.is_hexadecimal(at + 1, 2) => {
                *kind = Kind::Text5;
                self.extended();
                return Some(at);
            }
            _ => return self.fail(at),
        }
        if *kind == Kind::Text {
            *kind = Kind::TextJson;
        }
        Some(at)
    }

    pub(super) fn number(&mut self, start: usize) -> Option<usize> {
        let is_digit = |at: usize| self.text.get(at).is_some_and(u8::is_ascii_digit);
        let first = self.byte(start);
        let digits = start + usize::from(matches!(first, b'+' | b'-'));
        let mut is_json5 = false;
        if first == b'+' {
            self.is_standard = false;
        }
        if first == b'.' {
            if !is_digit(start + 1) {
                return self.fail(start);
            }
            is_json5 = true;
        } else if !is_digit(digits) {
            if self.text[digits..].get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"inf")) {
                return Some(self.infinity(start));
            }
            if self.byte(digits) != b'.' {
                return self.fail(start);
            }
            is_json5 = true;
        } else if self.byte(digits) == b'0' {
            if is_digit(digits + 1) {
                return self.fail(start + 1);
            }
            if matches!(self.byte(digits + 1), b'x' | b'X') && self.is_hexadecimal(digits + 2, 1) {
                let count =
                    self.text[digits + 2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                return Some(self.number_found(start, digits + 2 + count, Kind::Integer5));
            }
        }
        self.decimal(start, is_json5)
    }

    /// The rest of a number that is no hexadecimal one.
    fn decimal(&mut self, start: usize, mut is_json5: bool) -> Option<usize> {
        let mut has_point = self.byte(start) == b'.';
        let (mut is_float, mut has_exponent) = (has_point, false);
        let mut at = start + 1;
        loop {
            match self.byte(at) {
                b'0'..=b'9' => {}
                b'.' if has_point || has_exponent => return self.fail(at),
                b'.' => (has_point, is_float) = (true, true),
                b'e' | b'E' => {
                    is_json5 |= self.ends_in_point(start, at)?;
                    if has_exponent {
                        return self.fail(at);
                    }
                    (is_float, has_exponent) = (true, true);
                    at += usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
                    if !self.byte(at + 1).is_ascii_digit() {
                        return self.fail(at);
                    }
                }
                _ => break,
            }
            at += 1;
        }
        is_json5 |= self.ends_in_point(start, at)?;
        let kind = match (is_float, is_json5) {
            (true, false) => Kind::Float,
            (true, true) => Kind::Float5,
            (false, _) => Kind::Integer,
        };
        Some(self.number_found(start, at, kind))
    }

    /// Whether digits end in a point, which JSON5 allows behind a digit.
    fn ends_in_point(&mut self, start: usize, at: usize) -> Option<bool> {
        if self.byte(at - 1) >= b'0' {
            return Some(false);
        }
        if self.byte(at - 1) == b'.' && at >= start + 2 && self.byte(at - 2).is_ascii_digit() {
            return Some(true);
        }
        self.fail(at)
    }

    fn number_found(&mut self, start: usize, end: usize, kind: Kind) -> usize {
        if matches!(kind, Kind::Integer5 | Kind::Float5) {
            self.extended();
        }
        let start = start + usize::from(self.byte(start) == b'+');
        append(&mut self.blob, kind, &self.text[start..end]);
        end
    }

    /// `Infinity` with a sign.
    fn infinity(&mut self, start: usize) -> usize {
        self.extended();
        let digits: &[u8] = if self.byte(start) == b'-' { b"-9e999" } else { b"9e999" };
        append(&mut self.blob, Kind::Float, digits);
        let is_long =
            self.text.get(start + 4..start + 9).is_some_and(|rest| rest.eq_ignore_ascii_case(b"inity"));
        start + if is_long { 9 } else { 4 }
    }
}
