//! Calls as they stand in SQL, with literals for arguments.
//!
//! In: a text such as `substr('abc',-2)`. Out: the name and the values, and what helios makes of them.

use helios_core::clock::{Entropy, Moment};
use helios_core::value::Collation;
use helios_core::{Error, Result, Value, ValueRef};
use helios_sql::func::{CallContext, scalar};

/// A function and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) arguments: Vec<Value>,
}

/// Bytes that are all the same.
#[derive(Debug)]
struct Constant;

impl Entropy for Constant {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0x5A);
    }
}

/// What the functions of a test see.
pub(crate) fn context() -> CallContext<'static> {
    CallContext {
        now: Moment(1_700_000_000_123_456),
        entropy: &Constant,
        collation: &Collation::Binary,
        changes: 1,
        total_changes: 2,
        last_insert_rowid: 3,
        is_conflict: false,
    }
}

impl Call {
    pub(crate) fn new(name: &str, arguments: Vec<Value>) -> Call {
        Call { name: name.to_owned(), arguments }
    }

    /// Reads a call: numbers, NULL, `'texts'` and `x'blobs'`, with commas between and no spaces.
    pub(crate) fn parse(text: &str) -> Result<Call> {
        let wrong = || Error::sql(format!("not a call: {text}"));
        let (name, rest) = text.split_once('(').ok_or_else(wrong)?;
        let mut rest = rest.strip_suffix(')').ok_or_else(wrong)?;
        let mut arguments = Vec::new();
        while !rest.is_empty() {
            let (value, after) = literal(rest).ok_or_else(wrong)?;
            arguments.push(value);
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        Ok(Call::new(name, arguments))
    }

    /// What helios answers.
    pub(crate) fn run(&self) -> Result<Value> {
        let context = context();
        let arguments: Vec<ValueRef<'_>> = self.arguments.iter().map(Value::as_ref).collect();
        match scalar(&self.name, arguments.len())? {
            None => Err(Error::sql(format!("no such function: {}", self.name))),
            Some(function) => (function.call)(&context, &arguments),
        }
    }
}

fn literal(text: &str) -> Option<(Value, &str)> {
    if let Some(quoted) = text.strip_prefix('\'') {
        let (content, rest) = quoted_text(quoted)?;
        return Some((Value::text(&content), rest));
    }
    if let Some(quoted) = text.strip_prefix("x'") {
        let (digits, rest) = quoted_text(quoted)?;
        let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
        return Some((Value::blob(&bytes?), rest));
    }
    let (word, rest) = text.split_at(text.find(',').unwrap_or(text.len()));
    if word == "NULL" {
        return Some((Value::Null, rest));
    }
    let number = match word.parse() {
        Ok(integer) => Value::Integer(integer),
        Err(_) => Value::Real(word.parse().ok()?),
    };
    Some((number, rest))
}

/// The content of a text up to its closing quote, and what follows.
fn quoted_text(text: &str) -> Option<(String, &str)> {
    let mut content = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('\'')?;
        content.push_str(part);
        match after.strip_prefix('\'') {
            None => return Some((content, after)),
            Some(more) => {
                content.push('\'');
                rest = more;
            }
        }
    }
}
