//! Functions that look for a text in another: `instr`, `like`, `glob`.
//!
//! In: any values, NULL gives NULL. Out: a position or a truth value. The operators LIKE and GLOB are these functions
//! with the pattern first; an executor that sees the same pattern for many rows compiles it once ([`LikePattern`]).

use super::pattern::{GlobPattern, LikePattern, escape_character};
use super::utf8::is_continuation;
use super::{CallContext, Scalar};
use helios_core::{Result, Value, ValueRef};

pub(super) const FUNCTIONS: &[Scalar] =
    &[Scalar::pure("instr", 2, 2, instr), Scalar::pure("like", 2, 3, like), Scalar::pure("glob", 2, 2, glob)];

/// The place of the second argument in the first, counted from 1 in characters, or in bytes where both are blobs.
fn instr(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(text), Some(part)) = (arguments[0].text_bytes(), arguments[1].text_bytes()) else {
        return Ok(Value::Null);
    };
    let blobs = matches!((arguments[0], arguments[1]), (ValueRef::Blob(_), ValueRef::Blob(_)));
    let found = if blobs || !part.first().is_some_and(|&first| is_continuation(first)) {
        memchr::memmem::find(&text, &part)
    } else {
        text.starts_with(&part).then_some(0)
    };
    let place = found.map_or(0, |at| {
        if blobs || at == 0 {
            at + 1
        } else {
            1 + text[1..=at].iter().filter(|&&byte| !is_continuation(byte)).count()
        }
    });
    Ok(Value::Integer(place as i64))
}

/// `like(pattern, text)` and `like(pattern, text, escape)`.
fn like(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    LikePattern::check_length(arguments[0])?;
    let escape = match arguments.get(2) {
        None => None,
        Some(&escape) => match escape_character(escape)? {
            None => return Ok(Value::Null),
            some => some,
        },
    };
    let (Some(pattern), Some(text)) = (arguments[0].text_bytes(), arguments[1].text_bytes()) else {
        return Ok(Value::Null);
    };
    Ok(Value::boolean(LikePattern::compile(&pattern, escape)?.matches(&text)))
}

/// `glob(pattern, text)`.
fn glob(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    LikePattern::check_length(arguments[0])?;
    let (Some(pattern), Some(text)) = (arguments[0].text_bytes(), arguments[1].text_bytes()) else {
        return Ok(Value::Null);
    };
    Ok(Value::boolean(GlobPattern::compile(&pattern)?.matches(&text)))
}
