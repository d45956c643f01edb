//! `sqlite_sequence` when tables are dropped and renamed.

use helios_core::encoding::{key, record};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Result, ValueRef};

use super::Session;
use crate::write::find_sequence;

/// What `sqlite_schema` shows of the table.
pub(super) const SEQUENCE_SQL: &str = "CREATE TABLE sqlite_sequence(name,seq)";

impl Session {
    fn sequence_space(&mut self, reader: &Reader) -> Result<Option<Space>> {
        let (_, stamp) = self.current_reader()?;
        Ok(self.catalog_for(reader, stamp)?.table("sqlite_sequence").map(|table| table.space))
    }

    /// When a table is dropped, its row goes.
    pub(super) fn forget_sequence(&mut self, table: &str) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let Some(space) = self.sequence_space(&reader)? else { return Ok(()) };
        if let (Some(entry), _) = find_sequence(space, table, &reader)? {
            let mut row_key = Vec::new();
            key::write_rowid(entry.rowid, &mut row_key);
            if let Some(transaction) = &self.transaction {
                transaction.writes().delete(space, &row_key);
            }
        }
        Ok(())
    }

    /// When a table is renamed, its row is.
    pub(super) fn rename_sequence(&mut self, table: &str, to: &str) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let Some(space) = self.sequence_space(&reader)? else { return Ok(()) };
        if let (Some(entry), _) = find_sequence(space, table, &reader)? {
            let mut row_key = Vec::new();
            key::write_rowid(entry.rowid, &mut row_key);
            let values = [ValueRef::Text(to.as_bytes()), ValueRef::Integer(entry.sequence)];
            if let Some(transaction) = &self.transaction {
                transaction
                    .writes()
                    .put(space, &row_key, |payload| record::write(0, values.into_iter(), payload));
            }
        }
        Ok(())
    }
}
