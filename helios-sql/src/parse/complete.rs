//! Questions about a source that need no parser: is it complete, is there a statement in it?

use super::Dialect;
use super::lexer::{is_word_byte, token_at};
use super::token::Kind;

/// Whether anything but white space, comments and semicolons stands in `source`.
pub fn has_statement(source: &str) -> bool {
    let mut at = 0;
    loop {
        let token = token_at(source.as_bytes(), at, Dialect::Sqlite);
        match token.kind {
            Kind::End => return false,
            Kind::Semicolon => at = token.end,
            _ => return true,
        }
    }
}

/// The byte after the first `;` of a source that is in no text, name or comment; the end of the source if there is none.
pub fn statement_end(source: &str, dialect: Dialect) -> usize {
    let mut at = 0;
    loop {
        let token = token_at(source.as_bytes(), at, dialect);
        match token.kind {
            Kind::Semicolon => return token.end,
            Kind::End => return source.len(),
            _ => at = token.end.max(at + 1),
        }
    }
}

/// The tokens of a source, up to its end or its first `;`: where each begins and ends.
pub fn tokens(source: &str, dialect: Dialect) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let token = token_at(source.as_bytes(), at, dialect);
        if matches!(token.kind, Kind::Semicolon | Kind::End) || token.end <= at {
            return found;
        }
        found.push((token.start, token.end));
        at = token.end;
    }
}

/// Where `sqlite3_complete` is in a statement; `;` inside CREATE TRIGGER ends it only after END.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Nothing,
    Start,
    Normal,
    Explain,
    Create,
    Trigger,
    TriggerSemicolon,
    TriggerEnd,
}

/// What `sqlite3_complete` tells apart.
#[derive(Clone, Copy)]
enum Piece {
    Semicolon,
    Other,
    Explain,
    Create,
    Temporary,
    Trigger,
    End,
}

/// Whether `source` ends with a complete statement, as `sqlite3_complete` says it: the last thing but white space and
/// comments is a semicolon that is not inside a text, a name, a comment or a trigger.
pub fn is_complete(source: &str) -> bool {
    let bytes = source.split('\0').next().unwrap_or_default().as_bytes();
    let mut state = State::Nothing;
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let length = match rest[0] {
            b' ' | b'\r' | b'\t' | b'\n' | 0x0c => 1,
            b'/' if rest.get(1) == Some(&b'*') => match find(&rest[2..], b"*/") {
                Some(length) => length + 4,
                None => return false,
            },
            b'-' if rest.get(1) == Some(&b'-') => match find(rest, b"\n") {
                Some(length) => length + 1,
                None => return state == State::Start,
            },
            quote @ (b'[' | b'`' | b'"' | b'\'') => {
                let quote = if quote == b'[' { b']' } else { quote };
                let Some(length) = find(&rest[1..], &[quote]) else { return false };
                state = next(state, Piece::Other);
                length + 2
            }
            b';' => {
                state = next(state, Piece::Semicolon);
                1
            }
            byte if is_word_byte(byte) => {
                let length = rest.iter().position(|&byte| !is_word_byte(byte)).unwrap_or(rest.len());
                state = next(state, piece_of(&rest[..length]));
                length
            }
            _ => {
                state = next(state, Piece::Other);
                1
            }
        };
        at += length;
    }
    state == State::Start
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

fn piece_of(word: &[u8]) -> Piece {
    const WORDS: [(&str, Piece); 6] = [
        ("CREATE", Piece::Create),
        ("TRIGGER", Piece::Trigger),
        ("TEMP", Piece::Temporary),
        ("TEMPORARY", Piece::Temporary),
        ("END", Piece::End),
        ("EXPLAIN", Piece::Explain),
    ];
    let found = WORDS.iter().find(|(text, _)| text.as_bytes().eq_ignore_ascii_case(word));
    found.map_or(Piece::Other, |&(_, piece)| piece)
}

/// SQLite's table of transitions (`complete.c`).
fn next(state: State, piece: Piece) -> State {
    match (state, piece) {
        (State::Trigger | State::TriggerSemicolon, Piece::Semicolon) => State::TriggerSemicolon,
        (State::TriggerSemicolon, Piece::End) => State::TriggerEnd,
        (_, Piece::Semicolon) => State::Start,
        (State::Trigger | State::TriggerSemicolon | State::TriggerEnd, _)
        | (State::Create, Piece::Trigger) => State::Trigger,
        (State::Nothing | State::Start, Piece::Explain) | (State::Explain, Piece::Other) => State::Explain,
        (State::Nothing | State::Start | State::Explain, Piece::Create)
        | (State::Create, Piece::Temporary) => State::Create,
        _ => State::Normal,
    }
}
