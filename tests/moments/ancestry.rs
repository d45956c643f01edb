//! The model's merge bases: the newest point that two branches both contain, by all forks and merges there ever were.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Model, Written};

/// A branch at a moment.
pub(crate) type Point = (usize, u64);

/// What a merge begins with.
pub(crate) struct Plan {
    /// The last commit that is merged.
    pub(crate) source: Point,
    pub(crate) base: Point,
    pub(crate) is_fast_forward: bool,
    /// What the source wrote that the target does not contain.
    pub(crate) written: Written,
    pub(crate) defined: BTreeSet<u32>,
}

impl Model {
    /// The last commit of a branch; where it was forked, if it has none.
    fn last(&self, branch: usize) -> Point {
        let found = &self.branches[branch];
        match (found.commits.last(), found.parent) {
            (Some(commit), _) => (branch, commit.moment),
            (None, Some((parent, fork))) => self.settled(parent, fork),
            (None, None) => (branch, self.created),
        }
    }

    fn settled(&self, branch: usize, moment: u64) -> Point {
        match self.branches[branch].parent {
            Some((parent, fork)) if moment <= fork || self.branches[branch].commits.is_empty() => {
                self.settled(parent, moment.min(fork))
            }
            _ => (branch, moment),
        }
    }

    /// Up to which moment a point contains the commits of each branch.
    fn contained(&self, point: Point) -> BTreeMap<usize, u64> {
        let mut found = BTreeMap::new();
        let mut open = vec![point];
        while let Some((branch, moment)) = open.pop() {
            if found.get(&branch).is_some_and(|known| *known >= moment) {
                continue;
            }
            found.insert(branch, moment);
            let Some(of) = self.branches.get(branch) else { continue };
            let inside = of.commits.iter().filter(|commit| commit.moment <= moment);
            open.extend(inside.filter_map(|commit| commit.merged));
            open.extend(of.parent.map(|(parent, fork)| (parent, fork.min(moment))));
        }
        found
    }

    /// How to merge `source` into `target`; `None` if there is nothing new.
    pub(crate) fn plan(&self, target: usize, source: usize) -> Option<Plan> {
        let (source, target) = (self.last(source), self.last(target));
        let (of_source, of_target) = (self.contained(source), self.contained(target));
        if of_target.get(&source.0).is_some_and(|moment| *moment >= source.1) {
            return None;
        }
        let common = of_source
            .iter()
            .filter_map(|(branch, moment)| of_target.get(branch).map(|other| (*branch, *moment.min(other))));
        let base = common.max_by_key(|point| point.1)?;
        let (mut written, mut defined) = (Written::new(), BTreeSet::new());
        let mut level = Some(source);
        while let Some((branch, until)) = level {
            let of = &self.branches[branch];
            let since = of_target.get(&branch).copied().unwrap_or(0);
            let new = of.commits.iter().filter(|commit| since < commit.moment && commit.moment <= until);
            for commit in new {
                written.extend(&commit.written);
                defined.extend(&commit.defined);
            }
            level = of.parent.map(|(parent, fork)| (parent, fork.min(until)));
        }
        let is_fast_forward = of_source.get(&target.0).is_some_and(|moment| *moment >= target.1);
        Some(Plan { source, base, is_fast_forward, written, defined })
    }

    /// All tables and indexes that a branch, or what shines through it, ever had.
    pub(crate) fn ever(&self, branch: usize) -> BTreeSet<u32> {
        let mut found = BTreeSet::new();
        let mut level = Some((branch, u64::MAX));
        while let Some((branch, until)) = level {
            let of = &self.branches[branch];
            for commit in of.commits.iter().filter(|commit| commit.moment <= until) {
                found.extend(commit.state.values().flat_map(|table| [Some(table.id), table.index]).flatten());
            }
            level = of.parent.map(|(parent, fork)| (parent, fork.min(until)));
        }
        found
    }
}
