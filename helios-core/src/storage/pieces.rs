//! Cursors for drivers that read several entries at a time.
//!
//! In: a driver that fills a [`Piece`] with the first entries of a range. Out: a [`Cursor`] that lends them, one after the
//! other, and asks for the next piece when it needs one. The first piece of a cursor is small, as most cursors are asked
//! for little, and each next one twice as large, up to a limit.

use std::ops::RangeInclusive;

use super::{Cursor, Direction, KeyRange};
use crate::error::Result;

/// A piece is full when its entries have so many bytes, however few they are.
const MOST_BYTES: usize = 1 << 20;

/// What can be read in pieces: a snapshot.
pub trait Pieces {
    /// Appends the first entries of a range in a direction, until the piece is full or the range ends. Going backward the
    /// last entry of the range comes first.
    fn read_piece(&self, range: KeyRange<'_>, direction: Direction, piece: &mut Piece) -> Result<()>;
}

/// Entries, one after the other in one block of memory.
#[derive(Debug, Default)]
pub struct Piece {
    bytes: Vec<u8>,
    /// Where the key and the value of each entry end.
    ends: Vec<(usize, usize)>,
    most: usize,
}

impl Piece {
    /// Appends an entry.
    pub fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        let key_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((key_end, self.bytes.len()));
    }

    /// Whether no more entries are wanted.
    pub fn is_full(&self) -> bool {
        self.ends.len() >= self.most || self.bytes.len() >= MOST_BYTES
    }

    /// So many more entries are wanted at most.
    pub fn wanted(&self) -> usize {
        if self.is_full() { 0 } else { self.most - self.ends.len() }
    }

    fn begin(&mut self, most: usize) {
        self.bytes.clear();
        self.ends.clear();
        self.most = most;
    }

    fn entry(&self, at: usize) -> Option<(&[u8], &[u8])> {
        let &(key_end, end) = self.ends.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before].1);
        Some((&self.bytes[start..key_end], &self.bytes[key_end..end]))
    }
}

/// A cursor over a range of what is read in pieces.
#[derive(Debug)]
pub struct PieceCursor<'a, P: ?Sized> {
    source: &'a P,
    direction: Direction,
    start: Vec<u8>,
    end: Option<Vec<u8>>,
    /// What has not been read yet; `None` if that is nothing.
    rest: Option<(Vec<u8>, Option<Vec<u8>>)>,
    piece: Piece,
    /// The position behind the current entry.
    next: usize,
    is_on_entry: bool,
    sizes: RangeInclusive<usize>,
    most: usize,
}

impl<'a, P: Pieces + ?Sized> PieceCursor<'a, P> {
    /// A cursor over `range`, whose first piece and whose largest ones have so many entries.
    pub fn new(
        source: &'a P,
        range: KeyRange<'_>,
        direction: Direction,
        sizes: RangeInclusive<usize>,
    ) -> PieceCursor<'a, P> {
        let (start, end) = (range.start.to_vec(), range.end.map(<[u8]>::to_vec));
        PieceCursor {
            source,
            direction,
            rest: Some((start.clone(), end.clone())),
            start,
            end,
            piece: Piece::default(),
            next: 0,
            is_on_entry: false,
            most: *sizes.start(),
            sizes,
        }
    }

    /// Reads the next piece, if one is left.
    fn fill(&mut self) -> Result<()> {
        self.next = 0;
        self.piece.begin(self.most);
        let Some((start, end)) = self.rest.take() else { return Ok(()) };
        let range = KeyRange::new(&start, end.as_deref());
        if range.is_empty() {
            return Ok(());
        }
        self.source.read_piece(range, self.direction, &mut self.piece)?;
        self.most = (2 * self.most).min(*self.sizes.end());
        if let Some((last, _)) = self.piece.entry(self.piece.ends.len().wrapping_sub(1))
            && self.piece.is_full()
        {
            self.rest = Some(match self.direction {
                Direction::Forward => ([last, &[0]].concat(), end),
                Direction::Backward => (start, Some(last.to_vec())),
            });
        }
        Ok(())
    }
}

impl<P: Pieces + ?Sized> Cursor for PieceCursor<'_, P> {
    fn advance(&mut self) -> Result<bool> {
        self.is_on_entry = false;
        if self.next >= self.piece.ends.len() {
            self.fill()?;
        }
        self.is_on_entry = self.next < self.piece.ends.len();
        self.next += usize::from(self.is_on_entry);
        Ok(self.is_on_entry)
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        let current = if self.is_on_entry { self.piece.entry(self.next - 1) } else { None };
        current.unwrap_or_default()
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.is_on_entry = false;
        self.most = *self.sizes.start();
        self.piece.begin(self.most);
        self.next = 0;
        self.rest = Some(match self.direction {
            Direction::Forward => (key.max(&self.start).to_vec(), self.end.clone()),
            Direction::Backward => {
                let behind = [key, &[0]].concat();
                let end = self.end.as_ref().filter(|end| **end < behind).cloned();
                (self.start.clone(), Some(end.unwrap_or(behind)))
            }
        });
        Ok(())
    }
}
