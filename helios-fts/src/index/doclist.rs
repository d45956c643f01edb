//! Documents of a term, in blocks that can be read by themselves.
//!
//! ```text
//! block      rowid of the first (zigzag), then the distance to each next;
//!            behind each: 0 if the document has lost the term, else 1 + 2 * bytes of its places, and these
//! places     distance + 2 to the place before in the column; 1, column: go on in this column, at its beginning
//! ```
//! Without details the places are empty; with `detail=columns` they are the columns.

use helios_core::Result;

use super::corrupt;
use super::varint::{read_varint, unzigzag, write_varint, zigzag};
use super::{Position, column_of, offset_of, position};

/// A block that is being filled.
#[derive(Debug, Default)]
pub(super) struct BlockWriter {
    pub(super) bytes: Vec<u8>,
    pub(super) first: i64,
    last: i64,
}

impl BlockWriter {
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Adds a document behind the others; `places` is `None` where it has lost the term.
    pub(super) fn add(&mut self, rowid: i64, places: Option<&[u8]>) {
        if self.bytes.is_empty() {
            self.first = rowid;
            write_varint(zigzag(rowid), &mut self.bytes);
        } else {
            write_varint(rowid.wrapping_sub(self.last) as u64, &mut self.bytes);
        }
        self.last = rowid;
        match places {
            None => self.bytes.push(0),
            Some(places) => {
                write_varint(places.len() as u64 * 2 + 1, &mut self.bytes);
                self.bytes.extend_from_slice(places);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }
}

/// The document of a block that a reader stands at; by default before the first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Document {
    pub(super) rowid: i64,
    /// Whether it has the term.
    pub(super) is_live: bool,
    /// Where its places are in the block.
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Document {
    /// Goes to the next document; `false` at the end of the block.
    #[inline]
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<bool> {
        if self.end >= bytes.len() {
            return Ok(false);
        }
        let is_first = self.end == 0;
        let distance = self.read(bytes).ok_or_else(corrupt)?;
        self.rowid = if is_first { unzigzag(distance) } else { self.rowid.wrapping_add(distance as i64) };
        Ok(true)
    }

    /// Goes on behind the current document to the first whose rowid is at least `target`; `false` if the block has none.
    #[inline]
    pub(super) fn seek(&mut self, bytes: &[u8], target: i64) -> Result<bool> {
        while self.advance(bytes)? {
            if self.rowid >= target {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reads the entry behind the current one: what its rowid is told by.
    #[inline]
    fn read(&mut self, bytes: &[u8]) -> Option<u64> {
        let mut at = self.end;
        let distance = read_varint(bytes, &mut at)?;
        let length = read_varint(bytes, &mut at)?;
        self.is_live = length & 1 == 1;
        self.start = at;
        self.end = at.checked_add((length >> 1) as usize).filter(|end| *end <= bytes.len())?;
        Some(distance)
    }
}

/// How many documents from a place in a block on have the term.
pub(super) fn count_documents(bytes: &[u8], mut at: usize) -> Result<i64> {
    let mut count = 0;
    while at < bytes.len() {
        read_varint(bytes, &mut at).ok_or_else(corrupt)?;
        let length = read_varint(bytes, &mut at).ok_or_else(corrupt)?;
        at = at.checked_add((length >> 1) as usize).filter(|end| *end <= bytes.len()).ok_or_else(corrupt)?;
        count += (length & 1) as i64;
    }
    Ok(count)
}

/// Appends places, which come in their order.
pub(super) fn write_places(places: impl Iterator<Item = Position>, out: &mut Vec<u8>) {
    let (mut column, mut last) = (0, 0);
    for place in places {
        if column_of(place) != column {
            column = column_of(place);
            last = 0;
            out.push(1);
            write_varint(column as u64, out);
        }
        let offset = offset_of(place);
        write_varint((offset - last) as u64 + 2, out);
        last = offset;
    }
}

/// Appends the columns of places, each once.
pub(super) fn write_columns(places: impl Iterator<Item = Position>, out: &mut Vec<u8>) {
    let mut last = None;
    for column in places.map(column_of) {
        if last != Some(column) {
            write_varint(column as u64, out);
            last = Some(column);
        }
    }
}

/// The places of a document, one after the other.
struct Places<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The upper half of places in the current column.
    column: u64,
    offset: u64,
}

impl<'a> Places<'a> {
    fn of(bytes: &'a [u8]) -> Places<'a> {
        Places { bytes, at: 0, column: 0, offset: 0 }
    }
}

impl Iterator for Places<'_> {
    type Item = Position;

    #[inline]
    fn next(&mut self) -> Option<Position> {
        loop {
            let value = read_varint(self.bytes, &mut self.at)?;
            if value != 1 {
                self.offset = self.offset.wrapping_add(value.wrapping_sub(2)) & 0xffff_ffff;
                return Some(self.column | self.offset);
            }
            self.column = read_varint(self.bytes, &mut self.at)? << 32;
            self.offset = 0;
        }
    }
}

/// Reads the places of a document.
#[inline]
pub(super) fn read_places(bytes: &[u8], out: &mut Vec<Position>) {
    for place in Places::of(bytes) {
        out.push(place);
    }
}

/// Keeps the candidates that are places of a document if they are moved by `shift`. Candidates come in their order.
pub(super) fn retain_places(bytes: &[u8], shift: i64, candidates: &mut Vec<Position>) {
    retain_shifted(Places::of(bytes), shift, candidates);
}

/// The same of places that are given one after the other.
pub(super) fn retain_shifted(
    mut places: impl Iterator<Item = Position>,
    shift: i64,
    candidates: &mut Vec<Position>,
) {
    let mut kept = 0;
    let mut place = places.next();
    'candidates: for number in 0..candidates.len() {
        // What would be before the first place is negative.
        let wanted = candidates[number] as i64 + shift;
        loop {
            match place {
                None => break 'candidates,
                Some(place) if place as i64 >= wanted => break,
                Some(_) => place = places.next(),
            }
        }
        if place.is_some_and(|place| place as i64 == wanted) {
            candidates[kept] = candidates[number];
            kept += 1;
        }
    }
    candidates.truncate(kept);
}

/// Reads the columns of a document, each as its first place.
pub(super) fn read_columns(bytes: &[u8], out: &mut Vec<Position>) {
    let mut at = 0;
    while let Some(column) = read_varint(bytes, &mut at) {
        out.push(position(column as usize, 0));
    }
}
