//! Bytes to tokens, by SQLite's rules (`tokenize.c`), and what PostgreSQL reads otherwise ([`super::lexer_postgres`]).
//!
//! In: the source and a position. Out: the token there, after white space and comments. Nothing is kept between calls,
//! so looking ahead is calling again. A token begins and ends between two characters of the source. A zero byte ends
//! the source, as it does in C.

use super::Dialect;
use super::keyword::kind_of_word;
use super::lexer_postgres::postgres_token;
use super::token::{Kind, Token};

/// Whether a byte can be part of a word: letters, digits, `_`, `$`, and everything beyond ASCII.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// White space for SQLite.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 0x09..=0x0d)
}

/// The token at or after `from`.
pub(super) fn token_at(source: &[u8], from: usize, dialect: Dialect) -> Token {
    let start = skip_blank(source, from);
    if dialect == Dialect::Postgres
        && let Some((kind, length)) = postgres_token(source.get(start..).unwrap_or_default())
    {
        return Token { kind, start, end: start + length };
    }
    let lexer = Lexer { source, start };
    let (kind, end) = lexer.scan();
    Token { kind, start, end }
}

/// The position after white space and comments. A block comment may lack its end.
fn skip_blank(source: &[u8], from: usize) -> usize {
    let byte = |at: usize| source.get(at).copied().unwrap_or(0);
    let mut at = from;
    loop {
        match byte(at) {
            b' ' | 0x09 | 0x0a | 0x0c | 0x0d => {
                at += 1;
                while is_space(byte(at)) {
                    at += 1;
                }
            }
            b'-' if byte(at + 1) == b'-' => {
                while !matches!(byte(at), 0 | b'\n') {
                    at += 1;
                }
            }
            b'/' if byte(at + 1) == b'*' && byte(at + 2) != 0 => {
                at += 3;
                while byte(at) != 0 && !(byte(at - 1) == b'*' && byte(at) == b'/') {
                    at += 1;
                }
                if byte(at) != 0 {
                    at += 1;
                }
            }
            0xef if byte(at + 1) == 0xbb && byte(at + 2) == 0xbf => at += 3,
            _ => return at,
        }
    }
}

/// One token being read.
struct Lexer<'a> {
    source: &'a [u8],
    start: usize,
}

impl Lexer<'_> {
    /// The byte `offset` after the first of the token; 0 after the end.
    fn byte(&self, offset: usize) -> u8 {
        self.source.get(self.start + offset).copied().unwrap_or(0)
    }

    /// The end of a run of bytes that begins `offset` after the first.
    fn run(&self, offset: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let mut offset = offset;
        while belongs(self.byte(offset)) {
            offset += 1;
        }
        offset
    }

    fn scan(&self) -> (Kind, usize) {
        let (kind, length) = match self.byte(0) {
            0 => (Kind::End, 0),
            b'x' | b'X' if self.byte(1) == b'\'' => self.blob(),
            b'a'..=b'z' | b'A'..=b'Z' => self.word(),
            b'_' | 0x80.. => (Kind::Identifier, self.run(1, is_word_byte)),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() => self.number(),
            b'\'' | b'"' | b'`' => self.quoted(),
            b'[' => self.bracketed(),
            b'?' => (Kind::Variable, self.run(1, |byte| byte.is_ascii_digit())),
            b'$' | b'@' | b':' | b'#' => self.variable(),
            first => self.symbol(first),
        };
        (kind, self.start + length)
    }

    fn word(&self) -> (Kind, usize) {
        let length = self.run(1, is_word_byte);
        (kind_of_word(&self.source[self.start..self.start + length]), length)
    }

    fn symbol(&self, first: u8) -> (Kind, usize) {
        match (first, self.byte(1)) {
            (b'(', _) => (Kind::LeftParen, 1),
            (b')', _) => (Kind::RightParen, 1),
            (b',', _) => (Kind::Comma, 1),
            (b'.', _) => (Kind::Dot, 1),
            (b';', _) => (Kind::Semicolon, 1),
            (b'+', _) => (Kind::Plus, 1),
            (b'-', b'>') if self.byte(2) == b'>' => (Kind::ArrowText, 3),
            (b'-', b'>') => (Kind::Arrow, 2),
            (b'-', _) => (Kind::Minus, 1),
            (b'*', _) => (Kind::Star, 1),
            (b'/', _) => (Kind::Slash, 1),
            (b'%', _) => (Kind::Percent, 1),
            (b'|', b'|') => (Kind::Concat, 2),
            (b'|', _) => (Kind::BitOr, 1),
            (b'&', _) => (Kind::BitAnd, 1),
            (b'~', _) => (Kind::Tilde, 1),
            (b'=', b'=') => (Kind::Equal, 2),
            (b'=', _) => (Kind::Equal, 1),
            (b'!', b'=') | (b'<', b'>') => (Kind::NotEqual, 2),
            // The operators of vectors. In SQLite nothing with these characters side by side is right.
            (b'<', b'-') if self.byte(2) == b'>' => (Kind::Euclidean, 3),
            (b'<', b'=') if self.byte(2) == b'>' => (Kind::Cosine, 3),
            (b'<', b'#') if self.byte(2) == b'>' => (Kind::NegativeDot, 3),
            (b'<', b'+') if self.byte(2) == b'>' => (Kind::Manhattan, 3),
            (b'<', b'=') => (Kind::LessOrEqual, 2),
            (b'<', b'<') => (Kind::ShiftLeft, 2),
            (b'<', _) => (Kind::Less, 1),
            (b'>', b'=') => (Kind::GreaterOrEqual, 2),
            (b'>', b'>') => (Kind::ShiftRight, 2),
            (b'>', _) => (Kind::Greater, 1),
            _ => (Kind::Illegal, 1),
        }
    }

    /// A text or a quoted name. The quote itself is written twice inside.
    fn quoted(&self) -> (Kind, usize) {
        let quote = self.byte(0);
        let mut length = 1;
        loop {
            length = self.run(length, |byte| byte != quote && byte != 0);
            if self.byte(length) == 0 {
                return (Kind::Illegal, length);
            }
            if self.byte(length + 1) != quote {
                break;
            }
            length += 2;
        }
        (if quote == b'\'' { Kind::String } else { Kind::Identifier }, length + 1)
    }

    fn bracketed(&self) -> (Kind, usize) {
        let length = self.run(1, |byte| byte != b']' && byte != 0);
        if self.byte(length) == 0 { (Kind::Illegal, length) } else { (Kind::Identifier, length + 1) }
    }

    fn blob(&self) -> (Kind, usize) {
        let length = self.run(2, |byte| byte.is_ascii_hexdigit());
        if self.byte(length) == b'\'' && length.is_multiple_of(2) {
            return (Kind::Blob, length + 1);
        }
        let length = self.run(length, |byte| byte != b'\'' && byte != 0);
        (Kind::Illegal, if self.byte(length) == 0 { length } else { length + 1 })
    }

    fn number(&self) -> (Kind, usize) {
        let is_digit = |byte: u8| byte.is_ascii_digit();
        if self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X') && self.byte(2).is_ascii_hexdigit() {
            let length = self.digits(2, |byte| byte.is_ascii_hexdigit());
            let end = self.run(length, |byte| byte == b'_');
            return (if end > length { Kind::Illegal } else { Kind::Integer }, end);
        }
        let mut kind = Kind::Integer;
        let mut length = self.digits(0, is_digit);
        if self.byte(length) == b'.' {
            kind = Kind::Float;
            length = self.digits(length + 1, is_digit);
        }
        if matches!(self.byte(length), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(length + 1), b'+' | b'-'));
            if is_digit(self.byte(length + 1 + sign)) {
                kind = Kind::Float;
                length = self.digits(length + 1 + sign, is_digit);
            }
        }
        let end = self.run(length, is_word_byte);
        (if end > length { Kind::Illegal } else { kind }, end)
    }

    /// The place behind digits, which may have single underscores between them.
    fn digits(&self, start: usize, is_digit: impl Fn(u8) -> bool) -> usize {
        let mut length = self.run(start, &is_digit);
        while length > start && self.byte(length) == b'_' && is_digit(self.byte(length + 1)) {
            length = self.run(length + 1, &is_digit);
        }
        length
    }

    /// `:name`, `@name`, `$name`, `$name::more(anything)`.
    fn variable(&self) -> (Kind, usize) {
        let mut length = 1;
        let mut has_name = false;
        loop {
            match self.byte(length) {
                byte if is_word_byte(byte) => {
                    has_name = true;
                    length += 1;
                }
                b'(' if has_name => {
                    length = self.run(length + 1, |byte| byte != b')' && byte != 0 && !is_space(byte));
                    if self.byte(length) == b')' {
                        return (Kind::Variable, length + 1);
                    }
                    return (Kind::Illegal, length);
                }
                b':' if self.byte(length + 1) == b':' => length += 2,
                _ => break,
            }
        }
        (if has_name { Kind::Variable } else { Kind::Illegal }, length)
    }
}
