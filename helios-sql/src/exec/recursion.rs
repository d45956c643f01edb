//! Recursive common tables: a queue of rows, and steps that make more rows out of those that leave it.
//!
//! As in SQLite, rows are given as they leave the queue, first in, first out, or by ORDER BY. Where the steps keep the
//! order of their rows and nothing else looks at the queue, many rows go through a step at once. Nothing is run before
//! somebody asks for its rows: a recursion without end is fine below a LIMIT.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use foldhash::HashSet;
use helios_core::value::Collation;
use helios_core::{Result, Value};

use super::key::{write_key, write_sort_key};
use super::limit::count;
use super::shared::Cell;
use super::sort::Key;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::plan::Expr;

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
    waiting: Waiting,
    seen: HashSet<Box<[u8]>>,
    /// Rows that were given and have not been through the steps yet.
    given: Option<Chunk>,
    /// Rows still to be left out, and then still to be given (`None`: all).
    skip: usize,
    left: Option<usize>,
    /// How many rows are collected before they are given.
    wanted: usize,
}

/// Rows in the queue.
#[derive(Debug, Default)]
struct Waiting {
    /// In the order in which they came; of the first chunk the rows from `next` on.
    chunks: VecDeque<Chunk>,
    next: usize,
    /// By their keys.
    heap: BinaryHeap<Reverse<Row>>,
    /// How many rows came so far.
    count: u64,
}

/// A row in a queue that has an order.
#[derive(Debug, PartialEq)]
struct Row {
    key: Vec<u8>,
    number: u64,
    values: Vec<Value>,
}

impl Eq for Row {}

impl PartialOrd for Row {
    fn partial_cmp(&self, other: &Row) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Row {
    fn cmp(&self, other: &Row) -> Ordering {
        self.key.cmp(&other.key).then(self.number.cmp(&other.number))
    }
}

impl Recursion {
    pub(super) fn new(parts: Parts) -> Recursion {
        Recursion {
            parts,
            waiting: Waiting::default(),
            seen: HashSet::default(),
            given: None,
            skip: 0,
            left: None,
            wanted: 1,
        }
    }

    /// Puts rows into the queue.
    fn enqueue(&mut self, context: &mut Context, mut chunk: Chunk) -> Result<()> {
        if self.parts.is_distinct {
            let mut fresh = Vec::with_capacity(chunk.rows());
            let mut key = Vec::new();
            for row in 0..chunk.rows() {
                key.clear();
                let collations = self.parts.collations.iter().enumerate();
                write_key(collations.map(|(column, by)| (chunk.value(row, column), by)), &mut key);
                if !self.seen.contains(&key[..]) {
                    self.seen.insert(key[..].into());
                    fresh.push(row as u32);
                }
            }
            chunk.select(&fresh);
        }
        if chunk.rows() == 0 {
            return Ok(());
        }
        if self.parts.order.is_empty() {
            self.waiting.chunks.push_back(chunk);
            return Ok(());
        }
        let columns = self.parts.order.iter().map(|key| eval::evaluate(&key.expr, context, &chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for row in 0..chunk.rows() {
            let mut key = Vec::new();
            write_sort_key(&self.parts.order, &columns, row, &mut key);
            let values = (0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect();
            self.waiting.heap.push(Reverse(Row { key, number: self.waiting.count, values }));
            self.waiting.count += 1;
        }
        Ok(())
    }

    /// Takes the next rows out of the queue: as many as may go through the steps together.
    fn dequeue(&mut self) -> Option<Chunk> {
        if let Some(Reverse(row)) = self.waiting.heap.pop() {
            let column = |value| crate::chunk::Column::constant(value, 1).into();
            return Some(Chunk::new(row.values.into_iter().map(column).collect(), 1));
        }
        if !self.parts.by_rows {
            return self.waiting.chunks.pop_front();
        }
        let first = self.waiting.chunks.front()?;
        let mut row = first.clone();
        row.slice(self.waiting.next, self.waiting.next + 1);
        self.waiting.next += 1;
        if self.waiting.next >= first.rows() {
            self.waiting.chunks.pop_front();
            self.waiting.next = 0;
        }
        Some(row)
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
        self.waiting = Waiting::default();
        self.seen.clear();
        self.given = None;
        self.wanted = 1;
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
            context.interrupt.check()?;
            if let Some(rows) = self.given.take() {
                self.step(context, rows)?;
            }
            let Some(rows) = self.dequeue() else { break };
            self.give(&rows, out);
            self.given = Some(rows);
        }
        self.wanted = (self.wanted * 2).min(CHUNK_ROWS / 2);
        Ok(out.rows() > 0)
    }
}
