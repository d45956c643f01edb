//! The model's store: commits make states, states are never forgotten.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::branch::{
    BranchName, BranchRecord, Branching, Change, Commit, Fork, Merge, VersionedStore, no_such_branch,
};
use helios_core::clock::Moment;
use helios_core::storage::{Coordination, Direction, KeyRange, LocalCoordination};
use helios_core::versioned::{
    BranchId, ChangeKind, ChangedKey, Lifetime, Space, TakeLifetime, View, WriteSet, Written,
};
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
    /// Those that were deleted; what they had is in others.
    deleted: BTreeMap<BranchId, ModelBranch>,
    /// Since when single spaces keep their history, and that they keep none.
    versioning: BTreeMap<(BranchId, Space), Option<Moment>>,
    merges: Vec<Merge>,
    rowids: BTreeMap<Space, i64>,
    users: BTreeMap<String, String>,
    history_since: Option<Moment>,
    next_space: Space,
    next_branch: BranchId,
}

#[derive(Clone, Debug)]
struct ModelBranch {
    record: BranchRecord,
    /// What the branch showed from each moment on, ascending.
    states: Vec<(Moment, Arc<Contents>)>,
    /// What its commits wrote.
    log: Vec<ChangedKey>,
}

impl ModelStore {
    /// A store with an empty `main` branch.
    pub fn new(created: Moment) -> Result<ModelStore> {
        let main = ModelBranch {
            record: BranchRecord::main(created)?,
            states: vec![(Moment::START, Arc::default())],
            log: Vec::new(),
        };
        let state = ModelState {
            branches: BTreeMap::from([(BranchId::MAIN, main)]),
            deleted: BTreeMap::new(),
            versioning: BTreeMap::new(),
            merges: Vec::new(),
            rowids: BTreeMap::new(),
            users: BTreeMap::new(),
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
                for &(space, keeps) in writes.versioning() {
                    let known = self.own_since(id, space).is_some();
                    if keeps != known {
                        self.versioning.insert((id, space), keeps.then_some(commit.moment));
                    }
                }
                if let Some((source, at)) = writes.merged() {
                    self.merges.push(Merge { target: id, source, moment: commit.moment, at });
                }
            }
            Change::CreateBranch { name, parent, at } => self.create(name, parent, at, commit.moment)?,
            Change::DeleteBranch(id) => self.delete(id)?,
            Change::SetUser(name, Some(verifier)) => {
                self.users.insert(name.to_owned(), verifier.to_owned());
            }
            Change::SetUser(name, None) => drop(self.users.remove(name)),
            Change::KeepHistory => {
                self.history_since.get_or_insert(commit.moment);
            }
            Change::Forget { of: None, before } => {
                self.history_since = self.history_since.map(|since| since.max(before));
                for since in self.versioning.values_mut().flatten() {
                    *since = (*since).max(before);
                }
            }
            Change::Forget { of: Some((branch, spaces)), before } => {
                for &space in spaces {
                    if self.own_since(branch, space).is_some_and(|since| since < before) {
                        self.versioning.insert((branch, space), Some(before));
                    }
                }
            }
            Change::ReserveSpaces(next) => self.next_space = self.next_space.max(next),
            Change::ReserveRowids(space, last) => {
                self.rowids.insert(space, last);
            }
        }
        Ok(())
    }

    fn create(
        &mut self,
        name: &BranchName,
        parent: BranchId,
        at: Option<Moment>,
        moment: Moment,
    ) -> Result<()> {
        if self.branch_named(name.as_str()).is_some() {
            return Err(Error::sql(format!("branch {name} already exists")));
        }
        let from = self.branches.get(&parent).ok_or_else(|| no_such_branch(parent.0))?;
        let schema = if at.is_some() { moment } else { from.record.schema };
        let fork = at.unwrap_or(moment).min(from.record.last_commit);
        if at.is_some_and(|at| self.history_since.is_some_and(|since| since > at)) {
            return Err(Error::sql("history does not reach back to the moment of the branch"));
        }
        // The branch that was there at the time of the fork.
        let mut owner = parent;
        while let Some(older) = self.any(owner).and_then(|branch| branch.record.parent)
            && fork < older.moment
        {
            owner = older.parent;
        }
        let states = vec![(moment, self.contents(parent, fork)?)];
        let id = self.next_branch;
        let record = BranchRecord::new(id, name.clone(), Some(Fork { parent: owner, moment: fork }), moment);
        let record = BranchRecord { schema, ..record };
        self.branches.insert(id, ModelBranch { record, states, log: Vec::new() });
        let of_owner = self.versioning.iter().filter(|((branch, _), _)| *branch == owner);
        let copied: Vec<_> = of_owner.map(|((_, space), since)| ((id, *space), *since)).collect();
        self.versioning.extend(copied);
        self.next_branch = BranchId(id.0 + 1);
        Ok(())
    }

    fn delete(&mut self, id: BranchId) -> Result<()> {
        if id == BranchId::MAIN {
            return Err(Error::sql("branch main cannot be deleted"));
        }
        let mut branch = self.branches.remove(&id).ok_or_else(|| no_such_branch(id.0))?;
        branch.record.is_deleted = true;
        self.deleted.insert(id, branch);
        Ok(())
    }

    fn any(&self, id: BranchId) -> Option<&ModelBranch> {
        self.branches.get(&id).or_else(|| self.deleted.get(&id))
    }

    /// Since when a space keeps its history on a branch, as far as the branch itself goes.
    fn own_since(&self, branch: BranchId, space: Space) -> Option<Moment> {
        if space.is_catalog() {
            return Some(Moment::START);
        }
        self.versioning.get(&(branch, space)).copied().unwrap_or(self.history_since)
    }

    /// What a branch showed at a moment.
    pub fn contents(&self, branch: BranchId, moment: Moment) -> Result<Arc<Contents>> {
        let of = self.any(branch).ok_or_else(|| no_such_branch(branch.0))?;
        match of.states.iter().rev().find(|(since, _)| *since <= moment) {
            Some((_, contents)) => Ok(contents.clone()),
            None => {
                let fork = of.record.parent;
                let parent = fork.map_or(BranchId::MAIN, |fork| fork.parent);
                self.contents(parent, fork.map_or(moment, |fork| moment.min(fork.moment)))
            }
        }
    }

    /// Whether a view shows what it should, by the rules of the contract: the present, the moments since history is
    /// kept, and the moments at which children forked off or up to which work was merged last.
    pub fn may_ask(&self, branch: BranchId, space: Space, moment: Moment) -> bool {
        let Some(of) = self.any(branch) else {
            return false;
        };
        if let Some(fork) = of.record.parent
            && moment <= fork.moment
        {
            return moment == fork.moment || self.may_ask(fork.parent, space, moment);
        }
        let all = self.branches.values().chain(self.deleted.values());
        let children = all.filter(|child| self.has_heirs(child.record.id));
        let mut forks = children.filter_map(|child| child.record.parent).filter(|fork| fork.parent == branch);
        if of.record.is_deleted && forks.clone().all(|fork| fork.moment < moment) {
            return false;
        }
        space.is_catalog()
            || (!of.record.is_deleted && moment >= of.record.last_commit)
            || self.own_since(branch, space).is_some_and(|since| since <= moment)
            || forks.any(|fork| fork.moment == moment)
            || (!of.record.is_deleted && self.was_merged_last(branch, moment))
    }

    /// Whether the branch or one that descends from it is not deleted.
    fn has_heirs(&self, branch: BranchId) -> bool {
        let descends = |record: &BranchRecord| {
            let parent = |id: &BranchId| Some(self.any(*id)?.record.parent?.parent);
            std::iter::successors(Some(record.id), parent).any(|id| id == branch)
        };
        self.branches.values().any(|live| descends(&live.record))
    }

    /// Whether a branch that is there had its last merge of another up to a moment.
    fn was_merged_last(&self, source: BranchId, at: Moment) -> bool {
        self.branches.keys().any(|target| {
            let mut of_pair = self.merges.iter().rev();
            let last = of_pair.find(|merge| (merge.target, merge.source) == (*target, source));
            last.is_some_and(|merge| merge.at == at)
        })
    }

    /// All moments at which anything was committed or made.
    pub fn moments(&self) -> Vec<Moment> {
        let all = self.branches.values().chain(self.deleted.values());
        let states = all.flat_map(|branch| &branch.states);
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
        let mut changed = Vec::new();
        for &space in &touched {
            let mut cursor = writes.cursor(space, KeyRange::ALL, Direction::Forward);
            while cursor.advance() {
                let key = cursor.key().to_vec();
                let kind = match cursor.written() {
                    Written::Put(payload) => {
                        contents.put(space, key.clone(), moment, payload);
                        ChangeKind::Written
                    }
                    Written::Deleted => {
                        contents.delete(space, &key);
                        ChangeKind::Deleted
                    }
                };
                changed.push(ChangedKey { commit: moment, space, key, kind });
            }
        }
        for &space in writes.dropped() {
            contents.drop_space(space);
        }
        self.log.extend(changed);
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

    fn user(&self, name: &str) -> Option<&str> {
        self.users.get(name).map(String::as_str)
    }

    fn users(&self) -> Vec<&str> {
        self.users.keys().map(String::as_str).collect()
    }

    fn branch(&self, id: BranchId) -> Option<&BranchRecord> {
        self.branches.get(&id).map(|branch| &branch.record)
    }

    fn ancestor(&self, id: BranchId) -> Option<&BranchRecord> {
        self.any(id).map(|branch| &branch.record)
    }

    fn merges(&self) -> Vec<Merge> {
        let mut merges = self.merges.clone();
        merges.sort_unstable_by_key(|merge| (merge.target, merge.source));
        merges
    }

    fn changes(&self, branch: BranchId, from: Moment, to: Moment) -> Result<Vec<ChangedKey>> {
        let of = self.any(branch).ok_or_else(|| no_such_branch(branch.0))?;
        Ok(of.log.iter().filter(|change| from < change.commit && change.commit <= to).cloned().collect())
    }

    fn versions(
        &self,
        branch: BranchId,
        space: Space,
        range: KeyRange<'_>,
        take: &mut TakeLifetime<'_>,
    ) -> Result<()> {
        // A version goes on as long as states show a key with the same begin.
        let mut found: BTreeMap<(Vec<u8>, Moment), (Moment, Vec<u8>)> = BTreeMap::new();
        for moment in self.moments().into_iter().chain([Moment::PRESENT]) {
            let contents = self.contents(branch, moment)?;
            for (key, version) in contents.space(space).filter(|(key, _)| range.contains(key)) {
                let entry = found.entry((key.to_vec(), version.begin));
                entry.or_insert((Moment::START, version.payload.to_vec())).0 = moment;
            }
        }
        let next = |last: Moment| self.moments().into_iter().find(|moment| *moment > last);
        for ((key, begin), (last, payload)) in found {
            let end = if last == Moment::PRESENT { last } else { next(last).unwrap_or(Moment::PRESENT) };
            if !take(&key, Lifetime { begin, end }, &payload)? {
                break;
            }
        }
        Ok(())
    }

    fn view(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>> {
        Ok(Arc::new(ModelView::new(branch, moment, self.contents(branch, moment)?)))
    }

    fn history_since(&self, branch: BranchId, space: Space) -> Option<Moment> {
        let own = self.own_since(branch, space)?;
        match self.any(branch).and_then(|branch| branch.record.parent) {
            Some(fork) if own <= fork.moment => {
                let of_parent = self.history_since(fork.parent, space);
                Some(of_parent.map_or(fork.moment, |since| since.min(fork.moment)))
            }
            _ => Some(own),
        }
    }

    fn next_space(&self) -> Space {
        self.next_space
    }

    fn reserved_rowids(&self, space: Space) -> Option<i64> {
        self.rowids.get(&space).copied()
    }

    fn reserves_rowids(&self) -> bool {
        !self.rowids.is_empty()
    }
}
