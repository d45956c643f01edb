//! One consistent state of all branches: a driver's snapshot and the records that belong to it.

use std::sync::Arc;

use super::meta::Meta;
use super::{BranchRecord, Branching, no_such_branch};
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::Snapshot;
use crate::versioned::{BranchId, Level, Space, StoreView, View};

/// A snapshot with its records.
#[derive(Debug)]
pub(super) struct State {
    pub(super) snapshot: Arc<dyn Snapshot>,
    pub(super) meta: Arc<Meta>,
}

impl Branching for State {
    fn branches(&self) -> Vec<&BranchRecord> {
        self.meta.branches.values().collect()
    }

    fn branch(&self, id: BranchId) -> Option<&BranchRecord> {
        self.meta.branches.get(&id)
    }

    fn view(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>> {
        let state = self.branch(branch).filter(|_| moment == Moment::PRESENT).map(BranchRecord::state);
        let mut levels = Vec::with_capacity(1);
        let mut at = Level { branch, moment };
        loop {
            let record = self.branch(at.branch).ok_or_else(|| no_such_branch(at.branch.0))?;
            // All that a branch wrote itself is later than its fork.
            if record.parent.is_none_or(|fork| at.moment > fork.moment) {
                levels.push(at);
            }
            match record.parent {
                Some(fork) => at = Level { branch: fork.parent, moment: at.moment.min(fork.moment) },
                None => break,
            }
        }
        Ok(Arc::new(StoreView::new(self.snapshot.clone(), branch, moment, state, levels)))
    }

    fn history_since(&self, branch: BranchId, space: Space) -> Option<Moment> {
        self.meta.keepers(branch).since(space)
    }

    fn next_space(&self) -> Space {
        self.meta.next_space
    }
}
