//! The function that ranks rows, with its arguments: `bm25(10.0, 5.0)`.

use helios_core::Value;

use super::words::{dequote, skip_bareword, skip_quoted, skip_space};

/// A function, and the arguments after the table.
#[derive(Clone, Debug, PartialEq)]
pub struct RankCall {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub arguments: Vec<Value>,
}

impl Default for RankCall {
    fn default() -> RankCall {
        RankCall { name: "bm25".to_owned(), arguments: Vec::new() }
    }
}

/// Reads a call. `None` if it is none.
pub fn parse_rank(text: &str) -> Option<RankCall> {
    let text = skip_space(text);
    let end = skip_bareword(text)?;
    let name = text[..end].to_owned();
    let mut rest = skip_space(skip_space(&text[end..]).strip_prefix('(')?);
    let mut arguments = Vec::new();
    if rest.starts_with(')') {
        return Some(RankCall { name, arguments });
    }
    loop {
        rest = skip_space(rest);
        let (value, after) = literal(rest)?;
        arguments.push(value);
        rest = skip_space(after);
        if rest.starts_with(')') {
            return Some(RankCall { name, arguments });
        }
        rest = rest.strip_prefix(',')?;
    }
}

fn literal(text: &str) -> Option<(Value, &str)> {
    let first = text.bytes().next()?;
    match first {
        b'n' | b'N' => {
            let is_null = text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("null"));
            is_null.then(|| (Value::Null, &text[4..]))
        }
        b'x' | b'X' => {
            let end = 1 + skip_quoted(text.get(1..)?)?;
            let digits = &text[2..end - 1];
            let byte = |place: usize| u8::from_str_radix(digits.get(place..place + 2)?, 16).ok();
            let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
            Some((Value::Blob(bytes?.into()), &text[end..]))
        }
        b'\'' => {
            let end = skip_quoted(text)?;
            Some((dequote(&text[..end]).as_str().into(), &text[end..]))
        }
        _ => number(text),
    }
}

fn number(text: &str) -> Option<(Value, &str)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = sign + digits(sign);
    let mut end = whole;
    if bytes.get(whole) == Some(&b'.') && bytes.get(whole + 1).is_some_and(u8::is_ascii_digit) {
        end = whole + 1 + digits(whole + 1);
    }
    let written = &text[..end];
    let value = match written.parse::<i64>() {
        Ok(value) => Value::Integer(value),
        Err(_) => Value::Real(written.parse().ok()?),
    };
    Some((value, &text[end..]))
}
