//! Changing rows: INSERT, UPDATE and DELETE on top of a query that says which.
//!
//! In: a bound statement, ready to run, and the transaction. Out: rows and index entries in the transaction's write set,
//! and the rows of RETURNING. A row is written only after every constraint on it was looked at: so a statement that
//! fails has written whole rows only, and undoing it is the session's business.

mod constraint;
mod delete;
mod insert;
mod row;
mod rowids;
mod update;
mod upsert;

use std::collections::HashSet;

use helios_core::transaction::{Reader, Transaction};
use helios_core::{Error, Result};

use crate::ast::ConflictClause;
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::exec::{Built, Context, drain};

pub use delete::DeleteProgram;
pub use insert::InsertProgram;
pub use row::RowProgram;
pub use rowids::Rowids;
pub use update::UpdateProgram;

/// What a statement that changes rows works with.
#[derive(Debug)]
pub struct Writer<'a> {
    /// The transaction.
    pub transaction: &'a mut Transaction,
    /// What is read from, own changes included.
    pub reader: Reader,
    /// The highest rowids, as far as they are known.
    pub rowids: &'a mut Rowids,
    /// With AUTOINCREMENT: the highest rowid that the table ever had.
    pub sequence: Option<i64>,
    /// What the statement did so far.
    pub outcome: Outcome,
}

/// What a statement did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rows inserted, changed or deleted.
    pub changes: i64,
    /// The rowid of the last row inserted.
    pub last_insert_rowid: Option<i64>,
    /// The rows of RETURNING.
    pub returned: Vec<Chunk>,
    /// The rowids of rows that had to make way for others.
    pub replaced: HashSet<i64>,
    /// What ON CONFLICT says of the constraint that failed, for the session to undo as much as it asks for.
    pub failed_as: Option<ConflictClause>,
}

impl Writer<'_> {
    /// Notes how a constraint failed for which the statement says one thing and the constraint another.
    fn refuse(
        &mut self,
        statement: Option<ConflictClause>,
        constraint: Option<ConflictClause>,
        error: Error,
    ) -> Error {
        self.outcome.failed_as = statement.or(constraint);
        error
    }
}

/// What is to be done with a row whose constraint does not hold, if it is not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolution {
    /// It is left out.
    Skip,
    /// It takes the place of the rows in the way.
    Replace,
}

/// What OR in the statement, or else ON CONFLICT at the constraint, says. `None` is an error of the statement.
fn resolution(statement: Option<ConflictClause>, constraint: Option<ConflictClause>) -> Option<Resolution> {
    match statement.or(constraint) {
        Some(ConflictClause::Ignore) => Some(Resolution::Skip),
        Some(ConflictClause::Replace) => Some(Resolution::Replace),
        _ => None,
    }
}

/// All rows of the query of a statement, in the order of the rowids in one of their columns: whichever way they were
/// found, they are changed in this order.
fn all_rows_by_rowid(built: &mut Built, rowid: usize, context: &mut Context) -> Result<Vec<Chunk>> {
    let chunks = all_rows(built, context)?;
    let mut order = Vec::new();
    for (number, chunk) in chunks.iter().enumerate() {
        for row in 0..chunk.rows() {
            order.push((chunk.value(row, rowid).to_integer(), number, row as u32));
        }
    }
    if order.is_sorted() {
        return Ok(chunks);
    }
    order.sort_unstable();
    let mut sorted = Vec::new();
    for rows in order.chunks(CHUNK_ROWS) {
        let mut out = Chunk::default();
        out.reset(chunks[0].width());
        rows.iter().for_each(|&(_, chunk, row)| out.append_rows(&chunks[chunk], &[row]));
        sorted.push(out);
    }
    Ok(sorted)
}

/// All rows of the query of a statement. They are read before anything is written, so that no statement meets its own
/// changes.
fn all_rows(built: &mut Built, context: &mut Context) -> Result<Vec<Chunk>> {
    let mut chunks = Vec::new();
    drain(&mut *built.root, context, |chunk| {
        chunks.push(std::mem::take(chunk));
        Ok(())
    })?;
    Ok(chunks)
}
