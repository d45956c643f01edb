//! JSON functions (<https://sqlite.org/json1.html>).
//!
//! In: texts that are JSON, paths, values. Out: values, or minified JSON. A text that is no JSON is the error
//! `malformed JSON`, NULL instead of JSON gives NULL. `json_arrow` and `json_arrow_text` are the operators `->` and
//! `->>`. How a function knows that an argument is JSON and no text is told in [`argument`].

mod argument;
mod extract;
mod node;
mod parse;
mod patch;
mod path;
mod pretty;
mod table;

use super::utf8::before_nul;
use super::{MAX_ARGUMENTS, MAX_LENGTH, Scalar, too_big};
use argument::{Answer, Argument};
use helios_core::{Error, Result, Value, ValueRef};
use node::Node;
use path::Mode;
pub(super) use table::{JsonEach, JsonTree};

/// The body of a function whose value may be JSON.
type Body = fn(&[ValueRef<'_>]) -> Result<Answer>;

/// Makes a function of a body, once with its plain value and once with JSON marked.
macro_rules! functions {
    ($(($name:literal, $least:expr, $most:expr, $body:expr)),* $(,)?) => {
        /// The functions with values that are JSON.
        const PLAIN: &[Scalar] = &[$(Scalar::pure($name, $least, $most, |_, arguments| plain($body, arguments))),*];
        /// The same functions, as arguments of others.
        const MARKED: &[Scalar] = &[$(Scalar::pure($name, $least, $most, |_, arguments| marked($body, arguments))),*];
    };
}

functions![
    ("json", 1, 1, remove),
    ("json_array", 0, MAX_ARGUMENTS, array),
    ("json_object", 0, MAX_ARGUMENTS, object),
    ("json_quote", 1, 1, quote),
    ("json_extract", 0, MAX_ARGUMENTS, extract),
    ("json_insert", 0, MAX_ARGUMENTS, |arguments| put(arguments, Mode::Insert)),
    ("json_replace", 0, MAX_ARGUMENTS, |arguments| put(arguments, Mode::Replace)),
    ("json_set", 0, MAX_ARGUMENTS, |arguments| put(arguments, Mode::Set)),
    ("json_remove", 0, MAX_ARGUMENTS, remove),
    ("json_patch", 2, 2, patch),
    ("json_arrow", 2, 2, arrow),
    ("->", 2, 2, arrow),
];

/// All functions of JSON.
pub(super) const FAMILIES: [&[Scalar]; 2] = [PLAIN, NOT_JSON];

/// The functions whose values are never JSON.
const NOT_JSON: &[Scalar] = &[
    Scalar::pure("json_array_length", 1, 2, |_, arguments| array_length(arguments)),
    Scalar::pure("json_type", 1, 2, |_, arguments| node_type(arguments)),
    Scalar::pure("json_valid", 1, 2, |_, arguments| valid(arguments)),
    Scalar::pure("json_pretty", 1, 2, |_, arguments| pretty(arguments)),
    Scalar::pure("json_error_position", 1, 1, |_, arguments| error_position(arguments)),
    Scalar::pure("json_arrow_text", 2, 2, |_, arguments| arrow_text(arguments)),
    Scalar::pure("->>", 2, 2, |_, arguments| arrow_text(arguments)),
];

/// The functions whose arguments may be JSON.
const TAKERS: [&str; 8] = [
    "json_array",
    "json_object",
    "json_quote",
    "json_insert",
    "json_replace",
    "json_set",
    "json_group_array",
    "json_group_object",
];

/// Whether the arguments of this function may be JSON.
pub fn takes_json(function: &str) -> bool {
    TAKERS.iter().any(|taker| taker.eq_ignore_ascii_case(function))
}

/// A text that is JSON, for the JSON function that takes it.
pub fn mark_json(text: Vec<u8>) -> Value {
    Answer::json(text).marked()
}

/// For a call of `inner` that is itself an argument of `outer`: the function that tells `outer` its value is JSON.
/// `None` where that makes no difference; the call is then resolved with [`super::scalar`] as any other.
pub fn json_argument(outer: &str, inner: &str, arguments: usize) -> Option<&'static Scalar> {
    if !takes_json(outer) {
        return None;
    }
    let fits = |function: &&Scalar| {
        function.name.eq_ignore_ascii_case(inner) && (function.least..=function.most).contains(&arguments)
    };
    MARKED.iter().find(fits)
}

/// Appends a value as JSON, as `json_group_array` and `json_group_object` do. Error: `JSON cannot hold BLOB values`.
pub fn write_json_value(value: ValueRef<'_>, out: &mut Vec<u8>) -> Result<()> {
    Argument::new(value).write(out)
}

fn plain(body: Body, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(checked(body, arguments)?.value)
}

fn marked(body: Body, arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(checked(body, arguments)?.marked())
}

fn checked(body: Body, arguments: &[ValueRef<'_>]) -> Result<Answer> {
    let answer = body(arguments)?;
    match &answer.value {
        Value::Text(text) if text.len() > MAX_LENGTH => Err(too_big()),
        _ => Ok(answer),
    }
}

/// The text of an argument up to its first NUL. Arguments that came as numbers have no bytes to borrow, so the texts of
/// a call are made first.
struct Texts<'a>(Vec<Option<std::borrow::Cow<'a, [u8]>>>);

impl<'a> Texts<'a> {
    fn of(arguments: &[ValueRef<'a>]) -> Texts<'a> {
        Texts(arguments.iter().map(|argument| argument.text_bytes()).collect())
    }

    fn get(&self, at: usize) -> Option<&[u8]> {
        self.0.get(at)?.as_deref().map(before_nul)
    }

    /// The argument as JSON, if it is there and not NULL.
    fn json(&self, at: usize) -> Result<Option<Node<'_>>> {
        self.get(at).map(parse::parse).transpose()
    }
}

fn quote(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    let mut out = Vec::new();
    Argument::new(arguments[0]).write(&mut out)?;
    Ok(Answer::json(out))
}

fn array(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    let mut out = vec![b'['];
    for (at, &argument) in arguments.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        Argument::new(argument).write(&mut out)?;
    }
    out.push(b']');
    Ok(Answer::json(out))
}

fn object(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    if !arguments.len().is_multiple_of(2) {
        return Err(Error::sql("json_object() requires an even number of arguments"));
    }
    let mut out = vec![b'{'];
    for pair in arguments.chunks_exact(2) {
        let ValueRef::Text(label) = pair[0] else {
            return Err(Error::sql("json_object() labels must be TEXT"));
        };
        if out.len() > 1 {
            out.push(b',');
        }
        node::write_string(label, &mut out);
        out.push(b':');
        Argument::new(pair[1]).write(&mut out)?;
    }
    out.push(b'}');
    Ok(Answer::json(out))
}

/// `json_extract(json, path, …)`: the value at the path; with more paths an array of what is there.
fn extract(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    if arguments.len() < 2 {
        return Ok(Answer::NULL);
    }
    let texts = Texts::of(arguments);
    let Some(root) = texts.json(0)? else {
        return Ok(Answer::NULL);
    };
    let find = |at: usize| texts.get(at).map_or(Ok(None), |path| path::find(&root, path));
    if arguments.len() == 2 {
        return find(1)?.map_or(Ok(Answer::NULL), extract::value);
    }
    let mut out = vec![b'['];
    for at in 1..arguments.len() {
        if at > 1 {
            out.push(b',');
        }
        find(at)?.unwrap_or(&Node::Null).write(&mut out)?;
    }
    out.push(b']');
    Ok(Answer::json(out))
}

/// What `->` and `->>` find; their path may also be a key or a number.
fn arrow_find(arguments: &[ValueRef<'_>], show: fn(&Node<'_>) -> Result<Answer>) -> Result<Answer> {
    let texts = Texts::of(arguments);
    let (Some(root), Some(path)) = (texts.json(0)?, texts.get(1)) else {
        return Ok(Answer::NULL);
    };
    let path = match path.first() {
        Some(b'$') => path.to_vec(),
        Some(b'0'..=b'9') => [b"$[", path, b"]"].concat(),
        Some(b'[') => [b"$", path].concat(),
        _ => [b"$.", path].concat(),
    };
    path::find(&root, &path)?.map_or(Ok(Answer::NULL), show)
}

fn arrow(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    arrow_find(arguments, extract::json)
}

fn arrow_text(arguments: &[ValueRef<'_>]) -> Result<Value> {
    Ok(arrow_find(arguments, extract::value)?.value)
}

/// `json_set`, `json_insert`, `json_replace`: the JSON with values at paths.
fn put(arguments: &[ValueRef<'_>], mode: Mode) -> Result<Answer> {
    if arguments.is_empty() {
        return Ok(Answer::NULL);
    }
    if arguments.len().is_multiple_of(2) {
        let name = match mode {
            Mode::Insert => "insert",
            Mode::Replace => "replace",
            Mode::Set => "set",
        };
        return Err(Error::sql(format!("json_{name}() needs an odd number of arguments")));
    }
    let texts = Texts::of(arguments);
    let Some(mut root) = texts.json(0)? else {
        return Ok(Answer::NULL);
    };
    for at in (1..arguments.len()).step_by(2) {
        if let Some(path) = texts.get(at) {
            path::put(&mut root, path, Argument::new(arguments[at + 1]), mode)?;
        }
    }
    match root {
        Node::Inserted(argument) => Ok(argument.answer()),
        root => extract::json(&root),
    }
}

/// `json_remove(json, path, …)`; without paths it is `json(json)`.
fn remove(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    let texts = Texts::of(arguments);
    let Some(mut root) = texts.json(0)? else {
        return Ok(Answer::NULL);
    };
    let mut keeps_root = true;
    for at in 1..arguments.len() {
        let Some(path) = texts.get(at) else {
            return Ok(Answer::NULL);
        };
        keeps_root &= path::remove(&mut root, path)?;
    }
    if keeps_root { extract::json(&root) } else { Ok(Answer::NULL) }
}

fn patch(arguments: &[ValueRef<'_>]) -> Result<Answer> {
    let texts = Texts::of(arguments);
    let Some(target) = texts.json(0)? else {
        return Ok(Answer::NULL);
    };
    let Some(patch) = texts.json(1)? else {
        return Ok(Answer::NULL);
    };
    extract::json(&patch::merge(target, patch))
}

/// What `show` makes of the node that the second argument names, or of the whole.
fn with_node(arguments: &[ValueRef<'_>], show: fn(&Node<'_>) -> Value) -> Result<Value> {
    let texts = Texts::of(arguments);
    let Some(root) = texts.json(0)? else {
        return Ok(Value::Null);
    };
    if arguments.len() == 1 {
        return Ok(show(&root));
    }
    let found = texts.get(1).map_or(Ok(None), |path| path::find(&root, path))?;
    Ok(found.map_or(Value::Null, show))
}

fn array_length(arguments: &[ValueRef<'_>]) -> Result<Value> {
    with_node(arguments, |node| match node {
        Node::Array(elements) => Value::Integer(elements.len() as i64),
        _ => Value::Integer(0),
    })
}

fn pretty(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let texts = Texts::of(arguments);
    let Some(root) = texts.json(0)? else {
        return Ok(Value::Null);
    };
    let mut out = Vec::new();
    pretty::write(&root, texts.get(1).unwrap_or(b"    "), 0, &mut out)?;
    Ok(Value::Text(out.into()))
}

/// The character, from 1 on, at which a text ceases to be JSON; 0 if it is.
fn error_position(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let texts = Texts::of(arguments);
    Ok(texts.get(0).map_or(Value::Null, |text| {
        let position = parse::error_position(text);
        Value::Integer(position.map_or(0, |at| 1 + super::utf8::character_count(&text[..at]) as i64))
    }))
}

fn node_type(arguments: &[ValueRef<'_>]) -> Result<Value> {
    with_node(arguments, |node| Value::text(node.type_name()))
}

/// `json_valid(x, flags)`: of the flags 1 and 2 ask for a text, 4 and 8 for the binary form, which nothing has.
fn valid(arguments: &[ValueRef<'_>]) -> Result<Value> {
    let texts = Texts::of(arguments);
    if let Some(flags) = arguments.get(1) {
        let flags = flags.to_integer();
        if !(1..=15).contains(&flags) {
            return Err(Error::sql("FLAGS parameter to json_valid() must be between 1 and 15"));
        }
        if arguments[0].is_null() {
            return Ok(Value::Null);
        }
        if flags & 3 == 0 {
            return Ok(Value::boolean(false));
        }
    }
    Ok(Value::boolean(matches!(texts.json(0), Ok(Some(_)))))
}
