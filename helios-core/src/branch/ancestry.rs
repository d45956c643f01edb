//! What is in what: forks and merges as a graph, merge bases, and where to look for differences.
//!
//! ```text
//! main   --o----o----F---------o----M---->     F fork, M merge of the child (up to s) into main
//!                     \            /
//!                      x----s-----'--y--->     merged again, only y comes: the base is s
//! ```
//! In: records of branches and merges. Out: points and intervals of change logs; no key is read here.
//!
//! A [`Point`] contains all that led to it: the commits of its own branch, those of its parent up to the fork, and what
//! was merged in. How far that reaches on every branch, [`contained`] tells. Of two points, the newest one that both
//! contain is their merge base. Merges are remembered as long as a point between them and the next may be asked for, so
//! this holds where several branches exchange their work in circles, and after branches were deleted.
//!
//! A merge looks at the keys that commits of the source wrote which the target does not contain. A key that is not among
//! them needs no look: the target has had the source's version of it, so what the target made of it since, stays. For
//! this to be so, a merge that decides a conflict writes the key, also where it stays as it was.

use std::collections::BTreeMap;

use super::{BranchRecord, Branching, Merge, Point};
use crate::clock::Moment;
use crate::error::Result;
use crate::versioned::{BranchId, Space};

/// Changes of one branch: those of the commits after `from`, up to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The branch.
    pub branch: BranchId,
    /// The moment after which it begins.
    pub from: Moment,
    /// Its last moment.
    pub to: Moment,
}

/// A key of a space.
pub type SpaceKey = (Space, Vec<u8>);

/// Up to which moment a point contains the commits of each branch.
pub fn contained(state: &dyn Branching, point: Point) -> BTreeMap<BranchId, Moment> {
    contained_by(&state.merges(), &|branch| state.ancestor(branch), settled(state, point))
}

/// As [`contained`], by records of merges and of branches.
pub(super) fn contained_by<'r>(
    merges: &[Merge],
    record: &dyn Fn(BranchId) -> Option<&'r BranchRecord>,
    point: Point,
) -> BTreeMap<BranchId, Moment> {
    let mut found: BTreeMap<BranchId, Moment> = BTreeMap::new();
    let mut open = vec![point];
    while let Some(Point { branch, moment }) = open.pop() {
        let known = found.entry(branch).or_default();
        if *known >= moment && moment != Moment::START {
            continue;
        }
        *known = moment;
        let inside = merges.iter().filter(|merge| merge.target == branch && merge.moment <= moment);
        open.extend(inside.map(|merge| Point { branch: merge.source, moment: merge.at }));
        if let Some(fork) = record(branch).and_then(|record| record.parent) {
            open.push(Point { branch: fork.parent, moment: fork.moment.min(moment) });
        }
    }
    found
}

/// A point of the present as the last commit of its branch. A branch without commits of its own is where it was forked.
fn settled(state: &dyn Branching, mut point: Point) -> Point {
    while let Some(record) = state.ancestor(point.branch) {
        match record.parent {
            Some(fork) if record.commits == 0 || point.moment <= fork.moment => {
                point = Point { branch: fork.parent, moment: point.moment.min(fork.moment) };
            }
            _ => {
                let is_present = point.moment == Moment::PRESENT;
                return Point { moment: if is_present { record.last_commit } else { point.moment }, ..point };
            }
        }
    }
    point
}

/// What a merge of one point into another has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergePlan {
    /// The last commit that is merged.
    pub source: Point,
    /// The newest point that both contain; where they begin to differ.
    pub base: Point,
    /// Where the changes of the source since the base are logged.
    pub stretches: Vec<Stretch>,
    /// The target has nothing that the source does not have.
    pub is_fast_forward: bool,
}

/// How to merge `source` into `target`; `None` if the target contains the source already.
pub fn merge_plan(state: &dyn Branching, source: Point, target: Point) -> Option<MergePlan> {
    let (source, target) = (settled(state, source), settled(state, target));
    let (of_source, of_target) = (contained(state, source), contained(state, target));
    if of_target.get(&source.branch).is_some_and(|moment| *moment >= source.moment) {
        return None;
    }
    let common = of_source.iter().filter_map(|(branch, moment)| {
        of_target.get(branch).map(|other| Point { branch: *branch, moment: *moment.min(other) })
    });
    // A merge takes what is there at its time, so what is contained in another point is older than that.
    let base = common.max_by_key(|point| point.moment)?;
    let mut stretches = Vec::new();
    for (level, begin) in lineage(state, source) {
        let from = of_target.get(&level.branch).copied().unwrap_or(begin).max(begin);
        if from < level.moment {
            stretches.push(Stretch { branch: level.branch, from, to: level.moment });
        }
    }
    let is_fast_forward = of_source.get(&target.branch).is_some_and(|moment| *moment >= target.moment);
    Some(MergePlan { source, base, stretches, is_fast_forward })
}

/// Where all that two points can differ in is logged.
pub fn stretches_between(state: &dyn Branching, one: Point, other: Point) -> Vec<Stretch> {
    let (one, other) = (settled(state, one), settled(state, other));
    let (ones, others) = (lineage(state, one), lineage(state, other));
    let mut found = Vec::new();
    let shared = ones.iter().find_map(|(level, _)| {
        let met = others.iter().find(|(point, _)| point.branch == level.branch)?;
        Some((*level, met.0))
    });
    let Some((mine, theirs)) = shared else { return found };
    for levels in [&ones, &others] {
        let own = levels.iter().take_while(|(level, _)| level.branch != mine.branch);
        found.extend(own.map(|(level, begin)| Stretch {
            branch: level.branch,
            from: *begin,
            to: level.moment,
        }));
    }
    let (from, to) = (mine.moment.min(theirs.moment), mine.moment.max(theirs.moment));
    found.push(Stretch { branch: mine.branch, from, to });
    found.retain(|stretch| stretch.from < stretch.to);
    found
}

/// The point itself and what shines through from its parents, each with where the branch begins.
fn lineage(state: &dyn Branching, point: Point) -> Vec<(Point, Moment)> {
    let mut levels = Vec::new();
    let mut at = point;
    loop {
        let fork = state.ancestor(at.branch).and_then(|record| record.parent);
        let begin = fork.map_or(Moment::START, |fork| fork.moment);
        if at.moment > begin || fork.is_none() {
            levels.push((at, begin));
        }
        match fork {
            Some(fork) => at = Point { branch: fork.parent, moment: at.moment.min(fork.moment) },
            None => return levels,
        }
    }
}

/// All keys that were changed in some stretches, ascending, each once.
pub fn changed_keys(state: &dyn Branching, stretches: &[Stretch]) -> Result<Vec<SpaceKey>> {
    let mut keys = Vec::new();
    for stretch in stretches {
        let changes = state.changes(stretch.branch, stretch.from, stretch.to)?;
        keys.extend(changes.into_iter().map(|change| (change.space, change.key)));
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}
