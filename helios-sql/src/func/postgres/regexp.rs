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
    Scalar::pure("substring", 2, 3, |context, arguments| match arguments {
        [_, ValueRef::Text(_)] => regexp_substr(context, arguments),
        _ => Ok(piece(arguments)),
    }),
    Scalar::pure("similar_to", 2, 2, |_, arguments| {
        let (Some(text), Some(pattern)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        Ok(Value::boolean(compile(&whole_pattern(&pattern), false)?.is_match(&text)))
    }),
    Scalar::pure("regexp_replace", 3, 4, regexp_replace),
    Scalar::pure("regexp_match", 2, 3, |_, arguments| {
        Ok(found_groups(arguments)?.into_iter().next().unwrap_or_default())
    }),
    Scalar::pure("regexp_count", 2, 2, |_, arguments| {
        let (Some(text), Some(pattern)) = (written(arguments[0]), written(arguments[1])) else {
            return Ok(Value::Null);
        };
        Ok(Value::Integer(compile(&pattern, false)?.find_iter(&text).count() as i64))
    }),
    Scalar::pure("regexp_split_to_array", 2, 2, |_, arguments| {
        if arguments.iter().any(|argument| argument.is_null()) {
            return Ok(Value::Null);
        }
        let parts: Vec<Value> = split(arguments)?.iter().map(|part| Value::text(part)).collect();
        Ok(Value::text(&super::array::write(parts.iter().map(Value::as_ref))))
    }),
];

/// The characters or bytes from a place on, which counts from 1; what would lie before the first is not there.
fn piece(arguments: &[ValueRef<'_>]) -> Value {
    if arguments.iter().any(|argument| argument.is_null()) {
        return Value::Null;
    }
    let start = arguments[1].to_integer();
    let end = arguments.get(2).map_or(i64::MAX, |count| start.saturating_add(count.to_integer()));
    let first = usize::try_from(start.max(1) - 1).unwrap_or(0);
    let count = usize::try_from(end.saturating_sub(start.max(1))).unwrap_or(0);
    match arguments[0] {
        ValueRef::Blob(bytes) => {
            Value::blob(&bytes.iter().copied().skip(first).take(count).collect::<Vec<u8>>())
        }
        text => {
            let text = written(text).unwrap_or_default();
            Value::text(&text.chars().skip(first).take(count).collect::<String>())
        }
    }
}

/// A pattern of SIMILAR TO as a regular expression of the whole.
fn whole_pattern(pattern: &str) -> String {
    let mut out = String::from("^(?:");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '.' | '^' | '$' => out.extend(['\\', character]),
            '\\' => out.extend(['\\', characters.next().unwrap_or('\\')]),
            other => out.push(other),
        }
    }
    out + ")$"
}

/// The pieces between what a pattern matches.
pub(super) fn split(arguments: &[ValueRef<'_>]) -> Result<Vec<String>> {
    let [text, pattern, ..] = arguments else { return Ok(Vec::new()) };
    let (Some(text), Some(pattern)) = (written(*text), written(*pattern)) else { return Ok(Vec::new()) };
    Ok(compile(&pattern, false)?.split(&text).map(str::to_owned).collect())
}

/// What a pattern matches, each time with its groups as an array: once, or with the flag `g` as often as it does.
pub(super) fn found_groups(arguments: &[ValueRef<'_>]) -> Result<Vec<Value>> {
    let [text, pattern, flags @ ..] = arguments else { return Ok(Vec::new()) };
    let (Some(text), Some(pattern)) = (written(*text), written(*pattern)) else { return Ok(Vec::new()) };
    let flags = flags.first().and_then(|flags| written(*flags)).unwrap_or_default();
    let pattern = compile(&pattern, flags.contains('i'))?;
    let groups = |found: regex_lite::Captures<'_>| {
        let first = usize::from(found.len() > 1);
        let part = |group: usize| found.get(group).map_or(Value::Null, |part| Value::text(part.as_str()));
        let parts: Vec<Value> = (first..found.len()).map(part).collect();
        Value::text(&super::array::write(parts.iter().map(Value::as_ref)))
    };
    let most = if flags.contains('g') { usize::MAX } else { 1 };
    Ok(pattern.captures_iter(&text).take(most).map(groups).collect())
}

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
