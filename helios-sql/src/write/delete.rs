//! DELETE.

use std::sync::Arc;

use helios_core::Result;

use super::row::{RowProgram, Rows, given_rowid};
use super::{Writer, all_rows_by_rowid};
use crate::bind::BoundDelete;
use crate::catalog::Table;
use crate::exec::{Built, Context};

/// DELETE, ready to run.
#[derive(Debug)]
pub struct DeleteProgram {
    /// The rows: the columns of the table, the rowid.
    pub source: Built,
    table: Arc<Table>,
    row: RowProgram,
}

impl DeleteProgram {
    /// Puts together what was bound and built.
    pub fn new(bound: &BoundDelete, source: Built) -> Result<DeleteProgram> {
        Ok(DeleteProgram { source, table: bound.table.clone(), row: RowProgram::new(&bound.row)? })
    }

    /// Runs for the parameters of the context.
    pub fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        for chunk in all_rows_by_rowid(&mut self.source, self.table.columns.len(), context)? {
            let rows = Rows { table: &self.table, columns: chunk.columns() };
            for row in 0..chunk.rows() {
                let Some(rowid) = given_rowid(chunk.value(row, self.table.columns.len()))? else { continue };
                writer.delete_row(&rows, row, rowid);
                writer.outcome.changes += 1;
                if !self.row.returning.is_empty() {
                    let returned = self.row.returned(&rows.chunk(row, rowid), context)?;
                    writer.outcome.returned.push(returned);
                }
            }
        }
        Ok(())
    }
}
