//! Transaction control: BEGIN, COMMIT, ROLLBACK, savepoints, and the transaction around a lone statement.

use std::sync::Arc;
use std::time::Duration;

use helios_core::branch::no_such_branch;
use helios_core::transaction::{Mode, Patience, Reader, Transaction};
use helios_core::versioned::Mark;
use helios_core::{Error, ErrorKind, Result};

use super::Session;
use super::lend::rolled_back;
use super::sources::Slots;
use super::statement::SchemaStamp;
use crate::ast::{BeginKind, Lock};
use crate::catalog::Catalog;
use crate::module::Waiting;

/// A savepoint.
#[derive(Debug)]
pub(super) struct Savepoint {
    name: String,
    mark: Mark,
    /// It began the transaction, so releasing it commits.
    is_outermost: bool,
    /// Whether the transaction had changed the schema before.
    had_own_schema: bool,
}

impl Session {
    pub(super) fn begin(&mut self, kind: BeginKind) -> Result<()> {
        if self.lending.is_lone {
            // The statement that runs leaves it open.
            self.lending.is_lone = false;
            return Ok(());
        }
        if self.transaction.is_some() {
            return Err(Error::sql("cannot start a transaction within a transaction"));
        }
        let mode = if kind == BeginKind::Concurrent { Mode::Concurrent } else { Mode::Plain };
        // From before it sees anything: what it does not see, others have their rowids for from the same allocator.
        let rowids = (mode == Mode::Concurrent).then(|| self.database.concurrent_rowids());
        let mut transaction = Transaction::begin(self.database.engine(), self.branch, mode);
        if matches!(kind, BeginKind::Immediate | BeginKind::Exclusive) {
            self.check_writable()?;
            transaction.prepare_to_write(&self.patience())?;
        }
        self.concurrent_rowids = rowids;
        self.transaction = Some(transaction);
        Ok(())
    }

    /// Makes ready to read rows that nobody else is to change until the transaction ends: who writes has the turn of the
    /// branch, so this takes it, before anything is read. Without a transaction around it nothing has to last.
    pub(super) fn lock_rows(&mut self, lock: Lock) -> Result<()> {
        if self.check_writable().is_err() {
            let message = format!("cannot execute SELECT {} in a read-only transaction", lock.words);
            return Err(Error::new(ErrorKind::ReadOnly, message));
        }
        let patience = match lock.is_impatient {
            true => Patience::new(Duration::ZERO, self.interrupt.clone()),
            false => self.patience(),
        };
        match self.transaction.as_mut().map_or(Ok(()), |transaction| transaction.prepare_to_write(&patience))
        {
            Err(error) if lock.is_impatient && error.kind() == ErrorKind::Busy => {
                Err(Error::new(ErrorKind::Busy, "could not obtain lock on row: another transaction writes"))
            }
            other => other,
        }
    }

    pub(super) fn check_writable(&self) -> Result<()> {
        match self.is_read_only || self.settings.query_only || self.as_of.is_some() {
            true => Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database")),
            false => Ok(()),
        }
    }

    pub(super) fn commit(&mut self) -> Result<()> {
        let patience = self.patience();
        if self.lending.is_lone {
            return Err(Error::sql("cannot commit - no transaction is active"));
        }
        if self.transaction.is_some() {
            self.settle_deferred()?;
            self.flush_waiting()?;
        }
        if self.transaction.is_none() {
            return Err(Error::sql("cannot commit - no transaction is active"));
        }
        let written = self.written_vector_indexes();
        let Some(transaction) = &mut self.transaction else { return Ok(()) };
        let result = transaction.commit(&patience);
        self.own_commits += u64::from(matches!(result, Ok(Some(_))));
        let sweeps = result.is_ok() && self.drops_history;
        match &result {
            // Another writer may finish in time for a second try.
            Err(error) if error.kind() == ErrorKind::Busy => {}
            _ => self.forget_transaction(),
        }
        if sweeps {
            self.database.engine().sweep(self.database.store(), Some(vec![self.branch]))?;
        }
        if result.is_ok() {
            self.follow_up(&written);
        }
        result.map(drop)
    }

    pub(super) fn roll_back(&mut self) -> Result<()> {
        if !self.in_transaction() {
            return Err(Error::sql("cannot rollback - no transaction is active"));
        }
        self.end_what_writes();
        self.abandon();
        Ok(())
    }

    /// Undoes and ends the transaction, if there is one.
    pub(super) fn abandon(&mut self) {
        if let Some(transaction) = self.transaction.take() {
            transaction.roll_back();
        }
        self.forget_transaction();
    }

    fn forget_transaction(&mut self) {
        self.lending.endings += 1;
        self.lending.is_lone = false;
        self.transaction = None;
        self.concurrent_rowids = None;
        self.stop_deferring();
        self.savepoints.clear();
        self.forget_written();
    }

    /// Forgets what it knows of the writes of its transaction, which are undone or committed.
    pub(super) fn forget_written(&mut self) {
        self.deferred.clear();
        self.waiting = Waiting::default();
        self.rowids.clear();
        self.counts.forget_uncommitted();
        self.has_own_schema = false;
        self.drops_history = false;
        self.own_catalog = None;
        self.schema_changes += 1;
        self.settle_graphs();
    }

    pub(super) fn savepoint(&mut self, name: &str) -> Result<()> {
        let is_outermost = self.transaction.is_none();
        if is_outermost {
            self.begin(BeginKind::Deferred)?;
        }
        self.flush_waiting()?;
        if let Some(transaction) = &self.transaction {
            let mark = transaction.mark();
            let (name, had_own_schema) = (name.to_owned(), self.has_own_schema);
            self.savepoints.push(Savepoint { name, mark, is_outermost, had_own_schema });
        }
        Ok(())
    }

    fn find_savepoint(&self, name: &str) -> Result<usize> {
        let found = self.savepoints.iter().rposition(|savepoint| savepoint.name.eq_ignore_ascii_case(name));
        found.ok_or_else(|| Error::sql(format!("no such savepoint: {name}")))
    }

    /// Whether the end of a savepoint is that of the transaction.
    pub(super) fn is_outermost(&self, name: &str) -> Result<bool> {
        Ok(self.savepoints[self.find_savepoint(name)?].is_outermost)
    }

    pub(super) fn release(&mut self, name: &str) -> Result<()> {
        let position = self.find_savepoint(name)?;
        if self.savepoints[position].is_outermost {
            return self.commit();
        }
        self.savepoints.truncate(position);
        Ok(())
    }

    pub(super) fn roll_back_to(&mut self, name: &str) -> Result<()> {
        let position = self.find_savepoint(name)?;
        self.savepoints.truncate(position + 1);
        self.end_what_writes();
        self.lending.endings += 1;
        // What waited for others was written before the savepoint.
        self.waiting = Waiting::default();
        let savepoint = &self.savepoints[position];
        let (mark, had_own_schema) = (savepoint.mark, savepoint.had_own_schema);
        self.undo_to(mark, had_own_schema);
        Ok(())
    }

    /// Undoes what the transaction did since `mark`.
    pub(super) fn undo_to(&mut self, mark: Mark, had_own_schema: bool) {
        if let Some(transaction) = &mut self.transaction {
            transaction.roll_back_to(mark);
        }
        self.rowids.clear();
        self.counts.forget_uncommitted();
        if self.has_own_schema {
            self.has_own_schema = had_own_schema;
            self.schema_changes += 1;
        }
    }

    /// What statements read from, and which schema that is.
    pub(super) fn current_reader(&mut self) -> Result<(Reader, SchemaStamp)> {
        if !self.lets_wait {
            self.flush_waiting()?;
        }
        if let Some(transaction) = &mut self.transaction {
            let (functions, settings) = (self.function_changes, self.settings_changes);
            let reader = transaction.reader()?;
            let moment = transaction.schema()?;
            let is_own = self.has_own_schema || transaction.has_queued_schema();
            let own = is_own.then_some(self.schema_changes);
            return Ok((reader, SchemaStamp { moment, own, functions, settings, others: 0 }));
        }
        self.present_reader()
    }

    /// Writes what virtual tables have collected.
    pub(super) fn flush_waiting(&mut self) -> Result<()> {
        match &mut self.transaction {
            Some(transaction) if !self.waiting.is_empty() => {
                let reader = transaction.reader()?;
                self.waiting.flush_all(&reader, &transaction.shared_writes())
            }
            _ => Ok(()),
        }
    }

    /// What statements are compiled for. Compiling is no reading: a transaction that has not read yet does not begin to.
    pub(super) fn compiling_reader(&mut self) -> Result<(Reader, SchemaStamp)> {
        if self.transaction.as_ref().is_some_and(Transaction::has_begun) {
            return self.current_reader();
        }
        self.present_reader()
    }

    fn present_reader(&mut self) -> Result<(Reader, SchemaStamp)> {
        let present = self.database.engine().present()?;
        self.seen = Some(present.version());
        let Some(record) = present.state().branch(self.branch) else {
            return Err(no_such_branch(&self.branch_name));
        };
        let moment = record.schema;
        let (functions, settings) = (self.function_changes, self.settings_changes);
        let stamp = SchemaStamp { moment, own: None, functions, settings, others: 0 };
        Ok((Reader::of_view(present.view(self.branch)?), stamp))
    }

    /// The catalog of a schema that `reader` shows.
    pub(super) fn catalog_for(&mut self, reader: &Reader, stamp: SchemaStamp) -> Result<Arc<Catalog>> {
        let shared = self.shared_catalog(reader, stamp)?;
        Ok(self.with_collations(shared))
    }

    fn shared_catalog(&mut self, reader: &Reader, stamp: SchemaStamp) -> Result<Arc<Catalog>> {
        let Some(own) = stamp.own else {
            return self.database.catalog(self.branch, stamp.moment, reader);
        };
        if let Some((changes, catalog)) = &self.own_catalog
            && *changes == own
        {
            return Ok(catalog.clone());
        }
        let own_before = self.own_catalog.take().map(|(_, catalog)| catalog);
        let before = own_before.or_else(|| self.database.known_catalog(self.branch));
        let catalog = Arc::new(Catalog::load(reader, before.as_deref(), &self.database.ciphers())?);
        self.own_catalog = Some((own, catalog.clone()));
        Ok(catalog)
    }

    /// Notes that the open transaction has changed the schema.
    pub(super) fn schema_changed(&mut self) {
        self.has_own_schema = true;
        self.schema_changes += 1;
    }

    /// Runs `work`, which writes, in the open transaction, or in one of its own. If it fails, what it wrote is undone,
    /// unless it says that it is to stay.
    pub(super) fn writing(&mut self, work: impl FnOnce(&mut Session) -> Result<(), Failure>) -> Result<()> {
        self.writing_at(Slots::MAIN, work)
    }

    /// Makes ready to write; answers with the place to come back to.
    pub(super) fn begin_writing(&mut self) -> Result<(Mark, bool)> {
        self.check_writable()?;
        let patience = self.patience();
        let Some(transaction) = &mut self.transaction else {
            return Err(without_transaction());
        };
        transaction.prepare_to_write(&patience)?;
        if !self.lets_wait {
            self.flush_waiting()?;
        }
        let Some(transaction) = &self.transaction else { return Err(without_transaction()) };
        let mark = transaction.mark();
        self.rowids.set_shared(self.rowid_allocators()?);
        Ok((mark, self.has_own_schema))
    }

    /// Runs `work`, which changes rows of some schemas, in their transactions, or in such of its own.
    pub(super) fn writing_at(
        &mut self,
        slots: Slots,
        work: impl FnOnce(&mut Session) -> Result<(), Failure>,
    ) -> Result<()> {
        self.disturb();
        let mut begun = Vec::with_capacity(1);
        let mut result = Ok(());
        for slot in slots.iter() {
            let session = self.at(slot);
            let alone = session.transaction.is_none();
            let started = if alone { session.begin(BeginKind::Deferred) } else { Ok(()) };
            let (mark, failed) = match started.and_then(|()| session.begin_writing()) {
                Ok(mark) => (Some(mark), None),
                Err(error) => (None, Some(error)),
            };
            begun.push(Begun { slot, alone, mark, endings: session.lending.endings });
            if let Some(error) = failed {
                result = Err(error.into());
                break;
            }
        }
        let has_run = result.is_ok();
        if has_run {
            let is_alone = begun.iter().all(|begun| begun.alone);
            let around = std::mem::replace(&mut self.is_alone, is_alone);
            begun.iter().for_each(|begun| self.at(begun.slot).lending.is_lone |= begun.alone);
            result = work(self);
            result = self.compared(result);
            self.is_alone = around;
        }
        self.end_writing(&begun, result, has_run)
    }

    /// Ends what was begun to write. If it failed, what it wrote is undone, unless that is to stay.
    fn end_writing(&mut self, begun: &[Begun], result: Result<(), Failure>, has_run: bool) -> Result<()> {
        if begun.iter().any(|begun| self.at(begun.slot).lending.endings != begun.endings) {
            // A function of the program has rolled back what this was a part of.
            let left = begun.iter().filter(|begun| begun.alone);
            left.for_each(|begun| self.at(begun.slot).abandon_lone());
            return Err(rolled_back());
        }
        let keeps = result.as_ref().err().map(|failure| failure.keeps);
        if keeps == Some(Keeps::Transaction) {
            for Begun { slot, mark, .. } in begun {
                if let Some((mark, had_own_schema)) = mark {
                    self.at(*slot).undo_to(*mark, *had_own_schema);
                }
            }
        }
        if keeps == Some(Keeps::Nothing) {
            self.abandon();
            self.others.iter_mut().for_each(|other| other.session.abandon());
        }
        let mut result = result.map_err(|failure| failure.error);
        let commits = matches!(keeps, None | Some(Keeps::Written));
        for Begun { slot, .. } in begun.iter().filter(|begun| begun.alone) {
            let session = self.at(*slot);
            if has_run && !std::mem::take(&mut session.lending.is_lone) {
                // A function of the program has begun a transaction of it.
                continue;
            }
            if commits
                && let Err(error) = session.commit()
                && (result.is_ok() || keeps.is_some())
            {
                result = Err(error);
            }
            // What could not be committed is undone.
            session.abandon();
        }
        result
    }

    /// Whether a savepoint began the transaction.
    pub(super) fn began_with_savepoint(&self) -> bool {
        self.savepoints.first().is_some_and(|savepoint| savepoint.is_outermost)
    }

    /// The names of the savepoints, the outermost first.
    pub(super) fn savepoint_names(&self) -> Vec<String> {
        self.savepoints.iter().map(|savepoint| savepoint.name.clone()).collect()
    }
}

fn without_transaction() -> Error {
    Error::new(ErrorKind::Internal, "a statement writes without a transaction")
}

/// A schema that a statement began to write to: whether the transaction is its own, and the place to come back to.
#[derive(Debug)]
struct Begun {
    slot: usize,
    alone: bool,
    mark: Option<(Mark, bool)>,
    /// How often transactions of the schema's session had ended.
    endings: u64,
}

/// A statement that failed, and what of its work stays.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) keeps: Keeps,
}

/// What stays of a transaction in which a statement fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Everything before the statement.
    Transaction,
    /// Everything before the row that failed.
    Written,
    /// Nothing: the transaction is rolled back.
    Nothing,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { error, keeps: Keeps::Transaction }
    }
}
