//! RocksDB's snapshots and cursors behind the contract's traits.
//!
//! A store closes although snapshots of it are still held: it takes RocksDB's snapshots back and leaves empty ones. So a
//! snapshot is locked while something is read from it, and cursors read in pieces rather than keep RocksDB's iterators.

use std::sync::Arc;

use helios_core::storage::{Cursor, Direction, KeyRange, Piece, PieceCursor, Pieces, Snapshot};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::RwLock;
use rocksdb::{DB, DBRawIterator, ReadOptions};
use self_cell::self_cell;

use crate::error::from_rocksdb;

/// Entries of the first piece that a cursor reads, and of the largest. Making an iterator costs as much as twenty steps.
const PIECE: std::ops::RangeInclusive<usize> = 16..=1024;

type OfDatabase<'a> = rocksdb::Snapshot<'a>;

self_cell!(
    /// A snapshot of RocksDB with the database that it is of.
    pub(crate) struct Held {
        owner: Arc<DB>,
        #[covariant]
        dependent: OfDatabase,
    }
);

impl Held {
    pub(crate) fn take(database: Arc<DB>) -> Held {
        Held::new(database, |database| database.snapshot())
    }
}

/// A state of the store; empty when the store is closed.
pub(crate) struct RocksSnapshot(pub(crate) RwLock<Option<Held>>);

impl std::fmt::Debug for RocksSnapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RocksSnapshot")
    }
}

/// What is said of a store that is closed.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Misuse, "the store is closed")
}

impl Snapshot for RocksSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        // Others may be at it in this thread already: they lend what they have read.
        let held = self.0.read_recursive();
        let snapshot = held.as_ref().ok_or_else(closed)?.borrow_dependent();
        let value = snapshot.get_pinned(key).map_err(from_rocksdb)?;
        if let Some(value) = &value {
            read(value);
        }
        Ok(value.is_some())
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        if self.0.read_recursive().is_none() {
            return Err(closed());
        }
        Ok(Box::new(PieceCursor::new(self, range, direction, PIECE)))
    }
}

impl Pieces for RocksSnapshot {
    fn read_piece(&self, range: KeyRange<'_>, direction: Direction, piece: &mut Piece) -> Result<()> {
        let held = self.0.read_recursive();
        let snapshot = held.as_ref().ok_or_else(closed)?.borrow_dependent();
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(range.start);
        if let Some(end) = range.end {
            options.set_iterate_upper_bound(end);
        }
        let mut iterator: DBRawIterator<'_> = snapshot.raw_iterator_opt(options);
        match direction {
            Direction::Forward => iterator.seek(range.start),
            Direction::Backward => iterator.seek_to_last(),
        }
        while let Some((key, value)) = iterator.item() {
            piece.push(key, value);
            if piece.is_full() {
                return Ok(());
            }
            match direction {
                Direction::Forward => iterator.next(),
                Direction::Backward => iterator.prev(),
            }
        }
        iterator.status().map_err(from_rocksdb)
    }
}
