//! `PRAGMA integrity_check`: every row can be read, and every index has exactly the entries of its table's rows.

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::{Result, Value, ValueRef};

use crate::catalog::{Catalog, Index, Table};
use crate::table::{entry_rowid, write_entry};

/// What is wrong; `ok` if nothing is.
pub(super) fn check(reader: &Reader, catalog: &Catalog) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for table in catalog.tables() {
        let rows = check_rows(reader, table, &mut problems)?;
        for index in &table.indexes {
            check_entries(reader, table, index, rows, &mut problems)?;
        }
    }
    if problems.is_empty() {
        problems.push("ok".to_owned());
    }
    Ok(problems)
}

/// Reads all rows, looks their index entries up, and counts the rows.
fn check_rows(reader: &Reader, table: &Table, problems: &mut Vec<String>) -> Result<u64> {
    let wanted: Vec<usize> = (0..table.columns.len()).collect();
    let guard = reader.scan(table.space);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut rows = 0;
    while cursor.advance()? {
        rows += 1;
        let rowid = key::read_rowid(&mut cursor.key())?;
        let mut values = vec![Value::Null; table.columns.len()];
        record::Record::open(cursor.version().payload)?
            .visit(&wanted, |place, value| values[place] = value.to_value())?;
        for (position, (column, value)) in table.columns.iter().zip(&values).enumerate() {
            let is_missing = value.is_null() && table.rowid_column != Some(position);
            if is_missing && column.not_null.is_some() {
                problems.push(format!("NULL value in {}.{}", table.name, column.name));
            }
        }
        for index in &table.indexes {
            let mut entry = Vec::new();
            let value = |column: Option<usize>| match column {
                Some(position) => values[position].as_ref(),
                None => ValueRef::Integer(rowid),
            };
            let alone = write_entry(index, rowid, value, &mut entry);
            let mut points_here = !alone;
            let exists = reader.get(index.space, &entry, &mut |version| {
                points_here |= entry_rowid(index, &entry, version.payload).is_ok_and(|found| found == rowid);
            })?;
            if !exists || !points_here {
                problems.push(format!("row {rowid} missing from index {}", index.name));
            }
        }
    }
    Ok(rows)
}

fn check_entries(
    reader: &Reader,
    table: &Table,
    index: &Index,
    rows: u64,
    problems: &mut Vec<String>,
) -> Result<()> {
    let guard = reader.scan(index.space);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut entries = 0;
    while cursor.advance()? {
        entries += 1;
        entry_rowid(index, cursor.key(), cursor.version().payload)?;
    }
    if entries != rows {
        problems.push(format!("wrong # of entries in index {} of {}", index.name, table.name));
    }
    Ok(())
}
