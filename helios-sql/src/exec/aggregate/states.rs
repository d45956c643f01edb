//! The states of all aggregates of a GROUP BY, and how rows go into them.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::Result;
use helios_core::value::Collation;

use super::accumulator::Accumulator;
use super::ordered::{Ordered, WaitingRows};
use crate::chunk::{Chunk, Column, Strings};
use crate::exec::key::write_key;
use crate::exec::{Context, eval};
use crate::func::Aggregate;
use crate::plan::AggregateCall;
use crate::spill::KeySet;

/// The calls of a GROUP BY.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) calls: Vec<AggregateCall>,
    /// The min or max whose row gives bare columns their values.
    pub(super) leading: Option<usize>,
}

/// What was seen of values and rows, by the keys of their groups.
#[derive(Debug, Default)]
pub(super) struct Memories {
    /// For calls with DISTINCT: the values seen, with the key of their group in front.
    pub(super) seen: HashMap<usize, KeySet>,
    /// For calls with ORDER BY: the rows that wait for their turn, and then those rows in order.
    pub(super) ordered: HashMap<usize, Ordered>,
    pub(super) waiting: HashMap<usize, WaitingRows>,
}

impl Memories {
    pub(super) fn new(calls: &Calls, context: &Context) -> Memories {
        let mut memories = Memories::default();
        for (number, call) in calls.calls.iter().enumerate() {
            if call.distinct {
                memories.seen.insert(number, KeySet::new(&context.workspace()));
            }
            if let Some(ordered) = Ordered::new(call, context) {
                memories.ordered.insert(number, ordered);
            }
        }
        memories
    }

    /// Puts the rows that wait in order, once all are there.
    pub(super) fn finish(&mut self) -> Result<()> {
        for (number, ordered) in std::mem::take(&mut self.ordered) {
            self.waiting.insert(number, ordered.finish()?);
        }
        Ok(())
    }

    /// Those of `rows` whose value their group has not seen yet.
    fn fresh_rows(
        &mut self,
        number: usize,
        column: &Column,
        collation: &Collation,
        rows: &GroupedRows<'_>,
        taken: Vec<u32>,
    ) -> Result<Vec<u32>> {
        let Some(seen) = self.seen.get_mut(&number) else { return Ok(taken) };
        let mut key = Vec::new();
        let mut fresh = Vec::with_capacity(taken.len());
        for row in taken {
            key.clear();
            if !rows.keys.is_empty() {
                key.extend_from_slice(rows.keys.get(rows.groups[row as usize] as usize));
            }
            write_key([(column.get(row as usize), collation)].into_iter(), &mut key);
            if seen.insert(&key)? {
                fresh.push(row);
            }
        }
        seen.settle()?;
        Ok(fresh)
    }
}

/// The arguments of a call, and which rows go into it: `None` for all.
struct Arguments {
    columns: Vec<Arc<Column>>,
    taken: Option<Vec<u32>>,
}

/// Rows with the numbers of their groups and the keys of those; no keys where there is one group for all rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupedRows<'a> {
    pub(super) chunk: &'a Chunk,
    pub(super) groups: &'a [u32],
    pub(super) keys: &'a Strings,
}

impl Calls {
    /// A state of each call for each group.
    pub(super) fn accumulators(&self) -> Vec<Accumulator> {
        self.calls.iter().map(Accumulator::new).collect()
    }

    /// Whether rows go through [`Calls::keep`].
    fn is_ordered(&self, number: usize) -> bool {
        !self.calls[number].order.is_empty()
    }

    /// What goes into a call.
    fn arguments(
        &self,
        number: usize,
        rows: &GroupedRows<'_>,
        memories: &mut Memories,
        context: &mut Context,
    ) -> Result<Arguments> {
        let call = &self.calls[number];
        let mut taken = match &call.filter {
            Some(filter) => Some(eval::true_rows(&*eval::evaluate(filter, context, rows.chunk)?)),
            None => None,
        };
        let arguments = call.arguments.iter();
        let columns =
            arguments.map(|argument| eval::evaluate_taken(argument, context, rows.chunk, taken.as_deref()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        if call.distinct {
            let all = taken.take().unwrap_or_else(|| (0..rows.chunk.rows() as u32).collect());
            let fresh = memories.fresh_rows(number, &columns[0], &call.collation, rows, all)?;
            taken = Some(fresh);
        }
        Ok(Arguments { columns, taken })
    }

    /// Keeps rows for the calls that want them in an order.
    pub(super) fn keep(
        &self,
        rows: &GroupedRows<'_>,
        memories: &mut Memories,
        context: &mut Context,
    ) -> Result<()> {
        for number in (0..self.calls.len()).filter(|number| self.is_ordered(*number)) {
            let Arguments { columns, taken } = self.arguments(number, rows, memories, context)?;
            if let Some(ordered) = memories.ordered.get_mut(&number) {
                let group = |row: usize| rows.groups[row] as usize;
                ordered.add(context, rows.chunk, &columns, group, rows.keys, taken.as_deref())?;
            }
        }
        Ok(())
    }

    /// Adds rows to all other calls, and returns by how many bytes their states may have grown. There are `count`
    /// groups.
    pub(super) fn add(
        &self,
        rows: &GroupedRows<'_>,
        count: usize,
        accumulators: &mut [Accumulator],
        memories: &mut Memories,
        context: &mut Context,
    ) -> Result<usize> {
        // Rows that the leading call has chosen.
        let mut best = self.leading.map(|_| Vec::new());
        let others = (0..self.calls.len()).filter(|number| Some(*number) != self.leading);
        let mut grown = 0;
        for number in self.leading.into_iter().chain(others) {
            let accumulator = &mut accumulators[number];
            accumulator.resize(count);
            if self.is_ordered(number) {
                continue;
            }
            let Arguments { columns, taken } = self.arguments(number, rows, memories, context)?;
            grown += accumulator.growth(&columns);
            match &mut best {
                Some(best) if self.leading == Some(number) => {
                    accumulator.choose(&columns, rows.groups, taken.as_deref(), best);
                }
                Some(best) if self.calls[number].function == Aggregate::Bare => {
                    // Where none is chosen, because of a FILTER, the first row's value stays.
                    accumulator.add(&columns, rows.groups, None)?;
                    accumulator.replace(&columns, rows.groups, best);
                }
                _ => accumulator.add(&columns, rows.groups, taken.as_deref())?,
            }
        }
        Ok(grown)
    }
}
