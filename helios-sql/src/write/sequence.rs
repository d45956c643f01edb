//! AUTOINCREMENT: `sqlite_sequence` remembers the highest rowid that each table ever had.

use std::sync::Arc;

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

/// The highest rowid that a table with AUTOINCREMENT ever had, while a statement inserts into it.
#[derive(Debug)]
pub struct Sequence {
    table: Arc<Table>,
    /// Where the rows of its `sqlite_sequence` are.
    space: Space,
    highest: i64,
}

impl Writer<'_> {
    /// The highest rowid that a table ever had, and at least 0, if it has AUTOINCREMENT: `space` is that of its
    /// `sqlite_sequence`. A statement and its triggers count on from each other.
    pub(super) fn sequence(&mut self, table: &Arc<Table>, space: Option<Space>) -> Result<Option<&mut i64>> {
        let Some(space) = space else { return Ok(None) };
        let known = self
            .sequences
            .iter()
            .position(|sequence| (sequence.table.slot, sequence.table.space) == (table.slot, table.space));
        let place = match known {
            Some(place) => place,
            None => {
                let (entry, _) = find_sequence(space, &table.name, &self.site.reader)?;
                let highest = entry.map_or(0, |entry| entry.sequence);
                self.sequences.push(Sequence { table: table.clone(), space, highest });
                self.sequences.len() - 1
            }
        };
        Ok(self.sequences.get_mut(place).map(|sequence| &mut sequence.highest))
    }

    /// After the statement: remembers the highest rowids, even if their rows were not inserted in the end.
    pub fn write_sequences(&mut self) -> Result<()> {
        for Sequence { table, space, highest } in std::mem::take(&mut self.sequences) {
            let mut sites = std::iter::once(&mut self.site).chain(&mut self.away);
            let Some(site) = sites.find(|site| site.slot == table.slot) else { continue };
            let (entry, next) = find_sequence(space, &table.name, &site.reader)?;
            // A function of the program may have inserted further rows.
            let goes_on = self.lent.is_some();
            let is_there =
                |entry: &SequenceEntry| entry.sequence == highest || (goes_on && entry.sequence > highest);
            if entry.as_ref().is_some_and(is_there) {
                continue;
            }
            let mut row_key = Vec::new();
            key::write_rowid(entry.map_or(next, |entry| entry.rowid), &mut row_key);
            let values = [ValueRef::Text(table.name.as_bytes()), ValueRef::Integer(highest)];
            site.writes().put(space, &row_key, |payload| record::write(0, values.into_iter(), payload));
            site.rowids.forget(space);
        }
        Ok(())
    }
}
