//! One consistent state of all branches: a driver's snapshot and the records that belong to it.

use std::sync::Arc;

use super::meta::Meta;
use super::{BranchRecord, Branching, Merge, no_such_branch};
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{HeadChange, KeyRange, Snapshot};
use crate::versioned::{
    BranchId, ChangedKey, KeptHistory, Level, Space, StoreView, Stored, TakeLifetime, View, changes,
    visit_versions,
};

/// A snapshot with its records.
#[derive(Debug)]
pub(super) struct State {
    pub(super) snapshot: Arc<dyn Snapshot>,
    pub(super) meta: Arc<Meta>,
    /// The version of the head, where the store is reached over a network.
    pub(super) head: Option<u64>,
}

impl State {
    /// What a commit that builds on this state and has no stamp says of the head.
    pub(super) fn head_change(&self) -> Option<HeadChange> {
        self.head.map(|version| HeadChange { version, above: u64::MAX, floor: 0 })
    }

    /// The same for a commit that is stamped with `moment`.
    pub(super) fn head_change_at(&self, moment: Moment) -> Option<HeadChange> {
        self.head.map(|version| HeadChange { version, above: moment.0, floor: moment.0 })
    }

    /// The branch and what shines through from its parents, at a moment.
    fn levels(&self, branch: BranchId, moment: Moment) -> Result<Vec<Level>> {
        let mut levels = Vec::with_capacity(1);
        let mut at = Level { branch, moment };
        loop {
            let record = self.ancestor(at.branch).ok_or_else(|| no_such_branch(at.branch.0))?;
            // All that a branch wrote itself is later than its fork.
            if record.parent.is_none_or(|fork| at.moment > fork.moment) {
                levels.push(at);
            }
            match record.parent {
                Some(fork) => at = Level { branch: fork.parent, moment: at.moment.min(fork.moment) },
                None => return Ok(levels),
            }
        }
    }
}

impl Branching for State {
    fn branches(&self) -> Vec<&BranchRecord> {
        self.meta.live().collect()
    }

    fn is_branched(&self) -> bool {
        self.meta.branches.len() > 1 && self.meta.live().nth(1).is_some()
    }

    fn user(&self, name: &str) -> Option<&str> {
        self.meta.users.get(name).map(String::as_str)
    }

    fn users(&self) -> Vec<&str> {
        self.meta.users.keys().map(String::as_str).collect()
    }

    fn branch(&self, id: BranchId) -> Option<&BranchRecord> {
        self.ancestor(id).filter(|record| !record.is_deleted)
    }

    fn ancestor(&self, id: BranchId) -> Option<&BranchRecord> {
        self.meta.branches.get(&id)
    }

    fn merges(&self) -> Vec<Merge> {
        self.meta.merges()
    }

    fn changes(&self, branch: BranchId, from: Moment, to: Moment) -> Result<Vec<ChangedKey>> {
        changes(&*self.snapshot, branch, from, to)
    }

    fn versions(
        &self,
        branch: BranchId,
        space: Space,
        range: KeyRange<'_>,
        take: &mut TakeLifetime<'_>,
    ) -> Result<()> {
        let levels = self.levels(branch, Moment::PRESENT)?;
        let stored = Stored { snapshot: &*self.snapshot, history: &*self.meta };
        visit_versions(stored, &levels, space, range, take)
    }

    fn view(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>> {
        let state = self.branch(branch).filter(|_| moment == Moment::PRESENT).map(BranchRecord::state);
        let levels = self.levels(branch, moment)?;
        let stored = (self.snapshot.clone(), self.meta.clone() as Arc<dyn KeptHistory>);
        Ok(Arc::new(StoreView::new(stored, branch, moment, state, levels)))
    }

    fn history_since(&self, branch: BranchId, space: Space) -> Option<Moment> {
        self.meta.history_since(branch, space)
    }

    fn next_space(&self) -> Space {
        self.meta.next_space
    }

    fn reserved_rowids(&self, space: Space) -> Option<i64> {
        self.meta.rowids.get(&space).copied()
    }

    fn reserves_rowids(&self) -> bool {
        !self.meta.rowids.is_empty()
    }
}
