//! One transaction on one branch.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard, RwLock, RwLockWriteGuard};

use super::engine::{Engine, Present};
use super::lane::Turn;
use super::queue::{Queue, Queued, QueuedBase, Work};
use super::read_set::ReadSet;
use super::reader::{Parts, Reader, Writes};
use super::wait::Patience;
use crate::branch::BranchRecord;
use crate::clock::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::versioned::{BranchId, Mark, View, WriteSet};

/// How a transaction gets along with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Takes the branch's turn at its first write; its commit cannot conflict.
    Plain,
    /// Writes beside others; its commit is validated.
    Concurrent,
}

/// A view, a write set, and what makes them a transaction. Dropping it rolls it back.
#[derive(Debug)]
pub struct Transaction {
    engine: Arc<Engine>,
    branch: BranchId,
    mode: Mode,
    base: Option<Base>,
    /// Queued commits that the view does not have yet, the newest first.
    beneath: Vec<Arc<Queued>>,
    writes: Writes,
    reads: Option<Arc<Mutex<ReadSet>>>,
    turn: Option<Turn>,
    /// Since when the commits of others are remembered for it; only while it is open and concurrent.
    open_since: Option<u64>,
    /// Whether what it sees is known to have been the newest state when it began.
    is_newest: bool,
}

/// What a transaction began from.
#[derive(Clone, Debug)]
struct Base {
    /// The number of the state.
    version: u64,
    view: Arc<dyn View>,
    last_commit: Moment,
    commits: u64,
    schema: Moment,
}

impl Base {
    fn new(version: u64, view: Arc<dyn View>, record: &BranchRecord) -> Base {
        Base {
            version,
            view,
            last_commit: record.last_commit,
            commits: record.commits,
            schema: record.schema,
        }
    }
}

impl Transaction {
    /// Begins a transaction. Nothing is read and nothing is waited for until the first statement.
    pub fn begin(engine: &Arc<Engine>, branch: BranchId, mode: Mode) -> Transaction {
        Transaction {
            engine: engine.clone(),
            branch,
            mode,
            base: None,
            beneath: Vec::new(),
            writes: Arc::new(RwLock::new(WriteSet::new(branch))),
            reads: (mode == Mode::Concurrent).then(Default::default),
            turn: None,
            open_since: None,
            is_newest: false,
        }
    }

    /// The number of the state that it sees, if that is decided and not known to have been the newest one.
    pub fn unsure_version(&self) -> Option<u64> {
        self.base.as_ref().filter(|_| !self.is_newest).map(|base| base.version)
    }

    /// Notes that what it sees was the newest state when it began.
    pub fn set_newest(&mut self) {
        self.is_newest = true;
    }

    /// Forgets what it has read and written: it is as if it had only been begun.
    pub fn begin_again(&mut self) {
        self.let_go();
        self.is_newest = false;
        *self.writes.write() = WriteSet::new(self.branch);
        if let Some(reads) = &mut self.reads {
            *reads = Arc::default();
        }
    }

    /// The branch.
    pub fn branch(&self) -> BranchId {
        self.branch
    }

    /// How it gets along with others.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Whether it has the branch's turn.
    pub fn has_turn(&self) -> bool {
        self.turn.is_some()
    }

    /// Whether it is decided which state of the branch it sees.
    pub fn has_begun(&self) -> bool {
        self.base.is_some()
    }

    /// Whether it has changed anything.
    pub fn has_writes(&self) -> bool {
        !self.writes.read_recursive().is_empty()
    }

    /// What statements read from. The first call decides which state of the branch the transaction sees.
    pub fn reader(&mut self) -> Result<Reader> {
        if self.branch != BranchId::MAIN && self.engine.has_others() {
            // Another process may have deleted the branch: the newest state tells.
            self.engine.present()?;
        }
        self.engine.check_branch(self.branch)?;
        let view = match &self.base {
            Some(base) => base.view.clone(),
            None => self.begin_reading()?,
        };
        let mut layers = Vec::new();
        if self.has_writes() || self.turn.is_some() || self.mode == Mode::Concurrent {
            layers.push(self.writes.clone());
        }
        layers.extend(self.beneath.iter().filter_map(|queued| queued.writes().cloned()));
        Ok(Parts { view, layers, reads: self.reads.clone() }.into())
    }

    fn begin_reading(&mut self) -> Result<Arc<dyn View>> {
        let base = if self.mode == Mode::Concurrent {
            // Under the lock, so that no commit is settled between the state and the note that it is to be remembered.
            let mut queue = self.engine.queue.lock();
            let base = self.newest_base()?;
            self.open_since = Some(queue.open_concurrent());
            base
        } else {
            self.newest_base()?
        };
        Ok(self.base.insert(base).view.clone())
    }

    /// The moment of the schema that the transaction sees, but for changes that it or a queued commit makes itself.
    pub fn schema(&mut self) -> Result<Moment> {
        if self.base.is_none() {
            self.begin_reading()?;
        }
        Ok(self.base.as_ref().map_or(Moment::START, |base| base.schema))
    }

    /// Whether a queued commit beneath changed the schema, so that [`Transaction::schema`] does not tell all.
    pub fn has_queued_schema(&self) -> bool {
        self.beneath
            .iter()
            .filter_map(|queued| queued.writes())
            .any(|writes| writes.read_recursive().touched().iter().any(|space| space.is_catalog()))
    }

    /// Makes ready to write: a plain transaction takes the branch's turn.
    ///
    /// Fails with `Busy` when the turn cannot be had in time, and with `BusySnapshot` when the transaction has read
    /// before and another commit came since; it is still open then, and can go on reading.
    pub fn prepare_to_write(&mut self, patience: &Patience) -> Result<()> {
        if self.turn.is_some() || self.mode == Mode::Concurrent {
            return Ok(());
        }
        let turn = self.engine.take_turn(self.branch, patience)?;
        // Under the lock nothing is settled, so what is pending and what the state shows fit together.
        let queue = self.engine.queue.lock();
        let newest = self.newest_base()?;
        let pending = unseen(&queue, self.branch, newest.last_commit);
        match &self.base {
            Some(base) if base.last_commit != newest.last_commit || !pending.is_empty() => {
                drop(queue);
                if let Some(network) = self.engine.network().filter(|_| pending.is_empty()) {
                    network.came_late();
                }
                return Err(Error::busy_snapshot());
            }
            Some(_) => {}
            None => {
                self.base = Some(newest);
                self.beneath = pending;
            }
        }
        drop(queue);
        self.turn = Some(turn);
        Ok(())
    }

    /// Takes the turn, waits until nothing is queued on the branch, and begins from the newest state, which it answers
    /// with. Only at the beginning.
    pub fn prepare_alone(&mut self, patience: &Patience) -> Result<Arc<Present>> {
        let turn = self.engine.take_turn(self.branch, patience)?;
        let mut queue = self.engine.queue.lock();
        while queue.pending.iter().any(|queued| queued.branch() == Some(self.branch)) {
            self.engine.changed.wait(&mut queue);
        }
        drop(queue);
        let present = self.engine.newest()?;
        let Some(record) = present.state().branch(self.branch) else {
            return Err(self.engine.missing_branch(self.branch));
        };
        self.base = Some(Base::new(present.version(), present.view(self.branch)?, record));
        self.is_newest = true;
        self.turn = Some(turn);
        Ok(present)
    }

    /// The write set. Call [`Transaction::prepare_to_write`] first.
    pub fn writes(&self) -> RwLockWriteGuard<'_, WriteSet> {
        self.writes.write()
    }

    /// The write set, for what writes into it as long as the transaction is open.
    pub fn shared_writes(&self) -> Arc<RwLock<WriteSet>> {
        self.writes.clone()
    }

    /// The present point of the transaction, to roll back to.
    pub fn mark(&self) -> Mark {
        self.writes.read_recursive().mark()
    }

    /// Forgets all that was written after `mark`.
    pub fn roll_back_to(&mut self, mark: Mark) {
        self.writes.write().roll_back_to(mark);
    }

    /// Forgets everything that was written, also for statements that are still reading it.
    pub fn roll_back(self) {
        drop(self);
    }

    /// Commits. Returns the moment of the commit, or `None` if there was nothing to commit.
    ///
    /// On a `Busy` error the transaction is still open, and the commit may be tried again; after any other error it
    /// is to be rolled back.
    pub fn commit(&mut self, patience: &Patience) -> Result<Option<Moment>> {
        if !self.has_writes() {
            return self.finish().map(|()| None);
        }
        self.engine.check_branch(self.branch)?;
        let turn = match self.turn.take() {
            Some(turn) => turn,
            None => self.engine.take_turn(self.branch, patience)?,
        };
        self.writes.write().order_all();
        let mut queue = self.engine.queue.lock();
        let newest = self.validate(&mut queue)?;
        let base = if self.engine.is_far { self.queued_base(&queue, newest)? } else { None };
        let writes = std::mem::replace(&mut self.writes, Arc::new(RwLock::new(WriteSet::new(self.branch))));
        let queued = Queued::new(Work::Write(self.branch, writes), base);
        queue.pending.push_back(queued.clone());
        drop(queue);
        drop(turn);
        // Neither the view nor the layers are needed any more, and an open snapshot makes the commit dearer.
        self.let_go();
        self.engine.wait_until_settled(&queued).map(Some)
    }

    /// What its writes build on: what is queued last on the branch, or the state that it has seen or was validated against.
    fn queued_base(&self, queue: &Queue, newest: Option<Moment>) -> Result<Option<QueuedBase>> {
        let last = queue.pending.iter().rev().find(|queued| queued.branch() == Some(self.branch));
        if let Some(last) = last.or(self.beneath.first()) {
            return Ok(Some(QueuedBase::Queued(last.clone())));
        }
        let seen = newest.or(self.base.as_ref().map(|base| base.last_commit));
        let last_commit = seen.map_or_else(|| Ok(self.newest_base()?.last_commit), Ok)?;
        Ok(Some(QueuedBase::Commit(last_commit)))
    }

    /// Compares what it has read with what was committed since. Answers with the last commit that it was compared with,
    /// if it was.
    fn validate(&self, queue: &mut MutexGuard<'_, Queue>) -> Result<Option<Moment>> {
        if let Some(failure) = self.beneath.iter().find_map(|queued| queued.failure()) {
            return Err(builds_on(failure));
        }
        let (Some(reads), Some(base)) = (&self.reads, &self.base) else {
            return Ok(None);
        };
        let is_shown = |queued: &Queued, newest: &Base| {
            queued.branch() == Some(self.branch)
                && queued.stamp().is_some_and(|at| at > base.last_commit && at <= newest.last_commit)
        };
        let newest = loop {
            let newest = self.newest_base()?;
            // A commit may be in the store that its leader has yet to settle: then it is not among the recent ones.
            if !queue.pending.iter().any(|queued| is_shown(queued, &newest)) {
                break newest;
            }
            self.engine.changed.wait(queue);
        };
        let recent = queue.recent.iter().map(|(_, queued)| queued);
        let mut since: Vec<&Arc<Queued>> = recent.filter(|queued| is_shown(queued, &newest)).collect();
        // Where commits are missing here, another process made them: what they wrote is not known.
        if since.len() as u64 != newest.commits - base.commits {
            if let Some(network) = self.engine.network() {
                network.came_late();
            }
            return Err(Error::busy_snapshot());
        }
        let pending = unseen(queue, self.branch, newest.last_commit);
        since.extend(&pending);
        let (reads, own) = (reads.lock(), self.writes.read_recursive());
        let conflict = since
            .iter()
            .filter_map(|queued| queued.writes())
            .any(|committed| reads.conflicts_with(&own, &committed.read_recursive()));
        if conflict { Err(Error::busy_snapshot()) } else { Ok(Some(newest.last_commit)) }
    }

    /// The newest durable state of the branch.
    fn newest_base(&self) -> Result<Base> {
        let present = self.engine.present()?;
        let Some(record) = present.state().branch(self.branch) else {
            return Err(self.engine.missing_branch(self.branch));
        };
        Ok(Base::new(present.version(), present.view(self.branch)?, record))
    }

    /// Ends it without a commit of its own. What it has seen of queued commits, others see afterwards too: whoever was
    /// told that a table or row is there already finds it.
    fn finish(&mut self) -> Result<()> {
        let newest = self.beneath.first().cloned();
        self.let_go();
        match newest.map(|queued| self.engine.wait_until_settled(&queued)) {
            Some(Err(error)) => Err(builds_on(&error)),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    fn let_go(&mut self) {
        self.base = None;
        self.beneath.clear();
        self.turn = None;
        if let Some(since) = self.open_since.take() {
            self.engine.queue.lock().close_concurrent(since);
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        // Nothing of its own was promised; that it ended is all that there is to tell.
        let _ = self.finish();
        if self.has_writes() {
            *self.writes.write() = WriteSet::new(self.branch);
        }
    }
}

/// The error of a transaction that builds on a commit which failed.
fn builds_on(failure: &Error) -> Error {
    if failure.kind() == ErrorKind::BusySnapshot {
        return failure.duplicate();
    }
    let error = Error::new(ErrorKind::AbortRollback, "abort due to ROLLBACK");
    error.caused_by(format!("a commit that this transaction builds on failed: {failure}"))
}

/// Queued commits on a branch that a state does not show, the newest first.
fn unseen(queue: &Queue, branch: BranchId, last_commit: Moment) -> Vec<Arc<Queued>> {
    let on_branch = queue.pending.iter().filter(|queued| queued.branch() == Some(branch));
    on_branch.filter(|queued| queued.stamp().is_none_or(|stamp| stamp > last_commit)).rev().cloned().collect()
}
