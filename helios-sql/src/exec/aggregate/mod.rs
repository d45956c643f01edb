//! GROUP BY and aggregates.
//!
//! Each row's group is found by a hash table over the group's key; aggregates keep one state for each group and take a
//! chunk at a time. Groups are handed out in the order of their keys.
//!
//! Where rows come in the order of the groups, they are grouped run by run (see [`Runs`]), and groups are handed out before all
//! rows were read.
//!
//! Where the groups do not fit in memory, no more are added: rows of other groups are sorted by group in temporary files
//! (see [`spilled`]), those of known groups go on as before. If the states of these go on growing, because they collect
//! texts, all further rows wait in files. A group always takes its rows in the order in which they came, so that sums
//! and texts are the same wherever they wait.

mod accumulator;
mod groups;
mod inverse;
mod json;
mod memory;
mod ordered;
mod spilled;
mod states;
mod sum;
mod vector;

use helios_core::Result;
use helios_core::value::Collation;

use super::key::write_key;
use super::runs::Runs;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_BYTES, CHUNK_ROWS, Chunk, Column, Strings};
use crate::plan::{AggregateCall, Expr};
use crate::spill::{Account, Sorter};
pub(super) use accumulator::Accumulator;
use groups::{GroupKeys, Groups, NONE};
use spilled::{Complete, Spilled};
use states::{Calls, GroupedRows, Memories};

#[derive(Debug)]
pub(super) struct HashAggregate {
    input: Runs,
    keys: Vec<(Expr, Collation)>,
    calls: Calls,
    /// The groups, when all rows of a run were read.
    given: Option<Given>,
}

/// Groups on their way out.
#[derive(Debug)]
struct Given {
    there: Complete,
    spilled: Option<Spilled>,
    /// How many of the complete groups of `spilled` were given.
    next: usize,
    memories: Memories,
    _account: Account,
}

/// Rows on their way into groups.
struct Reading<'a> {
    keys: &'a [(Expr, Collation)],
    calls: &'a Calls,
    groups: Groups,
    accumulators: Vec<Accumulator>,
    memories: Memories,
    account: Account,
    /// Bytes by which strings in states may have grown since they were counted, and as they were counted.
    grown: usize,
    counted: usize,
    /// Rows that wait, once the groups do not fit, and how much the groups held then.
    waiting: Option<Waiting>,
}

struct Waiting {
    sorter: Sorter,
    input_width: usize,
    held: usize,
    /// Whether rows of known groups wait too.
    all: bool,
}

impl HashAggregate {
    /// `in_order` if rows come in the order of the keys.
    pub(super) fn new(
        input: BoxedOperator,
        keys: Vec<(Expr, Collation)>,
        calls: Vec<AggregateCall>,
        leading: Option<usize>,
        in_order: bool,
    ) -> HashAggregate {
        let input = Runs::new(input, if in_order { keys.clone() } else { Vec::new() });
        HashAggregate { input, keys, calls: Calls { calls, leading }, given: None }
    }

    /// Groups the rows of a run.
    fn read(&mut self, context: &mut Context) -> Result<Given> {
        let mut reading = Reading {
            keys: &self.keys,
            calls: &self.calls,
            groups: Groups::new(self.keys.len()),
            accumulators: self.calls.accumulators(),
            memories: Memories::new(&self.calls, context),
            account: context.workspace().account(),
            grown: 0,
            counted: 0,
            waiting: None,
        };
        let mut chunk = Chunk::default();
        while self.input.next(context, &mut chunk)? {
            context.interrupt.check_rows(chunk.rows())?;
            reading.add(context, &mut chunk)?;
        }
        reading.finish()
    }
}

impl Reading<'_> {
    fn add(&mut self, context: &mut Context, chunk: &mut Chunk) -> Result<()> {
        if self.keys.is_empty() {
            let groups = vec![0; chunk.rows()];
            return self.add_grouped(context, chunk, &groups, 1);
        }
        let columns = self.keys.iter().map(|(key, _)| eval::evaluate(key, context, chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let Some(waiting) = &mut self.waiting else {
            let groups =
                self.groups.find(&columns, self.keys, chunk.rows(), context.facts.resources.columns.codes());
            self.add_grouped(context, chunk, &groups, self.groups.known.count)?;
            return self.settle(context, chunk.width());
        };
        let mut row_keys = Strings::default();
        for row in 0..chunk.rows() {
            let values = columns.iter().zip(self.keys);
            row_keys.push_with(|key| {
                write_key(values.map(|(column, (_, collation))| (column.get(row), collation)), key);
            });
        }
        let each: Vec<u32> = (0..chunk.rows() as u32).collect();
        let rows = GroupedRows { chunk, groups: &each, keys: &row_keys };
        self.calls.keep(&rows, &mut self.memories, context)?;
        let groups = match waiting.all {
            true => vec![NONE; chunk.rows()],
            false => {
                self.groups.find(&columns, self.keys, chunk.rows(), context.facts.resources.columns.codes())
            }
        };
        let unknown: Vec<u32> = each.iter().copied().filter(|&row| groups[row as usize] == NONE).collect();
        let mut rest = chunk.clone();
        columns.iter().for_each(|column| rest.push_column(column.clone()));
        rest.select(&unknown);
        waiting.sorter.push(rest, |place, key| {
            key.extend_from_slice(row_keys.get(unknown[place] as usize));
        })?;
        if unknown.len() == chunk.rows() {
            return Ok(());
        }
        let known: Vec<u32> = each.into_iter().filter(|&row| groups[row as usize] != NONE).collect();
        chunk.select(&known);
        let groups: Vec<u32> = groups.into_iter().filter(|&group| group != NONE).collect();
        let rows = GroupedRows { chunk, groups: &groups, keys: &self.groups.known.keys };
        let count = self.groups.known.count;
        self.grown += self.calls.add(&rows, count, &mut self.accumulators, &mut self.memories, context)?;
        self.settle(context, chunk.width())
    }

    /// Adds rows of known groups to all calls.
    fn add_grouped(
        &mut self,
        context: &mut Context,
        chunk: &Chunk,
        groups: &[u32],
        count: usize,
    ) -> Result<()> {
        let rows = GroupedRows { chunk, groups, keys: &self.groups.known.keys };
        self.calls.keep(&rows, &mut self.memories, context)?;
        let (accumulators, memories) = (&mut self.accumulators, &mut self.memories);
        self.grown += self.calls.add(&rows, count, accumulators, memories, context)?;
        Ok(())
    }

    fn memory(&self) -> usize {
        let fixed: usize = self.accumulators.iter().map(Accumulator::fixed_memory).sum();
        self.groups.memory() + fixed + self.counted + self.grown
    }

    /// Counts the strings in the states, which are between nothing and what was added.
    fn count(&mut self) {
        let states = self.accumulators.iter();
        self.counted = states.map(|state| state.memory() - state.fixed_memory()).sum();
        self.grown = 0;
    }

    /// Looks whether the groups fit, after rows have been added.
    fn settle(&mut self, context: &Context, input_width: usize) -> Result<()> {
        let held = match &self.waiting {
            Some(waiting) => waiting.held,
            None if self.account.hold(self.memory()) => return Ok(()),
            None => 0,
        };
        // What is more than an eighth above makes another count worth its time.
        if self.memory() <= held + held / 4 {
            return Ok(());
        }
        self.count();
        let memory = self.memory();
        match &mut self.waiting {
            Some(waiting) => {
                self.account.hold(memory);
                waiting.all = memory > held + held / 8;
            }
            None if self.account.hold(memory + memory / 8) => {}
            None => {
                self.account.hold(memory);
                self.groups.freeze();
                let width = input_width + self.keys.len();
                let sorter = Sorter::new(&context.workspace(), width).with_keys();
                self.waiting = Some(Waiting { sorter, input_width, held: memory, all: false });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Given> {
        self.memories.finish()?;
        let mut keys = self.groups.known;
        if self.keys.is_empty() {
            keys.count = 1;
        }
        let mut order: Vec<u32> = (0..keys.count as u32).collect();
        if !self.keys.is_empty() {
            order.sort_unstable_by(|&a, &b| keys.keys.get(a as usize).cmp(keys.keys.get(b as usize)));
        }
        self.accumulators.iter_mut().for_each(|accumulator| accumulator.resize(keys.count));
        let spilled = match self.waiting {
            None => None,
            Some(Waiting { sorter, input_width, .. }) => {
                Some(Spilled::new(sorter.finish()?, self.calls, input_width, self.keys.len()))
            }
        };
        let there = Complete { keys, accumulators: self.accumulators, order, next: 0 };
        Ok(Given { there, spilled, next: 0, memories: self.memories, _account: self.account })
    }
}

impl Given {
    /// Fills `out` with the next groups; `false` at the end.
    fn give(&mut self, calls: &Calls, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let Some(spilled) = &mut self.spilled else {
            let Complete { keys, accumulators, order, next } = &mut self.there;
            let given = give_groups(keys, accumulators, &order[*next..], &mut self.memories, out)?;
            *next += given;
            return Ok(given > 0);
        };
        context.interrupt.check()?;
        if self.next == spilled.complete {
            self.next = 0;
            if !spilled.fill(calls, &mut self.there, &mut self.memories, context)? {
                return Ok(false);
            }
        }
        let groups: Vec<u32> = (self.next as u32..spilled.complete as u32).collect();
        let Spilled { keys, accumulators, .. } = spilled;
        self.next += give_groups(keys, accumulators, &groups, &mut self.memories, out)?;
        Ok(true)
    }
}

/// Fills `out` with as many groups, of those that come next, as a chunk has, and returns how many.
fn give_groups(
    keys: &GroupKeys,
    accumulators: &mut [Accumulator],
    groups: &[u32],
    memories: &mut Memories,
    out: &mut Chunk,
) -> Result<usize> {
    let width = keys.values.len();
    out.reset(width + accumulators.len());
    let mut columns: Vec<&mut Column> = out.columns_mut().collect();
    let (key_columns, columns) = columns.split_at_mut(width);
    let (mut given, mut bytes) = (0, 0);
    for &group in groups.iter().take(CHUNK_ROWS) {
        let group = group as usize;
        for (number, (accumulator, column)) in accumulators.iter_mut().zip(columns.iter_mut()).enumerate() {
            if !memories.waiting.is_empty()
                && let Some(waiting) = memories.waiting.get_mut(&number)
            {
                waiting.feed(keys.key(group), accumulator, group)?;
            }
            let value = accumulator.take(group)?;
            column.push(value.as_ref());
            bytes += column.bytes(given).len();
        }
        given += 1;
        if bytes > CHUNK_BYTES {
            break;
        }
    }
    for (column, values) in key_columns.iter_mut().zip(&keys.values) {
        column.gather(values, &groups[..given]);
    }
    out.set_rows(given);
    Ok(given)
}

impl Operator for HashAggregate {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.given = None;
        self.input.open(context)?;
        self.given = Some(self.read(context)?);
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while let Some(given) = &mut self.given {
            if given.give(&self.calls, context, out)? {
                return Ok(true);
            }
            self.given = None;
            if self.input.go_on() {
                self.given = Some(self.read(context)?);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.given = None;
        self.input.close();
    }
}
