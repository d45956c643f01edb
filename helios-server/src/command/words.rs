//! The words of a statement, one after the other.

use helios::sql::{Dialect, tokens};

use crate::failure::Failure;
use crate::sqlstate;

/// The tokens of a statement and a place among them.
#[derive(Clone, Debug)]
pub(crate) struct Words<'a> {
    text: &'a str,
    tokens: Vec<(usize, usize)>,
    at: usize,
}

impl<'a> Words<'a> {
    pub(crate) fn new(text: &'a str) -> Words<'a> {
        Words { text, tokens: tokens(text, Dialect::Postgres), at: 0 }
    }

    /// The word here; empty at the end.
    pub(crate) fn peek(&self) -> &'a str {
        self.peek_at(0)
    }

    /// The word so many further on.
    pub(crate) fn peek_at(&self, further: usize) -> &'a str {
        let token = self.tokens.get(self.at + further);
        token.and_then(|(start, end)| self.text.get(*start..*end)).unwrap_or_default()
    }

    pub(crate) fn next(&mut self) -> &'a str {
        let word = self.peek();
        self.at += 1;
        word
    }

    pub(crate) fn skip(&mut self, count: usize) {
        self.at += count;
    }

    pub(crate) fn skip_all(&mut self) {
        self.at = self.tokens.len();
    }

    /// What stands from here to the end of the statement, as it was written.
    pub(crate) fn rest(&self) -> &'a str {
        match (self.tokens.get(self.at), self.tokens.last()) {
            (Some((start, _)), Some((_, end))) => self.text.get(*start..*end).unwrap_or_default(),
            _ => "",
        }
    }

    pub(crate) fn accept(&mut self, word: &str) -> bool {
        let found = self.peek().eq_ignore_ascii_case(word);
        if found {
            self.at += 1;
        }
        found
    }

    pub(crate) fn expect(&mut self, word: &str) -> Result<(), Failure> {
        if self.accept(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(crate) fn unexpected(&self) -> Failure {
        super::syntax(self)
    }

    /// A name: as it is in quotes, else in small letters.
    pub(crate) fn name(&mut self) -> Result<String, Failure> {
        let word = self.peek();
        let name = match word.as_bytes().first() {
            Some(b'"') => word.get(1..word.len() - 1).unwrap_or_default().replace("\"\"", "\""),
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' || *byte >= 0x80 => word.to_lowercase(),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(name)
    }

    /// A name with points in it.
    pub(crate) fn qualified(&mut self) -> Result<String, Failure> {
        let mut name = self.name()?;
        while self.accept(".") {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(name)
    }

    /// The name of a table, quoted as SQL wants it, without the one schema there is.
    pub(crate) fn object(&mut self) -> Result<String, Failure> {
        let first = self.name()?;
        if !self.accept(".") {
            return Ok(quoted(&first));
        }
        let name = self.name()?;
        Ok(match first.as_str() {
            "public" => quoted(&name),
            _ => format!("{}.{}", quoted(&first), quoted(&name)),
        })
    }

    /// The plain name of a table, without the one schema there is.
    pub(crate) fn table(&mut self) -> Result<String, Failure> {
        let first = self.name()?;
        if self.accept(".") { self.name() } else { Ok(first) }
    }

    /// A whole number with or without a sign, if there is one.
    pub(crate) fn number(&mut self) -> Option<i64> {
        let negative = matches!(self.peek(), "-" | "+");
        let digits = self.peek_at(usize::from(negative));
        let number: i64 = digits.parse().ok()?;
        let sign = if self.peek() == "-" { -1 } else { 1 };
        self.at += 1 + usize::from(negative);
        Some(sign * number)
    }

    /// A value of a setting: a text, a number, a word.
    pub(crate) fn value(&mut self) -> Result<String, Failure> {
        let word = self.peek();
        let value = match word.as_bytes().first() {
            Some(b'\'') => word.get(1..word.len() - 1).unwrap_or_default().replace("''", "'"),
            Some(b'"') => word.get(1..word.len() - 1).unwrap_or_default().replace("\"\"", "\""),
            Some(b'-' | b'+') => {
                self.at += 1;
                format!("{word}{}", self.peek())
            }
            Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'.' => word.to_owned(),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(value)
    }

    /// The texts between the commas in parentheses.
    pub(crate) fn parenthesized(&mut self) -> Result<Vec<String>, Failure> {
        self.expect("(")?;
        let (mut parts, mut depth) = (Vec::new(), 0_usize);
        let mut start = self.tokens.get(self.at).map_or(self.text.len(), |(start, _)| *start);
        loop {
            let Some((token_start, token_end)) = self.tokens.get(self.at).copied() else {
                return Err(Failure::new(sqlstate::SYNTAX_ERROR, "syntax error at end of input"));
            };
            let word = self.next();
            match word {
                "(" | "[" => depth += 1,
                ")" if depth == 0 => {
                    let part = self.text.get(start..token_start).unwrap_or_default().trim();
                    if !part.is_empty() || !parts.is_empty() {
                        parts.push(part.to_owned());
                    }
                    return Ok(parts);
                }
                ")" | "]" => depth = depth.saturating_sub(1),
                "," if depth == 0 => {
                    parts.push(self.text.get(start..token_start).unwrap_or_default().trim().to_owned());
                    start = token_end;
                }
                _ => {}
            }
        }
    }
}

/// A name in quotes.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
