//! Changing rows: INSERT, UPDATE and DELETE on top of a query that says which.
//!
//! In: a bound statement, ready to run, and the transaction. Out: rows and index entries in the transaction's write set,
//! and the rows of RETURNING. A row is written only after every constraint on it was looked at: so a statement that
//! fails has written whole rows only, and undoing it is the session's business. What else a change brings about,
//! triggers and what foreign keys say, is in [`Hooks`].

mod concurrent_rowids;
mod constraint;
mod convert;
mod delete;
mod disturbance;
mod equal_key;
mod hooks;
mod insert;
mod key_check;
mod merged;
mod module;
mod row;
mod rowids;
mod sequence;
mod stored;
mod sure;
mod trigger;
mod update;
mod upsert;
mod work;

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::versioned::WriteSet;
use helios_core::{Error, ErrorKind, Result, Value};
use parking_lot::{RwLock, RwLockWriteGuard};

use crate::ast::ConflictClause;
use crate::chunk::Chunk;
use crate::exec::Context;
use crate::module::Waiting;
use crate::spill::ChunkList;

pub use concurrent_rowids::ConcurrentRowids;
pub use constraint::{fits_type, index_error};
pub use delete::DeleteProgram;
pub use disturbance::{Disturbances, LentTo};
pub use hooks::{Hooks, Programs};
pub use insert::{Batch, InsertProgram};
pub use key_check::{KeyProgram, Parent, Probe, Suspect, broken_reference};
pub use merged::{MergedRow, write_merged};
pub use row::RowProgram;
pub use rowids::{Rowids, SharedRowids, SiteRowids};
pub use sequence::Sequence;
pub(crate) use sequence::find_sequence;
pub use stored::read_rows;
pub use sure::{Sure, SureRows};
pub use trigger::{Recipe, TriggerProgram, TriggerStep};
pub use update::UpdateProgram;

/// What a statement that changes rows works with.
#[derive(Debug)]
pub struct Writer<'a> {
    /// Where the statement that runs writes.
    pub site: Site<'a>,
    /// Where triggers write that change rows of other schemas.
    pub away: Vec<Site<'a>>,
    /// The highest rowids that tables with AUTOINCREMENT ever had.
    pub sequences: Vec<Sequence>,
    /// Triggers and foreign keys that the statement may come upon.
    pub programs: Arc<Programs>,
    /// The OR clause of the statement that fired the trigger that runs; it wins over those in the trigger.
    pub on_conflict: Option<ConflictClause>,
    /// The triggers that are running, the innermost last.
    pub active: Vec<usize>,
    /// What the statement did so far.
    pub outcome: Outcome,
    /// Whether a row is taken only if the rows are there that it refers to, and nobody looks for them after that.
    pub looks_first: bool,
    /// Set where functions of the program may change rows meanwhile.
    pub lent: Option<LentTo>,
}

/// A schema whose rows are changed.
#[derive(Debug)]
pub struct Site<'a> {
    /// The number of the schema.
    pub slot: usize,
    /// What its transaction has written, to write more.
    pub writes: Arc<RwLock<WriteSet>>,
    /// What is read from, own changes included.
    pub reader: Reader,
    /// The highest rowids, as far as they are known.
    pub rowids: &'a mut Rowids,
    /// What virtual tables have yet to write.
    pub waiting: &'a mut Waiting,
}

impl Site<'_> {
    /// The write set.
    pub(crate) fn writes(&self) -> RwLockWriteGuard<'_, WriteSet> {
        self.writes.write()
    }
}

impl Writer<'_> {
    /// Writes what virtual tables have collected, but for those of `main` where `lets_wait`.
    pub fn flush_waiting(&mut self, lets_wait: bool) -> Result<()> {
        for site in std::iter::once(&mut self.site).chain(&mut self.away) {
            let waits_on = lets_wait && site.slot == 0;
            if !site.waiting.is_empty() && !waits_on {
                site.waiting.flush_all(&site.reader, &site.writes)?;
            }
        }
        Ok(())
    }

    /// Goes on in another schema; the one before comes back.
    fn go_to(&mut self, slot: usize) -> Result<usize> {
        let before = self.site.slot;
        if slot != before {
            let Some(site) = self.away.iter_mut().find(|site| site.slot == slot) else {
                return Err(Error::new(ErrorKind::Internal, "a trigger writes without a transaction"));
            };
            std::mem::swap(site, &mut self.site);
        }
        Ok(before)
    }
}

/// What a statement did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Rows inserted, changed or deleted.
    pub changes: i64,
    /// Rows that triggers and foreign keys inserted, changed or deleted.
    pub further_changes: i64,
    /// The rowid of the last row inserted.
    pub last_insert_rowid: Option<i64>,
    /// The rows of RETURNING, if there are any.
    pub returned: Option<ChunkList>,
    /// References to rows that were missing when they were looked for.
    pub suspects: Vec<Suspect>,
    /// What finds the rows that had to make way for others.
    pub replaced: HashSet<Vec<u8>>,
    /// Whether a row might have made room for the one inserted, so that its references were not looked at before.
    pub may_replace: bool,
    /// Of a batch: how many rows were taken before one that has to be a statement of its own, if there was one.
    pub stopped_after: Option<usize>,
    /// What ON CONFLICT or RAISE says of what failed, for the session to undo as much as it asks for.
    pub failed_as: Option<ConflictClause>,
}

impl Outcome {
    /// Adds rows of RETURNING.
    fn give_back(&mut self, rows: Chunk, context: &Context) -> Result<()> {
        self.returned.get_or_insert_with(|| ChunkList::new(&context.workspace())).append(rows)
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

/// The error of a value that is no rowid where one is needed.
fn mismatch() -> Error {
    Error::new(ErrorKind::Mismatch, "datatype mismatch")
}

/// A row as values: the columns of the table, then the rowid.
type RowValues = Vec<Value>;
