//! Texts with the codes of characters in them: `U&'d\0061t\+000061'`.

use helios_core::{Error, Result};

use super::literal::unquote;

/// What such a text says; `escape` is the character before a code.
pub(super) fn text_of_codes(written: &str, escape: &str) -> Result<String> {
    let mut escapes = escape.chars();
    let is_allowed =
        |character: &char| !character.is_ascii_hexdigit() && !matches!(character, '+' | '\'' | '"' | ' ');
    let (Some(escape), None) = (escapes.next().filter(is_allowed), escapes.next()) else {
        return Err(Error::sql("invalid Unicode escape character"));
    };
    let inside = unquote(written.get(2..).unwrap_or_default()).into_owned();
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside.as_str();
    // The first half of a pair of UTF-16.
    let mut high = None;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        if character != escape || rest.starts_with(escape) {
            if high.is_some() {
                return Err(Error::sql("invalid Unicode surrogate pair"));
            }
            rest = rest.strip_prefix(escape).filter(|_| character == escape).unwrap_or(rest);
            text.push(character);
            continue;
        }
        let (digits, after) = match rest.strip_prefix('+') {
            Some(long) => (long.get(..6), long.get(6..)),
            None => (rest.get(..4), rest.get(4..)),
        };
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let (Some(code), Some(after)) =
            (digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()), after)
        else {
            return Err(Error::sql("invalid Unicode escape"));
        };
        rest = after;
        let code = match (high.take(), code) {
            (None, 0xd800..=0xdbff) => {
                high = Some(code);
                continue;
            }
            (Some(first), 0xdc00..=0xdfff) => 0x1_0000 + ((first - 0xd800) << 10) + (code - 0xdc00),
            (None, _) => code,
            (Some(_), _) => return Err(Error::sql("invalid Unicode surrogate pair")),
        };
        match char::from_u32(code) {
            Some(character) => text.push(character),
            None => return Err(Error::sql("invalid Unicode surrogate pair")),
        }
    }
    match high {
        None => Ok(text),
        Some(_) => Err(Error::sql("invalid Unicode surrogate pair")),
    }
}
