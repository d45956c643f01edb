//! Patterns that have no simple shape, matched character by character.
//!
//! In: a pattern. Out: its tokens, and whether a text has them. Between two wildcards the first place that fits is
//! always as good as any later one, so matching goes back to the last wildcard only: at worst the length of the text
//! times that of the pattern, never more.

use crate::func::utf8::{character_len, read_character, write_character};

/// One element of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// This character.
    Character(u32),
    /// Any one character.
    One,
    /// Any characters.
    Many,
    /// One of a set.
    Set(Set),
    /// Nothing matches: what SQLite makes of an unfinished pattern.
    Never,
}

/// A set of characters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Set {
    inverted: bool,
    ranges: Box<[(u32, u32)]>,
}

/// The tokens of a pattern of LIKE.
pub(super) fn like_tokens(mut pattern: &[u8], escape: Option<char>) -> Vec<Token> {
    let mut tokens = Vec::new();
    while let Some(character) = read_character(&mut pattern) {
        if escape.is_some_and(|escape| u32::from(escape) == character) {
            tokens.push(read_character(&mut pattern).map_or(Token::Never, Token::Character));
        } else if character == u32::from(b'%') {
            push_many(&mut tokens);
        } else if character == u32::from(b'_') {
            tokens.push(Token::One);
        } else {
            tokens.push(Token::Character(character));
        }
    }
    tokens
}

/// The tokens of a pattern of GLOB.
pub(super) fn glob_tokens(mut pattern: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    while let Some(character) = read_character(&mut pattern) {
        match u8::try_from(character) {
            Ok(b'*') => push_many(&mut tokens),
            Ok(b'?') => tokens.push(Token::One),
            Ok(b'[') => tokens.push(set(&mut pattern)),
            _ => tokens.push(Token::Character(character)),
        }
    }
    tokens
}

fn push_many(tokens: &mut Vec<Token>) {
    if tokens.last() != Some(&Token::Many) {
        tokens.push(Token::Many);
    }
}

/// Reads a set after its `[`. A `]` that comes first belongs to it; `-` makes a range where it has two ends.
fn set(pattern: &mut &[u8]) -> Token {
    let mut ranges = Vec::new();
    let mut next = read_character(pattern);
    let inverted = next == Some(u32::from(b'^'));
    if inverted {
        next = read_character(pattern);
    }
    if next == Some(u32::from(b']')) {
        ranges.push((u32::from(b']'), u32::from(b']')));
        next = read_character(pattern);
    }
    let mut prior = None;
    while let Some(character) = next.filter(|&character| character != u32::from(b']')) {
        let range_end = pattern.first().is_some_and(|&byte| byte != b']');
        match prior {
            Some(from) if character == u32::from(b'-') && range_end => {
                ranges.push((from, read_character(pattern).unwrap_or(from)));
                prior = None;
            }
            _ => {
                ranges.push((character, character));
                prior = Some(character);
            }
        }
        next = read_character(pattern);
    }
    if next.is_none() { Token::Never } else { Token::Set(Set { inverted, ranges: ranges.into() }) }
}

/// The bytes of tokens that are all characters which bytes can stand for.
pub(super) fn literal(tokens: &[Token]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(tokens.len());
    for token in tokens {
        match token {
            // Broken bytes are read as U+FFFD, or as themselves below 0xC0: one that compares bytes would miss them.
            Token::Character(character) if !matches!(character, 0x80..0xC0 | 0xFFFD | 0x11_0000..) => {
                write_character(*character, &mut bytes);
            }
            _ => return None,
        }
    }
    Some(bytes)
}

/// Tokens and how to compare.
#[derive(Debug)]
pub(super) struct Matcher {
    tokens: Box<[Token]>,
    fold: bool,
}

impl Matcher {
    pub(super) fn new(tokens: Vec<Token>, fold: bool) -> Matcher {
        Matcher { tokens: tokens.into(), fold }
    }

    /// Whether the whole text has the tokens, in their order.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let mut rest = text;
        let mut at = 0;
        // After the last wildcard: its token, and the text from which the next attempt begins.
        let mut retry: Option<(usize, &[u8])> = None;
        loop {
            if self.tokens.get(at) == Some(&Token::Many) {
                at += 1;
                if at == self.tokens.len() {
                    return true;
                }
                retry = Some((at, rest));
                continue;
            }
            let mut after = rest;
            let fits = match (self.tokens.get(at), read_character(&mut after)) {
                (None, None) => return true,
                (Some(token), Some(character)) => self.fits(token, character),
                // The text is used up: a later attempt has less of it still.
                (Some(_), None) => return false,
                (None, Some(_)) => false,
            };
            if fits {
                rest = after;
                at += 1;
                continue;
            }
            match &mut retry {
                Some((token, from)) if !from.is_empty() => {
                    *from = self.next_attempt(*token, &from[character_len(from)..]);
                    rest = from;
                    at = *token;
                }
                _ => return false,
            }
        }
    }

    /// Where in `text` the token can first fit: what cannot is skipped at the speed of memory where that is easy.
    fn next_attempt<'t>(&self, token: usize, text: &'t [u8]) -> &'t [u8] {
        match self.tokens[token] {
            Token::Character(character @ 1..0x80) => {
                let byte = character as u8;
                let found = if self.fold {
                    memchr::memchr2(byte.to_ascii_lowercase(), byte.to_ascii_uppercase(), text)
                } else {
                    memchr::memchr(byte, text)
                };
                &text[found.unwrap_or(text.len())..]
            }
            _ => text,
        }
    }

    fn fits(&self, token: &Token, character: u32) -> bool {
        match token {
            Token::One => true,
            Token::Character(expected) => {
                *expected == character || (self.fold && fold(*expected) == fold(character))
            }
            Token::Set(set) => {
                let inside = set.ranges.iter().any(|&(from, to)| (from..=to).contains(&character));
                inside != set.inverted
            }
            Token::Many | Token::Never => false,
        }
    }
}

/// Letters of ASCII in lower case.
fn fold(character: u32) -> u32 {
    if (u32::from(b'A')..=u32::from(b'Z')).contains(&character) { character + 32 } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, text: &str) -> bool {
        Matcher::new(glob_tokens(pattern.as_bytes()), false).matches(text.as_bytes())
    }

    #[test]
    fn sets_are_sqlites() {
        for (pattern, text, expected) in [
            ("[a-c]", "b", true),
            ("[^a-c]", "b", false),
            ("[]]", "]", true),
            ("[^]]", "]", false),
            ("[a-]", "-", true),
            ("[", "[", false),
            ("[a", "a", false),
            ("*[0-9]x", "ab7x", true),
            ("[é-ü]", "ö", true),
            ("a*b?d", "axxbcbcd", true),
            ("*a*b*c*", "xxbxaxbxxcx", true),
        ] {
            assert_eq!(glob(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn an_escaped_wildcard_is_a_character() {
        let tokens = like_tokens(b"a!%!_%!", Some('!'));
        let expected = [
            Token::Character(u32::from(b'a')),
            Token::Character(u32::from(b'%')),
            Token::Character(u32::from(b'_')),
            Token::Many,
            Token::Never,
        ];
        assert_eq!(tokens, expected);
        assert_eq!(like_tokens(b"%%", Some('%')), [Token::Character(u32::from(b'%'))]);
    }
}
