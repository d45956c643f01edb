//! The model's store: commits make states, states are never forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::branch::{BranchRecord, Branching, Change, Commit, Fork, VersionedStore, no_such_branch};
use helios_core::clock::Moment;
use helios_core::storage::{Coordination, Direction, KeyRange, LocalCoordination};
use helios_core::versioned::{BranchId, Space, View, WriteSet, Written};
use helios_core::{Error, Result};
use parking_lot::Mutex;

use super::{Contents, ModelView};

/// A [`VersionedStore`] that remembers everything.
#[derive(Debug)]
pub struct ModelStore {
    state: Mutex<Arc<ModelState>>,
    version: AtomicU64,
    coordination: Arc<LocalCoordination>,
}

/// One consistent state of all branches of a [`ModelStore`], with all states before it.
#[derive(Clone, Debug)]
pub struct ModelState {
    branches: BTreeMap<BranchId, ModelBranch>,
    history_since: Option<Moment>,
    next_space: Space,
    next_branch: BranchId,
}

#[derive(Clone, Debug)]
struct ModelBranch {
    record: BranchRecord,
    /// What the branch showed from each moment on, ascending.
    states: Vec<(Moment, Arc<Contents>)>,
}

impl ModelStore {
    /// A store with an empty `main` branch.
    pub fn new(created: Moment) -> Result<ModelStore> {
        let main = ModelBranch {
            record: BranchRecord::main(created)?,
            states: vec![(Moment::START, Arc::default())],
        };
        let state = ModelState {
            branches: BTreeMap::from([(BranchId::MAIN, main)]),
            history_since: None,
            next_space: Space::FIRST_USER,
            next_branch: BranchId(1),
        };
        Ok(ModelStore {
            state: Mutex::new(Arc::new(state)),
            version: AtomicU64::new(0),
            coordination: Arc::default(),
        })
    }

    /// The newest state, as what it is.
    pub fn model_state(&self) -> Arc<ModelState> {
        self.state.lock().clone()
    }
}

impl VersionedStore for ModelStore {
    fn state(&self) -> Result<Arc<dyn Branching>> {
        Ok(self.model_state())
    }

    fn commit(&self, commits: &[Commit<'_>]) -> Result<()> {
        let mut newest = self.state.lock();
        let mut after = ModelState::clone(&newest);
        for commit in commits {
            after.apply(commit)?;
        }
        self.version.fetch_add(2, Ordering::SeqCst);
        *newest = Arc::new(after);
        Ok(())
    }

    fn version(&self) -> Result<u64> {
        Ok(self.version.load(Ordering::SeqCst))
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.coordination.clone()
    }
}

impl ModelState {
    fn apply(&mut self, commit: &Commit<'_>) -> Result<()> {
        match commit.change {
            Change::Write(writes) => {
                let id = writes.branch();
                let branch = self.branches.get_mut(&id).ok_or_else(|| no_such_branch(id.0))?;
                branch.write(writes, commit.moment);
            }
            Change::CreateBranch { name, parent } => {
                if self.branch_named(name.as_str()).is_some() {
                    return Err(Error::sql(format!("branch {name} already exists")));
                }
                let from = self.branches.get(&parent).ok_or_else(|| no_such_branch(parent.0))?;
                let fork = Fork { parent, moment: commit.moment };
                let id = self.next_branch;
                let mut record = BranchRecord::new(id, name.clone(), Some(fork), commit.moment);
                record.schema = from.record.schema;
                let states = vec![(commit.moment, from.newest().clone())];
                self.branches.insert(id, ModelBranch { record, states });
                self.next_branch = BranchId(id.0 + 1);
            }
            Change::KeepHistory => {
                self.history_since.get_or_insert(commit.moment);
            }
            Change::ReserveSpaces(next) => self.next_space = self.next_space.max(next),
        }
        Ok(())
    }

    /// What a branch showed at a moment.
    pub fn contents(&self, branch: BranchId, moment: Moment) -> Result<Arc<Contents>> {
        let of = self.branches.get(&branch).ok_or_else(|| no_such_branch(branch.0))?;
        match of.states.iter().rev().find(|(since, _)| *since <= moment) {
            Some((_, contents)) => Ok(contents.clone()),
            None => self.contents(of.record.parent.map_or(BranchId::MAIN, |fork| fork.parent), moment),
        }
    }

    /// Whether a view shows what it should, by the rules of the contract: the present, the moments since history is
    /// kept, and the moments at which children forked off.
    pub fn may_ask(&self, branch: BranchId, space: Space, moment: Moment) -> bool {
        let Some(of) = self.branches.get(&branch) else {
            return false;
        };
        let forks = || self.branches.values().filter_map(|child| child.record.parent);
        space.is_catalog()
            || moment >= of.record.last_commit
            || self.history_since.is_some_and(|since| since <= moment)
            || of.record.parent.is_some_and(|fork| fork.moment == moment)
            || forks().any(|fork| fork.parent == branch && fork.moment == moment)
    }

    /// All moments at which anything was committed or made.
    pub fn moments(&self) -> Vec<Moment> {
        let states = self.branches.values().flat_map(|branch| &branch.states);
        let mut moments: Vec<Moment> = states.map(|(moment, _)| *moment).collect();
        moments.sort_unstable();
        moments
    }
}

impl ModelBranch {
    fn newest(&self) -> &Arc<Contents> {
        // There is a first state and none is ever taken away.
        &self.states[self.states.len() - 1].1
    }

    fn write(&mut self, writes: &WriteSet, moment: Moment) {
        let mut contents = Contents::clone(self.newest());
        let touched = writes.touched();
        for &space in &touched {
            let mut cursor = writes.cursor(space, KeyRange::ALL, Direction::Forward);
            while cursor.advance() {
                let key = cursor.key().to_vec();
                match cursor.written() {
                    Written::Put(payload) => contents.put(space, key, moment, payload),
                    Written::Deleted => contents.delete(space, &key),
                }
            }
        }
        for &space in writes.dropped() {
            contents.drop_space(space);
        }
        self.states.push((moment, Arc::new(contents)));
        let record = &mut self.record;
        record.last_commit = moment;
        record.commits += 1;
        record.bytes += writes.bytes() as u64;
        if touched.iter().any(|space| space.is_catalog()) {
            record.schema = moment;
        }
    }
}

impl Branching for ModelState {
    fn branches(&self) -> Vec<&BranchRecord> {
        self.branches.values().map(|branch| &branch.record).collect()
    }

    fn branch(&self, id: BranchId) -> Option<&BranchRecord> {
        self.branches.get(&id).map(|branch| &branch.record)
    }

    fn view(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>> {
        Ok(Arc::new(ModelView::new(branch, moment, self.contents(branch, moment)?)))
    }

    fn history_since(&self, _: BranchId, space: Space) -> Option<Moment> {
        if space.is_catalog() { Some(Moment::START) } else { self.history_since }
    }

    fn next_space(&self) -> Space {
        self.next_space
    }
}
