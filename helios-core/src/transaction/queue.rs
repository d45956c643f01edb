//! The commit queue: whoever comes first writes for all.
//!
//! A commit is queued under the engine's lock and then waits to be settled. The first waiter becomes the leader: it
//! stamps everything that is queued, makes one batch of it, and wakes the others when the batch is durable.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use super::engine::Engine;
use super::lane::LaneState;
use super::reader::Writes;
use super::wait::{Interrupt, Patience, lease};
use crate::branch::{BranchName, Change, Commit};
use crate::clock::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::storage::{Lane, Word};
use crate::versioned::{BranchId, Space};

/// How long a leader waits for another process that is committing. Such a wait is one commit long; only a process that
/// was stopped in the middle of one makes it longer.
const LEADER_PATIENCE: Duration = Duration::from_secs(60);

/// Everything that the engine's lock protects.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Commits that are not settled, in their order.
    pub(super) pending: VecDeque<Arc<Queued>>,
    has_leader: bool,
    pub(super) lanes: HashMap<BranchId, LaneState>,
    /// Settled commits that an open concurrent transaction has not seen, with their numbers.
    pub(super) recent: VecDeque<(u64, Arc<Queued>)>,
    /// How many commits have been settled.
    settled: u64,
    /// How many had been settled when the open concurrent transactions began, and how many began there.
    open: BTreeMap<u64, usize>,
}

/// A commit on its way.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) work: Work,
    /// 0 until the leader stamps it.
    stamp: AtomicU64,
    outcome: OnceLock<Result<()>>,
}

/// What a queued commit changes; owned, see [`Change`].
#[derive(Debug)]
pub(super) enum Work {
    Write(BranchId, Writes),
    CreateBranch(BranchName, BranchId, Option<Moment>),
    DeleteBranch(BranchId),
    KeepHistory,
    Forget(Option<(BranchId, Vec<Space>)>, Moment),
    ReserveSpaces(Space),
    ReserveRowids(Space, i64),
    SetUser(String, Option<String>),
    Alone(Alone),
}

/// Something that is done between two commits; it is done once.
pub(super) struct Alone {
    work: Mutex<Option<Box<AloneWork>>>,
    /// Whether what readers of the present see is another thing afterwards.
    changes_present: bool,
}

/// Is given the moment that it is done at.
pub type AloneWork = dyn FnOnce(Moment) -> Result<()> + Send;

impl Alone {
    pub(super) fn new(work: Box<AloneWork>, changes_present: bool) -> Alone {
        Alone { work: Mutex::new(Some(work)), changes_present }
    }
}

impl fmt::Debug for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alone")
    }
}

impl Queued {
    pub(super) fn new(work: Work) -> Arc<Queued> {
        Arc::new(Queued { work, stamp: AtomicU64::new(0), outcome: OnceLock::new() })
    }

    /// The branch whose keys it writes.
    pub(super) fn branch(&self) -> Option<BranchId> {
        match self.work {
            Work::Write(branch, _) => Some(branch),
            _ => None,
        }
    }

    /// The write set.
    pub(super) fn writes(&self) -> Option<&Writes> {
        match &self.work {
            Work::Write(_, writes) => Some(writes),
            _ => None,
        }
    }

    /// The stamp, once a leader has given one.
    pub(super) fn stamp(&self) -> Option<Moment> {
        match self.stamp.load(Ordering::SeqCst) {
            0 => None,
            stamp => Some(Moment(stamp)),
        }
    }

    /// Whether it was tried and failed.
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.outcome.get(), Some(Err(_)))
    }

    fn outcome(&self) -> Option<Result<Moment>> {
        Some(match self.outcome.get()? {
            Ok(()) => Ok(self.stamp().unwrap_or_default()),
            Err(error) => Err(error.duplicate()),
        })
    }
}

/// Branches that do not exist any more, with the error that says so.
type Gone = Vec<(BranchId, Error)>;

impl Queue {
    /// Gives lanes back to other processes where nobody here writes, waits or has something queued.
    pub(super) fn release_idle_lanes(&mut self) {
        for (branch, lane) in &mut self.lanes {
            if lane.is_idle() && !self.pending.iter().any(|queued| queued.branch() == Some(*branch)) {
                lane.give_lease_back();
            }
        }
    }

    /// Whether a leader is at work.
    pub(super) fn is_led(&self) -> bool {
        self.has_leader
    }

    /// Notes that a concurrent transaction begins; from here on its kin's commits are remembered.
    pub(super) fn open_concurrent(&mut self) -> u64 {
        *self.open.entry(self.settled).or_default() += 1;
        self.settled
    }

    /// Notes that a concurrent transaction that began at `since` has ended, and forgets what nobody needs any more.
    pub(super) fn close_concurrent(&mut self, since: u64) {
        if let Some(count) = self.open.get_mut(&since) {
            *count -= 1;
            if *count == 0 {
                self.open.remove(&since);
            }
        }
        let oldest = self.open.keys().next().copied().unwrap_or(u64::MAX);
        while self.recent.front().is_some_and(|(number, _)| *number <= oldest) {
            self.recent.pop_front();
        }
    }

    /// What the next leader writes: everything up to the first commit that is no write, or that one alone.
    fn next_group(&self) -> Vec<Arc<Queued>> {
        let writes = self.pending.iter().take_while(|queued| queued.branch().is_some()).count();
        self.pending.iter().take(writes.max(1)).cloned().collect()
    }

    /// `gone` are branches of the group that do not exist any more, with the error of their commits.
    fn settle(&mut self, group: &[Arc<Queued>], result: &Result<Gone>) {
        match result {
            Ok(gone) => {
                for queued in group {
                    self.pending.pop_front();
                    if let Some((_, error)) = gone.iter().find(|(branch, _)| queued.branch() == Some(*branch))
                    {
                        let _ = queued.outcome.set(Err(error.duplicate()));
                        continue;
                    }
                    // Nobody else sets an outcome: the first to do so is the only one.
                    let _ = queued.outcome.set(Ok(()));
                    self.settled += 1;
                    if queued.branch().is_some() && !self.open.is_empty() {
                        self.recent.push_back((self.settled, queued.clone()));
                    }
                }
            }
            Err(error) => self.fail(group, error),
        }
        self.release_idle_lanes();
    }

    /// Fails a group. Where it held writes, what is queued behind may build on them and fails with them.
    fn fail(&mut self, group: &[Arc<Queued>], error: &Error) {
        let holds_writes = group.iter().any(|queued| queued.branch().is_some());
        let failed = if holds_writes { self.pending.len() } else { group.len() };
        for queued in self.pending.drain(..failed) {
            let _ = queued.outcome.set(Err(error.duplicate()));
        }
    }
}

impl Engine {
    /// Queues a commit that needs no turn and waits until it is settled.
    pub(super) fn run(&self, work: Work) -> Result<Moment> {
        let queued = Queued::new(work);
        self.queue.lock().pending.push_back(queued.clone());
        self.wait_until_settled(&queued)
    }

    /// Waits for a queued commit, leading the queue if nobody else does. Not interruptible: the commit may be on its
    /// way to the disk already.
    pub(super) fn wait_until_settled(&self, own: &Queued) -> Result<Moment> {
        let mut queue = self.queue.lock();
        loop {
            if let Some(outcome) = own.outcome() {
                return outcome;
            }
            if queue.has_leader {
                self.changed.wait(&mut queue);
                continue;
            }
            queue.has_leader = true;
            let group = queue.next_group();
            drop(queue);
            let result = self.write_group(&group);
            queue = self.queue.lock();
            queue.settle(&group, &result);
            queue.has_leader = false;
            self.changed.notify_all();
        }
    }

    /// Writes a group as one batch.
    fn write_group(&self, group: &[Arc<Queued>]) -> Result<Gone> {
        let patience = Patience::new(LEADER_PATIENCE, Interrupt::default());
        let _lease = lease(&*self.coordination, Lane::COMMIT, &patience, || self.clock.now().0)?;
        self.drop_unused_present();
        self.stamp_group(group);
        let alone = group.first().and_then(|queued| match &queued.work {
            Work::Alone(alone) => Some((alone, queued.stamp().unwrap_or_default())),
            _ => None,
        });
        let result = match alone {
            Some((alone, moment)) => self.work_alone(alone, moment).map(|()| Gone::new()),
            None => self.commit_living(group),
        };
        let last = group.last().and_then(|queued| queued.stamp()).unwrap_or(Moment::START);
        self.coordination.word(Word::Floor).fetch_max(last.0, Ordering::SeqCst);
        self.coordination.word(Word::InFlight).store(0, Ordering::SeqCst);
        result.map_err(|error| match error.kind() {
            ErrorKind::Conflict => Error::busy_snapshot().caused_by(error),
            _ => error,
        })
    }

    fn work_alone(&self, alone: &Alone, moment: Moment) -> Result<()> {
        let Some(work) = alone.work.lock().take() else {
            return Err(Error::new(ErrorKind::Internal, "work that is done once was asked for again"));
        };
        let result = work(moment);
        // What it did is not told write by write.
        if let Some(observer) = self.observer.get().filter(|_| alone.changes_present) {
            observer.commit_failed();
        }
        result
    }

    /// Commits a group, without what is for branches that are gone: that fails by itself.
    fn commit_living(&self, group: &[Arc<Queued>]) -> Result<Gone> {
        let Err(error) = self.commit_group(group) else { return Ok(Gone::new()) };
        let state = self.store.state()?;
        let branches = group.iter().filter_map(|queued| queued.branch());
        let missing = branches.filter(|branch| state.branch(*branch).is_none());
        let gone: Gone = missing
            .map(|branch| {
                self.gone.note(branch);
                (branch, self.missing_branch(branch))
            })
            .collect();
        drop(state);
        if gone.is_empty() {
            return Err(error);
        }
        let is_gone = |branch| gone.iter().any(|(missing, _)| Some(*missing) == branch);
        let living: Vec<Arc<Queued>> =
            group.iter().filter(|queued| !is_gone(queued.branch())).cloned().collect();
        if !living.is_empty() {
            self.commit_group(&living)?;
        }
        Ok(gone)
    }

    fn commit_group(&self, group: &[Arc<Queued>]) -> Result<()> {
        let guards: Vec<_> =
            group.iter().map(|queued| queued.writes().map(|writes| writes.read_recursive())).collect();
        let commits: Vec<Commit<'_>> = group
            .iter()
            .zip(&guards)
            .map(|(queued, writes)| {
                let change = match (&queued.work, writes) {
                    (Work::Write(..), Some(writes)) => Change::Write(writes),
                    (Work::CreateBranch(name, parent, at), _) => {
                        Change::CreateBranch { name, parent: *parent, at: *at }
                    }
                    (Work::DeleteBranch(branch), _) => Change::DeleteBranch(*branch),
                    (Work::Forget(of, before), _) => {
                        let of = of.as_ref().map(|(branch, spaces)| (*branch, &spaces[..]));
                        Change::Forget { of, before: *before }
                    }
                    (Work::ReserveSpaces(next), _) => Change::ReserveSpaces(*next),
                    (Work::ReserveRowids(space, last), _) => Change::ReserveRowids(*space, *last),
                    (Work::SetUser(name, verifier), _) => Change::SetUser(name, verifier.as_deref()),
                    (Work::KeepHistory | Work::Alone(_), _) | (Work::Write(..), None) => Change::KeepHistory,
                };
                Commit { moment: queued.stamp().unwrap_or_default(), change }
            })
            .collect();
        if let Some(observer) = self.observer.get() {
            for commit in &commits {
                if let Change::Write(writes) = commit.change {
                    observer.committing(writes, commit.moment);
                }
            }
        }
        let result = self.store.commit(&commits);
        if let (Err(_), Some(observer)) = (&result, self.observer.get()) {
            observer.commit_failed();
        }
        result
    }

    /// Stamps a group. The first stamp is announced before the floor is looked at, so that a reader who lifts the floor
    /// above it knows to wait (see [`super::as_of`]).
    fn stamp_group(&self, group: &[Arc<Queued>]) {
        let floor = self.coordination.word(Word::Floor);
        let in_flight = self.coordination.word(Word::InFlight);
        let now = self.clock.now();
        let mut stamp = loop {
            self.stamps.lift(Moment(floor.load(Ordering::SeqCst)));
            let stamp = self.stamps.stamp(now);
            in_flight.store(stamp.0, Ordering::SeqCst);
            if floor.load(Ordering::SeqCst) < stamp.0 {
                break stamp;
            }
        };
        for (at, queued) in group.iter().enumerate() {
            if at > 0 {
                stamp = self.stamps.stamp(now);
            }
            queued.stamp.store(stamp.0, Ordering::SeqCst);
        }
    }
}
