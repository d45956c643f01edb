//! ANALYZE and REINDEX.

use std::sync::Arc;

use helios_core::encoding::{key, record};
use helios_core::storage::{Direction, KeyRange};
use helios_core::{Error, Result, ValueRef};

use super::Session;
use super::transaction::Failure;
use crate::ast::ObjectName;
use crate::catalog::{Catalog, Index, ObjectKind, Table};
use crate::table::different;

/// What `sqlite_schema` shows of the table of statistics.
const STATISTICS_SQL: &str = "CREATE TABLE sqlite_stat1(tbl,idx,stat)";

/// After so many rows the program is asked whether to go on.
const ROWS_PER_CHECK: u64 = 256;

impl Session {
    /// REINDEX: makes the entries of indexes anew.
    pub(super) fn reindex(&mut self, name: Option<&ObjectName>) -> Result<(), Failure> {
        let catalog = self.current_catalog()?;
        let mut chosen: Vec<(Arc<Table>, Arc<Index>)> = Vec::new();
        for table in catalog.tables() {
            for index in &table.indexes {
                let is_meant = name.is_none_or(|name| {
                    let by_collation = name.schema.is_none()
                        && index
                            .columns
                            .iter()
                            .any(|column| column.collation.name().eq_ignore_ascii_case(&name.name));
                    by_collation
                        || table.name.eq_ignore_ascii_case(&name.name)
                        || index.name.eq_ignore_ascii_case(&name.name)
                });
                if is_meant {
                    chosen.push((table.clone(), index.clone()));
                }
            }
        }
        if let Some(name) = name
            && chosen.is_empty()
            && catalog.relation(&name.name).is_none()
            && catalog.collation(&name.name).unknown().is_some()
        {
            return Err(Error::sql("unable to identify the object to be reindexed").into());
        }
        self.about_to_write()?;
        for (table, index) in chosen {
            self.empty_index(&index)?;
            self.fill_index(&table, &index)?;
        }
        Ok(())
    }

    /// ANALYZE: counts rows and different values, and writes them to `sqlite_stat1`.
    pub(super) fn analyze(&mut self, name: Option<&ObjectName>) -> Result<(), Failure> {
        let mut catalog = self.current_catalog()?;
        let name = name.filter(|name| !name.name.eq_ignore_ascii_case("main"));
        let mut chosen: Vec<(Arc<Table>, Option<String>)> = Vec::new();
        // The newest first, as SQLite's list of tables stands while it is short.
        let tables: Vec<&Arc<Table>> = catalog.tables().collect();
        for table in tables.into_iter().rev() {
            if table.is_internal() || table.name.to_ascii_lowercase().starts_with("sqlite_") {
                continue;
            }
            let mut only = None;
            if let Some(name) = name {
                let index = table.indexes.iter().find(|index| index.name.eq_ignore_ascii_case(&name.name));
                if !table.name.eq_ignore_ascii_case(&name.name) && index.is_none() {
                    continue;
                }
                only = index.map(|index| index.name.clone());
            }
            chosen.push((table.clone(), only));
        }
        // Of views and of SQLite's own tables there is nothing to count; dumps of the shell name `sqlite_schema`.
        let is_known = |name: &&ObjectName| catalog.relation(&name.name).is_some();
        if let (true, Some(name)) = (chosen.is_empty(), name.filter(|name| !is_known(name))) {
            let schema = name.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
            return Err(Error::sql(format!("no such table: {schema}{}", name.name)).into());
        }
        self.about_to_write()?;
        if catalog.table("sqlite_stat1").is_none() {
            self.add_system_table("sqlite_stat1", STATISTICS_SQL)?;
            catalog = self.current_catalog()?;
        }
        for (table, only) in chosen {
            self.forget_statistics(&catalog, &table.name, only.as_deref())?;
            self.count(&catalog, &table, only.as_deref())?;
        }
        // Statements are planned anew where the schema is another one: so this counts as a change of it.
        let rows = self.schema_rows()?;
        let own: Vec<_> = rows.into_iter().filter(|(_, row)| row.name == "sqlite_stat1").collect();
        self.replace_schema_rows(&own);
        Ok(())
    }

    /// Writes the statistics of a table, or of one of its indexes.
    fn count(&mut self, catalog: &Catalog, table: &Arc<Table>, only: Option<&str>) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let indexes: Vec<&Arc<Index>> =
            table.all_indexes().rev().filter(|index| index.vector.is_none()).collect();
        if indexes.is_empty() && only.is_none() {
            let mut rows = 0_u64;
            let guard = reader.scan(table.space);
            guard.cursor(KeyRange::ALL, Direction::Forward)?.visit(&mut |_, _| {
                rows += 1;
                if rows.is_multiple_of(ROWS_PER_CHECK) {
                    self.interrupt.check()?;
                }
                Ok(true)
            })?;
            drop(guard);
            return match rows {
                0 => Ok(()),
                rows => self.write_statistic(catalog, &table.name, None, &rows.to_string()),
            };
        }
        for index in indexes {
            if only.is_some_and(|only| !index.name.eq_ignore_ascii_case(only)) {
                continue;
            }
            let (entries, different) = different(&reader, index, &self.interrupt)?;
            if entries == 0 {
                continue;
            }
            let mut text = entries.to_string();
            for different in different {
                let mut each = entries.div_ceil(different);
                // Hardly any value comes twice.
                if each == 2 && entries * 10 <= different * 11 {
                    each = 1;
                }
                text.push_str(&format!(" {each}"));
            }
            let name = if index.space == table.space { &table.name } else { &index.name };
            self.write_statistic(catalog, &table.name, Some(name), &text)?;
        }
        Ok(())
    }

    fn write_statistic(
        &mut self,
        catalog: &Catalog,
        table: &str,
        index: Option<&str>,
        text: &str,
    ) -> Result<()> {
        let Some(statistics) = catalog.table("sqlite_stat1") else { return Ok(()) };
        let (reader, _) = self.current_reader()?;
        let rowid = self.rowids.next(statistics.space, &reader, &**self.database.entropy())?;
        let mut row_key = Vec::new();
        key::write_rowid(rowid, &mut row_key);
        let index = index.map_or(ValueRef::Null, |index| ValueRef::Text(index.as_bytes()));
        let values = [ValueRef::Text(table.as_bytes()), index, ValueRef::Text(text.as_bytes())];
        if let Some(transaction) = &self.transaction {
            transaction
                .writes()
                .put(statistics.space, &row_key, |payload| record::write(0, values.into_iter(), payload));
        }
        self.rowids.inserted(statistics.space, rowid);
        Ok(())
    }

    /// Takes the statistics of a table, or of one of its indexes, out of `sqlite_stat1`.
    pub(super) fn forget_statistics(
        &mut self,
        catalog: &Catalog,
        table: &str,
        index: Option<&str>,
    ) -> Result<()> {
        let Some(statistics) = catalog.table("sqlite_stat1") else { return Ok(()) };
        let (reader, _) = self.current_reader()?;
        let mut keys = Vec::new();
        let guard = reader.scan(statistics.space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let mut row = record::Record::open(cursor.version().payload)?;
            let is = |value: Option<ValueRef<'_>>, name: &str| matches!(value, Some(ValueRef::Text(text)) if text.eq_ignore_ascii_case(name.as_bytes()));
            let (of_table, of_index) = (row.next_value()?, row.next_value()?);
            if is(of_table, table) && index.is_none_or(|index| is(of_index, index)) {
                keys.push(cursor.key().to_vec());
            }
        }
        drop(cursor);
        drop(guard);
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            keys.iter().for_each(|key| writes.delete(statistics.space, key));
        }
        self.rowids.forget(statistics.space);
        Ok(())
    }

    fn add_system_table(&mut self, name: &str, sql: &str) -> Result<()> {
        let row = self.schema_row(ObjectKind::Table, name, name, Some(sql.into()))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        Ok(())
    }
}
