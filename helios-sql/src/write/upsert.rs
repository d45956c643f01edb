//! ON CONFLICT DO NOTHING and DO UPDATE.

use std::sync::Arc;

use helios_core::Result;

use super::Writer;
use super::constraint::{Obstacle, constraint_order};
use super::row::{RowProgram, Rows};
use super::update::Change;
use crate::ast::ConflictClause;
use crate::bind::UpsertAction;
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::{Context, eval, resolve};
use crate::plan::Expr;

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
    #[expect(clippy::too_many_arguments, reason = "both rows, and what works on them")]
    pub(super) fn run(
        &self,
        existing: i64,
        rows: &Rows<'_>,
        row: usize,
        rowid: i64,
        program: &RowProgram,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let Some(assignments) = &self.assignments else {
            return Ok(());
        };
        let Some(mut old) = writer.stored_row(rows.table, existing)? else {
            return Ok(());
        };
        old.truncate(rows.table.columns.len() + 1);
        let excluded = rows.chunk(row, rowid);
        let both = Chunk::new([&old[..], excluded.columns()].concat(), 1);
        if let Some(filter) = &self.filter
            && eval::evaluate(filter, context, &both)?.get(0).truth() != Some(true)
        {
            return Ok(());
        }
        let mut new: Vec<Arc<Column>> = old.clone();
        let mut new_rowid = None;
        for (position, expr) in assignments {
            let value = eval::evaluate(expr, context, &both)?;
            if rows.table.rowid_column == Some(*position) {
                new_rowid = Some(value.get(0).to_value());
            } else {
                new[*position] = eval::convert_column(rows.table.columns[*position].affinity, &value);
            }
        }
        // What constraints say of conflicts does not count here.
        let on_conflict = Some(ConflictClause::Abort);
        let order = &self.order;
        let change = Change { table: rows.table, on_conflict, old: &old, new: &new, program, order };
        let checked = program.check_all(&Chunk::new(new.clone(), 1), context)?;
        change.apply(0, existing, new_rowid.as_ref(), &checked, writer, context)
    }
}
