//! INSERTs of one row of literals: what those have in common that insert into the same columns, and the row.
//!
//! In: a source. Out: for `INSERT INTO t VALUES (1, 'a')` the text `INSERT INTO t VALUES (?,?)` and the values of the
//! literals. Always: where there is an answer, the first statement of the source does what the text does with the values as
//! its parameters. What is not surely of this form has no answer, be it right or wrong.

use helios_core::Value;

use super::Dialect;
use super::lexer::token_at;
use super::literal::{Whole, blob, real_number, unquote, whole_number};
use super::token::{Kind, Token};

/// An INSERT of one row of literals.
#[derive(Debug, PartialEq)]
pub(crate) struct LiteralRow {
    /// The text with `?` in the place of each literal.
    pub(crate) text: String,
    /// What the literals stand for.
    pub(crate) values: Vec<Value>,
    /// The byte after the statement's `;`, or the end of the source.
    pub(crate) end: usize,
}

/// The first statement of `source`, in SQLite's dialect, if it is of this form.
pub(crate) fn literal_row(source: &str) -> Option<LiteralRow> {
    let mut tokens = Tokens { source, at: 0 };
    let first = tokens.take();
    if !matches!(first.kind, Kind::Insert | Kind::Replace) {
        return None;
    }
    while tokens.take_part_of_head()? != Kind::Values {}
    let open = tokens.take();
    if open.kind != Kind::LeftParen {
        return None;
    }
    let mut text = source.get(first.start..open.end)?.to_owned();
    let mut values = Vec::new();
    loop {
        values.push(tokens.take_literal()?);
        text.push('?');
        match tokens.take().kind {
            Kind::Comma => text.push(','),
            Kind::RightParen => break,
            _ => return None,
        }
    }
    text.push(')');
    let end = match tokens.take() {
        Token { kind: Kind::Semicolon, end, .. } => end,
        Token { kind: Kind::End, .. } => source.len(),
        _ => return None,
    };
    Some(LiteralRow { text, values, end })
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

    fn text(&self, token: Token) -> Option<&'s str> {
        self.source.get(token.start..token.end)
    }

    /// Takes VALUES or what may stand before it: words, names, and the columns in their parentheses.
    fn take_part_of_head(&mut self) -> Option<Kind> {
        let kind = self.take().kind;
        let is_part = kind.is_identifier()
            || matches!(
                kind,
                Kind::Or
                    | Kind::Into
                    | Kind::Dot
                    | Kind::Comma
                    | Kind::String
                    | Kind::LeftParen
                    | Kind::RightParen
            );
        (is_part || kind == Kind::Values).then_some(kind)
    }

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

    fn row(source: &str) -> Option<(String, Vec<Value>, &str)> {
        literal_row(source).map(|row| (row.text, row.values, &source[row.end..]))
    }

    #[test]
    fn a_row_of_literals_is_taken_apart() {
        let text = |text: &str| Value::Text(text.as_bytes().into());
        assert_eq!(
            row(" INSERT INTO t VALUES (1, 'it''s' ,NULL,x'0aFF'); SELECT 1"),
            Some((
                "INSERT INTO t VALUES (?,?,?,?)".into(),
                vec![Value::Integer(1), text("it's"), Value::Null, Value::Blob([10, 255].into())],
                " SELECT 1"
            ))
        );
        assert_eq!(
            row("replace into main.\"a b\"(c, [d])values(-9223372036854775808,-2.5e1)"),
            Some((
                "replace into main.\"a b\"(c, [d])values(?,?)".into(),
                vec![Value::Integer(i64::MIN), Value::Real(-25.0)],
                ""
            ))
        );
        assert_eq!(
            row("INSERT OR IGNORE INTO t VALUES (9223372036854775808, 0x10, /* why */ -0x1)")
                .map(|row| row.1),
            Some(vec![Value::Real(9_223_372_036_854_775_808.0), Value::Integer(16), Value::Integer(-1)])
        );
    }

    #[test]
    fn what_is_more_than_literals_is_left_alone() {
        for source in [
            "",
            ";INSERT INTO t VALUES (1)",
            "SELECT 1",
            "INSERT INTO t VALUES (1), (2)",
            "INSERT INTO t VALUES (?)",
            "INSERT INTO t VALUES (1 + 1)",
            "INSERT INTO t VALUES (-'1')",
            "INSERT INTO t VALUES (-0.0)",
            "INSERT INTO t VALUES (--5\n)",
            "INSERT INTO t VALUES (\"name\")",
            "INSERT INTO t VALUES (CURRENT_DATE)",
            "INSERT INTO t VALUES (0x10000000000000000)",
            "INSERT INTO t VALUES ()",
            "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
            "INSERT INTO t VALUES (1) RETURNING a",
            "INSERT INTO t VALUES (1) INSERT",
            "INSERT INTO t DEFAULT VALUES",
            "INSERT INTO t SELECT 1",
            "INSERT INTO t VALUES (1",
            "INSERT INTO t VALUES ('1",
            "WITH a AS (VALUES (1)) INSERT INTO t VALUES (1)",
            "EXPLAIN INSERT INTO t VALUES (1)",
        ] {
            assert_eq!(row(source), None, "{source}");
        }
    }
}
