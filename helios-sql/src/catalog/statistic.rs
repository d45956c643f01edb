//! What ANALYZE found: the rows of `sqlite_stat1` (<https://sqlite.org/fileformat2.html#the_sqlite_stat1_table>).
//!
//! They are read with the catalog, so that statements are planned by them as long as the schema stays the same, as in
//! SQLite: rows that a program changes by itself count from the next ANALYZE on.

use std::sync::Arc;

use helios_core::encoding::record::Record;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::{Result, ValueRef};

use super::Catalog;

impl Catalog {
    /// Tells tables and indexes what is known of them. What makes no sense is left out: it was a program's own.
    pub(super) fn read_statistics(&mut self, reader: &Reader) -> Result<()> {
        let Some(statistics) = self.table("sqlite_stat1").cloned() else { return Ok(()) };
        self.has_statistics = true;
        let guard = reader.scan(statistics.space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let mut row = Record::open(cursor.version().payload)?;
            let mut next = || row.next_value().map(|value| value.and_then(text));
            if let (Some(table), index, Some(numbers)) = (next()?, next()?, next()?) {
                self.note_statistic(&table, index.as_deref(), &numbers);
            }
        }
        Ok(())
    }

    fn note_statistic(&mut self, table: &str, index: Option<&str>, numbers: &str) {
        let words = numbers.split_whitespace();
        let numbers: Arc<[f64]> = words.map_while(|word| word.parse::<f64>().ok()).collect();
        let (Some(shared), Some(rows)) = (self.tables.get_mut(&*table.to_ascii_lowercase()), numbers.first())
        else {
            return;
        };
        let table = Arc::make_mut(shared);
        table.analyzed_rows = Some(table.analyzed_rows.unwrap_or(0.0).max(*rows));
        let Some(name) = index else { return };
        if name.eq_ignore_ascii_case(&table.name)
            && let Some(key) = &mut table.row_key
        {
            Arc::make_mut(key).statistics = Some(numbers);
            return;
        }
        let found = table.indexes.iter_mut().find(|index| index.name.eq_ignore_ascii_case(name));
        if let Some(found) = found {
            Arc::make_mut(found).statistics = Some(numbers);
        }
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}
