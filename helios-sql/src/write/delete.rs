//! DELETE.

use std::sync::Arc;

use helios_core::Result;

use super::Writer;
use super::hooks::{Hooks, Images};
use super::row::{RowProgram, Rows, given_rowid};
use super::work::WorkRows;
use crate::ast::ConflictClause;
use crate::bind::BoundDelete;
use crate::catalog::Table;
use crate::chunk::Chunk;
use crate::exec::{Built, Context};
use crate::module::RowChange;
use crate::table::RowId;

/// DELETE, ready to run.
#[derive(Debug)]
pub struct DeleteProgram {
    /// The rows: the columns of the table, the rowid.
    pub source: Built,
    /// The table.
    pub table: Arc<Table>,
    row: RowProgram,
    hooks: Hooks,
}

impl DeleteProgram {
    /// Puts together what was bound and built.
    pub fn new(bound: &BoundDelete, source: Built, hooks: Hooks) -> Result<DeleteProgram> {
        bound.table.check_index_collations()?;
        let row = RowProgram::new(&bound.table, &bound.row)?;
        Ok(DeleteProgram { source, table: bound.table.clone(), row, hooks })
    }

    /// Runs for the parameters of the context.
    pub fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let rowid = self.table.rowid_position();
        let mut rows = WorkRows::read_by_rowid(&mut self.source, rowid, context)?;
        let mut chunk = Chunk::default();
        while rows.next(&mut chunk)? {
            context.interrupt.check_rows(chunk.rows())?;
            if self.table.view.is_some() {
                self.delete_from_view(&chunk, writer, context)?;
            } else if let Some(connected) = &self.table.connected {
                for row in 0..chunk.rows() {
                    let rowid = chunk.value(row, self.table.rowid_position()).to_integer();
                    let change = RowChange::Delete(rowid);
                    writer.change_virtual(&self.table, connected, change, None, context)?;
                }
            } else {
                self.delete(&chunk, writer, context)?;
            }
        }
        Ok(())
    }

    fn delete(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let columns = self.row.completed(&self.table, chunk.columns(), chunk.rows(), context)?;
        let rows = Rows { table: &self.table, columns: &columns };
        for row in 0..chunk.rows() {
            let rowid = given_rowid(chunk.value(row, self.table.rowid_position()))?;
            let Some(id) = rows.id(row, rowid) else { continue };
            let deleted = if self.hooks.is_empty() && !writer.was_disturbed() {
                writer.delete_row(&rows, row, &id);
                true
            } else {
                writer.delete_with_hooks(&self.table, &id, &self.row, &self.hooks, context)?
            };
            if !deleted {
                continue;
            }
            writer.outcome.changes += 1;
            if !self.row.returning.is_empty() {
                let returned = self.row.returned(&rows.chunk(row, &id), context)?;
                writer.outcome.give_back(returned, context)?;
            }
        }
        Ok(())
    }

    fn delete_from_view(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        for row in 0..chunk.rows() {
            let old = (0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect();
            let goes_on = writer.fire(&self.hooks.instead, Images { old: Some(&old), new: None }, context)?;
            if goes_on && !self.row.returning.is_empty() {
                let mut one = chunk.clone();
                one.select(&[row as u32]);
                let returned = self.row.returned(&one, context)?;
                writer.outcome.give_back(returned, context)?;
            }
        }
        Ok(())
    }
}

impl Writer<'_> {
    /// Deletes a stored row and does what follows from it. Returns whether it was deleted: triggers may have done so
    /// already, or have refused.
    pub(super) fn delete_with_hooks(
        &mut self,
        table: &Table,
        id: &RowId,
        program: &RowProgram,
        hooks: &Hooks,
        context: &mut Context,
    ) -> Result<bool> {
        let Some(mut columns) = program.stored(table, id, self, context)? else { return Ok(false) };
        let mut old = Rows { table, columns: &columns }.values(0, id);
        if !hooks.before.is_empty() {
            if !self.fire(&hooks.before, Images { old: Some(&old), new: None }, context)? {
                return Ok(false);
            }
            let Some(now) = program.stored(table, id, self, context)? else { return Ok(false) };
            columns = now;
            old = Rows { table, columns: &columns }.values(0, id);
        }
        let images = Images { old: Some(&old), new: None };
        self.delete_row(&Rows { table, columns: &columns }, 0, id);
        self.check_references(hooks, images, context)?;
        self.fire(&hooks.after, images, context)?;
        Ok(true)
    }

    /// Deletes a stored row that is in the way of another.
    pub(super) fn replace(
        &mut self,
        table: &Table,
        id: &RowId,
        program: &RowProgram,
        hooks: &Hooks,
        context: &mut Context,
    ) -> Result<()> {
        if let Some(replaced) = &hooks.replaced {
            // What the triggers do replaces rows as well, whatever the statement says.
            let outer = self.on_conflict.replace(ConflictClause::Replace);
            let deleted = self.delete_with_hooks(table, id, program, replaced, context);
            self.on_conflict = outer;
            return deleted.map(drop);
        }
        if table.indexes.is_empty() {
            // Its key tells all that there is to delete.
            self.delete_row(&Rows { table, columns: &[] }, 0, id);
        } else if let Some(columns) = program.stored(table, id, self, context)? {
            self.delete_row(&Rows { table, columns: &columns }, 0, id);
        }
        Ok(())
    }
}
