//! CREATE INDEX, and making the entries of an index anew.

use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::{Constraint, Error, ErrorKind, Result, Value};

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema};
use crate::ast::CreateIndex;
use crate::bind::Binder;
use crate::catalog::{Index, ObjectKind, Table, define_index};
use crate::exec::Context;
use crate::table::write_entry;
use crate::write::{RowProgram, index_error, read_rows};

impl Session {
    pub(in crate::session) fn create_index(
        &mut self,
        statement: &Statement,
        create: &CreateIndex,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        let Some(table) = catalog.relation(&create.table).cloned() else {
            return Err(Error::sql(format!("no such table: main.{}", create.table)).into());
        };
        if table.is_internal() || table.name.eq_ignore_ascii_case("sqlite_sequence") {
            let name = if table.is_internal() { "sqlite_master" } else { &*table.name };
            return Err(Error::sql(format!("table {name} may not be indexed")).into());
        }
        if table.view.is_some() {
            return Err(Error::sql("views may not be indexed").into());
        }
        check_name(name)?;
        if catalog.relation(name).is_some() {
            return Err(Error::sql(format!("there is already a table named {name}")).into());
        }
        if catalog.index(name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            return Err(Error::sql(format!("index {name} already exists")).into());
        }
        let unique = if create.unique { "UNIQUE " } else { "" };
        let sql = format!("CREATE {unique}INDEX {}", create.tail.of(statement.text()));
        let row = self.schema_row(ObjectKind::Index, name, &table.name, Some(sql.into()))?;
        define_index(create, &mut (*table).clone(), row.space)?;
        if let Some(filter) = &create.filter {
            let (reader, stamp) = self.current_reader()?;
            let view = self.view(reader, stamp, None)?;
            Binder::new(&view, statement.text.clone()).bind_partial(&table, filter)?;
        }
        self.write_schema_row(&row)?;
        self.schema_changed();
        let catalog = self.current_catalog()?;
        self.check_table(&table.name)?;
        if let Some((table, index)) = catalog.index(name) {
            self.fill_index(&table.clone(), &index.clone())?;
        }
        Ok(())
    }

    /// Writes the entries of an index that has none.
    pub(in crate::session) fn fill_index(&mut self, table: &Arc<Table>, index: &Arc<Index>) -> Result<()> {
        let (reader, stamp) = self.current_reader()?;
        let view = self.view(reader.clone(), stamp, None)?;
        let checks = Binder::new(&view, table.sql.clone()).bind_row(table)?;
        let program = RowProgram::new(table, &checks)?;
        let mut context = Context {
            reader,
            parameters: crate::chunk::Chunk::new(Vec::new(), 1),
            outer: Vec::new(),
            subqueries: Vec::new(),
            facts: view.facts.clone(),
            interrupt: self.interrupt.clone(),
            raised: None,
        };
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let mut seen = foldhash::HashSet::default();
        let mut start = Vec::new();
        loop {
            let rows = read_rows(table, &program, &mut start, &mut context)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut writes = transaction.writes();
            for (id, values) in rows {
                if !has_entry(index, &values) {
                    continue;
                }
                let mut entry = Vec::new();
                let value = |column: Option<usize>| values[column.unwrap_or(table.rowid_position())].as_ref();
                let alone = write_entry(index, &id, value, &mut entry);
                if alone && !seen.insert(entry.clone()) {
                    let error = index_error(table, index);
                    return Err(Error::new(ErrorKind::Constraint(Constraint::Unique), error.message()));
                }
                writes.put(index.space, &entry, |payload| {
                    if alone {
                        id.write(payload);
                    }
                });
            }
        }
    }

    /// Deletes the entries of an index.
    pub(in crate::session) fn empty_index(&mut self, index: &Index) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let mut keys = Vec::new();
        let guard = reader.scan(index.space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            keys.push(cursor.key().to_vec());
        }
        drop(cursor);
        drop(guard);
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            keys.iter().for_each(|key| writes.delete(index.space, key));
        }
        Ok(())
    }
}

/// Whether an index has an entry for a row in memory.
pub(in crate::session) fn has_entry(index: &Index, values: &[Value]) -> bool {
    index.filter.is_none_or(|filter| values[filter].as_ref().truth() == Some(true))
}
