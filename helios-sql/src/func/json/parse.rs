//! Text to JSON.
//!
//! In: bytes up to the first NUL. Out: a tree, or the error `malformed JSON`. The grammar is that of RFC 8259; strings
//! are not checked for UTF-8.

use super::node::{Entry, Key, Node, malformed};
use helios_core::Result;

/// The deepest nesting.
pub(super) const MAX_DEPTH: usize = 1000;

/// A text and how far it has been read.
struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

/// The tree of a text.
pub(super) fn parse(text: &[u8]) -> Result<Node<'_>> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let node = reader.value().filter(|_| reader.peek().is_none());
    node.ok_or_else(malformed)
}

/// Where a text ceases to be JSON, if it does.
pub(super) fn error_position(text: &[u8]) -> Option<usize> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let is_json = reader.value().is_some() && reader.peek().is_none();
    if is_json { None } else { Some(reader.at.min(text.len())) }
}

impl<'a> Reader<'a> {
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Passes over `byte`, if it comes next.
    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found.then_some(())
    }

    fn value(&mut self) -> Option<Node<'a>> {
        match self.peek()? {
            b'{' => self.nested(Reader::object),
            b'[' => self.nested(Reader::array),
            b'"' => self.string().map(Node::Text),
            b'n' => self.word(b"null", Node::Null),
            b't' => self.word(b"true", Node::True),
            b'f' => self.word(b"false", Node::False),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn nested(&mut self, read: fn(&mut Reader<'a>) -> Option<Node<'a>>) -> Option<Node<'a>> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn array(&mut self) -> Option<Node<'a>> {
        let mut elements = Vec::new();
        if self.take(b']').is_some() {
            return Some(Node::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            if self.take(b',').is_none() {
                return self.take(b']').map(|()| Node::Array(elements));
            }
        }
    }

    fn object(&mut self) -> Option<Node<'a>> {
        let mut entries = Vec::new();
        if self.take(b'}').is_some() {
            return Some(Node::Object(entries));
        }
        loop {
            if self.peek()? != b'"' {
                return None;
            }
            let key = Key::Escaped(self.string()?);
            self.take(b':')?;
            entries.push(Entry::new(key, self.value()?));
            if self.take(b',').is_none() {
                return self.take(b'}').map(|()| Node::Object(entries));
            }
        }
    }

    fn word(&mut self, word: &[u8], node: Node<'a>) -> Option<Node<'a>> {
        let rest = self.text[self.at..].strip_prefix(word)?;
        self.at += word.len();
        (!rest.first().is_some_and(u8::is_ascii_alphanumeric)).then_some(node)
    }

    /// What stands between the quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            match *self.text.get(at)? {
                b'"' => break,
                0..0x20 => return None,
                b'\\' => match *self.text.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    b'u' if self.text.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => at += 6,
                    _ => return None,
                },
                _ => at += 1,
            }
        }
        self.at = at + 1;
        Some(&self.text[start..at])
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Option<Node<'a>> {
        let start = self.at;
        self.at += usize::from(self.text[start] == b'-');
        let first = self.text.get(self.at).copied();
        let whole = self.digits();
        if whole == 0 || (whole > 1 && first == Some(b'0')) {
            return None;
        }
        let mut real = false;
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            real = true;
            if self.digits() == 0 {
                return None;
            }
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            real = true;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return None;
            }
        }
        let text = &self.text[start..self.at];
        Some(if real { Node::Real(text) } else { Node::Integer(text) })
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
