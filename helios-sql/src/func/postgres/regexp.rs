//! Regular expressions: the operators `~` and `~*`, and functions.
//!
//! In: a text and a pattern. Out: whether it matches, what it matches. Patterns have the syntax of the crate
//! `regex-lite`: PostgreSQL's without references back and without looking around, so each runs in linear time.

use helios_core::{Error, Result, Value, ValueRef};
use regex_lite::{Regex, RegexBuilder};

use super::super::{CallContext, Scalar};
use super::cast::written;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("regexp_like", 2, 3, |_, arguments| matches(arguments, false)),
    Scalar::pure("regexp_like_any_case", 2, 2, |_, arguments| matches(arguments, true)),
    Scalar::pure("regexp_substr", 2, 2, regexp_substr),
    Scalar::pure("regexp_replace", 3, 4, regexp_replace),
];

fn compile(pattern: &str, any_case: bool) -> Result<Regex> {
    RegexBuilder::new(pattern)
        .case_insensitive(any_case)
        .build()
        .map_err(|error| Error::sql(format!("invalid regular expression: {error}")))
}

fn matches(arguments: &[ValueRef<'_>], any_case: bool) -> Result<Value> {
    let (Some(text), Some(pattern)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let flags = arguments.get(2).and_then(|flags| written(*flags)).unwrap_or_default();
    Ok(Value::boolean(compile(&pattern, any_case || flags.contains('i'))?.is_match(&text)))
}

/// What the pattern matches: its first group, if it has one.
fn regexp_substr(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(text), Some(pattern)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let found = compile(&pattern, false)?.captures(&text).and_then(|found| {
        let part = found.get(1).or_else(|| found.get(0))?;
        Some(Value::text(part.as_str()))
    });
    Ok(found.unwrap_or_default())
}

fn regexp_replace(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(text), Some(pattern), Some(replacement)) =
        (written(arguments[0]), written(arguments[1]), written(arguments[2]))
    else {
        return Ok(Value::Null);
    };
    let flags = arguments.get(3).and_then(|flags| written(*flags)).unwrap_or_default();
    let pattern = compile(&pattern, flags.contains('i'))?;
    let replacement = references(&replacement);
    let most = if flags.contains('g') { 0 } else { 1 };
    Ok(Value::text(&pattern.replacen(&text, most, replacement.as_str())))
}

/// `\1` and `\&` as the crate writes them.
fn references(replacement: &str) -> String {
    let mut out = String::with_capacity(replacement.len());
    let mut characters = replacement.chars();
    while let Some(character) = characters.next() {
        match character {
            '$' => out.push_str("$$"),
            '\\' => match characters.next() {
                Some('&') => out.push_str("${0}"),
                Some(digit) if digit.is_ascii_digit() => out.push_str(&format!("${{{digit}}}")),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}
