//! The model: for each branch all states with their moments, as maps.

use std::collections::BTreeMap;

/// A table: an index or none, and its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) is_indexed: bool,
    pub(crate) rows: BTreeMap<i64, String>,
}

/// All tables, by name.
pub(crate) type State = BTreeMap<&'static str, Table>;

/// A branch.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) name: String,
    /// From what it was made: a branch and its last moment that counts.
    parent: Option<(usize, u64)>,
    /// Since when each state was true.
    states: Vec<(u64, State)>,
}

/// All branches; the first is `main`.
#[derive(Clone, Debug)]
pub(crate) struct Model(pub(crate) Vec<Branch>);

impl Model {
    pub(crate) fn new() -> Model {
        Model(vec![Branch { name: "main".into(), parent: None, states: Vec::new() }])
    }

    /// What a branch shows at a moment.
    pub(crate) fn at(&self, branch: usize, moment: u64) -> State {
        let Branch { parent, states, .. } = &self.0[branch];
        if let Some((_, state)) = states.iter().rev().find(|(since, _)| *since <= moment) {
            return state.clone();
        }
        parent.map_or(State::new(), |(parent, fork)| self.at(parent, moment.min(fork)))
    }

    /// What a branch shows now.
    pub(crate) fn now(&self, branch: usize) -> State {
        self.at(branch, u64::MAX)
    }

    /// A commit.
    pub(crate) fn commit(&mut self, branch: usize, moment: u64, state: State) {
        let states = &mut self.0[branch].states;
        assert!(states.last().is_none_or(|(last, _)| *last < moment), "commits have rising moments");
        states.push((moment, state));
    }

    /// A new branch of the present of `parent`, at the moment `now`.
    pub(crate) fn fork(&mut self, name: String, parent: usize, now: u64) {
        self.0.push(Branch { name, parent: Some((parent, now)), states: Vec::new() });
    }
}
