//! What statements have in common whose literals alone differ.
//!
//! In: a source. Out: for `INSERT INTO t VALUES (1, 'a')` the text `INSERT INTO t VALUES (?,?)` and the values of the
//! literals. Always: where there is an answer, the first statement of the source does what the text does with the values as
//! its parameters. What is not surely of a known form has no answer, be it right or wrong.

mod change;
mod row;

use helios_core::Value;

use super::Dialect;
use super::lexer::token_at;
use super::literal::{Whole, blob, real_number, unquote, whole_number};
use super::token::{Kind, Token};

/// A statement, and what stands in the place of its literals.
#[derive(Debug, PartialEq)]
pub(crate) struct Alike {
    /// The text with `?` in the place of each literal.
    pub(crate) text: String,
    /// What the literals stand for.
    pub(crate) values: Vec<Value>,
    /// The byte after the statement's `;`, or the end of the source.
    pub(crate) end: usize,
}

/// The first statement of `source`, in SQLite's dialect, if it is of a known form.
pub(crate) fn alike(source: &str) -> Option<Alike> {
    let mut tokens = Tokens { source, at: 0 };
    let first = tokens.take();
    match first.kind {
        Kind::Insert | Kind::Replace => row::row(first, tokens),
        Kind::Update | Kind::Delete => change::change(first, tokens),
        _ => None,
    }
}

struct Tokens<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    fn take(&mut self) -> Token {
        let token = token_at(self.source.as_bytes(), self.at, Dialect::Sqlite);
        self.at = token.end;
        token
    }

    /// Where the statement ends that a token ends; nothing if it does not end there.
    fn end(&self, token: Token) -> Option<usize> {
        match token.kind {
            Kind::Semicolon => Some(token.end),
            Kind::End => Some(self.source.len()),
            _ => None,
        }
    }

    fn text(&self, token: Token) -> Option<&'s str> {
        self.source.get(token.start..token.end)
    }

    /// Takes a literal, if one comes.
    fn take_literal(&mut self) -> Option<Value> {
        let token = self.take();
        let text = self.text(token)?;
        match token.kind {
            Kind::Minus => self.take_negative(),
            Kind::Null => Some(Value::Null),
            Kind::String => Some(Value::Text(unquote(text).as_bytes().into())),
            Kind::Blob => Some(blob(text)),
            Kind::Float => Some(real_number(text)),
            Kind::Integer => match whole_number(text) {
                Whole::Value(value) => Some(value),
                Whole::TwoTo63 => Some(real_number(text)),
                Whole::TooBig => None,
            },
            _ => None,
        }
    }

    /// Takes the number behind a minus. Of nothing there is no negative.
    fn take_negative(&mut self) -> Option<Value> {
        let token = self.take();
        let text = self.text(token)?;
        match (token.kind, whole_number(text)) {
            (Kind::Integer, Whole::TwoTo63) => Some(Value::Integer(i64::MIN)),
            (Kind::Integer, Whole::Value(Value::Integer(number))) => number.checked_neg().map(Value::Integer),
            (Kind::Float, _) => match real_number(text) {
                Value::Real(number) if number != 0.0 => Some(Value::real(-number)),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_statements_are_left_alone() {
        for source in ["", ";INSERT INTO t VALUES (1)", "SELECT 1", "BEGIN", "?", "'"] {
            assert_eq!(alike(source), None, "{source}");
        }
    }
}
