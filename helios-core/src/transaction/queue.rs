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
use super::wait::{Interrupt, Patience};
use crate::branch::{Base, BranchName, Change, Commit};
use crate::clock::Moment;
use crate::error::{Error, ErrorKind, Result};
use crate::storage::{Lane, Reach, Word, Words};
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
    /// What writes build on, until it is settled, where turns do not see to that.
    base: Mutex<Option<QueuedBase>>,
    /// 0 until the leader stamps it.
    stamp: AtomicU64,
    outcome: OnceLock<Result<()>>,
}

/// What queued writes build on.
#[derive(Debug)]
pub(super) enum QueuedBase {
    /// The state of the branch after a commit.
    Commit(Moment),
    /// Writes that were queued before.
    Queued(Arc<Queued>),
}

/// What a queued commit changes; owned, see [`Change`].
#[derive(Debug)]
pub(super) enum Work {
    Write(BranchId, Writes),
    CreateBranch(BranchName, BranchId, Option<Moment>),
    DeleteBranch(BranchId),
    KeepHistory,
    Forget(Option<(BranchId, Vec<Space>)>, Moment),
    /// From the first on, up to before the second.
    ReserveSpaces(Space, Space),
    /// What was given away before, and the last afterwards.
    ReserveRowids(Space, Option<i64>, i64),
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
    pub(super) fn new(work: Work, base: Option<QueuedBase>) -> Arc<Queued> {
        Arc::new(Queued { work, base: Mutex::new(base), stamp: AtomicU64::new(0), outcome: OnceLock::new() })
    }

    /// What it has to find when it is committed.
    fn base(&self) -> Option<Base> {
        match (&self.work, &*self.base.lock()) {
            (Work::Write(..), Some(QueuedBase::Commit(moment))) => Some(Base::LastCommit(*moment)),
            (Work::Write(..), Some(QueuedBase::Queued(before))) => {
                Some(Base::LastCommit(before.stamp().unwrap_or_default()))
            }
            (Work::ReserveSpaces(first, _), _) => Some(Base::NextSpace(*first)),
            (Work::ReserveRowids(_, before, _), _) => Some(Base::Rowids(*before)),
            _ => None,
        }
    }

    fn set_outcome(&self, outcome: Result<()>) {
        // Nobody else sets an outcome: the first to do so is the only one.
        let _ = self.outcome.set(outcome);
        // What it was built on goes with that.
        *self.base.lock() = None;
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

    /// The error that it failed with, if it was tried and failed.
    pub(super) fn failure(&self) -> Option<&Error> {
        self.outcome.get().and_then(|outcome| outcome.as_ref().err())
    }

    fn outcome(&self) -> Option<Result<Moment>> {
        Some(match self.outcome.get()? {
            Ok(()) => Ok(self.stamp().unwrap_or_default()),
            Err(error) => Err(error.duplicate()),
        })
    }
}

/// Branches whose commits of a group have failed by themselves, with the error: they do not exist any more, or another
/// process was faster.
type Refused = Vec<(BranchId, Error)>;

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

    fn settle(&mut self, group: &[Arc<Queued>], result: &Result<Refused>) {
        match result {
            Ok(refused) => {
                for queued in group {
                    self.pending.pop_front();
                    let of_branch = refused.iter().find(|(branch, _)| queued.branch() == Some(*branch));
                    if let Some((_, error)) = of_branch {
                        queued.set_outcome(Err(error.duplicate()));
                        continue;
                    }
                    queued.set_outcome(Ok(()));
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
            queued.set_outcome(Err(error.duplicate()));
        }
    }
}

impl Engine {
    /// Queues a commit that needs no turn and waits until it is settled.
    pub(super) fn run(&self, work: Work) -> Result<Moment> {
        if let Some(network) = self.network() {
            // What it says about the newest state is to be true.
            network.ask()?;
        }
        let queued = Queued::new(work, None);
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
    fn write_group(&self, group: &[Arc<Queued>]) -> Result<Refused> {
        let patience = Patience::new(LEADER_PATIENCE, Interrupt::default());
        let _lease = self.lease(Lane::COMMIT, &patience)?;
        self.drop_unused_present();
        self.stamp_group(group);
        let alone = group.first().and_then(|queued| match &queued.work {
            Work::Alone(alone) => Some((alone, queued.stamp().unwrap_or_default())),
            _ => None,
        });
        let result = match alone {
            Some((alone, moment)) => self.work_alone(alone, moment).map(|()| Refused::new()),
            None => self.commit_possible(group),
        };
        if let Some(words) = self.words() {
            let last = group.last().and_then(|queued| queued.stamp()).unwrap_or(Moment::START);
            words.word(Word::Floor).fetch_max(last.0, Ordering::SeqCst);
            words.word(Word::InFlight).store(0, Ordering::SeqCst);
        }
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

    /// Commits a group, without what cannot be: writes on branches that are gone, and, over a network, such as build on a
    /// state that another process has replaced. As long as other processes come first with something else, it is tried again.
    fn commit_possible(&self, group: &[Arc<Queued>]) -> Result<Refused> {
        let mut refused = Refused::new();
        let mut possible = group.to_vec();
        while !possible.is_empty() {
            let heard = self.network().map(|network| network.heard().head());
            let Err(error) = self.commit_group(&possible) else { break };
            let was_refused =
                matches!(error.kind(), ErrorKind::Conflict | ErrorKind::BusySnapshot | ErrorKind::Sql);
            if self.is_far && !was_refused {
                // It may have happened: then the newest state is another one because of that.
                return Err(error);
            }
            let found = self.impossible(&possible)?;
            if found.is_empty() {
                let is_newer = self.network().map(|network| network.heard().head()) != heard;
                if error.kind() != ErrorKind::Conflict || !is_newer {
                    return Err(error);
                }
            }
            let is_refused = |branch| found.iter().any(|(refused, _)| Some(*refused) == branch);
            possible.retain(|queued| !is_refused(queued.branch()));
            refused.extend(found);
            if self.is_far {
                self.stamp_group(&possible);
            }
        }
        Ok(refused)
    }

    /// The branches whose writes of a group cannot be committed on the newest state.
    fn impossible(&self, group: &[Arc<Queued>]) -> Result<Refused> {
        let state = self.store.state()?;
        let mut looked_at = Vec::new();
        let mut refused = Refused::new();
        for queued in group {
            let Some(branch) = queued.branch().filter(|branch| !looked_at.contains(branch)) else { continue };
            looked_at.push(branch);
            let Some(record) = state.branch(branch) else {
                self.gone.note(branch);
                refused.push((branch, self.missing_branch(branch)));
                continue;
            };
            if queued.base().is_some_and(|base| base != Base::LastCommit(record.last_commit)) {
                refused.push((branch, Error::busy_snapshot()));
            }
        }
        Ok(refused)
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
                    (Work::ReserveSpaces(_, next), _) => Change::ReserveSpaces(*next),
                    (Work::ReserveRowids(space, _, last), _) => Change::ReserveRowids(*space, *last),
                    (Work::SetUser(name, verifier), _) => Change::SetUser(name, verifier.as_deref()),
                    (Work::KeepHistory | Work::Alone(_), _) | (Work::Write(..), None) => Change::KeepHistory,
                };
                Commit { moment: queued.stamp().unwrap_or_default(), change, base: queued.base() }
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
        let now = self.clock.now();
        let mut stamp = match self.coordination.reach() {
            Reach::Memory(words) => self.announce_stamp(words, now),
            Reach::Network(network) => {
                self.stamps.lift(Moment(network.heard().head().floor));
                self.stamps.stamp(now)
            }
        };
        for (at, queued) in group.iter().enumerate() {
            if at > 0 {
                stamp = self.stamps.stamp(now);
            }
            queued.stamp.store(stamp.0, Ordering::SeqCst);
        }
    }

    fn announce_stamp(&self, words: &dyn Words, now: Moment) -> Moment {
        let floor = words.word(Word::Floor);
        let in_flight = words.word(Word::InFlight);
        loop {
            self.stamps.lift(Moment(floor.load(Ordering::SeqCst)));
            let stamp = self.stamps.stamp(now);
            in_flight.store(stamp.0, Ordering::SeqCst);
            if floor.load(Ordering::SeqCst) < stamp.0 {
                return stamp;
            }
        }
    }
}
