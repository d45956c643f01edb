//! Aggregate functions over frames.
//!
//! Both ends of a frame only ever move on. So a function whose rows can be taken away again follows them, and `min` and
//! `max` keep the rows that may still win; only what is left, and frames with holes, is computed anew for each row.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::value::{Collation, compare};
use helios_core::{Result, Value, ValueRef};

use super::frame::Frames;
use crate::chunk::Column;
use crate::exec::aggregate::Accumulator;
use crate::func::Aggregate;
use crate::plan::AggregateCall;

/// A mark for each of `count` rows, set for those in `rows`.
pub(super) fn marks(rows: &[u32], count: usize) -> Vec<bool> {
    let mut marks = vec![false; count];
    rows.iter().for_each(|&row| marks[row as usize] = true);
    marks
}

/// The values of an aggregate for the rows of a partition. Rows without a mark in `filter` do not count.
pub(super) fn compute(
    function: Aggregate,
    collation: &Collation,
    arguments: &[Arc<Column>],
    filter: Option<Vec<bool>>,
    frames: &Frames,
) -> Result<Column> {
    let extreme = match function {
        Aggregate::Minimum => Some(Ordering::Less),
        Aggregate::Maximum => Some(Ordering::Greater),
        _ => None,
    };
    if let (Some(wanted), true) = (extreme, frames.are_whole()) {
        let counts = |row: usize| filter.as_ref().is_none_or(|marks| marks[row]);
        return Ok(extremes(wanted, collation, &arguments[0], counts, frames));
    }
    let call = AggregateCall {
        function,
        arguments: Vec::new(),
        distinct: false,
        filter: None,
        collation: collation.clone(),
        order: Vec::new(),
    };
    let state = State { call, arguments, filter, groups: vec![0; frames.len()], rows: Vec::new() };
    state.run(frames)
}

/// `min` and `max` over frames without holes: the rows that may still be the answer, best first.
fn extremes(
    wanted: Ordering,
    collation: &Collation,
    column: &Column,
    counts: impl Fn(usize) -> bool,
    frames: &Frames,
) -> Column {
    let mut candidates: VecDeque<usize> = VecDeque::new();
    let mut end = 0;
    let mut values = Column::default();
    for row in 0..frames.len() {
        let (from, to) = frames.bounds(row);
        while end < to {
            let value = column.get(end);
            if end >= from && !value.is_null() && counts(end) {
                let loses = |&last: &usize| compare(value, column.get(last), collation) == wanted;
                while candidates.back().is_some_and(loses) {
                    candidates.pop_back();
                }
                candidates.push_back(end);
            }
            end += 1;
        }
        while candidates.front().is_some_and(|&first| first < from) {
            candidates.pop_front();
        }
        // An empty frame lies before or after rows that are not in it.
        let best = candidates.front().filter(|&&best| best < to);
        values.push(best.map_or(ValueRef::Null, |&best| column.get(best)));
    }
    values
}

struct State<'a> {
    call: AggregateCall,
    arguments: &'a [Arc<Column>],
    filter: Option<Vec<bool>>,
    /// The group of each row: there is one.
    groups: Vec<u32>,
    /// Rows on their way into the accumulator.
    rows: Vec<u32>,
}

impl State<'_> {
    fn empty(&self) -> Accumulator {
        let mut accumulator = Accumulator::new(&self.call);
        accumulator.resize(1);
        accumulator
    }

    /// Notes the rows from `from` to before `to` that count.
    fn collect(&mut self, from: usize, to: usize) {
        self.rows.clear();
        let filter = &self.filter;
        let counting = (from..to).filter(|&row| filter.as_ref().is_none_or(|marks| marks[row]));
        self.rows.extend(counting.map(|row| row as u32));
    }

    fn add(&mut self, accumulator: &mut Accumulator, from: usize, to: usize) -> Result<()> {
        self.collect(from, to);
        accumulator.add(self.arguments, &self.groups, Some(&self.rows))
    }

    fn remove(&mut self, accumulator: &mut Accumulator, from: usize, to: usize) -> Result<()> {
        self.collect(from, to);
        accumulator.remove(self.arguments, &self.rows)
    }

    /// Goes over the rows from `end` to before `from`, which are before a frame and were in none, as SQLite does: no more
    /// of them at a time than the frame has. A float among them makes floats of sums.
    fn pass(
        &mut self,
        accumulator: &mut Accumulator,
        (mut first, mut end): (usize, usize),
        (from, to): (usize, usize),
    ) -> Result<(usize, usize)> {
        while end < from {
            self.add(accumulator, end, end + 1)?;
            end += 1;
            if end - first >= to - from {
                self.remove(accumulator, first, first + 1)?;
                first += 1;
            }
        }
        Ok((first, end))
    }

    fn run(mut self, frames: &Frames) -> Result<Column> {
        let mut accumulator = self.empty();
        let can_remove = accumulator.can_remove() && frames.move_on();
        let mut values = Column::default();
        let mut known: Option<([(usize, usize); 3], Value)> = None;
        let (mut first, mut end) = (0, 0);
        for row in 0..frames.len() {
            let pieces = frames.pieces(row);
            if let Some((of, value)) = &known
                && *of == pieces
            {
                values.push(value.as_ref());
                continue;
            }
            let (from, to) = frames.bounds(row);
            let from = from.min(to);
            let follows =
                frames.are_whole() && to >= end && if can_remove { from >= first } else { from == first };
            if follows {
                (first, end) = self.pass(&mut accumulator, (first, end), (from, to))?;
                self.add(&mut accumulator, end, to)?;
                self.remove(&mut accumulator, first, from)?;
            } else {
                accumulator = self.empty();
                for (from, to) in pieces {
                    self.add(&mut accumulator, from, to)?;
                }
            }
            (first, end) = (from, to);
            let value = accumulator.current()?;
            values.push(value.as_ref());
            known = Some((pieces, value));
        }
        // A program's state is told of its end, and whatever it says then is nobody's value.
        drop(accumulator.result(0));
        Ok(values)
    }
}
