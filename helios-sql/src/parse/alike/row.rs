//! INSERTs of one row of literals: `INSERT INTO t VALUES (1, 'a')`.

use super::{Alike, Kind, Token, Tokens};

/// The statement that begins with `first`, which is INSERT or REPLACE, if it is of this form.
pub(super) fn row(first: Token, mut tokens: Tokens<'_>) -> Option<Alike> {
    while tokens.take_part_of_head()? != Kind::Values {}
    let open = tokens.take();
    if open.kind != Kind::LeftParen {
        return None;
    }
    let mut text = tokens.source.get(first.start..open.end)?.to_owned();
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
    let end = tokens.take();
    Some(Alike { text, values, end: tokens.end(end)? })
}

impl Tokens<'_> {
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
}

#[cfg(test)]
mod tests {
    use helios_core::Value;

    use super::super::alike;

    fn row(source: &str) -> Option<(String, Vec<Value>, &str)> {
        alike(source).map(|row| (row.text, row.values, &source[row.end..]))
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
