//! What a transaction has written to one space, key by key.
//!
//! In: a range of keys, and sorted lists of the positions of writes (see [`super::write_set`]). Out: each key once, in
//! order, with its last write.

use super::write_set::{SpaceWrites, Written};
use crate::storage::{Direction, KeyRange};

/// Positions of a log in the order of their keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sorted<'a> {
    /// All positions up to a length: the log came in ascending order.
    Log(usize),
    /// A run.
    Run(&'a [u32]),
}

impl Sorted<'_> {
    fn len(&self) -> usize {
        match self {
            Sorted::Log(length) => *length,
            Sorted::Run(run) => run.len(),
        }
    }

    pub(super) fn get(&self, at: usize) -> Option<u32> {
        match self {
            Sorted::Log(length) => (at < *length).then_some(at as u32),
            Sorted::Run(run) => run.get(at).copied(),
        }
    }

    pub(super) fn partition_point(&self, holds: impl Fn(u32) -> bool) -> usize {
        match self {
            Sorted::Run(run) => run.partition_point(|&position| holds(position)),
            Sorted::Log(length) => {
                let (mut low, mut high) = (0, *length);
                while low < high {
                    let middle = low + (high - low) / 2;
                    if holds(middle as u32) {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                low
            }
        }
    }
}

/// A position in the writes of one space that moves over keys and shows their last writes, deletions included.
#[derive(Debug)]
pub struct WriteCursor<'a> {
    writes: Option<&'a SpaceWrites>,
    sources: Vec<Source<'a>>,
    direction: Direction,
    current: Option<u32>,
}

/// A sorted source and the part of it that lies ahead.
#[derive(Debug)]
struct Source<'a> {
    sorted: Sorted<'a>,
    /// The bounds of the cursor's range.
    range: (usize, usize),
    low: usize,
    high: usize,
}

impl Source<'_> {
    fn next(&self, direction: Direction) -> Option<u32> {
        if self.low >= self.high {
            return None;
        }
        self.sorted.get(if direction == Direction::Forward { self.low } else { self.high - 1 })
    }

    fn step(&mut self, direction: Direction) {
        match direction {
            Direction::Forward => self.low += 1,
            Direction::Backward => self.high -= 1,
        }
    }
}

impl<'a> WriteCursor<'a> {
    pub(super) fn open(
        writes: Option<&'a SpaceWrites>,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> WriteCursor<'a> {
        let mut sources = Vec::new();
        if let Some(writes) = writes {
            debug_assert!(writes.is_ordered(), "cursors need an order");
            for sorted in writes.sources() {
                let low = sorted.partition_point(|position| writes.key_at(position) < range.start);
                let high = match range.end {
                    Some(end) => sorted.partition_point(|position| writes.key_at(position) < end),
                    None => sorted.len(),
                };
                let high = high.max(low);
                sources.push(Source { sorted, range: (low, high), low, high });
            }
        }
        WriteCursor { writes, sources, direction, current: None }
    }

    /// Moves to the next key; `false` at the end.
    pub fn advance(&mut self) -> bool {
        self.current = None;
        let Some(writes) = self.writes else {
            return false;
        };
        // The newest source comes last and wins where keys are equal.
        for source in self.sources.iter().rev() {
            let Some(position) = source.next(self.direction) else {
                continue;
            };
            let comes_first = self.current.is_none_or(|best| match self.direction {
                Direction::Forward => writes.key_at(position) < writes.key_at(best),
                Direction::Backward => writes.key_at(position) > writes.key_at(best),
            });
            if comes_first {
                self.current = Some(position);
            }
        }
        let Some(current) = self.current else {
            return false;
        };
        for source in &mut self.sources {
            if source
                .next(self.direction)
                .is_some_and(|at| at == current || writes.key_at(at) == writes.key_at(current))
            {
                source.step(self.direction);
            }
        }
        true
    }

    /// The current key. Empty unless [`WriteCursor::advance`] returned `true`.
    pub fn key(&self) -> &'a [u8] {
        self.at_current().map_or(&[], |(writes, position)| writes.key_at(position))
    }

    /// The current key as the driver sees it.
    pub(super) fn full_key(&self) -> &'a [u8] {
        self.at_current().map_or(&[], |(writes, position)| writes.full_key_at(position))
    }

    /// What was last done to the current key.
    pub fn written(&self) -> Written<'a> {
        self.at_current().map_or(Written::Deleted, |(writes, position)| writes.written(position))
    }

    fn at_current(&self) -> Option<(&'a SpaceWrites, u32)> {
        Some((self.writes?, self.current?))
    }

    /// Moves so that the next [`WriteCursor::advance`] finds the first key at or after (going backward: at or before)
    /// `key`, within the range.
    pub fn seek(&mut self, key: &[u8]) {
        let Some(writes) = self.writes else {
            return;
        };
        for source in &mut self.sources {
            let (low, high) = source.range;
            (source.low, source.high) = match self.direction {
                Direction::Forward => {
                    (source.sorted.partition_point(|at| writes.key_at(at) < key).clamp(low, high), high)
                }
                Direction::Backward => {
                    (low, source.sorted.partition_point(|at| writes.key_at(at) <= key).clamp(low, high))
                }
            };
        }
        self.current = None;
    }
}
