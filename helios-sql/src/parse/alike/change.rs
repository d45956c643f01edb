//! UPDATEs and DELETEs of rows that are told by literals: `UPDATE t SET a = 1 WHERE id = 2`.
//!
//! A literal counts where it is all that stands on the right of a `=` outside of parentheses: what a column is set to, or
//! what something has to equal. Elsewhere it stays in the text, for there it may be more than its value: the count of a
//! LIMIT, a pattern, a part of an expression that an index has.

use super::{Alike, Kind, Token, Tokens};

/// The statement that begins with `first`, which is UPDATE or DELETE, if it is of this form.
pub(super) fn change(first: Token, mut tokens: Tokens<'_>) -> Option<Alike> {
    let (mut text, mut values) = (String::new(), Vec::new());
    // What of the source has not gone into the text yet.
    let mut rest = first.start;
    let mut depth = 0_usize;
    loop {
        let token = tokens.take();
        match token.kind {
            Kind::Semicolon | Kind::End => {
                text.push_str(tokens.source.get(rest..token.start)?);
                let end = tokens.end(token)?;
                return (!values.is_empty()).then_some(Alike { text, values, end });
            }
            Kind::LeftParen => depth += 1,
            Kind::RightParen => depth = depth.checked_sub(1)?,
            Kind::Equal if depth == 0 => {
                if let Some((value, after)) = tokens.lone_literal() {
                    text.push_str(tokens.source.get(rest..token.end)?);
                    text.push_str(" ? ");
                    values.push(value);
                    (rest, tokens.at) = (after, after);
                }
            }
            kind if names_or_numbers(kind) => return None,
            _ => {}
        }
    }
}

/// Whether a statement with this word or sign has parameters of its own, gives columns that are named by its text, or parts
/// that are told by numbers.
fn names_or_numbers(kind: Kind) -> bool {
    use Kind::{Illegal, Limit, Order, Returning, Select, Values, Variable, With};
    matches!(kind, Variable | Select | Values | With | Returning | Order | Limit | Illegal)
}

impl Tokens<'_> {
    /// The literal that comes, and where it ends, if nothing is done with it but what was begun before.
    fn lone_literal(&self) -> Option<(helios_core::Value, usize)> {
        let mut ahead = Tokens { source: self.source, at: self.at };
        let value = ahead.take_literal()?;
        let end = ahead.at;
        let next = ahead.take().kind;
        let ends = matches!(next, Kind::Comma | Kind::Where | Kind::And | Kind::Semicolon | Kind::End);
        ends.then_some((value, end))
    }
}

#[cfg(test)]
mod tests {
    use helios_core::Value;

    use super::super::alike;

    fn change(source: &str) -> Option<(String, Vec<Value>, &str)> {
        alike(source).map(|found| (found.text, found.values, &source[found.end..]))
    }

    #[test]
    fn literals_are_taken_out() {
        let text = |text: &str| Value::Text(text.as_bytes().into());
        assert_eq!(
            change(" UPDATE t SET a=1, b = 'it''s', c = c + 1 WHERE id = -7 AND x > 3; SELECT 1"),
            Some((
                "UPDATE t SET a= ? , b = ? , c = c + 1 WHERE id = ?  AND x > 3".into(),
                vec![Value::Integer(1), text("it's"), Value::Integer(-7)],
                " SELECT 1"
            ))
        );
        assert_eq!(
            change("delete from main.\"a b\" where d==x'00' and (e = 5 or f = 6)"),
            Some((
                "delete from main.\"a b\" where d== ?  and (e = 5 or f = 6)".into(),
                vec![Value::Blob([0].into())],
                ""
            ))
        );
    }

    /// What is more than a value stays in the text.
    #[test]
    fn literals_elsewhere_stay() {
        let text = |source: &str| change(source).map(|(text, ..)| text);
        assert_eq!(
            text("UPDATE t SET a = 1 + 1, b = 2 WHERE c = 'x' COLLATE nocase AND d LIKE 'a%'").as_deref(),
            Some("UPDATE t SET a = 1 + 1, b = ?  WHERE c = 'x' COLLATE nocase AND d LIKE 'a%'")
        );
        assert_eq!(
            text("DELETE FROM t WHERE a BETWEEN 1 AND 5 AND b = 3").as_deref(),
            Some("DELETE FROM t WHERE a BETWEEN 1 AND 5 AND b = ? ")
        );
        for source in [
            "UPDATE t SET a = b",
            "DELETE FROM t",
            "DELETE FROM t WHERE a IN (1, 2)",
            "DELETE FROM t WHERE a = 1 OR b = ?",
            "UPDATE t SET a = 1 WHERE b = ?",
            "UPDATE t SET a = 1 RETURNING b = 2",
            "UPDATE t SET a = 1 WHERE b = (SELECT 1)",
            "UPDATE t SET a = 1 WHERE b = 2 ORDER BY 1 LIMIT 1",
            "UPDATE t SET a = 1 WHERE b = 2)",
            "UPDATE t SET a = 1 WHERE b = 'x",
            "WITH c AS (SELECT 1) UPDATE t SET a = 1",
            "EXPLAIN DELETE FROM t WHERE a = 1",
        ] {
            assert_eq!(change(source), None, "{source}");
        }
    }
}
