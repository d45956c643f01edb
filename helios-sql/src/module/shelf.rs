//! What a virtual table stores: keys and payloads in its space, and rows of its shadow tables, in the transaction that is
//! open.

use std::fmt;
use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, WriteSet};
use helios_core::{Result, ValueRef};
use parking_lot::RwLock;

use super::stored::StoredRows;
use super::waiting::{Buffer, Waiting};

/// Gives rowids to new rows.
pub trait NewRowids {
    /// A rowid that no row of the table in a space has.
    fn next_rowid(&mut self, space: Space, reader: &Reader) -> Result<i64>;

    /// Notes that a row has come.
    fn came(&mut self, space: Space, rowid: i64);

    /// Notes that a row has gone.
    fn went(&mut self, space: Space);
}

/// The place where a virtual table writes.
pub struct Shelf<'a> {
    space: Space,
    reader: Reader,
    writes: &'a Arc<RwLock<WriteSet>>,
    rowids: &'a mut dyn NewRowids,
    waiting: &'a mut Waiting,
    replaces: bool,
}

impl fmt::Debug for Shelf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelf").field("space", &self.space).finish_non_exhaustive()
    }
}

impl<'a> Shelf<'a> {
    /// The space of a table, as a transaction sees it through `reader`.
    pub fn new(
        space: Space,
        reader: Reader,
        writes: &'a Arc<RwLock<WriteSet>>,
        rowids: &'a mut dyn NewRowids,
        waiting: &'a mut Waiting,
    ) -> Shelf<'a> {
        Shelf { space, reader, writes, rowids, waiting, replaces: false }
    }

    /// The same where rows in the way of new ones go.
    #[must_use]
    pub fn replacing(self, replaces: bool) -> Shelf<'a> {
        Shelf { replaces, ..self }
    }

    /// Whether rows in the way of a new one go, as REPLACE says.
    pub fn replaces(&self) -> bool {
        self.replaces
    }

    /// What the transaction sees.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What the transaction has written, to write more.
    pub fn shared_writes(&self) -> Arc<RwLock<WriteSet>> {
        self.writes.clone()
    }

    /// The payload of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        self.reader.get(self.space, key, &mut |version| found = Some(version.payload.to_vec()))?;
        Ok(found)
    }

    /// Writes a key.
    pub fn put(&self, key: &[u8], payload: &[u8]) {
        self.writes.write().put(self.space, key, |out| out.extend_from_slice(payload));
    }

    /// Deletes a key.
    pub fn delete(&self, key: &[u8]) {
        self.writes.write().delete(self.space, key);
    }

    /// Calls `visit` with the keys and payloads of a range, until it answers `false`.
    pub fn scan(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let guard = self.reader.scan(self.space);
        let mut cursor = guard.cursor(range, direction)?;
        while cursor.advance()? {
            let payload = cursor.version().payload.to_vec();
            if !visit(cursor.key(), &payload)? {
                break;
            }
        }
        Ok(())
    }

    /// A rowid that no row of a table has.
    pub fn next_rowid(&mut self, rows: &dyn StoredRows) -> Result<i64> {
        self.rowids.next_rowid(rows.space(), &self.reader)
    }

    /// Writes a row of a table of rowids, in place of one with the same.
    pub fn put_row(&mut self, rows: &dyn StoredRows, rowid: i64, values: &[ValueRef<'_>]) {
        rows.put(&mut self.writes.write(), &rows.rowid_key(rowid), values);
        self.rowids.came(rows.space(), rowid);
    }

    /// Deletes a row of a table of rowids.
    pub fn delete_row(&mut self, rows: &dyn StoredRows, rowid: i64) {
        self.writes.write().delete(rows.space(), &rows.rowid_key(rowid));
        self.rowids.went(rows.space());
    }

    /// What waits to be written for a table, under a number of its own; `make` makes it where nothing waits.
    pub fn buffer(&mut self, space: Space, make: impl FnOnce() -> Box<dyn Buffer>) -> &mut dyn Buffer {
        self.waiting.buffer(space, make)
    }

    /// Writes what waits for a table.
    pub fn flush(&mut self, space: Space) -> Result<()> {
        self.waiting.flush(space, &self.reader, self.writes)
    }

    /// Forgets what waits for a table.
    pub fn forget(&mut self, space: Space) {
        self.waiting.forget(space);
    }
}
