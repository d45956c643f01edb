//! Rows that a merge brings: written with their index entries, after everything that must hold of a row was looked at.
//!
//! In: rows as they were and as they are to be, in any order; one that is neither stays deleted. Out: writes, and what
//! does not hold. No triggers fire. All old entries go before any new ones come, so rows may exchange unique values.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::Writer;
use super::constraint::{check_types, constraint_order, index_error, missing_value, not_null_error};
use super::row::{RowProgram, Rows};
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::Context;
use crate::table::RowId;

/// A row of a table before and after a merge: its columns and its rowid.
#[derive(Clone, Debug)]
pub struct MergedRow {
    /// What it is found by.
    pub id: RowId,
    /// What is there.
    pub old: Option<Vec<Value>>,
    /// What is to be there.
    pub new: Option<Vec<Value>>,
}

/// The columns of a row with all that is computed from them.
fn complete(table: &Table, program: &RowProgram, values: &[Value], context: &mut Context) -> Result<Chunk> {
    let mut columns: Vec<Arc<Column>> =
        values.iter().map(|value| Arc::new(Column::constant(value.clone(), 1))).collect();
    program.complete(table, &mut columns, 1, context)?;
    Ok(Chunk::new(columns, 1))
}

/// Writes merged rows. Answers with what does not hold: the position among `rows`, and the error that says what.
pub fn write_merged(
    table: &Table,
    program: &RowProgram,
    rows: &[MergedRow],
    writer: &mut Writer<'_>,
    context: &mut Context,
) -> Result<Vec<(usize, Error)>> {
    for row in rows {
        if row.old.is_none() && row.new.is_none() {
            // The log says that the row is gone here with what was merged, for those who have it.
            writer.site.writes().delete(table.space, &row.id.key());
        }
        if let Some(old) = &row.old {
            let chunk = complete(table, program, old, context)?;
            writer.delete_row(&Rows { table, columns: chunk.columns() }, 0, &row.id);
        }
    }
    let order = constraint_order(table, None, std::iter::empty());
    let mut broken = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        let Some(new) = &row.new else { continue };
        let chunk = complete(table, program, new, context)?;
        let stored = Rows { table, columns: chunk.columns() };
        if let Some(error) = check_types(&stored, 0).err() {
            broken.push((position, error));
        }
        if let Some(column) = missing_value(&stored, 0, None) {
            broken.push((position, not_null_error(table, column)));
        }
        let checked = program.check_all(chunk.columns(), chunk.rows(), context)?;
        if let Some(error) = program.broken_check(&checked, &stored, 0, &row.id, context)? {
            broken.push((position, error));
        }
        if let Some(obstacle) = writer.obstacle(&order, (&stored, 0), &row.id, false, None)?
            && let Some(index) = obstacle.index
        {
            broken.push((position, index_error(table, &table.indexes[index])));
        }
        writer.put_row(&stored, 0, &row.id)?;
    }
    writer.site.rowids.forget(table.space);
    Ok(broken)
}
