//! Recursive common tables: a queue of rows, and steps that make more rows out of those that leave it.
//!
//! As in SQLite, rows are given as they leave the queue, first in, first out, or by ORDER BY. Where the steps keep the
//! order of their rows and nothing else looks at the queue, many rows go through a step at once. Nothing is run before
//! somebody asks for its rows: a recursion without end is fine below a LIMIT.

use helios_core::Result;
use helios_core::value::Collation;

use super::key::{write_key, write_sort_key};
use super::limit::count;
use super::shared::Cell;
use super::sort::Key;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::plan::Expr;
use crate::spill::{KeySet, PriorityQueue, RowQueue};

/// A recursion as it was planned.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) first: BoxedOperator,
    pub(super) steps: Vec<BoxedOperator>,
    pub(super) cell: Cell,
    pub(super) collations: Vec<Collation>,
    pub(super) is_distinct: bool,
    pub(super) order: Vec<Key>,
    pub(super) limit: Option<Expr>,
    pub(super) offset: Option<Expr>,
    /// Whether a step has to see its rows one by one.
    pub(super) by_rows: bool,
}

#[derive(Debug)]
pub(super) struct Recursion {
    parts: Parts,
    state: Option<State>,
    /// Rows that were given and have not been through the steps yet.
    given: Option<Chunk>,
    /// Rows still to be left out, and then still to be given (`None`: all).
    skip: usize,
    left: Option<usize>,
    /// How many rows are collected before they are given.
    wanted: usize,
}

/// Rows in the queue, and those that were ever in it.
#[derive(Debug)]
struct State {
    /// In the order in which they came.
    queue: RowQueue,
    /// By their keys, if the queue has an order.
    priorities: PriorityQueue,
    /// The chunk of the queue whose rows go through the steps one by one, from `next` on.
    first: Chunk,
    next: usize,
    seen: KeySet,
}

impl State {
    fn new(context: &Context, width: usize) -> State {
        let workspace = context.workspace();
        State {
            queue: RowQueue::new(&workspace),
            priorities: PriorityQueue::new(&workspace, width),
            first: Chunk::default(),
            next: 0,
            seen: KeySet::new(&workspace),
        }
    }

    /// Leaves out rows that were there before.
    fn keep_fresh(&mut self, chunk: &mut Chunk, collations: &[Collation]) -> Result<()> {
        let mut fresh = Vec::with_capacity(chunk.rows());
        let mut key = Vec::new();
        for row in 0..chunk.rows() {
            key.clear();
            let columns = collations.iter().enumerate();
            write_key(columns.map(|(column, by)| (chunk.value(row, column), by)), &mut key);
            if self.seen.insert(&key)? {
                fresh.push(row as u32);
            }
        }
        self.seen.settle()?;
        chunk.select(&fresh);
        Ok(())
    }
}

impl Recursion {
    pub(super) fn new(parts: Parts) -> Recursion {
        Recursion { parts, state: None, given: None, skip: 0, left: None, wanted: 1 }
    }

    /// Puts rows into the queue.
    fn enqueue(&mut self, context: &mut Context, mut chunk: Chunk) -> Result<()> {
        let width = self.parts.collations.len();
        let state = self.state.get_or_insert_with(|| State::new(context, width));
        if self.parts.is_distinct {
            state.keep_fresh(&mut chunk, &self.parts.collations)?;
        }
        if chunk.rows() == 0 {
            return Ok(());
        }
        if self.parts.order.is_empty() {
            return state.queue.push(chunk);
        }
        let columns = self.parts.order.iter().map(|key| eval::evaluate(&key.expr, context, &chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        state.priorities.push(&chunk, |row, key| write_sort_key(&self.parts.order, &columns, row, key))
    }

    /// Takes the next rows out of the queue: as many as may go through the steps together.
    fn dequeue(&mut self) -> Result<Option<Chunk>> {
        let Some(state) = &mut self.state else { return Ok(None) };
        if !self.parts.order.is_empty() {
            return state.priorities.pop();
        }
        if !self.parts.by_rows {
            return state.queue.pop();
        }
        if state.next >= state.first.rows() {
            let Some(first) = state.queue.pop()? else { return Ok(None) };
            (state.first, state.next) = (first, 0);
        }
        let mut row = state.first.clone();
        row.slice(state.next, state.next + 1);
        state.next += 1;
        Ok(Some(row))
    }

    /// Appends rows to `out`, within LIMIT and OFFSET.
    fn give(&mut self, rows: &Chunk, out: &mut Chunk) {
        if self.skip == 0 && self.left.is_none() && rows.rows() == 1 {
            for (column, value) in out.columns_mut().zip(rows.columns()) {
                column.append(value);
            }
            return out.set_rows(out.rows() + 1);
        }
        let skipped = self.skip.min(rows.rows());
        self.skip -= skipped;
        let rest = rows.rows() - skipped;
        let given = self.left.map_or(rest, |left| left.min(rest));
        self.left = self.left.map(|left| left - given);
        let places: Vec<u32> = (skipped as u32..(skipped + given) as u32).collect();
        out.append_rows(rows, &places);
    }

    /// Puts what the steps make of `rows` into the queue.
    fn step(&mut self, context: &mut Context, rows: Chunk) -> Result<()> {
        *self.parts.cell.lock() = rows;
        for number in 0..self.parts.steps.len() {
            self.parts.steps[number].open(context)?;
            let mut chunk = Chunk::default();
            while self.parts.steps[number].next(context, &mut chunk)? {
                self.enqueue(context, std::mem::take(&mut chunk))?;
            }
        }
        Ok(())
    }
}

impl Operator for Recursion {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.state = None;
        self.given = None;
        self.wanted = 1;
        // What steps keep is of one run.
        self.parts.steps.iter_mut().for_each(|step| step.close());
        let limit = self.parts.limit.as_ref().map(|limit| count(limit, context)).transpose()?;
        let offset = self.parts.offset.as_ref().map(|offset| count(offset, context)).transpose()?;
        self.left = limit.and_then(|limit| usize::try_from(limit).ok());
        self.skip = usize::try_from(offset.unwrap_or(0)).unwrap_or(0);
        if self.left == Some(0) {
            return Ok(());
        }
        self.parts.first.open(context)?;
        let mut chunk = Chunk::default();
        while self.parts.first.next(context, &mut chunk)? {
            self.enqueue(context, std::mem::take(&mut chunk))?;
        }
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        out.reset(self.parts.collations.len());
        while out.rows() < self.wanted && self.left != Some(0) {
            context.interrupt.check_rows(1)?;
            if let Some(rows) = self.given.take() {
                self.step(context, rows)?;
            }
            let Some(rows) = self.dequeue()? else { break };
            self.give(&rows, out);
            self.given = Some(rows);
        }
        self.wanted = (self.wanted * 2).min(CHUNK_ROWS / 2);
        Ok(out.rows() > 0)
    }

    fn close(&mut self) {
        self.state = None;
        self.given = None;
        *self.parts.cell.lock() = Chunk::default();
        self.parts.first.close();
        self.parts.steps.iter_mut().for_each(|step| step.close());
    }
}
