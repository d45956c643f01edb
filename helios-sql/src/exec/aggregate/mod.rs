//! GROUP BY and aggregates.
//!
//! Each row's group is found by a hash table over the group's key; aggregates keep one state for each group and take a
//! chunk at a time. Groups are handed out in the order of their keys.

mod accumulator;
mod groups;
mod inverse;
mod json;
mod ordered;
mod sum;

use foldhash::HashSet;
use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_key;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::func::Aggregate;
use crate::plan::{AggregateCall, Expr};
pub(super) use accumulator::Accumulator;
use groups::Groups;
use ordered::Ordered;

#[derive(Debug)]
pub(super) struct HashAggregate {
    input: BoxedOperator,
    keys: Vec<(Expr, Collation)>,
    calls: Vec<AggregateCall>,
    /// The min or max whose row gives bare columns their values.
    leading: Option<usize>,
    groups: Groups,
    accumulators: Vec<Accumulator>,
    /// For calls with DISTINCT: the values seen, with their group in front.
    seen: Vec<HashSet<Box<[u8]>>>,
    /// For calls with ORDER BY: the rows that wait for their turn.
    ordered: Vec<Option<Ordered>>,
    order: Vec<u32>,
    next: usize,
}

impl HashAggregate {
    pub(super) fn new(
        input: BoxedOperator,
        keys: Vec<(Expr, Collation)>,
        calls: Vec<AggregateCall>,
        leading: Option<usize>,
    ) -> HashAggregate {
        HashAggregate {
            input,
            keys,
            calls,
            leading,
            groups: Groups::default(),
            accumulators: Vec::new(),
            seen: Vec::new(),
            ordered: Vec::new(),
            order: Vec::new(),
            next: 0,
        }
    }

    fn add(&mut self, context: &mut Context, chunk: &Chunk) -> Result<()> {
        let groups = if self.keys.is_empty() {
            vec![0; chunk.rows()]
        } else {
            let columns = self.keys.iter().map(|(key, _)| eval::evaluate(key, context, chunk));
            let columns = columns.collect::<Result<Vec<_>>>()?;
            self.groups.find(&columns, &self.keys, chunk.rows())
        };
        let leading = self.leading;
        let mut best = leading.map(|_| Vec::new());
        if let Some(leading) = leading {
            self.add_to(leading, &groups, &mut best, context, chunk)?;
        }
        for number in (0..self.calls.len()).filter(|number| Some(*number) != leading) {
            self.add_to(number, &groups, &mut best, context, chunk)?;
        }
        Ok(())
    }

    /// Adds rows to one aggregate. `best` has the rows that the leading one has chosen, and is filled by that.
    fn add_to(
        &mut self,
        number: usize,
        groups: &[u32],
        best: &mut Option<Vec<u32>>,
        context: &mut Context,
        chunk: &Chunk,
    ) -> Result<()> {
        let call = &self.calls[number];
        let arguments = call.arguments.iter().map(|argument| eval::evaluate(argument, context, chunk));
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        let mut rows = match &call.filter {
            Some(filter) => Some(eval::true_rows(&*eval::evaluate(filter, context, chunk)?)),
            None => None,
        };
        if call.distinct {
            let candidates = rows.take().unwrap_or_else(|| (0..chunk.rows() as u32).collect());
            let seen = &mut self.seen[number];
            rows = Some(fresh_rows(seen, &arguments[0], &call.collation, groups, candidates));
        }
        if let Some(ordered) = &mut self.ordered[number] {
            return ordered.add(context, chunk, &arguments, groups, rows.as_deref());
        }
        let accumulator = &mut self.accumulators[number];
        accumulator.resize(self.groups.count.max(1));
        match best {
            Some(best) if self.leading == Some(number) => {
                accumulator.choose(&arguments, groups, rows.as_deref(), best);
                Ok(())
            }
            Some(best) if call.function == Aggregate::Bare => {
                // Where none is chosen, because of a FILTER, the first row's value stays.
                accumulator.add(&arguments, groups, None)?;
                accumulator.replace(&arguments, groups, best);
                Ok(())
            }
            _ => accumulator.add(&arguments, groups, rows.as_deref()),
        }
    }
}

/// The rows whose value their group has not seen yet.
fn fresh_rows(
    seen: &mut HashSet<Box<[u8]>>,
    column: &Column,
    collation: &Collation,
    groups: &[u32],
    mut rows: Vec<u32>,
) -> Vec<u32> {
    let mut key = Vec::new();
    rows.retain(|&row| {
        key.clear();
        key.extend_from_slice(&groups[row as usize].to_be_bytes());
        write_key([(column.get(row as usize), collation)].into_iter(), &mut key);
        !seen.contains(&key[..]) && seen.insert(key[..].into())
    });
    rows
}

impl Operator for HashAggregate {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.groups.clear(self.keys.len());
        self.accumulators = self.calls.iter().map(Accumulator::new).collect();
        self.seen = self.calls.iter().map(|_| HashSet::default()).collect();
        self.ordered = self.calls.iter().map(Ordered::new).collect();
        self.next = 0;
        self.input.open(context)?;
        let mut chunk = Chunk::default();
        while self.input.next(context, &mut chunk)? {
            self.add(context, &chunk)?;
        }
        if self.keys.is_empty() {
            self.groups.count = 1;
        }
        self.order = (0..self.groups.count as u32).collect();
        if !self.keys.is_empty() {
            let keys = &self.groups.keys;
            self.order.sort_unstable_by(|&a, &b| keys.get(a as usize).cmp(keys.get(b as usize)));
        }
        let groups = self.groups.count;
        for (accumulator, ordered) in self.accumulators.iter_mut().zip(&mut self.ordered) {
            accumulator.resize(groups);
            if let Some(ordered) = ordered.take() {
                ordered.finish(accumulator)?;
            }
        }
        Ok(())
    }

    fn next(&mut self, _: &mut Context, out: &mut Chunk) -> Result<bool> {
        let end = self.order.len().min(self.next + CHUNK_ROWS);
        let groups = &self.order[self.next..end];
        out.reset(self.keys.len() + self.accumulators.len());
        for (position, values) in self.groups.values.iter().enumerate() {
            out.column_mut(position).gather(values, groups);
        }
        for (position, accumulator) in self.accumulators.iter_mut().enumerate() {
            let column = out.column_mut(self.keys.len() + position);
            for &group in groups {
                column.push(accumulator.result(group as usize)?.as_ref());
            }
        }
        out.set_rows(groups.len());
        self.next = end;
        Ok(out.rows() > 0)
    }
}
