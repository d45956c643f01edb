//! Random programs of commits, forks, merges, deletions, drops, history and its end on a store and on the model.

use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::branch::ancestry::{changed_keys, merge_plan};
use helios_core::branch::{BranchName, Branching, Change, Commit, Point, Store, Sweep, VersionedStore};
use helios_core::clock::Moment;
use helios_core::versioned::{BranchId, SegmentSizes, Space, WriteSet};

use super::compare::{SPACES, compare_ancestry, compare_records, compare_views, random_key};
use super::{CREATED, open_with};
use crate::TestResult;
use crate::model::{ModelState, ModelStore};
use crate::seed::{Numbers, repeats, with_seed};
use crate::storage::Fixture;

const STEPS: usize = 120;
const MOST_BRANCHES: usize = 9;

/// Programs that begin to keep history late or never: only forks keep the past alive.
pub fn random_programs_do_what_the_model_does(fixture: &dyn Fixture) -> TestResult {
    with_seed(|numbers| run_program(fixture, 200, repeats(4, 60), numbers))
}

/// Programs that soon keep all history.
pub fn random_programs_with_history_do_what_the_model_does(fixture: &dyn Fixture) -> TestResult {
    with_seed(|numbers| run_program(fixture, 15, repeats(4, 60), numbers))
}

/// One long program in parts; between parts the store is opened anew.
fn run_program(
    fixture: &dyn Fixture,
    history_one_in: usize,
    parts: usize,
    numbers: &mut Numbers,
) -> TestResult {
    let mut storage = fixture.open()?;
    let mut model = ModelStore::new(CREATED)?;
    for part in 0..parts {
        if part % 4 == 0 {
            // A new program: all that the last one left is cleared away.
            let cleared = vec![helios_core::storage::KeyRange::ALL];
            storage.commit(&helios_core::storage::Batch { cleared, ..Default::default() })?;
            model = ModelStore::new(CREATED)?;
        } else if fixture.persists() {
            storage.close()?;
            storage = fixture.reopen()?;
        }
        let store = open_with(storage.clone(), random_sizes(numbers))?;
        let last = model.model_state().moments().last().copied().unwrap_or_default().max(CREATED);
        let mut program =
            Program { store: &store, model: &model, last, history_one_in, kept: VecDeque::new() };
        for _ in 0..STEPS {
            program.step(numbers)?;
        }
    }
    Ok(())
}

/// Sizes under which a few versions are many, or none are.
fn random_sizes(numbers: &mut Numbers) -> SegmentSizes {
    if numbers.below(3) == 0 {
        return SegmentSizes::default();
    }
    SegmentSizes {
        versions: 1 + numbers.below(4),
        block_bytes: numbers.below(100),
        merged_bytes: numbers.below(3000) as u64,
    }
}

/// Takes away all that nobody may ask for, which no view shows.
fn sweep_all(store: &Store, state: &ModelState) -> TestResult {
    let mut branches: Vec<BranchId> = state.branches().into_iter().map(|record| record.id).collect();
    branches.extend((0..64).map(BranchId).filter(|id| state.branch(*id).is_none()));
    let mut sweep = Sweep::of(branches);
    while !sweep.is_done() {
        store.sweep(&mut sweep)?;
    }
    Ok(())
}

struct Program<'a> {
    store: &'a Store,
    model: &'a ModelStore,
    last: Moment,
    history_one_in: usize,
    /// Earlier states of both, which must not change.
    kept: VecDeque<(Arc<dyn Branching>, Arc<ModelState>)>,
}

/// An owned [`Change`].
enum Step {
    Write(WriteSet),
    Fork(BranchName, BranchId, Option<Moment>),
    Delete(BranchId),
    Forget(Option<BranchId>, Moment),
    Rowids(Space, i64),
    KeepHistory,
    Reserve(Space),
}

impl Program<'_> {
    fn step(&mut self, numbers: &mut Numbers) -> TestResult {
        let state = self.model.model_state();
        if numbers.one_in(10) {
            self.merge(&state, numbers)?;
            return self.compare(numbers);
        }
        if numbers.one_in(12) {
            sweep_all(self.store, &state)?;
            return self.compare(numbers);
        }
        let group = *numbers.pick(&[1, 1, 1, 2, 5]);
        let mut steps = Vec::new();
        for _ in 0..group {
            steps.push(self.random_step(&state, numbers)?);
        }
        if let [Step::Write(writes)] = &mut steps[..] {
            self.drop_at_random(&state, writes, numbers)?;
        }
        let mut commits = Vec::new();
        for step in &steps {
            self.last = Moment(self.last.0 + 1 + numbers.below(3) as u64);
            let change = match step {
                Step::Write(writes) => Change::Write(writes),
                Step::Fork(name, parent, at) => Change::CreateBranch { name, parent: *parent, at: *at },
                Step::Delete(branch) => Change::DeleteBranch(*branch),
                Step::Forget(None, before) => Change::Forget { of: None, before: *before },
                Step::Forget(Some(branch), before) => {
                    Change::Forget { of: Some((*branch, &SPACES[1..3])), before: *before }
                }
                Step::Rowids(space, last) => Change::ReserveRowids(*space, *last),
                Step::KeepHistory => Change::KeepHistory,
                Step::Reserve(next) => Change::ReserveSpaces(*next),
            };
            commits.push(Commit { moment: self.last, change, base: None });
        }
        let (ours, theirs) = (self.store.commit(&commits), self.model.commit(&commits));
        assert_eq!(ours.err().map(|error| error.kind()), theirs.err().map(|error| error.kind()));
        self.compare(numbers)
    }

    fn compare(&mut self, numbers: &mut Numbers) -> TestResult {
        let (state, model) = (self.store.state()?, self.model.model_state());
        compare_records(&*state, &model);
        let looks = if numbers.one_in(30) { 40 } else { 2 };
        compare_views(&*state, &model, looks, numbers)?;
        compare_ancestry(&*state, &model, numbers);
        if numbers.one_in(10) {
            self.kept.push_back((state, model));
        }
        if self.kept.len() > 4 {
            self.kept.pop_front();
        }
        if let Some((state, model)) = self.kept.get(numbers.below(12)) {
            compare_records(&**state, model);
            compare_views(&**state, model, 2, numbers)?;
        }
        Ok(())
    }

    fn random_step(&self, state: &ModelState, numbers: &mut Numbers) -> TestResult<Step> {
        let branches = state.branches();
        let branch = numbers.pick(&branches).id;
        if numbers.one_in(self.history_one_in) {
            return Ok(Step::KeepHistory);
        }
        if numbers.one_in(20) {
            return Ok(Step::Reserve(Space(16 + numbers.below(500) as u32)));
        }
        if numbers.one_in(25) {
            // At times it is `main`, which cannot go.
            return Ok(Step::Delete(branch));
        }
        if numbers.one_in(30) {
            let before = *numbers.pick(&state.moments());
            return Ok(Step::Forget(numbers.one_in(2).then_some(branch), before));
        }
        if numbers.one_in(40) {
            return Ok(Step::Rowids(Space(16), numbers.below(1000) as i64));
        }
        if numbers.one_in(10) && branches.len() < MOST_BRANCHES {
            // At times a name that is taken: then the whole group fails.
            let number = numbers.below(100);
            let name = BranchName::new(&format!("branch-{number}"))?;
            let at = numbers.one_in(3).then(|| *numbers.pick(&state.moments()));
            let reaches = |at: &Moment| SPACES.iter().all(|space| state.may_ask(branch, *space, *at));
            return Ok(Step::Fork(name, branch, at.filter(reaches)));
        }
        Ok(Step::Write(self.random_writes(state, branch, numbers)?))
    }

    fn random_writes(
        &self,
        state: &ModelState,
        branch: BranchId,
        numbers: &mut Numbers,
    ) -> TestResult<WriteSet> {
        let contents = state.contents(branch, Moment::PRESENT)?;
        let live: Vec<Space> = SPACES.into_iter().filter(|&space| !contents.is_dropped(space)).collect();
        let mut writes = WriteSet::new(branch);
        for _ in 0..numbers.below(14) {
            // The catalog is written seldom.
            let space = if numbers.one_in(8) { Space::SCHEMA } else { *numbers.pick(&live) };
            let key = random_key(numbers);
            if numbers.one_in(3) {
                writes.delete(space, &key);
            } else {
                let length = numbers.below(6);
                let payload = numbers.bytes(length);
                writes.put(space, &key, |out| out.extend_from_slice(&payload));
            }
            if numbers.one_in(60) {
                writes.set_versioning(*numbers.pick(&SPACES[1..3]), numbers.one_in(2));
            }
            if numbers.one_in(20) {
                let mark = writes.mark();
                writes.put(space, b"zz", |_| {});
                writes.set_versioning(Space(300), true);
                writes.roll_back_to(mark);
            }
        }
        writes.order_all();
        Ok(writes)
    }

    /// Merges a branch into another key by key; where both changed a key, the target's version stays.
    fn merge(&mut self, state: &ModelState, numbers: &mut Numbers) -> TestResult {
        let branches = state.branches();
        let (source, target) = (numbers.pick(&branches).id, numbers.pick(&branches).id);
        let point = |branch| Point { branch, moment: Moment::PRESENT };
        let found = self.store.state()?;
        let plan = merge_plan(&*found, point(source), point(target));
        assert_eq!(plan, merge_plan(state, point(source), point(target)));
        let Some(plan) = plan else { return Ok(()) };
        let keys = changed_keys(&*found, &plan.stretches)?;
        let base = state.contents(plan.base.branch, plan.base.moment)?;
        let (ours, theirs) =
            (state.contents(target, Moment::PRESENT)?, state.contents(source, Moment::PRESENT)?);
        let view = found.view(plan.base.branch, plan.base.moment)?;
        let mut writes = WriteSet::new(target);
        // What third branches have to do with it may have brought the changes here already.
        let is_of_pair = |branch| branch == source || branch == target;
        let is_pair = found.merges().iter().all(|merge| is_of_pair(merge.source) && is_of_pair(merge.target));
        for space in SPACES
            .into_iter()
            .filter(|space| ![&base, &ours, &theirs].iter().any(|all| all.is_dropped(*space)))
        {
            let [base, ours, theirs] = [&base, &ours, &theirs].map(|contents| contents.payloads(space));
            for key in base.keys().chain(theirs.keys()).chain(ours.keys()) {
                let [before, own, other] = [&base, &ours, &theirs].map(|payloads| payloads.get(key));
                let mut stored = None;
                view.get(space, key, &mut |version| stored = Some(version.payload.to_vec()))?;
                assert_eq!(stored.as_ref(), before, "{key:?} of {space:?} at the base {:?}", plan.base);
                let changed = before != other || plan.is_fast_forward && own != other;
                if changed && is_pair {
                    assert!(
                        keys.contains(&(space, key.clone())),
                        "{key:?} of {space:?} since {:?}",
                        plan.base
                    );
                }
                let merged = if before == own || plan.is_fast_forward { other } else { own };
                if changed && keys.contains(&(space, key.clone())) {
                    match merged {
                        Some(payload) => writes.put(space, key, |out| out.extend_from_slice(payload)),
                        None => writes.delete(space, key),
                    }
                }
            }
        }
        writes.set_merged(plan.source.branch, plan.source.moment);
        writes.order_all();
        self.last = Moment(self.last.0 + 1);
        let commit = [Commit { moment: self.last, change: Change::Write(&writes), base: None }];
        self.store.commit(&commit)?;
        Ok(self.model.commit(&commit)?)
    }

    /// Drops a space. In a group of its own: who drops a space has seen that it is there.
    fn drop_at_random(&self, state: &ModelState, writes: &mut WriteSet, numbers: &mut Numbers) -> TestResult {
        let contents = state.contents(writes.branch(), Moment::PRESENT)?;
        let space = *numbers.pick(&SPACES);
        if numbers.one_in(40) && !space.is_catalog() && !contents.is_dropped(space) {
            writes.drop_space(space);
        }
        Ok(())
    }
}
