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

use helios_core::Result;
use helios_core::transaction::{Reader, Transaction};

use crate::ast::ConflictClause;
use crate::chunk::Chunk;
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
