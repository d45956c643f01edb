//! UPDATE.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::constraint::{
    Checked, Obstacle, constraint_order, missing_value, not_null_error, own_conflict, unique_error,
};
use super::row::{RowProgram, Rows, given_rowid, one_row};
use super::{Resolution, Writer, all_rows_by_rowid, resolution};
use crate::ast::ConflictClause;
use crate::bind::BoundUpdate;
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::{Built, Context, eval};
use crate::table::write_entry;

/// UPDATE, ready to run.
#[derive(Debug)]
pub struct UpdateProgram {
    /// The rows: the columns of the table, the rowid, the new values.
    pub source: Built,
    table: Arc<Table>,
    on_conflict: Option<ConflictClause>,
    assigned: Vec<usize>,
    assigns_rowid: bool,
    row: RowProgram,
    order: Vec<Option<usize>>,
}

impl UpdateProgram {
    /// Puts together what was bound and built.
    pub fn new(bound: &BoundUpdate, source: Built) -> Result<UpdateProgram> {
        Ok(UpdateProgram {
            source,
            order: constraint_order(&bound.table, bound.on_conflict, std::iter::empty()),
            table: bound.table.clone(),
            on_conflict: bound.on_conflict,
            assigned: bound.assigned.clone(),
            assigns_rowid: bound.assigns_rowid,
            row: RowProgram::new(&bound.row)?,
        })
    }

    /// Runs for the parameters of the context.
    pub fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let chunks = all_rows_by_rowid(&mut self.source, self.table.columns.len(), context)?;
        for chunk in chunks {
            self.update(&chunk, writer, context)?;
        }
        Ok(())
    }

    fn update(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let width = self.table.columns.len() + 1;
        let old = &chunk.columns()[..width];
        let mut new = old.to_vec();
        for (place, &position) in self.assigned.iter().enumerate() {
            let affinity = self.table.columns[position].affinity;
            new[position] = eval::convert_column(affinity, chunk.column(width + place));
        }
        let checked = self.row.check_all(&Chunk::new(new.clone(), chunk.rows()), context)?;
        let change = Change {
            table: &self.table,
            on_conflict: self.on_conflict,
            old,
            new: &new,
            program: &self.row,
            order: &self.order,
        };
        for row in 0..chunk.rows() {
            let Some(rowid) = given_rowid(old[width - 1].get(row))? else { continue };
            if writer.outcome.replaced.contains(&rowid) {
                continue;
            }
            let new_rowid = self.assigns_rowid.then(|| chunk.value(row, chunk.width() - 1).to_value());
            change.apply(row, rowid, new_rowid.as_ref(), &checked, writer, context)?;
        }
        Ok(())
    }
}

/// Rows before and after a change.
pub(super) struct Change<'a> {
    pub(super) table: &'a Table,
    pub(super) on_conflict: Option<ConflictClause>,
    /// The columns of the table, then the rowid.
    pub(super) old: &'a [Arc<Column>],
    pub(super) new: &'a [Arc<Column>],
    pub(super) program: &'a RowProgram,
    /// The unique constraints in the order in which they are looked at.
    pub(super) order: &'a [Option<usize>],
}

impl Change<'_> {
    /// Changes one row.
    pub(super) fn apply(
        &self,
        row: usize,
        rowid: i64,
        new_rowid: Option<&Value>,
        checked: &Checked,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = self.table;
        let (old, new) = (Rows { table, columns: self.old }, Rows { table, columns: self.new });
        let to = match new_rowid {
            None => rowid,
            Some(value) => match given_rowid(value.as_ref())? {
                Some(to) => to,
                None => {
                    return Err(helios_core::Error::new(
                        helios_core::ErrorKind::Mismatch,
                        "datatype mismatch",
                    ));
                }
            },
        };
        if let Some(position) = missing_value(&new, row) {
            let own = table.columns[position].not_null;
            let default = self.program.default_of(position, context)?;
            return match resolution(self.on_conflict, own) {
                Some(Resolution::Skip) => Ok(()),
                Some(Resolution::Replace) if !default.is_null() => {
                    let old = one_row(self.old, row, None);
                    let new = one_row(self.new, row, Some((position, &default)));
                    let checked = self.program.check_all(&Chunk::new(new.clone(), 1), context)?;
                    let change = Change { old: &old, new: &new, ..*self };
                    change.apply(0, rowid, new_rowid, &checked, writer, context)
                }
                _ => Err(writer.refuse(self.on_conflict, own, not_null_error(table, position))),
            };
        }
        if !self.program.checks.is_empty()
            && let Some(error) = self.program.broken_check(checked, &new, row, to, context)?
        {
            return match resolution(self.on_conflict, None) {
                Some(Resolution::Skip) => Ok(()),
                _ => Err(writer.refuse(self.on_conflict, None, error)),
            };
        }
        while let Some(obstacle) = writer.obstacle(self.order, &new, row, to, Some(rowid), to != rowid)? {
            if !self.clear(&obstacle, writer)? {
                return Ok(());
            }
        }
        self.write(&old, &new, row, (rowid, to), writer);
        writer.outcome.changes += 1;
        if !self.program.returning.is_empty() {
            let returned = self.program.returned(&new.chunk(row, to), context)?;
            writer.outcome.returned.push(returned);
        }
        Ok(())
    }

    /// Does what is to be done about a row in the way. Returns whether the change goes on.
    fn clear(&self, obstacle: &Obstacle, writer: &mut Writer<'_>) -> Result<bool> {
        match resolution(self.on_conflict, own_conflict(self.table, obstacle)) {
            Some(Resolution::Skip) => Ok(false),
            Some(Resolution::Replace) => {
                writer.delete_stored(self.table, obstacle.rowid)?;
                Ok(true)
            }
            None => {
                let own = own_conflict(self.table, obstacle);
                Err(writer.refuse(self.on_conflict, own, unique_error(self.table, obstacle)))
            }
        }
    }

    fn write(
        &self,
        old: &Rows<'_>,
        new: &Rows<'_>,
        row: usize,
        (from, to): (i64, i64),
        writer: &mut Writer<'_>,
    ) {
        if from != to {
            writer.delete_row(old, row, from);
            writer.put_row(new, row, to);
            writer.rowids.inserted(self.table.space, to);
            return;
        }
        writer.put_record(new, row, to);
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for index in &self.table.indexes {
            before.clear();
            after.clear();
            write_entry(index, from, |column| old.value(row, from, column), &mut before);
            write_entry(index, to, |column| new.value(row, to, column), &mut after);
            if before != after {
                writer.delete_entry(index, old, row, from);
                writer.put_entry(index, new, row, to);
            }
        }
    }
}
