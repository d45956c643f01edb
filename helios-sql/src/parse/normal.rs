//! A statement's text without what differs from one execution to the next.

use super::Dialect;
use super::lexer::token_at;
use super::token::Kind;

/// `source` with `?` in the place of each literal, and without comments and needless white space.
pub fn normal(source: &str, dialect: Dialect) -> String {
    let bytes = source.as_bytes();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    loop {
        let token = token_at(bytes, at, dialect);
        if token.kind == Kind::End || token.end <= at {
            return out;
        }
        let Some(text) = source.get(token.start..token.end) else { return out };
        if token.start > at && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(if is_literal(token.kind) { "?" } else { text });
        at = token.end;
    }
}

fn is_literal(kind: Kind) -> bool {
    matches!(kind, Kind::String | Kind::Blob | Kind::Integer | Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_comments_make_no_difference() {
        let normal = |source| normal(source, Dialect::Sqlite);
        let text = "select a+?, \"b\" from t where c = ? and d in (?, :e)";
        assert_eq!(normal("select a+1, \"b\" from t where c = 'x' and d in (x'00', :e)"), text);
        assert_eq!(normal(" select a+2.5e1,  \"b\"\nfrom t -- why\n where c = '' and d in (7,/**/:e)"), text);
        assert_eq!(normal("-- nothing"), "");
        assert_eq!(normal("pragma key='secret';"), "pragma key=?;");
    }
}
