//! Which merges are remembered.
//!
//! In: merges as they happen, and branches that go. Out: for each pair of branches the last merge, and those before it
//! that are the last at a point that may still be asked for: where a child forked off, up to where the target was merged
//! elsewhere, and all that history reaches. So what a point contains stays known for as long as anybody may ask.

use super::Point;
use super::ancestry::contained_by;
use super::meta::{Merged, Meta};
use crate::clock::Moment;
use crate::versioned::BranchId;

/// Notes a merge, unless an earlier one brought as much.
pub(super) fn add(meta: &mut Meta, pair: (BranchId, BranchId), merge: Merged) {
    let known = meta.merges.entry(pair).or_default();
    let (mut before, mut after): (Vec<_>, Vec<_>) =
        known.iter().copied().partition(|known| known.moment < merge.moment);
    if before.last().is_some_and(|last| last.at >= merge.at) {
        return;
    }
    // A later one may have brought less: it counts as all that is contained by then.
    after.iter_mut().for_each(|later| later.at = later.at.max(merge.at));
    if after.first().is_none_or(|next| next.moment != merge.moment) {
        before.push(merge);
    }
    before.append(&mut after);
    *known = before.into();
}

/// Forgets the merges into a branch that no point shows as the last.
pub(super) fn forget_unasked(meta: &mut Meta, target: BranchId) {
    let keepers = meta.keepers(target);
    let of_target = (target, BranchId(0))..=(target, BranchId(u32::MAX));
    for (_, merges) in meta.merges.range_mut(of_target).filter(|(_, merges)| merges.len() > 1) {
        let ends = merges[1..].iter().map(|next| next.moment).chain([Moment::PRESENT]);
        let lifetimes = merges.iter().zip(ends);
        let kept = lifetimes
            .filter(|(merge, end)| *end == Moment::PRESENT || keepers.may_ask_for_points(merge.moment, *end));
        *merges = kept.map(|(merge, _)| *merge).collect();
    }
}

/// As [`forget_unasked`], for all branches.
pub(super) fn forget_all_unasked(meta: &mut Meta) {
    let mut targets: Vec<BranchId> = meta.merges.keys().map(|(target, _)| *target).collect();
    targets.dedup();
    targets.into_iter().for_each(|target| forget_unasked(meta, target));
}

/// Before a branch goes: what was merged into others through it counts as merged into them.
pub(super) fn pass_on(meta: &mut Meta, branch: BranchId) {
    let all = meta.merges();
    for through in all.iter().filter(|merge| merge.source == branch) {
        let point = Point { branch, moment: through.at };
        for (source, at) in contained_by(&all, &|id| meta.branches.get(&id), point) {
            if source != branch && source != through.target {
                add(meta, (through.target, source), Merged { moment: through.moment, at });
            }
        }
    }
    meta.merges.retain(|(target, source), _| *source != branch && *target != branch);
}
