//! Turns: one writer a branch, first come, first served; across processes by lease.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::Condvar;

use super::engine::Engine;
use super::wait::Patience;
use crate::error::Result;
use crate::storage::{Lane, Lease, Word, Words};
use crate::versioned::BranchId;

/// Who writes on a branch, in this process.
#[derive(Debug, Default)]
pub(super) struct LaneState {
    holder: Option<u64>,
    waiting: VecDeque<Waiting>,
    next_ticket: u64,
    /// The branch's lane among processes. Kept while anybody here writes, waits or has something queued.
    lease: Option<Lease>,
}

/// Somebody who waits for the turn. Each is called by itself: of fifty that wait, a turn that is given on wakes one.
#[derive(Debug)]
struct Waiting {
    ticket: u64,
    called: Arc<Condvar>,
}

impl LaneState {
    /// Calls the one whose turn is next.
    fn call_next(&self) {
        if let Some(next) = self.waiting.front() {
            next.called.notify_one();
        }
    }

    /// Calls all who wait, to look at what has become of the branch.
    pub(super) fn call_all(&self) {
        for waiting in &self.waiting {
            waiting.called.notify_one();
        }
    }

    /// Whether the lease can go: nobody writes and nobody waits.
    pub(super) fn is_idle(&self) -> bool {
        self.holder.is_none() && self.waiting.is_empty()
    }

    pub(super) fn give_lease_back(&mut self) {
        self.lease = None;
    }
}

/// The right to write on a branch, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    engine: Arc<Engine>,
    branch: BranchId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queue = self.engine.queue.lock();
        if let Some(lane) = queue.lanes.get_mut(&self.branch) {
            lane.holder = None;
            lane.call_next();
        }
        queue.release_idle_lanes();
    }
}

/// A process that has waited this recently (in microseconds) is let in before this one takes a lane again.
const WAITING_IS_RECENT: u64 = 20_000;

impl Engine {
    /// Takes the turn on `branch`, waiting for others.
    pub(super) fn take_turn(self: &Arc<Engine>, branch: BranchId, patience: &Patience) -> Result<Turn> {
        self.check_branch(branch)?;
        self.queue_for_turn(branch, patience)?;
        let turn = Turn { engine: self.clone(), branch };
        let Some(words) = self.words().filter(|words| words.is_shared()) else { return Ok(turn) };
        self.let_others_in(words, branch);
        let has_lease = self.queue.lock().lanes.get(&branch).is_some_and(|lane| lane.lease.is_some());
        if !has_lease {
            let lease = self.lease(Lane::of_branch(branch.0), patience)?;
            self.queue.lock().lanes.entry(branch).or_default().lease = Some(lease);
        }
        Ok(turn)
    }

    fn queue_for_turn(&self, branch: BranchId, patience: &Patience) -> Result<()> {
        let mut queue = self.queue.lock();
        let lane = queue.lanes.entry(branch).or_default();
        let ticket = lane.next_ticket;
        lane.next_ticket += 1;
        if lane.is_idle() {
            lane.holder = Some(ticket);
            return Ok(());
        }
        let called = Arc::new(Condvar::new());
        lane.waiting.push_back(Waiting { ticket, called: called.clone() });
        loop {
            let lane = queue.lanes.entry(branch).or_default();
            if lane.holder.is_none() && lane.waiting.front().is_some_and(|next| next.ticket == ticket) {
                lane.waiting.pop_front();
                lane.holder = Some(ticket);
                return Ok(());
            }
            match self.check_branch(branch).and_then(|()| patience.next_wait()) {
                Ok(wait) => {
                    called.wait_for(&mut queue, wait);
                }
                Err(error) => {
                    let lane = queue.lanes.entry(branch).or_default();
                    lane.waiting.retain(|waiting| waiting.ticket != ticket);
                    // It may have been called in the meantime.
                    if lane.holder.is_none() {
                        lane.call_next();
                    }
                    queue.release_idle_lanes();
                    return Err(error);
                }
            }
        }
    }

    /// Gives the lane to another process that waits for it, once what is queued on it is settled. The caller has the
    /// turn, so nothing new is queued meanwhile.
    fn let_others_in(&self, words: &dyn Words, branch: BranchId) {
        let waiting = words.word(Word::Waiting).load(Ordering::Relaxed);
        if waiting == 0 || self.clock.now().0.saturating_sub(waiting) > WAITING_IS_RECENT {
            return;
        }
        let mut queue = self.queue.lock();
        while queue.pending.iter().any(|queued| queued.branch() == Some(branch)) {
            self.changed.wait(&mut queue);
        }
        let lane = queue.lanes.entry(branch).or_default();
        if lane.lease.take().is_some() {
            drop(queue);
            words.word(Word::Waiting).store(0, Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(300));
        }
    }
}
