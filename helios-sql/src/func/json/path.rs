//! Paths into JSON: `$.name[2]."other name"[#-1]`.
//!
//! In: JSONB and a path. Out: the element that the path leads to, or why there is none. An error names the whole path.

use helios_core::Error;

use super::binary::{Element, Kind, element};
use super::escape::Label;
use super::parse::MAX_DEPTH;

/// Why a path leads nowhere, and never could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is no path.
    Path,
    /// It does not end at an element of an array.
    NotElement,
    /// The JSONB is malformed.
    Malformed,
    /// It has too many steps.
    TooDeep,
}

/// Where a path leads.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Where the element begins.
    pub(super) value: usize,
    /// Where its label begins, if it has one.
    pub(super) label: Option<usize>,
}

/// Where the first step of a path leads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'p> {
    /// To this.
    Here(Found),
    /// To what an object could have at its end, `at`.
    NewLabel {
        /// The end of the object.
        at: usize,
        /// What it would be called.
        label: Label<'p>,
    },
    /// To what an array could have at its end.
    NewElement(usize),
    /// To nothing.
    Nowhere,
}

impl Failure {
    /// What SQLite says.
    pub(super) fn error(self, path: &[u8]) -> Error {
        let quoted = || String::from_utf8_lossy(path).replace('\'', "''");
        Error::sql(match self {
            Failure::Path => format!("bad JSON path: '{}'", quoted()),
            Failure::NotElement => format!("not an array element: '{}'", quoted()),
            Failure::Malformed => "malformed JSON".to_owned(),
            Failure::TooDeep => "JSON path too deep".to_owned(),
        })
    }
}

/// What stands behind the `$` of a path.
pub(super) fn steps(path: &[u8]) -> Result<&[u8], Failure> {
    path.strip_prefix(b"$").ok_or(Failure::Path)
}

/// The element to which the steps of a path lead.
pub(super) fn find(whole: &[u8], mut steps: &[u8]) -> Result<Option<Found>, Failure> {
    let mut found = Found::default();
    let mut depth = 0;
    while !steps.is_empty() {
        let (Place::Here(next), rest) = step(whole, found.value, steps)? else {
            return Ok(None);
        };
        depth += 1;
        if depth >= MAX_DEPTH {
            return Err(Failure::TooDeep);
        }
        (found, steps) = (next, rest);
    }
    Ok(Some(found))
}

/// Takes the first step from the element at `from`; the other steps are left.
pub(super) fn step<'p>(whole: &[u8], from: usize, steps: &'p [u8]) -> Result<(Place<'p>, &'p [u8]), Failure> {
    let Some(container) = element(whole, from) else { return Err(Failure::Malformed) };
    match steps.split_first() {
        Some((b'.', name)) => {
            let (label, rest) = label(name)?;
            let place = match container.kind {
                Some(Kind::Object) => entry(whole, container, label)?,
                _ => Place::Nowhere,
            };
            Ok((place, rest))
        }
        Some((b'[', _)) if !container.is(Kind::Array) => Ok((Place::Nowhere, b"")),
        Some((b'[', index)) => element_step(whole, container, index),
        _ => Err(Failure::Path),
    }
}

/// The label that steps begin with.
fn label(steps: &[u8]) -> Result<(Label<'_>, &[u8]), Failure> {
    let Some(quoted) = steps.strip_prefix(b"\"") else {
        let end = memchr::memchr2(b'.', b'[', steps).unwrap_or(steps.len());
        let (text, rest) = steps.split_at(end);
        return if end == 0 { Err(Failure::Path) } else { Ok((Label { text, is_raw: true }, rest)) };
    };
    let mut end = 0;
    while quoted.get(end).is_some_and(|&byte| byte != b'"') {
        end += if quoted[end] == b'\\' && end + 1 < quoted.len() { 2 } else { 1 };
    }
    let text = quoted.get(..end).ok_or(Failure::Path)?;
    let rest = quoted.get(end + 1..).ok_or(Failure::Path)?;
    Ok((Label { text, is_raw: !text.contains(&b'\\') }, rest))
}

/// The entry of an object that has a label.
fn entry<'p>(whole: &[u8], object: Element, wanted: Label<'p>) -> Result<Place<'p>, Failure> {
    let mut at = object.content;
    while at < object.end {
        let (known, value) = pair(whole, at, object.end).ok_or(Failure::Malformed)?;
        let is_raw = known.kind.is_some_and(Kind::is_raw_text);
        if wanted.means(Label { text: known.bytes(whole), is_raw }) {
            return Ok(Place::Here(Found { value: value.at, label: Some(at) }));
        }
        at = value.end;
    }
    Ok(Place::NewLabel { at: object.end, label: wanted })
}

/// The label at a place and the value behind it, which must end by `end`.
pub(super) fn pair(whole: &[u8], at: usize, end: usize) -> Option<(Element, Element)> {
    let label = element(whole, at).filter(|label| label.kind.is_some_and(Kind::is_text))?;
    let value = element(whole, label.end).filter(|value| value.kind.is_some() && value.end <= end)?;
    Some((label, value))
}

/// `N]`, `#]` or `#-N]`, and the element of an array that it means.
fn element_step<'p>(whole: &[u8], array: Element, index: &'p [u8]) -> Result<(Place<'p>, &'p [u8]), Failure> {
    let (position, rest) = match number(index) {
        Some((position, rest @ [b']', ..])) => (position, rest),
        _ => match index.strip_prefix(b"#").ok_or(Failure::Path)? {
            [b'-', digits @ ..] if digits.first().is_some_and(u8::is_ascii_digit) => {
                let (back, rest) = number(digits).ok_or(Failure::Path)?;
                match element_count(whole, array).checked_sub(back) {
                    Some(position) => (position, rest),
                    None => return Ok((Place::Nowhere, b"")),
                }
            }
            rest => (element_count(whole, array), rest),
        },
    };
    let rest = rest.strip_prefix(b"]").ok_or(Failure::Path)?;
    let mut at = array.content;
    let mut count = 0;
    while at < array.end {
        if count == position {
            return Ok((Place::Here(Found { value: at, label: None }), rest));
        }
        let part = element(whole, at).filter(|part| part.end <= array.end).ok_or(Failure::Malformed)?;
        count += 1;
        at = part.end;
    }
    Ok((if count == position { Place::NewElement(array.end) } else { Place::Nowhere }, rest))
}

/// How many elements an array has.
pub(super) fn element_count(whole: &[u8], array: Element) -> u64 {
    let mut at = array.content;
    let mut count = 0;
    while at < array.end {
        count += 1;
        let Some(part) = element(whole, at) else { break };
        at = part.end;
    }
    count
}

/// The digits that a text begins with; a number that no array could have is as good as any other.
fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let value = digits.iter().fold(0u64, |value, digit| match value {
        0..=0xFFFF_FFFF => value * 10 + u64::from(digit - b'0'),
        _ => value,
    });
    (end > 0).then_some((value, rest))
}
