//! LIKE and GLOB.

use helios_core::{Error, Result, Value, ValueRef};

use super::{Context, evaluate};
use crate::chunk::{Chunk, Column, Data, Strings};
use crate::func::{GlobPattern, LikePattern, escape_character};
use crate::plan::{Expr, PatternKind};

enum Matcher {
    Like(LikePattern),
    Glob(GlobPattern),
}

impl Matcher {
    fn compile(kind: PatternKind, pattern: &[u8], escape: Option<char>) -> Result<Matcher> {
        Ok(match kind {
            PatternKind::Like => Matcher::Like(LikePattern::compile(pattern, escape)?),
            PatternKind::LikeByCase => Matcher::Like(LikePattern::compile_by_case(pattern, escape)?),
            PatternKind::Glob => Matcher::Glob(GlobPattern::compile(pattern)?),
            PatternKind::Match => return Err(no_match()),
        })
    }

    fn matches(&self, text: &[u8]) -> bool {
        match self {
            Matcher::Like(pattern) => pattern.matches(text),
            Matcher::Glob(pattern) => pattern.matches(text),
        }
    }

    fn matches_all(&self, texts: &Strings) -> Vec<bool> {
        let (bytes, ends) = texts.parts();
        match self {
            Matcher::Like(pattern) => pattern.matches_all(bytes, ends),
            Matcher::Glob(pattern) => pattern.matches_all(bytes, ends),
        }
    }
}

/// SQLite's error about a MATCH that no virtual table has taken.
fn no_match() -> Error {
    Error::sql("unable to use function MATCH in the requested context")
}

/// An [`Expr::Pattern`], row by row. A pattern that is the same for all rows is compiled once.
pub(super) fn matches(expr: &Expr, context: &mut Context, input: &Chunk) -> Result<Column> {
    let Expr::Pattern { kind, negated, operand, pattern, escape } = expr else {
        return Err(Error::new(helios_core::ErrorKind::Internal, "not a pattern"));
    };
    if *kind == PatternKind::Match {
        return Err(no_match());
    }
    let operand = evaluate(operand, context, input)?;
    let pattern = evaluate(pattern, context, input)?;
    let escape = escape.as_deref().map(|escape| evaluate(escape, context, input)).transpose()?;
    if let (Data::Text(texts), Data::Constant(Value::Text(pattern), _), None) =
        (operand.data(), pattern.data(), &escape)
    {
        let matching = Matcher::compile(*kind, pattern, None)?.matches_all(texts);
        let values = matching.into_iter().map(|matches| i64::from(matches != *negated)).collect();
        return Ok(Column::integers_or_null(values, operand.nulls().to_vec()));
    }
    let escape_of = |row: usize| escape.as_ref().map(|escape| escape_character(escape.get(row))).transpose();
    let mut out = Column::default();
    let mut compiled: Option<Matcher> = None;
    let constant = matches!(pattern.data(), Data::Constant(..))
        && escape.as_ref().is_none_or(|escape| matches!(escape.data(), Data::Constant(..)));
    for row in 0..input.rows() {
        // What ESCAPE says is looked at first, even where there is nothing to compare.
        let Some(escape) = escape_of(row)?.map_or(Some(None), |escape| escape.map(Some)) else {
            out.push(ValueRef::Null);
            continue;
        };
        let (Some(text), Some(pattern)) = (operand.get(row).text_bytes(), pattern.get(row).text_bytes())
        else {
            out.push(ValueRef::Null);
            continue;
        };
        let fresh;
        let matcher = match &compiled {
            Some(matcher) => matcher,
            None if constant => compiled.insert(Matcher::compile(*kind, &pattern, escape)?),
            None => {
                fresh = Matcher::compile(*kind, &pattern, escape)?;
                &fresh
            }
        };
        out.push(ValueRef::Integer(i64::from(matcher.matches(&text) != *negated)));
    }
    Ok(out)
}
