//! ON CONFLICT DO NOTHING and DO UPDATE.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::Writer;
use super::constraint::{Obstacle, check_types, constraint_order};
use super::convert::stored_column;
use super::hooks::{Hooks, Images};
use super::row::{RowProgram, Rows};
use super::update::Change;
use crate::ast::ConflictClause;
use crate::bind::UpsertAction;
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::{Context, eval, resolve};
use crate::plan::Expr;
use crate::table::RowId;

/// One ON CONFLICT clause, ready to run.
#[derive(Debug)]
pub(super) struct UpsertProgram {
    target: Option<Option<usize>>,
    assignments: Option<Vec<(usize, Expr)>>,
    filter: Option<Expr>,
    /// The unique constraints in the order in which they are looked at for the changed row.
    order: Vec<Option<usize>>,
}

impl UpsertProgram {
    pub(super) fn new(action: &UpsertAction, table: &Table) -> Result<UpsertProgram> {
        let assignments = match &action.assignments {
            None => None,
            Some(assignments) => {
                let resolved = assignments
                    .iter()
                    .map(|(position, expr)| Ok((*position, resolve(expr, &action.columns)?)));
                Some(resolved.collect::<Result<Vec<_>>>()?)
            }
        };
        let filter = action.filter.as_ref().map(|filter| resolve(filter, &action.columns)).transpose()?;
        let order = constraint_order(table, Some(ConflictClause::Abort), std::iter::empty());
        Ok(UpsertProgram { target: action.target, assignments, filter, order })
    }

    /// Whether the clause names the constraint that was broken.
    pub(super) fn is_about(&self, obstacle: &Obstacle) -> bool {
        self.target.is_none_or(|target| target == obstacle.index)
    }

    /// Does what the clause says with the row in the way.
    pub(super) fn run(
        &self,
        existing: &RowId,
        (rows, row, id): (&Rows<'_>, usize, &RowId),
        program: &RowProgram,
        hooks: &Hooks,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        // What it sets off ends the statement where a constraint does not hold, whatever triggers say.
        let outer = writer.on_conflict.replace(ConflictClause::Abort);
        let result = self.act(existing, (rows, row, id), program, hooks, writer, context);
        writer.on_conflict = outer;
        result
    }

    fn act(
        &self,
        existing: &RowId,
        (rows, row, id): (&Rows<'_>, usize, &RowId),
        program: &RowProgram,
        hooks: &Hooks,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let Some(assignments) = &self.assignments else {
            return Ok(());
        };
        let table = rows.table;
        let Some(mut old) = program.stored(table, existing, writer, context)? else {
            return Ok(());
        };
        let mut read_at = writer.disturbances();
        let width = table.columns.len() + 1;
        let excluded = rows.chunk(row, id);
        let both = Chunk::new([&old[..width], excluded.columns()].concat(), 1);
        if let Some(filter) = &self.filter
            && eval::evaluate(filter, context, &both)?.get(0).truth() != Some(true)
        {
            return Ok(());
        }
        let mut values = Vec::with_capacity(assignments.len());
        for (position, expr) in assignments {
            values.push((*position, eval::evaluate(expr, context, &both)?));
        }
        let (mut new, new_rowid) = assign(table, &old, &values);
        program.complete(table, &mut new, 1, context)?;
        if !hooks.before.is_empty() {
            check_types(&Rows { table, columns: &new }, 0)?;
            let before = Rows { table, columns: &old }.values(0, existing);
            let to = Rows { table, columns: &new }.id(0, Some(existing.rowid()));
            let after = Rows { table, columns: &new }.values(0, to.as_ref().unwrap_or(existing));
            let images = Images { old: Some(&before), new: Some(&after) };
            if !writer.fire(&hooks.before, images, context)? {
                return Ok(());
            }
            let Some(now) = program.stored(table, existing, writer, context)? else { return Ok(()) };
            old = now;
            read_at = writer.disturbances();
            (new, _) = assign(table, &old, &values);
            program.complete(table, &mut new, 1, context)?;
        }
        // What constraints say of conflicts does not count here.
        let on_conflict = Some(ConflictClause::Abort);
        let change =
            Change { table, read_at, on_conflict, old: &old, new: &new, program, hooks, order: &self.order };
        let checked = program.check_all(&new, 1, context)?;
        context.facts.is_conflict = true;
        let applied = change.apply(0, existing, new_rowid.as_ref(), &checked, writer, context);
        context.facts.is_conflict = false;
        applied
    }
}

/// The columns of a row after assignments, and the new rowid if that is assigned.
fn assign(
    table: &Table,
    old: &[Arc<Column>],
    values: &[(usize, Arc<Column>)],
) -> (Vec<Arc<Column>>, Option<Value>) {
    let mut new = old.to_vec();
    let mut new_rowid = None;
    for (position, value) in values {
        if table.rowid_column == Some(*position) || *position == table.rowid_position() {
            new_rowid = Some(value.get(0).to_value());
        } else {
            new[*position] = stored_column(&table.columns[*position], value);
        }
    }
    (new, new_rowid)
}
