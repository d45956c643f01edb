//! One row of a table: written, deleted, read, checked, returned.

use std::sync::Arc;

use helios_core::encoding::{key, record};
use helios_core::{Error, Result, Value, ValueRef};

use super::Writer;
use crate::bind::RowChecks;
use crate::catalog::{Index, Table};
use crate::chunk::{Chunk, Column};
use crate::exec::{Context, eval, resolve};
use crate::plan::{ColumnId, Expr};
use crate::table::write_entry;

/// What is to be evaluated over a row: its columns are those of the table, then the rowid.
#[derive(Debug)]
pub struct RowProgram {
    /// CHECK constraints: what a message calls them, and what has to hold.
    pub(super) checks: Vec<(String, Expr)>,
    /// Whether a CHECK looks at the rowid, which is not known before the row's turn comes.
    pub(super) checks_rowid: bool,
    /// RETURNING.
    pub(super) returning: Vec<Expr>,
    /// What a column that must not be NULL gets in place of NULL, where REPLACE asks for it.
    defaults: Vec<(usize, Expr)>,
}

impl RowProgram {
    /// Makes the expressions ready to run.
    pub fn new(row: &RowChecks) -> Result<RowProgram> {
        let mut checks = Vec::with_capacity(row.checks.len());
        let rowid = ColumnId(row.columns.len() as u32 - 1);
        let mut checks_rowid = false;
        for (label, expr) in &row.checks {
            let expr = resolve(expr, &row.columns)?;
            expr.for_each_column(&mut |id| checks_rowid |= id == rowid);
            checks.push((label.clone(), expr));
        }
        let returning = row.returning.iter().map(|column| resolve(&column.expr, &row.columns));
        let returning = returning.collect::<Result<_>>()?;
        Ok(RowProgram { checks, checks_rowid, returning, defaults: row.defaults.clone() })
    }

    /// The default of a column that must not be NULL; NULL if it has none.
    pub(super) fn default_of(&self, position: usize, context: &mut Context) -> Result<Value> {
        match self.defaults.iter().find(|(known, _)| *known == position) {
            Some((_, default)) => eval::constant(default, context),
            None => Ok(Value::Null),
        }
    }

    /// The rows of RETURNING for the rows of `row`.
    pub(super) fn returned(&self, row: &Chunk, context: &mut Context) -> Result<Chunk> {
        let columns = self.returning.iter().map(|expr| eval::evaluate(expr, context, row));
        Ok(Chunk::new(columns.collect::<Result<_>>()?, row.rows()))
    }
}

/// One row of some columns, with another value in one place if that is wanted.
pub(super) fn one_row(
    columns: &[Arc<Column>],
    row: usize,
    other: Option<(usize, &Value)>,
) -> Vec<Arc<Column>> {
    let value = |(place, column): (usize, &Arc<Column>)| match other {
        Some((position, value)) if position == place => value.clone(),
        _ => column.get(row).to_value(),
    };
    columns.iter().enumerate().map(|column| Arc::new(Column::constant(value(column), 1))).collect()
}

/// Rows of a table in memory: the columns of the table, then the rowid.
pub(super) struct Rows<'a> {
    pub(super) table: &'a Table,
    pub(super) columns: &'a [Arc<Column>],
}

impl Rows<'_> {
    /// The value of a column; `None` is the rowid.
    pub(super) fn value(&self, row: usize, rowid: i64, column: Option<usize>) -> ValueRef<'_> {
        match column {
            Some(position) if self.table.rowid_column != Some(position) => self.columns[position].get(row),
            _ => ValueRef::Integer(rowid),
        }
    }

    /// One row as a chunk, with its rowid.
    pub(super) fn chunk(&self, row: usize, rowid: i64) -> Chunk {
        let mut chunk = Chunk::default();
        for position in 0..self.table.columns.len() {
            let value = self.value(row, rowid, Some(position)).to_value();
            chunk.push_column(Arc::new(Column::constant(value, 1)));
        }
        chunk.push_column(Arc::new(Column::constant(Value::Integer(rowid), 1)));
        chunk.set_rows(1);
        chunk
    }
}

impl Writer<'_> {
    /// Writes a row and its index entries, whatever is there.
    pub(super) fn put_row(&mut self, rows: &Rows<'_>, row: usize, rowid: i64) {
        self.put_record(rows, row, rowid);
        for index in &rows.table.indexes {
            self.put_entry(index, rows, row, rowid);
        }
    }

    /// Writes a row without its index entries.
    pub(super) fn put_record(&mut self, rows: &Rows<'_>, row: usize, rowid: i64) {
        let table = rows.table;
        let row_key = RowKey::new(rowid);
        let values = rows.columns[..table.columns.len()].iter().enumerate().map(|(position, column)| {
            if table.rowid_column == Some(position) { ValueRef::Null } else { column.get(row) }
        });
        self.transaction
            .writes()
            .put(table.space, row_key.bytes(), |payload| record::write(0, values, payload));
    }

    pub(super) fn put_entry(&mut self, index: &Index, rows: &Rows<'_>, row: usize, rowid: i64) {
        let mut entry = Vec::with_capacity(32);
        let alone = write_entry(index, rowid, |column| rows.value(row, rowid, column), &mut entry);
        self.transaction.writes().put(index.space, &entry, |payload| {
            if alone {
                key::write_rowid(rowid, payload);
            }
        });
    }

    pub(super) fn delete_entry(&mut self, index: &Index, rows: &Rows<'_>, row: usize, rowid: i64) {
        let mut entry = Vec::with_capacity(32);
        write_entry(index, rowid, |column| rows.value(row, rowid, column), &mut entry);
        self.transaction.writes().delete(index.space, &entry);
    }

    /// Deletes a row and its index entries.
    pub(super) fn delete_row(&mut self, rows: &Rows<'_>, row: usize, rowid: i64) {
        self.transaction.writes().delete(rows.table.space, RowKey::new(rowid).bytes());
        for index in &rows.table.indexes {
            self.delete_entry(index, rows, row, rowid);
        }
        self.rowids.forget(rows.table.space);
    }

    /// Whether a row exists. Above the highest rowid known none does.
    pub(super) fn row_exists(&mut self, table: &Table, rowid: i64) -> Result<bool> {
        let highest = self.rowids.highest(table.space, &self.reader)?;
        if highest.is_none_or(|highest| rowid > highest) {
            return Ok(false);
        }
        self.reader.contains(table.space, RowKey::new(rowid).bytes())
    }

    /// The columns of a stored row.
    pub(super) fn stored_row(&self, table: &Table, rowid: i64) -> Result<Option<Vec<Arc<Column>>>> {
        let mut values = vec![Value::Null; table.columns.len()];
        let wanted: Vec<usize> = (0..table.columns.len()).collect();
        let mut read = Ok(0);
        let exists = self.reader.get(table.space, RowKey::new(rowid).bytes(), &mut |version| {
            read = record::Record::open(version.payload)
                .and_then(|record| record.visit(&wanted, |place, value| values[place] = value.to_value()));
        })?;
        read?;
        if let Some(position) = table.rowid_column {
            values[position] = Value::Integer(rowid);
        }
        values.push(Value::Integer(rowid));
        Ok(exists.then(|| values.into_iter().map(|value| Arc::new(Column::constant(value, 1))).collect()))
    }

    /// Deletes a stored row by its rowid, so that another one may take its place.
    pub(super) fn delete_stored(&mut self, table: &Table, rowid: i64) -> Result<()> {
        self.outcome.replaced.insert(rowid);
        if let Some(columns) = self.stored_row(table, rowid)? {
            self.delete_row(&Rows { table, columns: &columns }, 0, rowid);
        }
        Ok(())
    }
}

/// The key of a row.
struct RowKey(Vec<u8>);

impl RowKey {
    fn new(rowid: i64) -> RowKey {
        let mut bytes = Vec::with_capacity(9);
        key::write_rowid(rowid, &mut bytes);
        RowKey(bytes)
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The rowid that a value stands for; `None` for NULL, which asks for a new one.
pub(super) fn given_rowid(value: ValueRef<'_>) -> Result<Option<i64>> {
    if value.is_null() {
        return Ok(None);
    }
    match crate::table::rowid_of_value(value) {
        Some(rowid) => Ok(Some(rowid)),
        None => Err(Error::new(helios_core::ErrorKind::Mismatch, "datatype mismatch")),
    }
}
