//! The tokens of the query language.

use helios_core::{Error, Result};

use crate::config::is_bareword;

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// One of `( ) { } : , + * - ^`.
    Sign(u8),
    /// A word or a quoted text, as it is written.
    String(&'a [u8]),
    And,
    Or,
    Not,
    End,
}

impl Token<'_> {
    /// What it looks like in messages.
    pub(super) fn text(&self) -> String {
        match self {
            Token::Sign(sign) => char::from(*sign).to_string(),
            Token::String(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Token::And => "AND".to_owned(),
            Token::Or => "OR".to_owned(),
            Token::Not => "NOT".to_owned(),
            Token::End => String::new(),
        }
    }
}

/// Takes the next token off the front of a text, which ends with its first NUL.
pub(super) fn next_token<'a>(text: &mut &'a [u8]) -> Result<Token<'a>> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    *text = &text[blanks..];
    let Some(&first) = text.first().filter(|first| **first != 0) else { return Ok(Token::End) };
    let (token, length) = match first {
        b'(' | b')' | b'{' | b'}' | b':' | b',' | b'+' | b'*' | b'-' | b'^' => (Token::Sign(first), 1),
        b'"' => {
            let length = quoted_length(text).ok_or_else(|| Error::sql("unterminated string"))?;
            (Token::String(&text[..length]), length)
        }
        _ if is_bareword(first) => {
            let length = text.iter().take_while(|byte| is_bareword(**byte)).count();
            let token = match &text[..length] {
                b"AND" => Token::And,
                b"OR" => Token::Or,
                b"NOT" => Token::Not,
                word => Token::String(word),
            };
            (token, length)
        }
        _ => {
            let near = String::from_utf8_lossy(&text[..1]).into_owned();
            return Err(Error::sql(format!("fts5: syntax error near \"{near}\"")));
        }
    };
    *text = &text[length..];
    Ok(token)
}

fn quoted_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at) {
            None | Some(0) => return None,
            Some(b'"') if text.get(at + 1) == Some(&b'"') => at += 2,
            Some(b'"') => return Some(at + 1),
            Some(_) => at += 1,
        }
    }
}

/// What a word or a quoted text says.
pub(super) fn said(written: &[u8]) -> Vec<u8> {
    let Some(inner) = written.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")) else {
        return written.to_vec();
    };
    let mut said = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        said.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    said
}
