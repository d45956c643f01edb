//! AUTOINCREMENT: `sqlite_sequence` remembers the highest rowid that each table ever had.

use std::sync::Arc;

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Result, ValueRef};

use super::Session;
use crate::catalog::Table;

/// What `sqlite_schema` shows of the table.
pub(super) const SEQUENCE_SQL: &str = "CREATE TABLE sqlite_sequence(name,seq)";

/// A row of `sqlite_sequence`.
struct Entry {
    rowid: i64,
    sequence: i64,
}

/// The row of a table, and the rowid for a new row.
fn find(space: Space, table: &str, reader: &Reader) -> Result<(Option<Entry>, i64)> {
    let guard = reader.scan(space);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut last = 0;
    let mut found = None;
    while cursor.advance()? {
        last = key::read_rowid(&mut cursor.key())?;
        let mut row = record::Record::open(cursor.version().payload)?;
        let (name, sequence) = (row.next_value()?, row.next_value()?);
        if let Some(ValueRef::Text(name)) = name
            && name.eq_ignore_ascii_case(table.as_bytes())
        {
            let sequence = sequence.map_or(0, ValueRef::to_integer);
            found = Some(Entry { rowid: last, sequence });
        }
    }
    Ok((found, last + 1))
}

impl Session {
    fn sequence_space(&mut self, reader: &Reader) -> Result<Option<Space>> {
        let (_, stamp) = self.current_reader()?;
        Ok(self.catalog_for(reader, stamp)?.table("sqlite_sequence").map(|table| table.space))
    }

    /// Before an INSERT: the highest rowid that the table ever had, and at least 0.
    pub(super) fn sequence_of(&mut self, table: &Arc<Table>, reader: &Reader) -> Result<i64> {
        let Some(space) = self.sequence_space(reader)? else { return Ok(0) };
        let (entry, _) = find(space, &table.name, reader)?;
        Ok(entry.map_or(0, |entry| entry.sequence))
    }

    /// After an INSERT: remembers the highest rowid, even if its row was not inserted in the end.
    pub(super) fn write_sequence(&mut self, table: &Arc<Table>, sequence: i64) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let Some(space) = self.sequence_space(&reader)? else { return Ok(()) };
        let (entry, next) = find(space, &table.name, &reader)?;
        if entry.as_ref().is_some_and(|entry| entry.sequence == sequence) {
            return Ok(());
        }
        let mut row_key = Vec::new();
        key::write_rowid(entry.map_or(next, |entry| entry.rowid), &mut row_key);
        let values = [ValueRef::Text(table.name.as_bytes()), ValueRef::Integer(sequence)];
        if let Some(transaction) = &self.transaction {
            transaction
                .writes()
                .put(space, &row_key, |payload| record::write(0, values.into_iter(), payload));
        }
        Ok(())
    }

    /// When a table is dropped, its row goes.
    pub(super) fn forget_sequence(&mut self, table: &str) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let Some(space) = self.sequence_space(&reader)? else { return Ok(()) };
        if let (Some(entry), _) = find(space, table, &reader)? {
            let mut row_key = Vec::new();
            key::write_rowid(entry.rowid, &mut row_key);
            if let Some(transaction) = &self.transaction {
                transaction.writes().delete(space, &row_key);
            }
        }
        Ok(())
    }
}
