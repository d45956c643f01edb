//! JSON functions (<https://sqlite.org/json1.html>).
//!
//! In: JSON as text (JSON5 is understood) or as JSONB, paths, values. Out: values, or minified JSON, or JSONB. Whatever
//! comes in is made JSONB first ([`parse`]), and looked through and changed as that. A text that is no JSON is the error
//! `malformed JSON`, NULL instead of JSON gives NULL. How a function knows that an argument is JSON and no text is told
//! in [`argument`].

mod argument;
mod binary;
mod edit;
mod escape;
mod extract;
mod inspect;
mod parse;
mod patch;
mod path;
mod scan;
mod table;
mod valid;
mod write;

use std::borrow::Cow;

use argument::{Answer, Form};
use binary::element;
use edit::{Edit, Mode};
use helios_core::{Error, Result, Value, ValueRef};
pub(super) use table::JsonRows;

use super::utf8::before_nul;
use super::{MAX_ARGUMENTS, MAX_LENGTH, Scalar, too_big};

/// Whether a text is JSON as its standard has it.
pub(super) fn is_strict(text: &[u8]) -> bool {
    parse::parse(text).is_ok_and(|parsed| parsed.is_standard)
}

/// A value without the mark of JSON.
pub(super) fn plain(value: ValueRef<'_>) -> ValueRef<'_> {
    argument::unmarked(value).0
}

/// The body of a function whose value may be JSON.
type Body = fn(&[ValueRef<'_>], Form) -> Result<Answer>;

/// Makes functions of bodies: with their plain value, with JSON marked, and with JSONB where that has a name.
macro_rules! functions {
    ($(($name:literal $(, $binary:literal)?; $least:expr, $most:expr, $body:expr)),* $(,)?) => {
        /// The functions with values that are JSON.
        const PLAIN: &[Scalar] =
            &[$(Scalar::pure($name, $least, $most, |_, arguments| Ok(checked($body, arguments, Form::Text)?.value))),*];
        /// The same functions, as arguments of others.
        const MARKED: &[Scalar] =
            &[$(Scalar::pure($name, $least, $most, |_, arguments| Ok(checked($body, arguments, Form::Text)?.marked()))),*];
        /// The same functions, with JSONB.
        const BINARY: &[Scalar] = &[$($(
            Scalar::pure($binary, $least, $most, |_, arguments| Ok(checked($body, arguments, Form::Binary)?.value)),
        )?)*];
    };
}

functions![
    ("json", "jsonb"; 1, 1, remove),
    ("json_array", "jsonb_array"; 0, MAX_ARGUMENTS, array),
    ("json_object", "jsonb_object"; 0, MAX_ARGUMENTS, object),
    ("json_quote"; 1, 1, quote),
    ("json_extract", "jsonb_extract"; 0, MAX_ARGUMENTS, extract),
    ("json_insert", "jsonb_insert"; 0, MAX_ARGUMENTS, |arguments, form| put(arguments, form, Mode::Insert)),
    ("json_replace", "jsonb_replace"; 0, MAX_ARGUMENTS, |arguments, form| put(arguments, form, Mode::Replace)),
    ("json_set", "jsonb_set"; 0, MAX_ARGUMENTS, |arguments, form| put(arguments, form, Mode::Set)),
    ("json_array_insert", "jsonb_array_insert"; 0, MAX_ARGUMENTS,
        |arguments, form| put(arguments, form, Mode::InsertElement)),
    ("json_remove", "jsonb_remove"; 0, MAX_ARGUMENTS, remove),
    ("json_patch", "jsonb_patch"; 2, 2, patch),
    ("->"; 2, 2, arrow),
];

/// All functions of JSON.
pub(super) const FAMILIES: [&[Scalar]; 3] = [PLAIN, BINARY, inspect::FUNCTIONS];

/// The functions whose arguments may be JSON.
const TAKERS: [&str; 17] = [
    "json_array",
    "jsonb_array",
    "json_object",
    "jsonb_object",
    "json_quote",
    "json_insert",
    "jsonb_insert",
    "json_replace",
    "jsonb_replace",
    "json_set",
    "jsonb_set",
    "json_array_insert",
    "jsonb_array_insert",
    "json_group_array",
    "jsonb_group_array",
    "json_group_object",
    "jsonb_group_object",
];

/// Takes the mark off JSON that was told from text for a function that does not ask.
pub static UNMARKED: Scalar =
    Scalar::pure("json_unmarked", 1, 1, |_, arguments| Ok(argument::unmarked(arguments[0]).0.to_value()));

/// Whether the arguments of this function may be JSON.
pub fn takes_json(function: &str) -> bool {
    TAKERS.iter().any(|taker| taker.eq_ignore_ascii_case(function))
}

/// A text that is JSON, for the JSON function that takes it.
pub fn mark_json(text: Vec<u8>) -> Value {
    Answer::json(text).marked()
}

/// The JSONB of a text that is JSON. Error: `malformed JSON`.
pub fn json_binary(text: &[u8]) -> Result<Value> {
    argument::parsed(text)
}

/// For a call of `inner` that is itself an argument of `outer`: the function that tells `outer` its value is JSON.
/// `None` where that makes no difference; the call is then resolved with [`super::scalar`] as any other.
pub fn json_argument(outer: &str, inner: &str, arguments: usize) -> Option<&'static Scalar> {
    if !takes_json(outer) {
        return None;
    }
    marked_function(inner, arguments)
}

/// The function of this name whose value is marked where it is JSON.
pub fn marked_function(name: &str, arguments: usize) -> Option<&'static Scalar> {
    let fits = |function: &&Scalar| {
        function.name.eq_ignore_ascii_case(name) && (function.least..=function.most).contains(&arguments)
    };
    MARKED.iter().find(fits)
}

/// Appends a value as JSON, as `json_group_array` and `json_group_object` do. Error: `JSON cannot hold BLOB values`.
pub fn write_json_value(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    argument::write(value, out)
}

fn checked(body: Body, arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    let answer = body(arguments, form)?;
    match &answer.value {
        Value::Text(bytes) | Value::Blob(bytes) if bytes.len() > MAX_LENGTH => Err(too_big()),
        _ => Ok(answer),
    }
}

/// SQLite's answer to what is no JSON.
fn malformed() -> Error {
    Error::sql("malformed JSON")
}

/// A path, up to its first NUL; `None` for NULL.
fn path_text(value: ValueRef<'_>) -> Option<Vec<u8>> {
    value.text_bytes().map(|path| before_nul(&path).to_vec())
}

/// A text that has been made, in the form that is asked for.
fn made(text: Vec<u8>, form: Form) -> Result<Answer> {
    match form {
        Form::Text => Ok(Answer::json(text)),
        Form::Binary => argument::parsed(&text).map(Answer::plain),
    }
}

fn quote(arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    let mut out = Vec::new();
    argument::write(arguments[0], &mut out)?;
    made(out, form)
}

fn array(arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    let mut out = vec![b'['];
    for (at, &argument) in arguments.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        argument::write(argument, &mut out)?;
    }
    out.push(b']');
    made(out, form)
}

fn object(arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    if !arguments.len().is_multiple_of(2) {
        return Err(Error::sql("json_object() requires an even number of arguments"));
    }
    let mut out = vec![b'{'];
    let mut written = Ok(());
    for pair in arguments.chunks_exact(2) {
        let (ValueRef::Text(label), _) = argument::unmarked(pair[0]) else {
            return Err(Error::sql("json_object() labels must be TEXT"));
        };
        if out.len() > 1 {
            out.push(b',');
        }
        write::write_string(label, &mut out);
        out.push(b':');
        // SQLite looks at all labels before it tells of a value.
        written = written.and(argument::write(pair[1], &mut out));
    }
    written?;
    out.push(b'}');
    made(out, form)
}

/// `json_extract(json, path, …)`: the value at the path; with more paths an array of what is there.
fn extract(arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    let [json, paths @ ..] = arguments else { return Ok(Answer::NULL) };
    if paths.is_empty() {
        return Ok(Answer::NULL);
    }
    let Some(whole) = argument::json(*json)? else { return Ok(Answer::NULL) };
    let find = |path: &[u8]| {
        let steps = path::steps(path).map_err(|_| path::Failure::Path.error(path))?;
        found(&whole, steps, path)
    };
    if let [path] = paths {
        let Some(path) = path_text(*path) else { return Ok(Answer::NULL) };
        return find(&path)?.map_or(Ok(Answer::NULL), |part| extract::value(&whole, part, form));
    }
    let mut out = vec![b'['];
    let mut written = Ok(());
    for (number, &path) in paths.iter().enumerate() {
        let Some(path) = path_text(path) else { return Ok(Answer::NULL) };
        if number > 0 {
            out.push(b',');
        }
        match find(&path)? {
            // SQLite looks at all paths before it tells of the JSON.
            Some(part) => written = written.and(write::write(&whole, part.at, &mut out)),
            None => out.extend_from_slice(b"null"),
        }
    }
    written?;
    out.push(b']');
    made(out, form)
}

/// The element to which the steps of a path lead.
fn found(whole: &[u8], steps: &[u8], path: &[u8]) -> Result<Option<binary::Element>> {
    match path::find(whole, steps).map_err(|failure| failure.error(path))? {
        Some(found) => element(whole, found.value).map(Some).ok_or_else(malformed),
        None => Ok(None),
    }
}

/// What `->` and `->>` find; their path may also be a label or a number.
fn arrow_find<'a>(arguments: &[ValueRef<'a>]) -> Result<Option<(Cow<'a, [u8]>, binary::Element)>> {
    let Some(whole) = argument::json(arguments[0])? else { return Ok(None) };
    let Some(path) = path_text(arguments[1]) else { return Ok(None) };
    let is_name = || path.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let steps: Cow<'_, [u8]> = if let Some(steps) = path.strip_prefix(b"$") {
        steps.into()
    } else if matches!(arguments[1], ValueRef::Integer(_)) {
        [if path.starts_with(b"-") { &b"[#"[..] } else { b"[" }, &path, b"]"].concat().into()
    } else if is_name() {
        [b".", &path[..]].concat().into()
    } else if path.starts_with(b"[") && path.len() >= 3 && path.ends_with(b"]") {
        path[..].into()
    } else {
        [b".\"", &path[..], b"\""].concat().into()
    };
    let part = found(&whole, &steps, &path)?;
    Ok(part.map(|part| (whole, part)))
}

fn arrow(arguments: &[ValueRef<'_>], _: Form) -> Result<Answer> {
    let Some((whole, part)) = arrow_find(arguments)? else { return Ok(Answer::NULL) };
    let mut out = Vec::new();
    write::write(&whole, part.at, &mut out)?;
    Ok(Answer::json(out))
}

/// `json_set`, `json_insert`, `json_replace`, `json_array_insert`: the JSON with values at paths.
fn put(arguments: &[ValueRef<'_>], form: Form, mode: Mode) -> Result<Answer> {
    let Some((json, pairs)) = arguments.split_first() else { return Ok(Answer::NULL) };
    if !pairs.len().is_multiple_of(2) {
        let name = match mode {
            Mode::Insert => "insert",
            Mode::Replace => "replace",
            Mode::InsertElement => "array_insert",
            Mode::Set | Mode::Remove => "set",
        };
        return Err(Error::sql(format!("json_{name}() needs an odd number of arguments")));
    }
    let Some(whole) = argument::json(*json)? else { return Ok(Answer::NULL) };
    let mut whole = whole.into_owned();
    for pair in pairs.chunks_exact(2) {
        let Some(path) = path_text(pair[0]) else { continue };
        let steps = path::steps(&path).map_err(|failure| failure.error(&path))?;
        let value = argument::binary(pair[1])?;
        let edit = Edit { mode, value: &value };
        // The root is no element.
        if !(steps.is_empty() && mode == Mode::InsertElement) {
            edit.apply(&mut whole, steps).map_err(|failure| failure.error(&path))?;
        }
    }
    extract::json(&whole, form)
}

/// `json_remove(json, path, …)`; without paths it is `json(json)`.
fn remove(arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    let Some((json, paths)) = arguments.split_first() else { return Ok(Answer::NULL) };
    let Some(mut whole) = argument::json(*json)? else { return Ok(Answer::NULL) };
    for &path in paths {
        let Some(path) = path_text(path) else { return Ok(Answer::NULL) };
        let steps = path::steps(&path).map_err(|failure| failure.error(&path))?;
        if steps.is_empty() {
            return Ok(Answer::NULL);
        }
        let edit = Edit { mode: Mode::Remove, value: b"" };
        edit.apply(whole.to_mut(), steps).map_err(|failure| failure.error(&path))?;
    }
    extract::json(&whole, form)
}

fn patch(arguments: &[ValueRef<'_>], form: Form) -> Result<Answer> {
    let Some(target) = argument::json(arguments[0])? else { return Ok(Answer::NULL) };
    let Some(patch) = argument::json(arguments[1])? else { return Ok(Answer::NULL) };
    let mut target = target.into_owned();
    patch::merge(&mut target, &patch)?;
    extract::json(&target, form)
}
