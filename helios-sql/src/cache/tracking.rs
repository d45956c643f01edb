//! Which states of a branch the cache can tell the differences of.
//!
//! It knows what this process commits, and nothing of what others do. So it counts: from a known state on, the own
//! commits must account for all the commits that a state has had. Where they do not, another process has committed.

use std::collections::VecDeque;

use helios_core::clock::Moment;
use helios_core::versioned::BranchState;

/// More own commits than this are not told apart: readers of states before them go past the cache.
const MOST_COMMITS: usize = 1024;

/// The states of one branch that are known.
#[derive(Debug, Default)]
pub(super) struct Tracking {
    /// The oldest.
    base: Option<BranchState>,
    /// Own commits since, ascending.
    own: VecDeque<Moment>,
}

/// Whether a state is among the known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// It is.
    Known,
    /// It is older than all of them, or between them by the commit of another process.
    Unknown,
    /// It is newer, by commits of other processes: it is the only known one now, and nothing that was kept is.
    Cleared,
}

impl Tracking {
    /// Looks at a state that somebody reads.
    pub(super) fn admit(&mut self, state: BranchState) -> Admission {
        let Some(base) = self.base else {
            self.restart(state);
            return Admission::Cleared;
        };
        if state.last_commit < base.last_commit {
            return Admission::Unknown;
        }
        let own = self.own.partition_point(|moment| *moment <= state.last_commit);
        if base.commits + own as u64 == state.commits {
            return Admission::Known;
        }
        if own < self.own.len() {
            return Admission::Unknown;
        }
        self.restart(state);
        Admission::Cleared
    }

    /// Whether a state is known and no own commit comes after it.
    pub(super) fn is_newest(&mut self, state: BranchState) -> bool {
        let is_last = self.own.back().is_none_or(|last| *last <= state.last_commit);
        is_last && self.base.is_some() && self.admit(state) == Admission::Known
    }

    fn restart(&mut self, state: BranchState) {
        self.own.retain(|moment| *moment > state.last_commit);
        self.base = Some(state);
    }

    /// Notes a commit of this process.
    pub(super) fn committing(&mut self, moment: Moment) {
        let Some(base) = &mut self.base else { return };
        self.own.push_back(moment);
        if self.own.len() > MOST_COMMITS
            && let Some(oldest) = self.own.pop_front()
        {
            *base = BranchState { last_commit: oldest, commits: base.commits + 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(last_commit: u64, commits: u64) -> BranchState {
        BranchState { last_commit: Moment(last_commit), commits }
    }

    #[test]
    fn own_commits_are_known_and_others_clear() {
        let mut tracking = Tracking::default();
        tracking.committing(Moment(1));
        assert_eq!(tracking.admit(state(10, 5)), Admission::Cleared);
        assert_eq!(tracking.admit(state(10, 5)), Admission::Known);
        tracking.committing(Moment(20));
        assert_eq!(tracking.admit(state(10, 5)), Admission::Known, "a reader that began before");
        assert_eq!(tracking.admit(state(20, 6)), Admission::Known);
        assert_eq!(tracking.admit(state(9, 4)), Admission::Unknown);
        // Another process committed at 30, then this one at 40.
        tracking.committing(Moment(40));
        assert_eq!(tracking.admit(state(30, 7)), Admission::Unknown);
        assert_eq!(tracking.admit(state(40, 8)), Admission::Cleared);
        assert_eq!(tracking.admit(state(40, 8)), Admission::Known);
    }

    #[test]
    fn a_long_row_of_commits_moves_the_base() {
        let mut tracking = Tracking::default();
        tracking.admit(state(0, 0));
        for commit in 1..=2000 {
            tracking.committing(Moment(commit));
        }
        assert_eq!(tracking.admit(state(1, 1)), Admission::Unknown);
        assert_eq!(tracking.admit(state(2000, 2000)), Admission::Known);
        assert_eq!(tracking.admit(state(1500, 1500)), Admission::Known);
    }
}
