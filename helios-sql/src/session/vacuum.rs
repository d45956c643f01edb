//! VACUUM, and VACUUM INTO: a new database with what a schema holds at present.

use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::Space;
use helios_core::{Error, Result, Value};

use super::Session;
use crate::ast::{BeginKind, Vacuum};
use crate::catalog::{ObjectKind, SchemaRow};
use crate::chunk::Chunk;

/// A copy is committed after so many keys, so that no write set has the whole of a table.
const KEYS_OF_COMMIT: usize = 50_000;

impl Session {
    /// VACUUM: takes away what nobody may ask for any more, and gives room back to the file system, as far as the driver
    /// can. With INTO, writes a copy.
    pub(super) fn vacuum(&mut self, vacuum: &Vacuum, parameters: &Chunk) -> Result<()> {
        let slot = match &vacuum.schema {
            Some(schema) if schema.eq_ignore_ascii_case("temp") => return Ok(()),
            Some(schema) => {
                self.slot_named(schema).ok_or_else(|| Error::sql(format!("unknown database {schema}")))?
            }
            None => 0,
        };
        if self.in_transaction() {
            return Err(Error::sql("cannot VACUUM from within a transaction"));
        }
        if Arc::strong_count(&self.executions) > 1 {
            return Err(Error::sql("cannot VACUUM - SQL statements in progress"));
        }
        if let Some(into) = &vacuum.into {
            self.check_files()?;
            let Value::Text(name) = self.value_of(into, parameters)? else {
                return Err(Error::sql("non-text filename"));
            };
            self.copy_into(slot, &String::from_utf8_lossy(&name))?;
            return self.count_copied(slot);
        }
        self.at(slot).check_writable()?;
        let database = &self.at(slot).database;
        // What a sweep that was broken off has left, and what was dropped.
        database.engine().sweep(database.store(), None)?;
        match database.storage().compact() {
            // Others have the file open: there is nothing to be done, and nothing wrong.
            Err(error) if error.is_retryable() => {}
            done => done.map(drop)?,
        }
        self.count_copied(slot)
    }

    /// Sets `last_insert_rowid()` as VACUUM does: SQLite inserts views, triggers and virtual tables into the schema of the
    /// copy behind all that has rows, and the last of them is the last row of that schema.
    fn count_copied(&mut self, slot: usize) -> Result<()> {
        let source = self.at(slot);
        let catalog = source.current_catalog()?;
        let rows = source.schema_rows()?;
        // A copy has no `sqlite_sequence` if no table asks for it.
        let counts = catalog.tables().any(|table| table.autoincrement);
        let is_copied = |row: &SchemaRow| match row.kind {
            ObjectKind::View | ObjectKind::Trigger => true,
            ObjectKind::Table => catalog.relation(&row.name).is_some_and(|table| table.module.is_some()),
            ObjectKind::Index => false,
        };
        if rows.iter().any(|(_, row)| is_copied(row)) {
            let kept = rows.iter().filter(|(_, row)| counts || row.name != "sqlite_sequence");
            self.last_insert_rowid = kept.count() as i64;
        }
        Ok(())
    }

    fn copy_into(&mut self, slot: usize, name: &str) -> Result<()> {
        let opened = self.places()?.create(name)?;
        let mut target = opened.database.connect("main")?;
        let interrupt = self.interrupt.clone();
        let source = self.at(slot);
        let (reader, stamp) = source.current_reader()?;
        let catalog = source.catalog_for(&reader, stamp)?;
        target.begin(BeginKind::Immediate)?;
        let mut copied = Vec::new();
        for (_, mut row) in source.schema_rows()? {
            let from = row.space;
            if from != Space(0) {
                row.space = target.database.engine().reserve_space()?;
                copied.push((from, row.space));
            }
            if let (ObjectKind::Table, Some(table), Some(transaction)) =
                (row.kind, catalog.relation(&row.name), &target.transaction)
            {
                table.layouts.write(row.space, &mut transaction.writes());
            }
            target.write_schema_row(&row)?;
        }
        target.schema_changed();
        target.commit()?;
        copied.push((Space::SETTINGS, Space::SETTINGS));
        for (from, to) in copied {
            interrupt.check()?;
            copy_space(&reader, from, &mut target, to)?;
        }
        Ok(())
    }
}

/// Copies all keys of a space.
fn copy_space(reader: &Reader, from: Space, target: &mut Session, to: Space) -> Result<()> {
    let guard = reader.scan(from);
    let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut more = true;
    while more {
        target.begin(BeginKind::Immediate)?;
        if let Some(transaction) = &target.transaction {
            let mut writes = transaction.writes();
            for _ in 0..KEYS_OF_COMMIT {
                more = cursor.advance()?;
                if !more {
                    break;
                }
                let payload = cursor.version().payload;
                writes.put(to, cursor.key(), |out| out.extend_from_slice(payload));
            }
        }
        target.commit()?;
    }
    Ok(())
}
