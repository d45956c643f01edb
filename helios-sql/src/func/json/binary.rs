//! JSON as bytes: SQLite's JSONB (<https://sqlite.org/jsonb.html>), to the byte.
//!
//! In and out: elements, each a header (its kind and the size of its content) and its content. A header has 1, 2, 3, 5 or
//! 9 bytes; any that is long enough is right. Nothing here believes that bytes from outside are well formed.

use std::ops::Range;

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    /// `null`.
    Null,
    /// `true`.
    True,
    /// `false`.
    False,
    /// An integer in decimal digits.
    Integer,
    /// An integer in JSON5's hexadecimal digits.
    Integer5,
    /// A number with a point or an exponent.
    Float,
    /// Such a number with digits on one side of the point only.
    Float5,
    /// A text that needs no escapes.
    Text,
    /// A text with the escapes of JSON.
    TextJson,
    /// A text with the escapes of JSON5.
    Text5,
    /// A text as it is, which may need escapes.
    TextRaw,
    /// Elements.
    Array,
    /// Pairs of a text and an element.
    Object,
}

const KINDS: [Kind; 13] = [
    Kind::Null,
    Kind::True,
    Kind::False,
    Kind::Integer,
    Kind::Integer5,
    Kind::Float,
    Kind::Float5,
    Kind::Text,
    Kind::TextJson,
    Kind::Text5,
    Kind::TextRaw,
    Kind::Array,
    Kind::Object,
];

impl Kind {
    /// The kind that the first byte of an element tells; three values have no meaning.
    pub(super) fn of(byte: u8) -> Option<Kind> {
        KINDS.get(usize::from(byte & 0x0F)).copied()
    }

    /// What `json_type` says.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::True => "true",
            Kind::False => "false",
            Kind::Integer | Kind::Integer5 => "integer",
            Kind::Float | Kind::Float5 => "real",
            Kind::Text | Kind::TextJson | Kind::Text5 | Kind::TextRaw => "text",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Kind::Text | Kind::TextJson | Kind::Text5 | Kind::TextRaw)
    }

    /// Whether the content is the text itself, without escapes.
    pub(super) fn is_raw_text(self) -> bool {
        matches!(self, Kind::Text | Kind::TextRaw)
    }

    pub(super) fn is_container(self) -> bool {
        matches!(self, Kind::Array | Kind::Object)
    }
}

/// An element within a whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    /// `None` for the values without a meaning.
    pub(super) kind: Option<Kind>,
    /// Where its header begins.
    pub(super) at: usize,
    /// Where its content begins.
    pub(super) content: usize,
    /// Where it ends.
    pub(super) end: usize,
}

impl Element {
    /// Its content.
    pub(super) fn bytes(self, whole: &[u8]) -> &[u8] {
        &whole[self.content..self.end]
    }

    /// Its header and content.
    pub(super) fn all(self, whole: &[u8]) -> &[u8] {
        &whole[self.at..self.end]
    }

    pub(super) fn is(self, kind: Kind) -> bool {
        self.kind == Some(kind)
    }

    pub(super) fn is_container(self) -> bool {
        self.kind.is_some_and(Kind::is_container)
    }

    /// How many bytes the content has.
    pub(super) fn size(self) -> usize {
        self.end - self.content
    }
}

/// The element that begins at a place. `None` if it would not end within the whole.
pub(super) fn element(whole: &[u8], at: usize) -> Option<Element> {
    let first = *whole.get(at)?;
    let (header, size) = match first >> 4 {
        size @ 0..=11 => (1, usize::from(size)),
        12 => (2, number(whole, at, 1)?),
        13 => (3, number(whole, at, 2)?),
        14 => (5, number(whole, at, 4)?),
        _ => (9, number(whole, at, 8).filter(|&size| u32::try_from(size).is_ok())?),
    };
    let content = at + header;
    let end = content.checked_add(size).filter(|&end| end <= whole.len())?;
    Some(Element { kind: Kind::of(first), at, content, end })
}

/// The big-endian number of so many bytes behind the first byte of an element.
fn number(whole: &[u8], at: usize, bytes: usize) -> Option<usize> {
    let bytes = whole.get(at + 1..at + 1 + bytes)?;
    bytes.iter().try_fold(0usize, |value, &byte| Some(value.checked_mul(256)? + usize::from(byte)))
}

/// Whether a blob looks like JSONB: one element that fills it. Small ones that could as well be JSON in text are checked
/// in full, as in SQLite, which takes blobs of text for JSON.
pub(super) fn is_binary(blob: &[u8]) -> bool {
    let Some(whole) = element(blob, 0).filter(|whole| whole.end == blob.len()) else {
        return false;
    };
    let Some(kind) = whole.kind else { return false };
    let may_be_text = matches!(blob[0], b'{' | b'[' | b'0'..=b'9');
    (kind > Kind::False || whole.size() == 0)
        && (whole.size() > 7 || !may_be_text || super::valid::fault(blob).is_none())
}

/// Appends an element.
pub(super) fn append(out: &mut Vec<u8>, kind: Kind, content: &[u8]) {
    push_header(out, kind as u8, content.len());
    out.extend_from_slice(content);
}

/// Appends the shortest header for a content of so many bytes.
fn push_header(out: &mut Vec<u8>, kind: u8, size: usize) {
    match size {
        0..=11 => out.push(kind | (size as u8) << 4),
        12..=0xFF => out.extend_from_slice(&[kind | 0xC0, size as u8]),
        0x100..=0xFFFF => {
            out.push(kind | 0xD0);
            out.extend_from_slice(&(size as u16).to_be_bytes());
        }
        _ => {
            out.push(kind | 0xE0);
            out.extend_from_slice(&(size as u32).to_be_bytes());
        }
    }
}

/// Begins a container, whose content follows; [`resize`] tells it how much that was.
pub(super) fn begin(out: &mut Vec<u8>, kind: Kind) -> usize {
    out.push(kind as u8);
    out.len() - 1
}

/// Gives the element at `at` the shortest header for a content of `size` bytes, whatever its header says.
pub(super) fn resize(whole: &mut Vec<u8>, at: usize, size: usize) {
    let old = match whole[at] >> 4 {
        0..=11 => 1,
        12 => 2,
        13 => 3,
        14 => 5,
        _ => 9,
    };
    let mut header = Vec::with_capacity(5);
    push_header(&mut header, whole[at] & 0x0F, size);
    if header.len() == old {
        whole[at..at + old].copy_from_slice(&header);
    } else {
        whole.splice(at..at + old, header);
    }
}

/// Puts one element in the place of another. One that is a little shorter gets a longer header, so that nothing behind it
/// moves; SQLite does so too, and its bytes tell.
pub(super) fn replace(whole: &mut Vec<u8>, old: Range<usize>, new: &[u8]) {
    match old.len().checked_sub(new.len()).and_then(|spare| widened(new, spare)) {
        Some(wide) => whole[old].copy_from_slice(&wide),
        None => {
            whole.splice(old, new.iter().copied());
        }
    }
}

/// An element with `spare` more bytes in its header, where there is such a header.
fn widened(new: &[u8], spare: usize) -> Option<Vec<u8>> {
    let whole = element(new, 0)?;
    if spare == 0 || whole.kind.is_none_or(|kind| kind <= Kind::False) {
        return None;
    }
    let header = whole.content + spare;
    let marker = match header {
        2 => 0xC0,
        3 => 0xD0,
        5 => 0xE0,
        9 => 0xF0,
        _ => return None,
    };
    let mut wide = vec![marker | new[0] & 0x0F];
    let size = (whole.size() as u64).to_be_bytes();
    wide.extend_from_slice(&size[size.len() + 1 - header..]);
    wide.extend_from_slice(whole.bytes(new));
    Some(wide)
}
