//! How a node with too many entries becomes two: the split of the R*-tree (Beckmann et al., 1990).
//!
//! Entries are sorted along each dimension. The dimension is taken whose ways to cut have the least margins in sum, and of
//! its ways the one where the two boxes share the least area, or else have the least.

use super::node::{Entry, LEAST_ENTRIES};
use super::region::{Region, Shape};

/// Cuts entries in two; both parts have enough.
pub(super) fn split(shape: Shape, entries: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
    let mut best: Option<(f64, Vec<Entry>, usize)> = None;
    for dimension in 0..shape.dimensions {
        let mut sorted = entries.clone();
        sorted.sort_by(|left, right| {
            let bounds =
                |entry: &Entry| (entry.region.bounds[2 * dimension], entry.region.bounds[2 * dimension + 1]);
            let (left, right) = (bounds(left), bounds(right));
            left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1))
        });
        let (margins, at) = best_cut(shape, &sorted);
        if best.as_ref().is_none_or(|(least, ..)| margins < *least) {
            best = Some((margins, sorted, at));
        }
    }
    match best {
        Some((_, mut sorted, at)) => {
            let right = sorted.split_off(at);
            (sorted, right)
        }
        None => (entries, Vec::new()),
    }
}

/// The margins of all ways to cut sorted entries, and where to cut them.
fn best_cut(shape: Shape, sorted: &[Entry]) -> (f64, usize) {
    let joined = |all: &mut Option<Region>, entry: &Entry| {
        *all = Some(all.map_or(entry.region, |all| all.joined(&entry.region)));
        *all
    };
    let before: Vec<Region> = sorted.iter().scan(None, joined).collect();
    let mut behind: Vec<Region> = sorted.iter().rev().scan(None, joined).collect();
    behind.reverse();
    let (mut margins, mut best) = (0.0, None);
    for at in LEAST_ENTRIES..=sorted.len() - LEAST_ENTRIES {
        let (left, right) = (&before[at - 1], &behind[at]);
        margins += left.margin(shape) + right.margin(shape);
        let price = (left.overlap(right, shape), left.area(shape) + right.area(shape));
        if best.is_none_or(|(least, _)| price < least) {
            best = Some((price, at));
        }
    }
    (margins, best.map_or(sorted.len() / 2, |(_, at)| at))
}
