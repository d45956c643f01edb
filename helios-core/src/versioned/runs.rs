//! An order over a growing list: sorted runs of positions, merged as they grow.
//!
//! The list itself (a write set's log) is only ever appended to and cut at its end. A run sorts the positions of one
//! stretch of it; the newest run is the smallest, and neighbours of like size are merged, so that every position is
//! moved a logarithmic number of times. Keys that were written twice are in a run once, with their last position.

use std::cmp::Ordering;

/// Sorted runs over the positions `0..covered`.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    /// The end of the stretch of positions that this run sorts; it begins where the run before ends.
    end: u32,
    /// Positions in the order of their keys.
    sorted: Vec<u32>,
}

impl Runs {
    /// Positions up to here are in the runs.
    pub(super) fn covered(&self) -> u32 {
        self.runs.last().map_or(0, |run| run.end)
    }

    /// The runs as slices of sorted positions, oldest first.
    pub(super) fn slices(&self) -> impl Iterator<Item = &[u32]> {
        self.runs.iter().map(|run| &run.sorted[..])
    }

    /// Brings the positions up to `end` into the runs. `compare` orders two positions by their keys, `prefix` gives the
    /// beginning of a key as a number: most comparisons end there, without a look at the key itself.
    pub(super) fn cover(
        &mut self,
        end: u32,
        prefix: impl Fn(u32) -> u128,
        compare: impl Fn(u32, u32) -> Ordering,
    ) {
        let start = self.covered();
        if start == end {
            return;
        }
        let mut keyed: Vec<(u128, u32)> = (start..end).map(|position| (prefix(position), position)).collect();
        keyed.sort_unstable_by(|&(x, a), &(y, b)| x.cmp(&y).then_with(|| compare(a, b)).then(b.cmp(&a)));
        keyed.dedup_by(|(x, later), (y, earlier)| x == y && compare(*later, *earlier) == Ordering::Equal);
        let sorted: Vec<u32> = keyed.into_iter().map(|(_, position)| position).collect();
        self.runs.push(Run { end, sorted });
        while let [.., before, last] = &self.runs[..] {
            if before.sorted.len() >= 2 * last.sorted.len() {
                break;
            }
            let merged = merge(&before.sorted, &last.sorted, &compare);
            let end = last.end;
            self.runs.truncate(self.runs.len() - 2);
            self.runs.push(Run { end, sorted: merged });
        }
    }

    /// Forgets positions from `end` on (and, with them, the order of some before).
    pub(super) fn cut(&mut self, end: u32) {
        while self.covered() > end {
            self.runs.pop();
        }
    }
}

/// Merges two runs; where both have a key, the newer one's position stays.
fn merge(older: &[u32], newer: &[u32], compare: impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut merged = Vec::with_capacity(older.len() + newer.len());
    let (mut a, mut b) = (older, newer);
    while let ([x, older_rest @ ..], [y, newer_rest @ ..]) = (a, b) {
        match compare(*x, *y) {
            Ordering::Less => {
                merged.push(*x);
                a = older_rest;
            }
            Ordering::Greater => {
                merged.push(*y);
                b = newer_rest;
            }
            Ordering::Equal => {
                merged.push(*y);
                (a, b) = (older_rest, newer_rest);
            }
        }
    }
    merged.extend_from_slice(a);
    merged.extend_from_slice(b);
    merged
}
