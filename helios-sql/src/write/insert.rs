//! INSERT.

use std::sync::Arc;

use helios_core::Result;

use super::constraint::{
    Checked, Obstacle, constraint_order, missing_value, not_null_error, own_conflict, unique_error,
};
use super::row::{RowProgram, Rows, given_rowid, one_row};
use super::upsert::UpsertProgram;
use super::{Resolution, Writer, all_rows, resolution};
use crate::ast::ConflictClause;
use crate::bind::{BoundInsert, ValueSource};
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::{Built, Context, eval};

/// INSERT, ready to run.
#[derive(Debug)]
pub struct InsertProgram {
    /// The table.
    pub table: Arc<Table>,
    /// The rows.
    pub source: Built,
    /// The rows of many parameter sets at once, if that can be.
    pub batch: Option<Built>,
    on_conflict: Option<ConflictClause>,
    values: Vec<ValueSource>,
    rowid: Option<usize>,
    row: RowProgram,
    upserts: Vec<UpsertProgram>,
    /// The unique constraints in the order in which they are looked at.
    order: Vec<Option<usize>>,
    /// The source reads no table, so rows can be written while it goes on.
    reads_nothing: bool,
}

impl InsertProgram {
    /// Puts together what was bound and built.
    pub fn new(bound: &BoundInsert, source: Built, batch: Option<Built>) -> Result<InsertProgram> {
        let targets = bound.upserts.iter().filter_map(|upsert| upsert.target);
        Ok(InsertProgram {
            order: constraint_order(&bound.table, bound.on_conflict, targets),
            table: bound.table.clone(),
            source,
            on_conflict: bound.on_conflict,
            values: bound.values.clone(),
            rowid: bound.rowid,
            row: RowProgram::new(&bound.row)?,
            upserts: bound
                .upserts
                .iter()
                .map(|upsert| UpsertProgram::new(upsert, &bound.table))
                .collect::<Result<_>>()?,
            reads_nothing: batch.is_some(),
            batch,
        })
    }

    /// Runs for the parameters of the context.
    pub fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        if !self.reads_nothing {
            for chunk in all_rows(&mut self.source, context)? {
                self.insert(&chunk, writer, context)?;
            }
            return Ok(());
        }
        self.source.root.open(context)?;
        let mut chunk = Chunk::default();
        while self.source.root.next(context, &mut chunk)? {
            self.insert(&chunk, writer, context)?;
        }
        Ok(())
    }

    /// Runs for each row of the context's parameters. Rows before an error stay.
    pub fn run_batch(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let Some(batch) = &mut self.batch else {
            return self.run(writer, context);
        };
        let mut chunk = Chunk::default();
        batch.root.open(context)?;
        if batch.root.next(context, &mut chunk)? {
            self.insert(&chunk, writer, context)?;
        }
        Ok(())
    }

    fn insert(&self, source: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let table = &*self.table;
        let rows = source.rows();
        let mut columns = Vec::with_capacity(table.columns.len() + 1);
        for (value, column) in self.values.iter().zip(&table.columns) {
            let given = match value {
                ValueSource::Source(position) => source.column(*position).clone(),
                ValueSource::Default(expr) => {
                    Arc::new(Column::constant(eval::constant(expr, context)?, rows))
                }
            };
            columns.push(eval::convert_column(column.affinity, &given));
        }
        let rowids = self.rowid.map(|position| source.column(position).clone());
        columns.push(
            rowids.clone().unwrap_or_else(|| Arc::new(Column::constant(helios_core::Value::Null, rows))),
        );
        let chunk = Chunk::new(columns, rows);
        let checked = self.row.check_all(&chunk, context)?;
        let rows = Rows { table, columns: chunk.columns() };
        for row in 0..chunk.rows() {
            let given = match &rowids {
                Some(rowids) => given_rowid(rowids.get(row))?,
                None => None,
            };
            self.insert_row(&rows, row, given, &checked, writer, context)?;
        }
        Ok(())
    }

    fn insert_row(
        &self,
        rows: &Rows<'_>,
        row: usize,
        given: Option<i64>,
        checked: &Checked,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = rows.table;
        let rowid = match given {
            Some(rowid) => rowid,
            None => match writer.sequence {
                Some(sequence) => writer.rowids.next_above(sequence, table.space, &writer.reader)?,
                None => writer.rowids.next(table.space, &writer.reader, &*context.facts.entropy)?,
            },
        };
        writer.sequence = writer.sequence.map(|sequence| sequence.max(rowid));
        if let Some(position) = missing_value(rows, row) {
            return self.insert_without(position, rows, row, rowid, writer, context);
        }
        if !self.row.checks.is_empty()
            && let Some(error) = self.row.broken_check(checked, rows, row, rowid, context)?
        {
            return match resolution(self.on_conflict, None) {
                Some(Resolution::Skip) => Ok(()),
                _ => Err(writer.refuse(self.on_conflict, None, error)),
            };
        }
        while let Some(obstacle) = writer.obstacle(&self.order, rows, row, rowid, None, given.is_some())? {
            if !self.clear(&obstacle, rows, row, rowid, writer, context)? {
                return Ok(());
            }
        }
        writer.put_row(rows, row, rowid);
        writer.rowids.inserted(table.space, rowid);
        writer.outcome.changes += 1;
        writer.outcome.last_insert_rowid = Some(rowid);
        if !self.row.returning.is_empty() {
            let returned = self.row.returned(&rows.chunk(row, rowid), context)?;
            writer.outcome.returned.push(returned);
        }
        Ok(())
    }

    /// A row with a NULL where none may be: left out, or, with REPLACE, given the default.
    fn insert_without(
        &self,
        position: usize,
        rows: &Rows<'_>,
        row: usize,
        rowid: i64,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let own = rows.table.columns[position].not_null;
        let default = self.row.default_of(position, context)?;
        match resolution(self.on_conflict, own) {
            Some(Resolution::Skip) => Ok(()),
            Some(Resolution::Replace) if !default.is_null() => {
                let default = rows.table.columns[position].affinity.apply(default);
                let chunk = Chunk::new(one_row(rows.columns, row, Some((position, &default))), 1);
                let checked = self.row.check_all(&chunk, context)?;
                let rows = Rows { table: rows.table, columns: chunk.columns() };
                self.insert_row(&rows, 0, Some(rowid), &checked, writer, context)
            }
            _ => Err(writer.refuse(self.on_conflict, own, not_null_error(rows.table, position))),
        }
    }

    /// Does what is to be done about a row in the way. Returns whether the new row is still to be inserted.
    fn clear(
        &self,
        obstacle: &Obstacle,
        rows: &Rows<'_>,
        row: usize,
        rowid: i64,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<bool> {
        if let Some(upsert) = self.upserts.iter().find(|upsert| upsert.is_about(obstacle)) {
            upsert.run(obstacle.rowid, rows, row, rowid, &self.row, writer, context)?;
            return Ok(false);
        }
        let own = own_conflict(rows.table, obstacle);
        match resolution(self.on_conflict, own) {
            Some(Resolution::Skip) => Ok(false),
            Some(Resolution::Replace) => {
                writer.delete_stored(rows.table, obstacle.rowid)?;
                Ok(true)
            }
            None => Err(writer.refuse(self.on_conflict, own, unique_error(rows.table, obstacle))),
        }
    }
}
