//! The tokens that PostgreSQL reads otherwise than SQLite
//! (<https://www.postgresql.org/docs/15/sql-syntax-lexical.html>).
//!
//! In: the source from the beginning of a token on. Out: its kind and its length, or nothing where both read the same.

use super::lexer::is_word_byte;
use super::token::Kind;

/// The token that `rest` begins with, if it is one of PostgreSQL's own.
pub(super) fn postgres_token(rest: &[u8]) -> Option<(Kind, usize)> {
    let byte = |at: usize| rest.get(at).copied().unwrap_or(0);
    Some(match (byte(0), byte(1)) {
        (b'e' | b'E', b'\'') => escaped_text(rest),
        (b'u' | b'U', b'&') if byte(2) == b'\'' => text_of_codes(rest),
        (b'$', b'0'..=b'9') => {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            (Kind::Variable, 1 + digits)
        }
        (b'$', _) => dollar_text(rest),
        (b':', b':') => (Kind::DoubleColon, 2),
        (b':', _) => (Kind::Colon, 1),
        (b'[', _) => (Kind::LeftBracket, 1),
        (b']', _) => (Kind::RightBracket, 1),
        (b'@', b'>') => (Kind::Contains, 2),
        (b'@', b'?') => (Kind::PathExists, 2),
        (b'@', b'@') => (Kind::PathMatches, 2),
        (b'<', b'@') => (Kind::ContainedBy, 2),
        (b'&', b'&') => (Kind::Overlaps, 2),
        (b'?', b'|') if byte(2) != b'|' => (Kind::HasAnyKey, 2),
        (b'?', b'&') if byte(2) != b'&' => (Kind::HasAllKeys, 2),
        (b'?', _) => (Kind::HasKey, 1),
        (b'#', b'-') => (Kind::PathDelete, 2),
        (b'#', b'>') if byte(2) == b'>' => (Kind::PathText, 3),
        (b'#', b'>') => (Kind::PathJson, 2),
        (b'#', _) => (Kind::Sharp, 1),
        (b'^', _) => (Kind::Caret, 1),
        (b'`' | b'@', _) => (Kind::Illegal, 1),
        (b'~', b'*') => (Kind::MatchesAnyCase, 2),
        (b'~', _) => (Kind::Tilde, 1),
        (b'!', b'~') if byte(2) == b'*' => (Kind::MatchesNotAnyCase, 3),
        (b'!', b'~') => (Kind::MatchesNot, 2),
        _ => return None,
    })
}

/// `E'…'`, in which a backslash escapes what follows.
fn escaped_text(rest: &[u8]) -> (Kind, usize) {
    let mut at = 2;
    loop {
        match (rest.get(at), rest.get(at + 1)) {
            (None | Some(0), _) => return (Kind::Illegal, at),
            (Some(b'\\'), Some(_)) | (Some(b'\''), Some(b'\'')) => at += 2,
            (Some(b'\''), _) => return (Kind::String, at + 1),
            _ => at += 1,
        }
    }
}

/// `U&'…'`, in which only a quote that stands twice is not the end.
fn text_of_codes(rest: &[u8]) -> (Kind, usize) {
    let mut at = 3;
    loop {
        match (rest.get(at), rest.get(at + 1)) {
            (None | Some(0), _) => return (Kind::Illegal, at),
            (Some(b'\''), Some(b'\'')) => at += 2,
            (Some(b'\''), _) => return (Kind::String, at + 1),
            _ => at += 1,
        }
    }
}

/// `$tag$ … $tag$`.
fn dollar_text(rest: &[u8]) -> (Kind, usize) {
    let Some(tag) = dollar_tag(rest) else { return (Kind::Illegal, 1) };
    match memchr::memmem::find(&rest[tag..], &rest[..tag]) {
        Some(at) => (Kind::String, tag + at + tag),
        None => (Kind::Illegal, rest.len()),
    }
}

/// The length of the `$tag$` that `rest` begins with.
pub(super) fn dollar_tag(rest: &[u8]) -> Option<usize> {
    let word = rest[1..].iter().take_while(|&&byte| is_word_byte(byte) && byte != b'$').count();
    (rest.get(1 + word) == Some(&b'$')).then_some(word + 2)
}
