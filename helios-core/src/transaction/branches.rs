//! Branches come and go.
//!
//! Deleting a branch waits for nobody. Who is on it, perhaps with its turn, finds out with the next call: [`GoneBranches`]
//! is asked first, and costs a look at one number while nothing was deleted.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::engine::Engine;
use super::queue::{Alone, Work};
use crate::branch::{
    BranchName, BranchRecord, Branching, DerivedChange, DerivedPlace, Store, Sweep, no_such_branch,
};
use crate::clock::Moment;
use crate::error::{Error, Result};
use crate::versioned::{BranchId, Space};

/// Branches that this process has seen and that are deleted, with their names.
#[derive(Debug, Default)]
pub(super) struct GoneBranches {
    count: AtomicUsize,
    names: Mutex<HashMap<BranchId, BranchName>>,
    /// The branches of the last state that was looked at, besides `main`, which never goes. Kept for themselves, because
    /// that state may be let go before the next one is taken.
    seen: Mutex<Vec<(BranchId, BranchName)>>,
}

impl GoneBranches {
    fn add(&self, branch: BranchId, name: &BranchName) {
        let mut names = self.names.lock();
        names.insert(branch, name.clone());
        self.count.store(names.len(), Ordering::Release);
    }

    /// Notes what another process has deleted since the state before. States come in their order.
    pub(super) fn look_at(&self, state: &dyn Branching) {
        let others = state.branches().into_iter().filter(|record| record.id != BranchId::MAIN);
        let present = others.map(|record| (record.id, record.name.clone())).collect();
        let before = std::mem::replace(&mut *self.seen.lock(), present);
        for (branch, name) in before.iter().filter(|(branch, _)| state.branch(*branch).is_none()) {
            self.add(*branch, name);
        }
    }

    /// Notes that a branch is not there any more.
    pub(super) fn note(&self, branch: BranchId) {
        let name = self.seen.lock().iter().find(|(seen, _)| *seen == branch).map(|(_, name)| name.clone());
        if let Some(name) = name {
            self.add(branch, &name);
        }
    }
}

impl Engine {
    /// Makes a branch of `parent`, as it is or as it was at a moment.
    pub fn create_branch(&self, name: &str, parent: BranchId, at: Option<Moment>) -> Result<BranchRecord> {
        if let Err(error) = self.run(Work::CreateBranch(BranchName::new(name)?, parent, at)) {
            // The parent may have gone before the turn came. Who asked for it knows its name, not its number.
            let is_gone = self.newest()?.state().branch(parent).is_none();
            return Err(if is_gone { self.missing_branch(parent) } else { error });
        }
        let present = self.present()?;
        present.state().branch_named(name).cloned().ok_or_else(|| no_such_branch(name))
    }

    /// Deletes a branch. Its sessions get errors from now on; its children live on.
    pub fn delete_branch(&self, name: &str) -> Result<BranchRecord> {
        let present = self.newest()?;
        let Some(record) = present.state().branch_named(name).cloned() else {
            return Err(no_such_branch(name));
        };
        drop(present);
        self.run(Work::DeleteBranch(record.id))?;
        self.gone.add(record.id, &record.name);
        if let Some(lane) = self.queue.lock().lanes.get(&record.id) {
            lane.call_all();
        }
        Ok(record)
    }

    /// Nobody asks any more for what was true before a moment: on all branches, or in some spaces of one.
    pub fn forget_history(&self, of: Option<(BranchId, Vec<Space>)>, before: Moment) -> Result<()> {
        self.run(Work::Forget(of, before)).map(drop)
    }

    /// Gives back the space of what nobody may ask for on some branches, or on all. Commits of others come between its
    /// steps.
    pub fn sweep(&self, store: &Arc<Store>, branches: Option<Vec<BranchId>>) -> Result<()> {
        let branches = match branches {
            Some(branches) => branches,
            None => self.all_branches()?,
        };
        let sweep = Arc::new(Mutex::new(Sweep::of(branches)));
        while !sweep.lock().is_done() {
            let (store, sweep) = (store.clone(), sweep.clone());
            let work = Box::new(move |_| store.sweep(&mut sweep.lock()));
            self.run(Work::Alone(Alone::new(work, false)))?;
        }
        Ok(())
    }

    /// Changes what is derived from rows, between two commits.
    ///
    /// # Errors
    /// `BusySnapshot` if somebody else has changed what was expected.
    pub fn keep_derived(&self, store: &Arc<Store>, place: DerivedPlace, change: DerivedChange) -> Result<()> {
        let store = store.clone();
        let work = Box::new(move |_| store.change_derived(place, &change));
        self.run(Work::Alone(Alone::new(work, false))).map(drop)
    }

    /// All branches, deleted ones that have children included.
    fn all_branches(&self) -> Result<Vec<BranchId>> {
        let present = self.present()?;
        let mut found: Vec<BranchId> =
            present.state().branches().into_iter().map(|record| record.id).collect();
        let mut at = 0;
        while let Some(&branch) = found.get(at) {
            let parent = present.state().ancestor(branch).and_then(|record| record.parent);
            if let Some(fork) = parent
                && !found.contains(&fork.parent)
            {
                found.push(fork.parent);
            }
            at += 1;
        }
        Ok(found)
    }

    /// An error if a branch was deleted, as far as this process knows.
    #[inline]
    pub fn check_branch(&self, branch: BranchId) -> Result<()> {
        if self.gone.count.load(Ordering::Acquire) == 0 || !self.gone.names.lock().contains_key(&branch) {
            return Ok(());
        }
        Err(self.missing_branch(branch))
    }

    /// The error for a branch that is not there.
    pub fn missing_branch(&self, branch: BranchId) -> Error {
        match self.gone.names.lock().get(&branch) {
            Some(name) => no_such_branch(name),
            None => no_such_branch(branch.0),
        }
    }
}
