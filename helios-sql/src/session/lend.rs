//! A session that functions of the program use while a statement of it calls them.
//!
//! In: a statement that changes rows and calls functions of the program, or one that is told as it begins. Out: while such a
//! call is under way, somebody else has the session ([`Lender`]) and runs statements with it; then the first one goes on.
//!
//! - What these statements do is a part of the transaction of the one that runs. If that fails, it is undone with it.
//! - They see what it has written so far. What they change, it reads again ([`Disturbances`]).
//! - Until it has ended, they cannot commit, nor set savepoints. They may roll back, and then it fails.
//! - They may begin a transaction where it is its own: it stays open then.

use std::sync::Arc;

use helios_core::{Error, ErrorKind, Result};

use super::Session;
use super::run::{no_site, write, writer};
use super::sources::Sources;
use super::statement::Statement;
use crate::ast;
use crate::chunk::Chunk;
use crate::exec::Context;
use crate::module::Waiting;
use crate::write::{Disturbances, LentTo, Outcome, Site};

/// Gives a session to the functions of the program for a time.
pub trait Lender: Send + Sync {
    /// Does `work`, which may call functions of the program, while these can use `session`; gives it back. `None` if it is
    /// lost.
    fn lend(&self, session: Session, work: &mut dyn FnMut()) -> Option<Session>;
}

/// What a session and the statements that it runs within others have to know of each other.
#[derive(Default)]
pub(super) struct Lending {
    lender: Option<Arc<dyn Lender>>,
    /// The tables that statements change which have lent it; `None` for one that may change several.
    writing: Vec<Option<String>>,
    disturbances: Disturbances,
    /// How often a transaction ended, or a part of it was undone on purpose.
    pub(super) endings: u64,
    /// Whether the transaction is that of the statement that runs and nobody's else.
    pub(super) is_lone: bool,
}

/// A lent session cannot do what would end what the statement is in that has lent it.
fn in_progress(what: &str) -> Error {
    Error::new(ErrorKind::Busy, format!("cannot {what} - SQL statements in progress"))
}

fn locked() -> Error {
    Error::new(ErrorKind::Locked, "database table is locked")
}

/// The error of a statement that was a part of what a function of the program has rolled back.
pub(super) fn rolled_back() -> Error {
    Error::new(ErrorKind::AbortRollback, "abort due to ROLLBACK")
}

impl Session {
    /// Says who lends the session to functions of the program; without anybody they cannot use it while a statement writes.
    pub fn set_lender(&mut self, lender: Option<Arc<dyn Lender>>) {
        self.lending.lender = lender;
    }

    /// Whether it may be lent while something runs.
    pub fn may_lend(&self) -> bool {
        self.is_traced() || self.has_functions()
    }

    /// Whether it is lent while a statement is started.
    pub fn lends_for(&self, statement: &Statement) -> bool {
        self.is_traced() || (self.has_functions() && self.may_call_program(statement))
    }

    /// Whether the program is called: what was compiled for other functions may call them once it is compiled anew.
    fn may_call_program(&self, statement: &Statement) -> bool {
        let is_current = |functions: u64| functions == self.function_changes;
        let is_known = statement.compiled_for.is_some_and(|stamp| is_current(stamp.functions));
        statement.calls_program || !is_known
    }

    /// Does `work` while others may have the session.
    pub(super) fn lent<T>(&mut self, work: impl FnOnce() -> T) -> Result<T> {
        let Some(lender) = self.lending.lender.clone() else { return Ok(work()) };
        let stand_in = self.stand_in();
        let session = std::mem::replace(self, stand_in);
        let (mut work, mut result) = (Some(work), None);
        let back = lender.lend(session, &mut || result = work.take().map(|work| work()));
        match (back, result) {
            (Some(session), Some(result)) => {
                *self = session;
                Ok(result)
            }
            _ => Err(Error::new(ErrorKind::Internal, "a session was lent and did not come back")),
        }
    }

    /// The next rows of a query. Functions that it calls may have the session.
    pub(super) fn step(&mut self, statement: &mut Statement, out: &mut Chunk) -> Result<bool> {
        let lends = self.lending.lender.is_some() && statement.calls_program;
        if lends { self.lent(|| statement.step(out))? } else { statement.step(out) }
    }

    /// Begins to run the plan of a query, with the same.
    pub(super) fn open(&mut self, statement: &mut Statement) -> Result<()> {
        let lends = self.lending.lender.is_some() && statement.calls_program;
        if lends { self.lent(|| statement.open())? } else { statement.open() }
    }

    /// Whether a statement that changes rows lets functions of the program have the session.
    pub(super) fn lends_to(&self, statement: &Statement) -> bool {
        self.lending.lender.is_some() && statement.calls_program && statement.is_asked_for
    }

    /// Ends the transaction of a statement that is its own.
    pub(super) fn abandon_lone(&mut self) {
        if self.lending.is_lone {
            self.abandon();
        }
    }

    /// Ends the statements that are writing, if there are any: a part of what they are in is rolled back.
    pub(super) fn end_what_writes(&self) {
        if !self.lending.writing.is_empty() {
            self.executions.roll_back();
        }
    }

    /// Notes that something is about to be written, which a statement around it may have read already.
    pub(super) fn disturb(&mut self) {
        if !self.lending.writing.is_empty() {
            self.lending.disturbances.add();
            // That statement inserts rows too.
            self.rowids.clear();
            self.others.iter_mut().for_each(|other| other.session.rowids.clear());
        }
    }

    /// Runs the program of a statement that changes rows while others may have the session.
    pub(super) fn run_lent(
        &mut self,
        statement: &mut Statement,
        sources: &Sources,
        context: &mut Context,
        is_batch: bool,
    ) -> Result<(Result<()>, Outcome)> {
        let slots = statement.written_slots();
        let mut taken = Vec::with_capacity(1);
        for slot in slots.iter() {
            let session = self.at(slot);
            let transaction = session.transaction.as_ref().ok_or_else(no_site)?;
            let writes = transaction.shared_writes();
            // Nothing waits: that was written before.
            taken.push((slot, writes, std::mem::take(&mut session.rowids), Waiting::default()));
        }
        let lent_to = LentTo::new(self.lending.disturbances.clone());
        context.facts.begun = Some(self.executions.begin());
        let table = statement.program.table().filter(|_| !statement.has_hooks());
        self.lending.writing.push(table.map(str::to_owned));
        let endings: Vec<u64> = slots.iter().map(|slot| self.at(slot).lending.endings).collect();
        let done = self.lent(|| {
            let sites = taken.iter_mut().map(|(slot, writes, rowids, waiting)| {
                let reader = sources.reader_at(*slot).clone();
                Site { slot: *slot, writes: writes.clone(), reader, rowids, waiting }
            });
            let mut writer = writer(statement, sites.collect())?;
            writer.lent = Some(lent_to);
            Ok(write(statement, writer, context, is_batch, false))
        });
        self.lending.writing.pop();
        // Whatever was written meanwhile, the highest rowids are looked for anew.
        taken.iter().for_each(|(slot, ..)| self.at(*slot).rowids.clear());
        let ended: Vec<u64> = slots.iter().map(|slot| self.at(slot).lending.endings).collect();
        match ended == endings {
            true => done?,
            false => Err(rolled_back()),
        }
    }

    /// An error if a statement within another one may not run.
    pub(super) fn check_within(&self, statement: &ast::Statement) -> Result<()> {
        if self.lending.writing.is_empty() {
            return Ok(());
        }
        let is_written = |name: &str| {
            let mut written = self.lending.writing.iter();
            written.any(|table| table.as_ref().is_none_or(|table| table.eq_ignore_ascii_case(name)))
        };
        match statement {
            // What is being written would not be as the new definition wants it.
            ast::Statement::AlterTable(alter) if is_written(&alter.table.name) => Err(locked()),
            ast::Statement::CreateIndex(create) if is_written(&create.table) => Err(locked()),
            ast::Statement::Commit if !self.lending.is_lone => Err(in_progress("commit transaction")),
            ast::Statement::Savepoint(_) => Err(in_progress("open savepoint")),
            ast::Statement::Release(name) => {
                self.is_outermost(name)?;
                Err(in_progress("release savepoint"))
            }
            ast::Statement::DropTable(_)
            | ast::Statement::DropIndex(_)
            | ast::Statement::Sequence(_)
            | ast::Statement::Enumeration(_)
            | ast::Statement::Comment(_)
            | ast::Statement::Branch(_)
            | ast::Statement::Detach(_)
            | ast::Statement::DeleteHistory(_)
            | ast::Statement::Reindex(_) => Err(locked()),
            _ => Ok(()),
        }
    }
}
