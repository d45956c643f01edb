//! One row of a table: completed, written, deleted, read, returned.

use std::borrow::Cow;
use std::sync::Arc;

use helios_core::encoding::record;
use helios_core::value::Affinity;
use helios_core::{Result, Value, ValueRef};

use super::convert::stored_column;
use super::disturbance::{changed_meanwhile, read_undisturbed};
use super::hooks::Hooks;
use super::{RowValues, Writer, mismatch};
use crate::bind::RowChecks;
use crate::catalog::{Index, Table};
use crate::chunk::{Chunk, Column};
use crate::exec::{Context, eval, resolve};
use crate::plan::{ColumnId, Expr};
use crate::table::{RowDecoder, RowId, write_entry};
use crate::vector::Marker;

/// What is to be evaluated over a row: its columns are those of the table, then the rowid.
#[derive(Debug)]
pub struct RowProgram {
    /// CHECK constraints: what a message calls them, and what has to hold.
    pub(super) checks: Vec<(String, Expr)>,
    /// Whether there are any, even if they have to hold already.
    pub(super) has_checks: bool,
    /// Whether a CHECK looks at the rowid, which is not known before the row's turn comes.
    pub(super) checks_rowid: bool,
    /// RETURNING.
    pub(super) returning: Vec<Expr>,
    /// The numbers of the queries in RETURNING.
    returning_queries: std::ops::Range<usize>,
    /// Generated columns, each after those that it mentions.
    generated: Vec<(usize, Expr)>,
    /// Expressions that indexes mention.
    expressions: Vec<Expr>,
    /// What a column that must not be NULL gets in place of NULL, where REPLACE asks for it.
    defaults: Vec<(usize, Expr)>,
    /// Whether generated columns or expressions look at the rowid.
    pub(super) derives_from_rowid: bool,
    decoder: RowDecoder,
}

impl RowProgram {
    /// Makes the expressions ready to run.
    pub fn new(table: &Table, row: &RowChecks) -> Result<RowProgram> {
        let rowid = ColumnId(row.columns.len() as u32 - 1);
        let mentions_rowid = |expr: &Expr| {
            let mut found = false;
            expr.for_each_column(&mut |id| {
                found |= id == rowid || table.rowid_column.is_some_and(|column| id.0 as usize == column);
            });
            found
        };
        let mut checks = Vec::with_capacity(row.checks.len());
        for (label, expr) in &row.checks {
            checks.push((label.clone(), resolve(expr, &row.columns)?));
        }
        let mut generated = Vec::with_capacity(row.generated.len());
        for (position, expr) in &row.generated {
            generated.push((*position, resolve(expr, &row.columns)?));
        }
        let resolved = |exprs: &[Expr]| exprs.iter().map(|expr| resolve(expr, &row.columns)).collect();
        let expressions: Vec<Expr> = Result::<Vec<Expr>>::from(resolved(&row.expressions))?;
        let derived = generated.iter().map(|(_, expr)| expr).chain(&expressions);
        Ok(RowProgram {
            checks_rowid: checks.iter().any(|(_, check)| mentions_rowid(check)),
            derives_from_rowid: derived.into_iter().any(mentions_rowid),
            checks,
            has_checks: row.has_checks,
            returning: row
                .returning
                .iter()
                .map(|column| resolve(&column.expr, &row.columns))
                .collect::<Result<_>>()?,
            returning_queries: row.returning_queries.clone(),
            generated,
            expressions,
            defaults: row.defaults.clone(),
            decoder: RowDecoder::all(table),
        })
    }

    /// Whether a row is its columns and nothing more, and no CHECK looks at its rowid.
    pub(super) fn is_plain(&self) -> bool {
        let follows = [&self.expressions, &self.returning].iter().any(|exprs| !exprs.is_empty());
        !self.checks_rowid && self.generated.is_empty() && !follows
    }

    /// Whether values are brought to their types, which a strict table checks, before anything else is looked at:
    /// triggers and generated columns want that.
    pub(super) fn checks_types_first(&self, hooks: &Hooks) -> bool {
        !self.generated.is_empty() || !hooks.before.is_empty()
    }

    /// The default of a column that must not be NULL; NULL if it has none.
    pub(super) fn default_of(&self, position: usize, context: &mut Context) -> Result<Value> {
        match self.defaults.iter().find(|(known, _)| *known == position) {
            Some((_, default)) => eval::constant(default, context),
            None => Ok(Value::Null),
        }
    }

    /// Fills in what follows from the columns: generated columns and index expressions. `columns` are the columns of the
    /// table and the rowid; what comes after them is made anew.
    pub(super) fn complete(
        &self,
        table: &Table,
        columns: &mut Vec<Arc<Column>>,
        rows: usize,
        context: &mut Context,
    ) -> Result<()> {
        if self.generated.is_empty() && self.expressions.is_empty() {
            return Ok(());
        }
        columns.truncate(table.columns.len() + 1);
        for (position, expr) in &self.generated {
            let value = eval::evaluate(expr, context, &Chunk::new(columns.clone(), rows))?;
            columns[*position] = stored_column(&table.columns[*position], &value);
        }
        let row = Chunk::new(columns.clone(), rows);
        for expr in &self.expressions {
            columns.push(eval::evaluate(expr, context, &row)?);
        }
        Ok(())
    }

    /// [`RowProgram::complete`] for columns that somebody else has: they are copied only where something is to be filled
    /// in.
    pub(super) fn completed<'c>(
        &self,
        table: &Table,
        columns: &'c [Arc<Column>],
        rows: usize,
        context: &mut Context,
    ) -> Result<Cow<'c, [Arc<Column>]>> {
        if self.generated.is_empty() && self.expressions.is_empty() {
            return Ok(Cow::Borrowed(columns));
        }
        let mut columns = columns.to_vec();
        self.complete(table, &mut columns, rows, context)?;
        Ok(Cow::Owned(columns))
    }

    /// The rows of RETURNING for the rows of `row`.
    pub(super) fn returned(&self, row: &Chunk, context: &mut Context) -> Result<Chunk> {
        // They see what was done to the rows so far.
        for number in self.returning_queries.clone() {
            if let Some(subquery) = context.subqueries.get_mut(number) {
                subquery.reset();
            }
        }
        let columns = self.returning.iter().map(|expr| eval::evaluate(expr, context, row));
        Ok(Chunk::new(columns.collect::<Result<_>>()?, row.rows()))
    }

    /// The columns of a stored row, complete.
    pub(super) fn stored(
        &self,
        table: &Table,
        id: &RowId,
        writer: &Writer<'_>,
        context: &mut Context,
    ) -> Result<Option<Vec<Arc<Column>>>> {
        read_undisturbed(writer, || {
            let Some(mut columns) = self.kept(table, id, writer)? else { return Ok(None) };
            self.complete(table, &mut columns, 1, context)?;
            Ok(Some(columns))
        })
    }

    /// An error if a stored row is not any more what it was after so many disturbances.
    pub(super) fn check_same(
        &self,
        (table, id): (&Table, &RowId),
        (old, row): (&Rows<'_>, usize),
        before: u64,
        writer: &Writer<'_>,
    ) -> Result<()> {
        if writer.disturbances() == before {
            return Ok(());
        }
        let now = self.kept(table, id, writer)?.ok_or_else(changed_meanwhile)?;
        let mut columns = old.columns.iter().zip(&now).zip(&table.columns);
        match columns.all(|((old, now), column)| column.is_virtual() || old.get(row).is_identical(now.get(0)))
        {
            true => Ok(()),
            false => Err(changed_meanwhile()),
        }
    }

    /// The columns of a row and its rowid, as they are stored.
    fn kept(&self, table: &Table, id: &RowId, writer: &Writer<'_>) -> Result<Option<Vec<Arc<Column>>>> {
        let mut values = vec![Value::Null; table.columns.len() + 1];
        let mut read = Ok(());
        let key = id.key();
        let exists = writer.site.reader.get(table.space, &key, &mut |version| {
            read =
                self.decoder.decode(&key, version.payload, |place, value| values[place] = value.to_value());
        })?;
        read?;
        if !exists {
            return Ok(None);
        }
        if let RowId::Rowid(rowid) = id {
            if let Some(position) = table.rowid_column {
                values[position] = Value::Integer(*rowid);
            }
            values[table.rowid_position()] = Value::Integer(*rowid);
        }
        Ok(Some(values.into_iter().map(|value| Arc::new(Column::constant(value, 1))).collect()))
    }
}

/// Rows of a table in memory: the columns of the table, the rowid, index expressions.
pub(super) struct Rows<'a> {
    pub(super) table: &'a Table,
    pub(super) columns: &'a [Arc<Column>],
}

impl Rows<'_> {
    /// What stands at a position; `None` is the rowid.
    #[inline]
    pub(super) fn value(&self, row: usize, id: &RowId, column: Option<usize>) -> ValueRef<'_> {
        match (column, id) {
            (Some(position), RowId::Key(_)) => self.columns[position].get(row),
            (Some(position), _)
                if self.table.rowid_column != Some(position) && position != self.table.rowid_position() =>
            {
                self.columns[position].get(row)
            }
            (_, RowId::Rowid(rowid)) => ValueRef::Integer(*rowid),
            (None, RowId::Key(_)) => ValueRef::Null,
        }
    }

    /// What finds a row, if its rowid is `rowid`.
    pub(super) fn id(&self, row: usize, rowid: Option<i64>) -> Option<RowId> {
        if self.table.row_key.is_none() {
            return rowid.map(RowId::Rowid);
        }
        Some(RowId::of_row(self.table, |column| {
            column.map_or(ValueRef::Null, |position| self.columns[position].get(row))
        }))
    }

    /// The columns of one row and its rowid, as values.
    pub(super) fn values(&self, row: usize, id: &RowId) -> RowValues {
        (0..=self.table.columns.len())
            .map(|position| self.value(row, id, Some(position)).to_value())
            .collect()
    }

    /// One row as a chunk, with its rowid.
    pub(super) fn chunk(&self, row: usize, id: &RowId) -> Chunk {
        let columns = self.values(row, id).into_iter().map(|value| Arc::new(Column::constant(value, 1)));
        Chunk::new(columns.collect(), 1)
    }

    /// Whether an index has an entry for a row.
    pub(super) fn is_in(&self, index: &Index, row: usize) -> bool {
        index.filter.is_none_or(|filter| self.columns[filter].get(row).truth() == Some(true))
    }
}

impl Writer<'_> {
    /// Writes a row and its index entries, whatever is there.
    pub(super) fn put_row(&mut self, rows: &Rows<'_>, row: usize, id: &RowId) -> Result<()> {
        self.put_record(rows, row, id)?;
        for index in &rows.table.indexes {
            self.put_entry(index, rows, row, id);
        }
        Ok(())
    }

    /// Writes a row without its index entries.
    pub(super) fn put_record(&mut self, rows: &Rows<'_>, row: usize, id: &RowId) -> Result<()> {
        let table = rows.table;
        let values = rows.columns[..table.columns.len()].iter().enumerate().map(|(position, column)| {
            let is_elsewhere = table.rowid_column == Some(position) || table.columns[position].is_virtual();
            if is_elsewhere { ValueRef::Null } else { column.get(row) }
        });
        let layout = table.layouts.newest();
        let write_key = |bytes: &mut Vec<u8>| id.write(bytes);
        if !table.sealed.is_empty() {
            let (mut values, key): (Vec<Value>, _) = (values.map(ValueRef::to_value).collect(), id.key());
            for seal in &table.sealed {
                values[seal.position] = seal.seal(&key, values[seal.position].as_ref())?;
            }
            let write =
                |payload: &mut Vec<u8>| record::write(layout, values.iter().map(Value::as_ref), payload);
            self.site.writes().put_written(table.space, write_key, write);
            return Ok(());
        }
        let write = |payload: &mut Vec<u8>| record::write(layout, values, payload);
        self.site.writes().put_written(table.space, write_key, write);
        Ok(())
    }

    pub(super) fn put_entry(&mut self, index: &Index, rows: &Rows<'_>, row: usize, id: &RowId) {
        if let Some(vector) = &index.vector {
            let marker = Marker::of(vector.metric, rows.columns[vector.column].get(row));
            return marker.write(index.space, &id.key(), &mut self.site.writes());
        }
        if !rows.is_in(index, row) {
            return;
        }
        let mut entry = Vec::with_capacity(32);
        let alone = write_entry(index, id, |column| rows.value(row, id, column), &mut entry);
        self.site.writes().put(index.space, &entry, |payload| {
            if alone {
                id.write(payload);
            }
        });
    }

    pub(super) fn delete_entry(&mut self, index: &Index, rows: &Rows<'_>, row: usize, id: &RowId) {
        if index.vector.is_some() {
            return Marker::Gone.write(index.space, &id.key(), &mut self.site.writes());
        }
        if !rows.is_in(index, row) {
            return;
        }
        let mut entry = Vec::with_capacity(32);
        write_entry(index, id, |column| rows.value(row, id, column), &mut entry);
        self.site.writes().delete(index.space, &entry);
    }

    /// Deletes a row and its index entries.
    pub(super) fn delete_row(&mut self, rows: &Rows<'_>, row: usize, id: &RowId) {
        self.site.writes().delete(rows.table.space, &id.key());
        for index in &rows.table.indexes {
            self.delete_entry(index, rows, row, id);
        }
        if let RowId::Rowid(rowid) = id {
            self.site.rowids.deleted(rows.table.space, *rowid);
        }
    }

    /// Whether a row exists. Above the highest rowid known none does.
    pub(super) fn row_exists(&mut self, table: &Table, id: &RowId) -> Result<bool> {
        if let RowId::Rowid(rowid) = id {
            let highest = self.site.rowids.highest(table.space, &self.site.reader)?;
            if highest.is_none_or(|highest| *rowid > highest) {
                return Ok(false);
            }
        }
        self.site.reader.contains(table.space, &id.key())
    }
}

/// The rowid that a value stands for; `None` for NULL, which asks for a new one.
pub(super) fn given_rowid(value: ValueRef<'_>) -> Result<Option<i64>> {
    if value.is_null() {
        return Ok(None);
    }
    let converted = Affinity::Integer.convert(value);
    let value = converted.as_ref().map_or(value, Value::as_ref);
    crate::table::rowid_of_value(value).map(Some).ok_or_else(mismatch)
}
