//! AUTOINCREMENT: `sqlite_sequence` remembers the highest rowid that each table ever had.

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Result, ValueRef};

use super::Writer;
use crate::catalog::Table;

/// A row of `sqlite_sequence`.
pub(crate) struct SequenceEntry {
    /// Its rowid.
    pub(crate) rowid: i64,
    /// The highest rowid of the table.
    pub(crate) sequence: i64,
}

/// The row of a table in the `sqlite_sequence` whose rows are in `space`, and the rowid for a new row.
pub(crate) fn find_sequence(
    space: Space,
    table: &str,
    reader: &Reader,
) -> Result<(Option<SequenceEntry>, i64)> {
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
            found = Some(SequenceEntry { rowid: last, sequence });
        }
    }
    Ok((found, last + 1))
}

impl Writer<'_> {
    /// Before an INSERT: the highest rowid that the table ever had, and at least 0. Answers with that of the statement
    /// around it.
    pub(super) fn begin_sequence(&mut self, table: &Table, space: Option<Space>) -> Result<Option<i64>> {
        let sequence = match space {
            Some(space) => {
                let (entry, _) = find_sequence(space, &table.name, &self.site.reader)?;
                Some(entry.map_or(0, |entry| entry.sequence))
            }
            None => None,
        };
        Ok(std::mem::replace(&mut self.sequence, sequence))
    }

    /// After an INSERT: remembers the highest rowid, even if its row was not inserted in the end.
    pub(super) fn write_sequence(&mut self, table: &Table, space: Option<Space>) -> Result<()> {
        let (Some(space), Some(sequence)) = (space, self.sequence) else { return Ok(()) };
        let (entry, next) = find_sequence(space, &table.name, &self.site.reader)?;
        if entry.as_ref().is_some_and(|entry| entry.sequence == sequence) {
            return Ok(());
        }
        let mut row_key = Vec::new();
        key::write_rowid(entry.map_or(next, |entry| entry.rowid), &mut row_key);
        let values = [ValueRef::Text(table.name.as_bytes()), ValueRef::Integer(sequence)];
        self.site
            .transaction
            .writes()
            .put(space, &row_key, |payload| record::write(0, values.into_iter(), payload));
        self.site.rowids.forget(space);
        Ok(())
    }
}
