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

/// A document of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Document {
    pub(super) rowid: i64,
    /// Whether it has the term.
    pub(super) is_live: bool,
    /// Where its places are in the block.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads the document behind `before`, or the first. `None` at the end of the block.
#[inline]
pub(super) fn next_document(bytes: &[u8], before: Option<&Document>) -> Result<Option<Document>> {
    let mut at = before.map_or(0, |before| before.end);
    if at >= bytes.len() {
        return Ok(None);
    }
    let distance = read_varint(bytes, &mut at).ok_or_else(corrupt)?;
    let rowid = match before {
        None => unzigzag(distance),
        Some(before) => before.rowid.wrapping_add(distance as i64),
    };
    let length = read_varint(bytes, &mut at).ok_or_else(corrupt)?;
    let end = at.checked_add((length >> 1) as usize).filter(|end| *end <= bytes.len()).ok_or_else(corrupt)?;
    Ok(Some(Document { rowid, is_live: length & 1 == 1, start: at, end }))
}

/// Reads on behind `before` to the first document whose rowid is at least `target`. `None` at the end of the block.
pub(super) fn seek_document(bytes: &[u8], before: &Document, target: i64) -> Result<Option<Document>> {
    let (mut at, mut rowid) = (before.end, before.rowid);
    while at < bytes.len() {
        let distance = read_varint(bytes, &mut at).ok_or_else(corrupt)?;
        let length = read_varint(bytes, &mut at).ok_or_else(corrupt)?;
        let start = at;
        rowid = rowid.wrapping_add(distance as i64);
        at = at.checked_add((length >> 1) as usize).filter(|end| *end <= bytes.len()).ok_or_else(corrupt)?;
        if rowid >= target {
            return Ok(Some(Document { rowid, is_live: length & 1 == 1, start, end: at }));
        }
    }
    Ok(None)
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

/// Reads the places of a document.
#[inline]
pub(super) fn read_places(bytes: &[u8], out: &mut Vec<Position>) {
    let (mut at, mut column, mut last) = (0, 0_u64, 0_u64);
    while let Some(value) = read_varint(bytes, &mut at) {
        if value == 1 {
            column = read_varint(bytes, &mut at).unwrap_or(0);
            last = 0;
        } else {
            last = last.wrapping_add(value.wrapping_sub(2)) & 0xffff_ffff;
            out.push(column << 32 | last);
        }
    }
}

/// Reads the columns of a document, each as its first place.
pub(super) fn read_columns(bytes: &[u8], out: &mut Vec<Position>) {
    let mut at = 0;
    while let Some(column) = read_varint(bytes, &mut at) {
        out.push(position(column as usize, 0));
    }
}
