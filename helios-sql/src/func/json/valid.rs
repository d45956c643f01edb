//! Whether JSONB is well formed, to the last byte.

use super::binary::{Element, Kind, element};
use super::escape::{is_plain, unescape};
use super::parse::MAX_DEPTH;

/// The place, from 1 on, of the first thing that is wrong with a whole that is one element; `None` if nothing is.
pub(super) fn fault(whole: &[u8]) -> Option<usize> {
    match element(whole, 0) {
        Some(root) => fault_in(whole, root, 1).map(|at| at + 1),
        None => Some(1),
    }
}

/// The place, from 0 on, of what is wrong within an element.
fn fault_in(whole: &[u8], part: Element, depth: usize) -> Option<usize> {
    if depth > MAX_DEPTH {
        return Some(part.at);
    }
    let content = part.bytes(whole);
    let within = |fault: Option<usize>| fault.map(|at| part.content + at);
    match part.kind {
        None => Some(part.at),
        Some(Kind::Null | Kind::True | Kind::False) => (part.end - part.at != 1).then_some(part.at),
        Some(Kind::Integer) if content.len() <= minus(content) => Some(part.at),
        Some(Kind::Integer) => within(first_that_is_not(content, minus(content), u8::is_ascii_digit)),
        Some(Kind::Integer5) if content.len() < 3 + minus(content) => Some(part.at),
        Some(Kind::Integer5) => {
            let start = minus(content);
            if content[start] != b'0' {
                Some(part.at)
            } else if !matches!(content[start + 1], b'x' | b'X') {
                Some(part.content + start + 1)
            } else {
                within(first_that_is_not(content, start + 2, u8::is_ascii_hexdigit))
            }
        }
        Some(kind @ (Kind::Float | Kind::Float5)) => {
            if content.len() < 2 + minus(content) {
                return Some(part.at);
            }
            match float_fault(content, kind == Kind::Float) {
                Ok(()) => None,
                Err(None) => Some(part.at),
                Err(at) => within(at),
            }
        }
        Some(Kind::Text) => within(content.iter().position(|&byte| !is_plain(byte) && byte != b'\'')),
        Some(kind @ (Kind::TextJson | Kind::Text5)) => within(escape_fault(content, kind == Kind::Text5)),
        Some(Kind::TextRaw) => None,
        Some(Kind::Array) => fault_in_parts(whole, part, depth, false),
        Some(Kind::Object) => fault_in_parts(whole, part, depth, true),
    }
}

/// How many bytes of sign there are.
fn minus(content: &[u8]) -> usize {
    usize::from(content.first() == Some(&b'-'))
}

fn first_that_is_not(content: &[u8], start: usize, is_right: fn(&u8) -> bool) -> Option<usize> {
    content[start..].iter().position(|byte| !is_right(byte)).map(|at| start + at)
}

/// What is wrong with a float; `Err(None)` if it is none at all.
fn float_fault(content: &[u8], is_strict: bool) -> Result<(), Option<usize>> {
    let is_digit = |at: usize| content.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = minus(content);
    let (mut has_point, mut has_exponent) = (false, false);
    if content[at] == b'.' {
        if is_strict || !is_digit(at + 1) {
            return Err(Some(at));
        }
        at += 2;
        has_point = true;
    } else if content[at] == b'0' && is_strict {
        if at + 3 > content.len() || !matches!(content[at + 1], b'.' | b'e' | b'E') {
            return Err(Some(at));
        }
        at += 1;
    }
    while at < content.len() {
        match content[at] {
            b'0'..=b'9' => {}
            b'.' if has_point || has_exponent || (is_strict && !is_digit(at + 1)) => return Err(Some(at)),
            b'.' => has_point = true,
            b'e' | b'E' => {
                if has_exponent || at + 1 == content.len() {
                    return Err(Some(at));
                }
                if matches!(content[at + 1], b'+' | b'-') {
                    at += 1;
                    if at + 1 == content.len() {
                        return Err(Some(at));
                    }
                }
                has_exponent = true;
            }
            _ => return Err(Some(at)),
        }
        at += 1;
    }
    if has_point || has_exponent { Ok(()) } else { Err(None) }
}

/// Where a text has an escape that is none, or a byte that needs one.
fn escape_fault(content: &[u8], is_json5: bool) -> Option<usize> {
    let mut at = 0;
    while at < content.len() {
        match content[at] {
            b'\\' => {
                let rest = &content[at..];
                match rest.get(1) {
                    None => return Some(at),
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 1,
                    Some(b'u') => {
                        let digits = rest.get(2..6).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
                        if digits.is_none() {
                            return Some(at);
                        }
                        at += 1;
                    }
                    Some(_) if !is_json5 => return Some(at),
                    Some(_) => match unescape(rest) {
                        (None, _) => return Some(at),
                        (Some(_), length) => at += length - 1,
                    },
                }
            }
            b'"' | 0..0x20 if !is_json5 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn fault_in_parts(whole: &[u8], container: Element, depth: usize, has_labels: bool) -> Option<usize> {
    let mut at = container.content;
    let mut count = 0usize;
    while at < container.end {
        let Some(part) = element(whole, at).filter(|part| part.end <= container.end) else {
            return Some(at);
        };
        let is_label = has_labels && count.is_multiple_of(2);
        if is_label && !part.kind.is_some_and(Kind::is_text) {
            return Some(at);
        }
        if let Some(fault) = fault_in(whole, part, depth + 1) {
            return Some(fault);
        }
        count += 1;
        at = part.end;
    }
    (has_labels && !count.is_multiple_of(2)).then_some(at)
}
