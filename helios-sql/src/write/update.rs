//! UPDATE.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::constraint::{
    Checked, Obstacle, check_failed, check_passed, check_types, constraint_order, fill_in, missing_value,
    unique_resolution, with_values,
};
use super::convert::stored_column;
use super::hooks::{Hooks, Images};
use super::row::{RowProgram, Rows, given_rowid};
use super::work::WorkRows;
use super::{Resolution, Writer, mismatch};
use crate::ast::ConflictClause;
use crate::bind::BoundUpdate;
use crate::catalog::{Index, Table};
use crate::chunk::{Chunk, Column};
use crate::exec::{Built, Context, SubqueryState, eval, resolve};
use crate::plan::Expr;
use crate::table::{RowId, write_entry};

/// UPDATE, ready to run.
#[derive(Debug)]
pub struct UpdateProgram {
    /// The rows: the columns of the table, the rowid, the new values.
    pub source: Built,
    /// The table.
    pub table: Arc<Table>,
    on_conflict: Option<ConflictClause>,
    assigned: Vec<usize>,
    assigns_rowid: bool,
    may_repeat: bool,
    row: RowProgram,
    hooks: Hooks,
    order: Vec<Option<usize>>,
    /// New values, where they are computed from each row when its turn comes.
    late: Option<Vec<Expr>>,
    /// Whether a row may meet what was done to others before: it is read when its turn comes.
    one_by_one: bool,
}

impl UpdateProgram {
    /// Puts together what was bound and built.
    pub fn new(bound: &BoundUpdate, source: Built, hooks: Hooks) -> Result<UpdateProgram> {
        let is_assigned = |index: &Arc<Index>| {
            index.columns.iter().any(|column| column.column.is_some_and(|at| bound.assigned.contains(&at)))
        };
        if bound.table.all_indexes().any(is_assigned) {
            bound.table.check_index_collations()?;
        }
        let late = bound.late.as_ref().map(|late| {
            late.values.iter().map(|value| resolve(value, &late.columns)).collect::<Result<Vec<Expr>>>()
        });
        Ok(UpdateProgram {
            late: late.transpose()?,
            source,
            table: bound.table.clone(),
            on_conflict: bound.on_conflict,
            assigned: bound.assigned.clone(),
            assigns_rowid: bound.assigns_rowid,
            may_repeat: bound.may_repeat,
            one_by_one: bound.one_by_one,
            row: RowProgram::new(&bound.table, &bound.row)?,
            hooks,
            order: constraint_order(&bound.table, bound.on_conflict, std::iter::empty()),
        })
    }

    /// What OR says: it counts for what triggers do as well.
    pub fn on_conflict(&self) -> Option<ConflictClause> {
        self.on_conflict
    }

    /// Runs for the parameters of the context.
    pub fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let rowid = self.table.rowid_position();
        let mut rows = match self.may_repeat {
            true => self.last_of_each_row(context)?,
            false => WorkRows::read_by_rowid(&mut self.source, rowid, context)?,
        };
        let mut chunk = Chunk::default();
        while rows.next(&mut chunk)? {
            context.interrupt.check_rows(chunk.rows())?;
            self.update(&chunk, writer, context)?;
        }
        Ok(())
    }

    /// Of rows that come several times the last, all in the order of their keys.
    fn last_of_each_row(&mut self, context: &mut Context) -> Result<WorkRows> {
        let rows = WorkRows::read(&mut self.source, context)?;
        let width = self.table.columns.len() + 1;
        let mut number = 0;
        rows.last_of_equal(context, |chunk, row, key| {
            let rows = Rows { table: &self.table, columns: &chunk.columns()[..width] };
            let id = rows.id(row, given_rowid(chunk.value(row, width - 1))?);
            number += 1;
            // Rows of views have no keys.
            key.extend(id.map_or_else(|| RowId::Rowid(number).key(), |id| id.key()));
            Ok(())
        })
    }

    fn update(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let table = &*self.table;
        let width = table.columns.len() + 1;
        let old = &chunk.columns()[..width];
        if table.view.is_some() {
            return self.update_view(chunk, writer, context);
        }
        if let Some(connected) = &table.connected {
            for row in 0..chunk.rows() {
                let from = old[width - 1].get(row).to_value();
                let mut new: Vec<Value> = old.iter().map(|column| column.get(row).to_value()).collect();
                for (place, &position) in self.assigned.iter().enumerate() {
                    new[position] = chunk.value(row, width + place).to_value();
                }
                if let Some(to) = self.new_rowid(chunk, row) {
                    new[width - 1] = to;
                }
                writer.update_virtual(table, connected, &from, &new, self.on_conflict, context)?;
            }
            return Ok(());
        }
        if self.one_by_one || !self.hooks.only_look() || writer.was_disturbed() {
            return self.update_one_by_one(chunk, writer, context);
        }
        let old = self.row.completed(table, old, chunk.rows(), context)?;
        let new = self.assign(&old, chunk, context)?;
        let checked = self.row.check_all(&new, chunk.rows(), context)?;
        if writer.was_disturbed() {
            return self.update_one_by_one(chunk, writer, context);
        }
        let on_conflict = writer.on_conflict.or(self.on_conflict);
        let change = Change {
            table,
            read_at: writer.disturbances(),
            on_conflict,
            old: &old,
            new: &new,
            program: &self.row,
            hooks: &self.hooks,
            order: &self.order,
        };
        for row in 0..chunk.rows() {
            let rowid = given_rowid(old[width - 1].get(row))?;
            let Some(id) = change.old_rows().id(row, rowid) else { continue };
            if !writer.outcome.replaced.is_empty() && writer.outcome.replaced.contains(&id.key()) {
                continue;
            }
            let new_rowid = self.new_rowid(chunk, row);
            change.apply(row, &id, new_rowid.as_ref(), &checked, writer, context)?;
        }
        Ok(())
    }

    fn new_rowid(&self, source: &Chunk, row: usize) -> Option<Value> {
        self.assigns_rowid.then(|| source.value(row, source.width() - 1).to_value())
    }

    fn update_one_by_one(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let width = self.table.columns.len() + 1;
        let rows = Rows { table: &self.table, columns: &chunk.columns()[..width] };
        for row in 0..chunk.rows() {
            let rowid = given_rowid(chunk.value(row, width - 1))?;
            if let Some(id) = rows.id(row, rowid) {
                self.update_stored(row, &id, chunk, writer, context)?;
            }
        }
        Ok(())
    }

    /// The rows with their new values. `source` has them behind the old ones.
    fn assign(&self, old: &[Arc<Column>], source: &Chunk, context: &mut Context) -> Result<Vec<Arc<Column>>> {
        let table = &*self.table;
        let mut new = old.to_vec();
        for (place, &position) in self.assigned.iter().enumerate() {
            let given = source.column(table.columns.len() + 1 + place);
            new[position] = stored_column(&table.columns[position], given);
        }
        self.row.complete(table, &mut new, source.rows(), context)?;
        Ok(new)
    }

    /// Changes one row as it is stored now: the changes of rows before it may have changed it as well.
    fn update_stored(
        &self,
        row: usize,
        id: &RowId,
        chunk: &Chunk,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = &*self.table;
        let Some(mut old) = self.row.stored(table, id, writer, context)? else { return Ok(()) };
        let mut read_at = writer.disturbances();
        let source = self.new_values(row, &old, chunk, context)?;
        let new_rowid = self.new_rowid(&source, 0);
        let new_rowid = new_rowid.as_ref();
        let mut new = self.assign(&old, &source, context)?;
        if !self.hooks.before.is_empty() {
            check_types(&Rows { table, columns: &new }, 0)?;
            let to = new_row_id(table, &new, id, new_rowid)?;
            let before = Rows { table, columns: &old }.values(0, id);
            let after = Rows { table, columns: &new }.values(0, &to);
            let images = Images { old: Some(&before), new: Some(&after) };
            if !writer.fire(&self.hooks.before, images, context)? {
                return Ok(());
            }
            let Some(now) = self.row.stored(table, id, writer, context)? else { return Ok(()) };
            old = now;
            read_at = writer.disturbances();
            new = self.assign(&old, &source, context)?;
        }
        let checked = self.row.check_all(&new, 1, context)?;
        let on_conflict = writer.on_conflict.or(self.on_conflict);
        let change = Change {
            table,
            read_at,
            on_conflict,
            old: &old,
            new: &new,
            program: &self.row,
            hooks: &self.hooks,
            order: &self.order,
        };
        change.apply(0, id, new_rowid, &checked, writer, context)
    }

    /// One row of the source: the old row and its new values.
    fn new_values(
        &self,
        row: usize,
        old: &[Arc<Column>],
        chunk: &Chunk,
        context: &mut Context,
    ) -> Result<Chunk> {
        let Some(late) = &self.late else {
            let mut source = chunk.clone();
            source.select(&[row as u32]);
            return Ok(source);
        };
        context.subqueries.iter_mut().for_each(SubqueryState::rows_changed);
        let mut columns = old[..=self.table.columns.len()].to_vec();
        let now = Chunk::new(columns.clone(), 1);
        for value in late {
            columns.push(eval::evaluate(value, context, &now)?);
        }
        Ok(Chunk::new(columns, 1))
    }

    fn update_view(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let width = self.table.columns.len() + 1;
        for row in 0..chunk.rows() {
            let old: Vec<Value> = (0..width).map(|column| chunk.value(row, column).to_value()).collect();
            let mut new = old.clone();
            for (place, &position) in self.assigned.iter().enumerate() {
                new[position] = chunk.value(row, width + place).to_value();
            }
            let images = Images { old: Some(&old), new: Some(&new) };
            let goes_on = writer.fire(&self.hooks.instead, images, context)?;
            if goes_on && !self.row.returning.is_empty() {
                let columns = new.into_iter().map(|value| Arc::new(Column::constant(value, 1))).collect();
                let returned = self.row.returned(&Chunk::new(columns, 1), context)?;
                writer.outcome.give_back(returned, context)?;
            }
        }
        Ok(())
    }
}

/// What a row is found by after its change.
fn new_row_id(table: &Table, new: &[Arc<Column>], from: &RowId, new_rowid: Option<&Value>) -> Result<RowId> {
    let rowid = match new_rowid {
        Some(value) => Some(given_rowid(value.as_ref())?.ok_or_else(mismatch)?),
        None => None,
    };
    match (from, rowid) {
        (RowId::Rowid(_), Some(rowid)) => Ok(RowId::Rowid(rowid)),
        (RowId::Rowid(rowid), None) => Ok(RowId::Rowid(*rowid)),
        (RowId::Key(_), _) => Ok(Rows { table, columns: new }.id(0, None).unwrap_or(RowId::Rowid(0))),
    }
}

/// Rows before and after a change.
pub(super) struct Change<'a> {
    pub(super) table: &'a Table,
    /// How many disturbances there had been when the old rows were read.
    pub(super) read_at: u64,
    pub(super) on_conflict: Option<ConflictClause>,
    /// The columns of the table, the rowid, index expressions.
    pub(super) old: &'a [Arc<Column>],
    pub(super) new: &'a [Arc<Column>],
    pub(super) program: &'a RowProgram,
    pub(super) hooks: &'a Hooks,
    /// The unique constraints in the order in which they are looked at.
    pub(super) order: &'a [Option<usize>],
}

impl Change<'_> {
    fn old_rows(&self) -> Rows<'_> {
        Rows { table: self.table, columns: self.old }
    }

    /// Changes one row.
    pub(super) fn apply(
        &self,
        row: usize,
        id: &RowId,
        new_rowid: Option<&Value>,
        checked: &Checked,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = self.table;
        let new = Rows { table, columns: self.new };
        let rowid = match new_rowid {
            Some(value) => Some(given_rowid(value.as_ref())?.ok_or_else(mismatch)?),
            None => Some(id.rowid()),
        };
        let to = new.id(row, rowid).unwrap_or_else(|| id.clone());
        if self.program.derives_from_rowid && to != *id {
            let mut columns = new.chunk(row, &to).columns().to_vec();
            self.program.complete(table, &mut columns, 1, context)?;
            let old = one_row(self.old, row);
            let change = Change { old: &old, new: &columns, ..*self };
            let checked = self.program.check_all(&columns, 1, context)?;
            return change.apply_complete(0, (id, &to), &checked, writer, context);
        }
        self.apply_complete(row, (id, &to), checked, writer, context)
    }

    fn apply_complete(
        &self,
        row: usize,
        (from, to): (&RowId, &RowId),
        checked: &Checked,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = self.table;
        let (old, new) = (self.old_rows(), Rows { table, columns: self.new });
        if self.program.checks_types_first(self.hooks) {
            check_types(&new, row)?;
        }
        if let Some(position) = missing_value(&new, row, self.on_conflict) {
            let Some(mut columns) =
                fill_in(self.program, position, (&new, row, to), self.on_conflict, writer, context)?
            else {
                return Ok(());
            };
            self.program.complete(table, &mut columns, 1, context)?;
            let old = one_row(self.old, row);
            let checked = self.program.check_all(&columns, 1, context)?;
            let change = Change { old: &old, new: &columns, ..*self };
            let new = Rows { table, columns: &columns };
            let to = new.id(0, Some(to.rowid())).unwrap_or_else(|| to.clone());
            return change.apply_complete(0, (from, &to), &checked, writer, context);
        }
        // Types are looked at for CHECK, or for indexes; another row with the same rowid is found before.
        let mut types_wait =
            self.program.checks.is_empty() && table.has_rowid() && self.order.first() == Some(&None);
        if !types_wait {
            check_types(&new, row)?;
        }
        if !self.program.checks.is_empty()
            && let Some(error) = self.program.broken_check(checked, &new, row, to, context)?
        {
            return check_failed(error, self.on_conflict, writer);
        }
        let mut passed = None;
        let mut has_cleared = false;
        while let Some(obstacle) = writer.obstacle(self.order, (&new, row), to, from != to, Some(from))? {
            if types_wait && obstacle.index.is_some() {
                check_types(&new, row)?;
                types_wait = false;
            }
            let told = |error| with_values(error, &obstacle, (&new, row, to));
            check_passed(self.order, &mut passed, (self.table, &obstacle), writer).map_err(told)?;
            if !self.clear(&obstacle, writer, context).map_err(told)? {
                return Ok(());
            }
            has_cleared = true;
        }
        if has_cleared && self.hooks.replaced.is_some() && !writer.row_exists(table, from)? {
            // It has gone with a row that made room for it.
            return Ok(());
        }
        if types_wait {
            check_types(&new, row)?;
        }
        self.program.check_same((table, from), (&old, row), self.read_at, writer)?;
        self.write(&old, &new, row, (from, to), writer)?;
        writer.outcome.changes += 1;
        if !self.hooks.is_empty() {
            let (before, after) = (old.values(row, from), new.values(row, to));
            let images = Images { old: Some(&before), new: Some(&after) };
            writer.check_references(self.hooks, images, context)?;
            writer.fire(&self.hooks.after, images, context)?;
        }
        if !self.program.returning.is_empty() {
            let returned = self.program.returned(&new.chunk(row, to), context)?;
            writer.outcome.give_back(returned, context)?;
        }
        Ok(())
    }

    /// Does what is to be done about a row in the way. Returns whether the change goes on.
    fn clear(&self, obstacle: &Obstacle, writer: &mut Writer<'_>, context: &mut Context) -> Result<bool> {
        if unique_resolution(self.table, obstacle, self.on_conflict, writer)? == Resolution::Skip {
            return Ok(false);
        }
        writer.outcome.replaced.insert(obstacle.id.key());
        writer.replace(self.table, &obstacle.id, self.program, self.hooks, context)?;
        Ok(true)
    }

    fn write(
        &self,
        old: &Rows<'_>,
        new: &Rows<'_>,
        row: usize,
        (from, to): (&RowId, &RowId),
        writer: &mut Writer<'_>,
    ) -> Result<()> {
        if from != to {
            writer.delete_row(old, row, from);
            writer.put_row(new, row, to)?;
            writer.site.rowids.inserted(self.table.space, to.rowid());
            return Ok(());
        }
        // A row that stays as it is needs no new version; SQLite leaves its page alone as well.
        let columns = old.columns.iter().zip(new.columns).take(self.table.columns.len());
        if columns.clone().any(|(old, new)| !old.get(row).is_identical(new.get(row))) {
            writer.put_record(new, row, to)?;
        }
        let (mut before, mut after) = (Vec::new(), Vec::new());
        for index in &self.table.indexes {
            if let Some(vector) = &index.vector {
                let value = |rows: &Rows<'_>| rows.columns[vector.column].clone();
                if !value(old).get(row).is_identical(value(new).get(row)) {
                    writer.put_entry(index, new, row, to);
                }
                continue;
            }
            before.clear();
            after.clear();
            write_entry(index, from, |column| old.value(row, from, column), &mut before);
            write_entry(index, to, |column| new.value(row, to, column), &mut after);
            if before != after || old.is_in(index, row) != new.is_in(index, row) {
                writer.delete_entry(index, old, row, from);
                writer.put_entry(index, new, row, to);
            }
        }
        Ok(())
    }
}

/// One row of columns.
fn one_row(columns: &[Arc<Column>], row: usize) -> Vec<Arc<Column>> {
    columns.iter().map(|column| Arc::new(Column::constant(column.get(row).to_value(), 1))).collect()
}
