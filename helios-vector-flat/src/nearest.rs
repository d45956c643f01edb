//! The first k of many candidates.
//!
//! In: candidates in any order. Out: those that come first by distance, and by number where distances are equal. So the
//! answer does not depend on the order in which they were looked at, nor on how many looked.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Something at a distance.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// How far away it is; not NaN.
    pub distance: f64,
    /// What it is called.
    pub id: i64,
}

impl Ord for Candidate {
    fn cmp(&self, other: &Candidate) -> Ordering {
        self.distance.total_cmp(&other.distance).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Candidate) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Candidate) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate {}

/// Keeps the nearest candidates, so many at most.
#[derive(Clone, Debug)]
pub struct Nearest {
    most: usize,
    /// The farthest on top.
    kept: BinaryHeap<Candidate>,
}

impl Nearest {
    /// Keeps at most `most`.
    pub fn new(most: usize) -> Nearest {
        Nearest { most, kept: BinaryHeap::new() }
    }

    /// Looks at a candidate.
    #[inline]
    pub fn push(&mut self, candidate: Candidate) {
        if self.kept.len() < self.most {
            self.kept.push(candidate);
        } else if let Some(mut farthest) = self.kept.peek_mut()
            && candidate < *farthest
        {
            *farthest = candidate;
        }
    }

    /// The farthest that is kept, if there are as many as there may be: what is farther need not be shown.
    pub fn farthest(&self) -> Option<Candidate> {
        self.kept.peek().copied().filter(|_| self.kept.len() == self.most)
    }

    /// How many are kept at most.
    pub fn most(&self) -> usize {
        self.most
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Takes in what somebody else has kept.
    pub fn merge(&mut self, other: Nearest) {
        other.kept.into_iter().for_each(|candidate| self.push(candidate));
    }

    /// All that are kept, the nearest first.
    pub fn into_sorted(self) -> Vec<Candidate> {
        self.kept.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_stay_whatever_the_order_and_however_split() {
        let candidates: Vec<Candidate> =
            (0..100).map(|id| Candidate { distance: f64::from((id as u32 * 37) % 10), id }).collect();
        let mut sorted = candidates.clone();
        sorted.sort();
        for most in [0, 1, 7, 100, 200] {
            let keep = |part: &mut dyn Iterator<Item = &Candidate>| {
                let mut nearest = Nearest::new(most);
                part.for_each(|candidate| nearest.push(*candidate));
                nearest
            };
            let mut halves = keep(&mut candidates.iter().rev().take(60));
            halves.merge(keep(&mut candidates.iter().take(40)));
            let expected = &sorted[..most.min(100)];
            assert_eq!(keep(&mut candidates.iter()).into_sorted(), expected);
            assert_eq!(halves.into_sorted(), expected);
        }
    }
}
