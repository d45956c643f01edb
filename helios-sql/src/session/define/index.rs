//! CREATE INDEX, and making the entries of an index anew.

use std::sync::Arc;

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::WriteSet;
use helios_core::{Constraint, Error, ErrorKind, Result, Value, ValueRef};

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema};
use crate::ast::{CreateIndex, IndexHint};
use crate::bind::Binder;
use crate::catalog::{Index, IndexColumn, ObjectKind, Table, define_index};
use crate::chunk::CHUNK_ROWS;
use crate::exec::{build, drain};
use crate::plan::{Access, ColumnId, Plan, Query, Scan};
use crate::table::{RowId, write_entry};
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
            let schema = if self.is_temporary() { String::new() } else { format!("{}.", self.schema) };
            return Err(Error::sql(format!("no such table: {schema}{}", create.table)).into());
        };
        if table.is_internal() || table.name.eq_ignore_ascii_case("sqlite_sequence") {
            let name = if table.is_internal() { "sqlite_master" } else { &*table.name };
            return Err(Error::sql(format!("table {name} may not be indexed")).into());
        }
        if table.view.is_some() {
            return Err(Error::sql("views may not be indexed").into());
        }
        if table.module.is_some() {
            return Err(Error::sql("virtual tables may not be indexed").into());
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
        let index = define_index(create, &mut (*table).clone(), row.space)?;
        catalog.check_named(index.columns.iter().map(|column| &column.collation))?;
        if let Some(filter) = &create.filter {
            let view = self.current_view()?;
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
        let view = self.current_view()?;
        let checks = Binder::new(&view, table.sql.clone()).bind_row(table)?;
        let program = RowProgram::new(table, &checks)?;
        let mut context = self.context_of(&view);
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let mut entries = Entries { table, index, seen: foldhash::HashSet::default(), entry: Vec::new() };
        if let Some(query) = column_scan(table, index) {
            return drain(&mut *build(&query, &[])?.root, &mut context, |chunk| {
                let mut writes = transaction.writes();
                let place = |column: Option<usize>| {
                    let found = index.columns.iter().position(|known| known.column == column);
                    found.unwrap_or(index.columns.len())
                };
                let rowids = chunk.column(index.columns.len());
                for row in 0..chunk.rows() {
                    let id = RowId::Rowid(rowids.get(row).to_integer());
                    entries.write(&id, |column| chunk.value(row, place(column)), &mut writes)?;
                }
                Ok(())
            });
        }
        let mut start = Vec::new();
        loop {
            let rows = read_rows(table, &program, &mut start, &mut context)?;
            if rows.is_empty() {
                return Ok(());
            }
            let mut writes = transaction.writes();
            for (id, values) in rows.into_iter().filter(|(_, values)| has_entry(index, values)) {
                let value = |column: Option<usize>| values[column.unwrap_or(table.rowid_position())].as_ref();
                entries.write(&id, value, &mut writes)?;
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
            if keys.len().is_multiple_of(CHUNK_ROWS) {
                self.interrupt.check()?;
            }
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

/// The entries of a new index on their way.
struct Entries<'a> {
    table: &'a Table,
    index: &'a Index,
    seen: foldhash::HashSet<Vec<u8>>,
    entry: Vec<u8>,
}

impl Entries<'_> {
    /// Writes the entry of a row.
    fn write<'v>(
        &mut self,
        id: &RowId,
        value: impl Fn(Option<usize>) -> ValueRef<'v>,
        writes: &mut WriteSet,
    ) -> Result<()> {
        self.entry.clear();
        let alone = write_entry(self.index, id, &value, &mut self.entry);
        if alone && !self.seen.insert(self.compared(&value)) {
            let error = index_error(self.table, self.index);
            return Err(Error::new(ErrorKind::Constraint(Constraint::Unique), error.message()));
        }
        writes.put(self.index.space, &self.entry, |payload| {
            if alone {
                id.write(payload);
            }
        });
        Ok(())
    }

    /// What is equal exactly if the values are by the collations of their columns.
    fn compared<'v>(&self, value: impl Fn(Option<usize>) -> ValueRef<'v>) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.entry.len());
        for column in &self.index.columns {
            key::write_value(value(column.column), &column.collation, column.order, &mut key);
        }
        key
    }
}

/// A scan of the columns of an index and of the rowid, where rows need nothing else to have their entries: neither
/// expressions nor conditions.
fn column_scan(table: &Arc<Table>, index: &Index) -> Option<Query> {
    let is_stored = |column: &IndexColumn| match column.column {
        Some(position) => {
            Some(position) != table.rowid_column
                && table.columns.get(position).is_some_and(|column| column.generated.is_none())
        }
        None => true,
    };
    if !table.has_rowid() || index.filter.is_some() || !index.columns.iter().all(is_stored) {
        return None;
    }
    // A scan gives each column once.
    let repeats = |(number, column): (usize, &IndexColumn)| {
        index.columns[..number].iter().any(|earlier| earlier.column == column.column)
    };
    if index.columns.iter().enumerate().any(repeats) {
        return None;
    }
    let positions = index.columns.iter().map(|column| column.column).chain([None]);
    let columns: Vec<_> = positions.zip(0..).map(|(position, number)| (position, ColumnId(number))).collect();
    let ids = columns.iter().map(|(_, id)| *id).collect();
    let scan = Scan {
        table: table.clone(),
        alias: table.name.clone(),
        reader: None,
        columns,
        access: Access::All,
        backward: false,
        hint: IndexHint::None,
        for_change: false,
        expressions: Vec::new(),
    };
    Some(Query { plan: Plan::Scan(Box::new(scan)), columns: ids })
}

/// Whether an index has an entry for a row in memory.
pub(in crate::session) fn has_entry(index: &Index, values: &[Value]) -> bool {
    index.filter.is_none_or(|filter| values[filter].as_ref().truth() == Some(true))
}
