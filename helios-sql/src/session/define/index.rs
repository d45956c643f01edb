//! CREATE INDEX, and making the entries of an index anew.

use std::sync::Arc;

use foldhash::HashSet;
use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::{Constraint, Error, ErrorKind, Result, Value, ValueRef};

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema};
use crate::ast::{CreateIndex, IndexHint};
use crate::bind::Binder;
use crate::catalog::{Index, IndexColumn, ObjectKind, Table, define_index};
use crate::chunk::{CHUNK_ROWS, Chunk, Column, Strings};
use crate::exec::{build, drain};
use crate::plan::{Access, ColumnId, Plan, Query, Scan};
use crate::spill::{Sorter, Workspace};
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
        let mut sql = format!("CREATE {unique}INDEX {}", create.tail.of(statement.text()));
        if let Some(method) = &create.method {
            // What `vector` means may be set otherwise the next time.
            let kind = self.database.vectors().kinds().kind(&method.kind)?.name();
            let end = sql.len() - (create.tail.end - method.kind.place.0.end);
            sql.replace_range(end - method.kind.place.0.of(statement.text()).len()..end, kind);
        }
        let row = self.schema_row(ObjectKind::Index, name, &table.name, Some(sql.into()))?;
        let index =
            define_index(create, &mut (*table).clone(), row.space, row.sql.clone().unwrap_or_default())?;
        if let Some(vector) = &index.vector {
            self.database.vectors().kinds().check(vector)?;
        }
        catalog.check_named(index.columns.iter().map(|column| &column.collation))?;
        if let Some(filter) = &create.filter {
            let view = self.defining_view()?;
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
        if let Some(vector) = &index.vector {
            return self.fill_vector_index(table, index, vector);
        }
        let view = self.current_view()?;
        let checks = Binder::new(&view, table.sql.clone()).bind_row(table)?;
        let program = RowProgram::new(table, &checks)?;
        let mut context = self.context_of(&view);
        let mut entries = Entries::new(table, index, &context.workspace());
        if let Some(query) = column_scan(table, index) {
            let place = |column: Option<usize>| {
                let found = index.columns.iter().position(|known| known.column == column);
                found.unwrap_or(index.columns.len())
            };
            drain(&mut *build(&query, &[])?.root, &mut context, |chunk| {
                let rowids = chunk.column(index.columns.len());
                let id = |row| RowId::Rowid(rowids.get(row).to_integer());
                entries.add(chunk.rows(), id, |row, column| chunk.value(row, place(column)))
            })?;
            return self.write_entries(entries);
        }
        let mut start = Vec::new();
        loop {
            let mut rows = read_rows(table, &program, &mut start, &mut context)?;
            if rows.is_empty() {
                return self.write_entries(entries);
            }
            rows.retain(|(_, values)| has_entry(index, values));
            let value = |row: usize, column: Option<usize>| {
                let values: &[Value] = &rows[row].1;
                values[column.unwrap_or(table.rowid_position())].as_ref()
            };
            entries.add(rows.len(), |row| rows[row].0.clone(), value)?;
        }
    }

    /// Writes entries in the order of their keys.
    fn write_entries(&self, entries: Entries<'_>) -> Result<()> {
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let Entries { table, index, sorter, .. } = entries;
        let mut sorted = sorter.finish()?;
        let mut chunk = Chunk::default();
        let mut last = None;
        while sorted.next(&mut chunk)? {
            self.interrupt.check()?;
            let mut writes = transaction.writes();
            let (payloads, keys) = (chunk.column(0), chunk.column(1));
            for row in 0..chunk.rows() {
                let key = keys.bytes(row);
                if last.as_deref() == Some(key) {
                    return Err(not_unique(table, index));
                }
                writes.put(index.space, key, |out| out.extend_from_slice(payloads.bytes(row)));
                if index.unique {
                    let last = last.get_or_insert_with(Vec::new);
                    last.clear();
                    last.extend_from_slice(key);
                }
            }
        }
        Ok(())
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

/// The entries of a new index on their way into the order of their keys.
struct Entries<'a> {
    table: &'a Table,
    index: &'a Index,
    /// The payloads of entries, by their keys.
    sorter: Sorter,
    /// The values of a unique index whose keys do not show which are equal by its collations.
    seen: Option<HashSet<Vec<u8>>>,
}

impl<'a> Entries<'a> {
    fn new(table: &'a Table, index: &'a Index, workspace: &Workspace) -> Entries<'a> {
        let is_shown = index.columns.iter().all(|column| column.collation.is_stored());
        let seen = (index.unique && !is_shown).then(HashSet::default);
        let sorter = Sorter::new(workspace, 1).with_keys();
        Entries { table, index, sorter, seen }
    }

    /// Takes the entries of some rows.
    fn add<'v>(
        &mut self,
        rows: usize,
        id: impl Fn(usize) -> RowId,
        value: impl Fn(usize, Option<usize>) -> ValueRef<'v>,
    ) -> Result<()> {
        let (mut keys, mut payloads) = (Strings::default(), Strings::default());
        for row in 0..rows {
            let id = id(row);
            let mut alone = false;
            keys.push_with(|key| alone = write_entry(self.index, &id, |column| value(row, column), key));
            payloads.push_with(|payload| {
                if alone {
                    id.write(payload);
                }
            });
            if alone
                && let Some(seen) = &mut self.seen
                && !seen.insert(compared(self.index, |column| value(row, column)))
            {
                return Err(not_unique(self.table, self.index));
            }
        }
        let payloads = Column::blobs_or_null(payloads, Vec::new());
        self.sorter.push(Chunk::new(vec![payloads.into()], rows), |row, key| {
            key.extend_from_slice(keys.get(row));
        })
    }
}

/// What is equal exactly if the values of an index are by the collations of their columns.
fn compared<'v>(index: &Index, value: impl Fn(Option<usize>) -> ValueRef<'v>) -> Vec<u8> {
    let mut key = Vec::new();
    for column in &index.columns {
        key::write_value(value(column.column), &column.collation, column.order, &mut key);
    }
    key
}

fn not_unique(table: &Table, index: &Index) -> Error {
    Error::new(ErrorKind::Constraint(Constraint::Unique), index_error(table, index).message())
}

/// A scan of the columns of an index and of the rowid, where rows need nothing else to have their entries: neither
/// expressions nor conditions.
pub(in crate::session) fn column_scan(table: &Arc<Table>, index: &Index) -> Option<Query> {
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
        first_rows: None,
        expressions: Vec::new(),
    };
    Some(Query { plan: Plan::Scan(Box::new(scan)), columns: ids })
}

/// Whether an index has an entry for a row in memory.
pub(in crate::session) fn has_entry(index: &Index, values: &[Value]) -> bool {
    index.filter.is_none_or(|filter| values[filter].as_ref().truth() == Some(true))
}
