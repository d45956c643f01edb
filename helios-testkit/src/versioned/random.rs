//! Random programs of commits, forks, drops and history on a store and on the model.

use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::branch::{BranchName, Branching, Change, Commit, VersionedStore};
use helios_core::clock::Moment;
use helios_core::versioned::{BranchId, Space, WriteSet};

use super::compare::{SPACES, compare_records, compare_views, random_key};
use super::{CREATED, open_over};
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
        let store = open_over(storage.clone())?;
        let last = model.model_state().moments().last().copied().unwrap_or_default().max(CREATED);
        let mut program =
            Program { store: &*store, model: &model, last, history_one_in, kept: VecDeque::new() };
        for _ in 0..STEPS {
            program.step(numbers)?;
        }
    }
    Ok(())
}

struct Program<'a> {
    store: &'a dyn VersionedStore,
    model: &'a ModelStore,
    last: Moment,
    history_one_in: usize,
    /// Earlier states of both, which must not change.
    kept: VecDeque<(Arc<dyn Branching>, Arc<ModelState>)>,
}

/// An owned [`Change`].
enum Step {
    Write(WriteSet),
    Fork(BranchName, BranchId),
    KeepHistory,
    Reserve(Space),
}

impl Program<'_> {
    fn step(&mut self, numbers: &mut Numbers) -> TestResult {
        let state = self.model.model_state();
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
                Step::Fork(name, parent) => Change::CreateBranch { name, parent: *parent },
                Step::KeepHistory => Change::KeepHistory,
                Step::Reserve(next) => Change::ReserveSpaces(*next),
            };
            commits.push(Commit { moment: self.last, change });
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
        if numbers.one_in(10) && branches.len() < MOST_BRANCHES {
            // At times a name that is taken: then the whole group fails.
            let number = numbers.below(100);
            return Ok(Step::Fork(BranchName::new(&format!("branch-{number}"))?, branch));
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
            if numbers.one_in(20) {
                let mark = writes.mark();
                writes.put(space, b"zz", |_| {});
                writes.roll_back_to(mark);
            }
        }
        writes.order_all();
        Ok(writes)
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
