//! Rowids that SQLite gives by itself: one more than the highest.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use helios_core::clock::Entropy;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result};

use crate::module::NewRowids;

/// What gives rowids that others are not to give as well: those of tables that several branches have, and of transactions
/// that run side by side.
pub trait SharedRowids: fmt::Debug + Send + Sync {
    /// A rowid above `above` that nobody else has or gets; `None` if this is not to be asked for the table, or if there is no
    /// such rowid.
    ///
    /// # Errors
    /// The store cannot be read or written.
    fn reserve(&self, space: Space, above: i64) -> Result<Option<i64>>;
}

/// The highest rowid of each table that the transaction has asked about. Forgotten when that row goes away.
#[derive(Debug, Default)]
pub struct Rowids {
    highest: HashMap<Space, Option<i64>>,
    /// Gives rowids that nobody else gives, where there are others.
    shared: Option<Arc<dyn SharedRowids>>,
}

impl Rowids {
    /// From here on rowids come from an allocator that others use, too, or not.
    pub fn set_shared(&mut self, shared: Option<Arc<dyn SharedRowids>>) {
        self.shared = shared;
    }

    /// Forgets everything: the transaction ended, or a part of it was undone.
    pub fn clear(&mut self) {
        self.highest.clear();
    }

    /// Forgets one table.
    pub fn forget(&mut self, space: Space) {
        self.highest.remove(&space);
    }

    /// Notes that a row was deleted: which is the highest now is known unless it was that one.
    pub(crate) fn deleted(&mut self, space: Space, rowid: i64) {
        if self.highest.get(&space).is_some_and(|known| known.is_none_or(|known| rowid >= known)) {
            self.forget(space);
        }
    }

    /// The highest rowid of a table; `None` if it has no rows.
    pub(crate) fn highest(&mut self, space: Space, reader: &Reader) -> Result<Option<i64>> {
        if let Some(known) = self.highest.get(&space) {
            return Ok(*known);
        }
        // Whoever takes a rowid that is free here and that somebody else has taken meanwhile writes the same key: no look at
        // the highest one is needed to see the conflict.
        let unrecorded = reader.unrecorded();
        let guard = unrecorded.scan(space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Backward)?;
        let highest = if cursor.advance()? { Some(key::read_rowid(&mut cursor.key())?) } else { None };
        self.highest.insert(space, highest);
        Ok(highest)
    }

    /// Notes that a row was inserted.
    pub(crate) fn inserted(&mut self, space: Space, rowid: i64) {
        if let Some(known) = self.highest.get_mut(&space)
            && known.is_none_or(|known| rowid > known)
        {
            *known = Some(rowid);
        }
    }

    /// A rowid for a new row.
    pub(crate) fn next(&mut self, space: Space, reader: &Reader, entropy: &dyn Entropy) -> Result<i64> {
        let highest = self.highest(space, reader)?;
        if let Some(shared) = self.shared.as_ref().filter(|_| !space.is_catalog())
            && let Some(rowid) = shared.reserve(space, highest.unwrap_or(0))?
        {
            return Ok(rowid);
        }
        match highest.map_or(Some(1), |highest| highest.checked_add(1)) {
            Some(next) => Ok(next),
            None => unused(space, reader, entropy),
        }
    }

    /// A rowid for a new row of a table with AUTOINCREMENT: above `floor`, and never one that was left free.
    pub(crate) fn next_above(&mut self, floor: i64, space: Space, reader: &Reader) -> Result<i64> {
        let highest = self.highest(space, reader)?;
        let floor = highest.map_or(floor, |highest| highest.max(floor));
        if let Some(shared) = &self.shared
            && let Some(rowid) = shared.reserve(space, floor)?
        {
            return Ok(rowid);
        }
        floor.checked_add(1).ok_or_else(full)
    }
}

fn full() -> Error {
    Error::new(ErrorKind::Full, "database or disk is full")
}

/// When the highest rowid there can be is taken, SQLite looks for a free one at random, 100 times.
fn unused(space: Space, reader: &Reader, entropy: &dyn Entropy) -> Result<i64> {
    for _ in 0..100 {
        let candidate = (entropy.next_u64() >> 2) as i64 + 1;
        let mut row_key = Vec::new();
        key::write_rowid(candidate, &mut row_key);
        if !reader.contains(space, &row_key)? {
            return Ok(candidate);
        }
    }
    Err(full())
}

/// Rowids for modules of virtual tables, in the transaction that is open.
#[derive(Debug)]
pub struct SiteRowids<'a> {
    rowids: &'a mut Rowids,
    entropy: &'a dyn Entropy,
}

impl<'a> SiteRowids<'a> {
    /// Rowids of a schema.
    pub fn new(rowids: &'a mut Rowids, entropy: &'a dyn Entropy) -> SiteRowids<'a> {
        SiteRowids { rowids, entropy }
    }
}

impl NewRowids for SiteRowids<'_> {
    fn next_rowid(&mut self, space: Space, reader: &Reader) -> Result<i64> {
        self.rowids.next(space, reader, self.entropy)
    }

    fn came(&mut self, space: Space, rowid: i64) {
        self.rowids.inserted(space, rowid);
    }

    fn went(&mut self, space: Space) {
        self.rowids.forget(space);
    }
}
