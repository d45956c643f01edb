//! Window functions: values over the rows around each row.
//!
//! The input comes sorted by the window's partition and order. One partition at a time is read; for each function a
//! column is computed over it, and its rows are given with those columns at the end. Only what the functions look at stays
//! in memory meanwhile, keys and arguments: the rows wait in a queue that may be on disk.

mod aggregate;
mod frame;
mod function;

use std::sync::Arc;

use helios_core::Result;
use helios_core::value::Collation;

use super::key::{write_key, write_sort_key};
use super::sort::Key;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{Chunk, Column};
use crate::plan::{Expr, WindowCall, WindowKind};
use crate::spill::{Account, RowQueue};
use frame::Frames;

/// A call with its expressions over the input's columns.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) call: WindowCall,
}

#[derive(Debug)]
pub(super) struct Window {
    input: BoxedOperator,
    partition: Vec<(Expr, Collation)>,
    order: Vec<Key>,
    calls: Vec<Call>,
    /// Rows of the input; those before `taken` belong to partitions that were read.
    chunk: Chunk,
    taken: usize,
    /// What the functions look at, of the rows of a partition.
    seen: Seen,
    /// The values of the functions, and how many rows with them were given.
    values: Chunk,
    given: usize,
    held: Option<Held>,
}

/// What an execution holds: rows that wait for their values, and an account for what is in memory beside.
#[derive(Debug)]
struct Held {
    waiting: RowQueue,
    account: Account,
}

/// What functions look at.
#[derive(Debug, Default)]
struct Seen {
    rows: usize,
    /// The values of the order's keys.
    keys: Vec<Arc<Column>>,
    calls: Vec<SeenCall>,
}

/// What one function looks at.
#[derive(Debug, Default)]
struct SeenCall {
    arguments: Vec<Arc<Column>>,
    /// Whether each row counts, if not all do.
    counts: Option<Vec<bool>>,
}

/// The rows of a partition as the functions see them.
struct Partition<'a> {
    /// The number of each row's peer group, from 0 on.
    groups: Vec<u32>,
    /// Where each group begins, and after the last one the number of rows.
    starts: Vec<usize>,
    /// The values of the order's keys.
    keys: &'a [Arc<Column>],
    order: &'a [Key],
}

impl Partition<'_> {
    fn len(&self) -> usize {
        self.groups.len()
    }

    /// The rows of a row's peer group: the first, and the one after the last.
    fn peers(&self, row: usize) -> (usize, usize) {
        let group = self.groups[row] as usize;
        (self.starts[group], self.starts[group + 1])
    }
}

impl Seen {
    fn new(keys: usize, calls: &[Call]) -> Seen {
        let columns = |count: usize| std::iter::repeat_with(Arc::default).take(count).collect::<Vec<_>>();
        let seen = |call: &Call| SeenCall {
            arguments: columns(call.call.arguments.len()),
            counts: call.call.filter.is_some().then(Vec::new),
        };
        Seen { rows: 0, keys: columns(keys), calls: calls.iter().map(seen).collect() }
    }

    /// Bytes of memory.
    fn memory(&self) -> usize {
        let columns = self.keys.iter().chain(self.calls.iter().flat_map(|call| &call.arguments));
        let marks = self.calls.iter().flat_map(|call| &call.counts).map(Vec::len);
        columns.map(|column| column.memory()).chain(marks).sum()
    }
}

impl Window {
    pub(super) fn new(
        input: BoxedOperator,
        partition: Vec<(Expr, Collation)>,
        order: Vec<Key>,
        calls: Vec<Call>,
    ) -> Window {
        let (chunk, values, seen) = (Chunk::default(), Chunk::default(), Seen::default());
        Window { input, partition, order, calls, chunk, taken: 0, seen, values, given: 0, held: None }
    }

    /// Reads the next partition; `false` if there is none.
    fn read(&mut self, context: &mut Context) -> Result<bool> {
        self.seen = Seen::new(self.order.len(), &self.calls);
        let mut partition: Option<Vec<u8>> = None;
        loop {
            if self.taken == self.chunk.rows() {
                context.interrupt.check_rows(self.taken)?;
                self.taken = 0;
                if !self.input.next(context, &mut self.chunk)? {
                    self.chunk.reset(0);
                    return Ok(self.seen.rows > 0);
                }
            }
            let end = self.partition_end(context, &mut partition)?;
            if end > self.taken {
                let mut rows = self.chunk.clone();
                rows.slice(self.taken, end);
                self.see(&rows, context)?;
                if let Some(held) = &mut self.held {
                    held.account.hold(self.seen.memory());
                    held.waiting.push(rows)?;
                }
            }
            self.taken = end;
            if end < self.chunk.rows() {
                return Ok(true);
            }
        }
    }

    /// Notes what the functions look at of rows of the partition.
    fn see(&mut self, rows: &Chunk, context: &mut Context) -> Result<()> {
        for (key, column) in self.order.iter().zip(&mut self.seen.keys) {
            Arc::make_mut(column).append(&*eval::evaluate(&key.expr, context, rows)?);
        }
        for (Call { call }, seen) in self.calls.iter().zip(&mut self.seen.calls) {
            let taken = match &call.filter {
                Some(filter) => Some(eval::true_rows(&*eval::evaluate(filter, context, rows)?)),
                None => None,
            };
            for (argument, column) in call.arguments.iter().zip(&mut seen.arguments) {
                let values = eval::evaluate_taken(argument, context, rows, taken.as_deref())?;
                Arc::make_mut(column).append(&values);
            }
            if let (Some(counts), Some(taken)) = (&mut seen.counts, taken) {
                counts.extend(aggregate::marks(&taken, rows.rows()));
            }
        }
        self.seen.rows += rows.rows();
        Ok(())
    }

    /// The end of the chunk's rows that belong to the partition, which is that of the next row if it has not begun.
    fn partition_end(&self, context: &mut Context, partition: &mut Option<Vec<u8>>) -> Result<usize> {
        if self.partition.is_empty() {
            return Ok(self.chunk.rows());
        }
        let columns = self.partition.iter().map(|(key, _)| eval::evaluate(key, context, &self.chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let mut key = Vec::new();
        for row in self.taken..self.chunk.rows() {
            key.clear();
            let values = columns.iter().zip(&self.partition);
            write_key(values.map(|(column, (_, collation))| (column.get(row), collation)), &mut key);
            match partition {
                Some(partition) if *partition != key => return Ok(row),
                Some(_) => {}
                None => *partition = Some(key.clone()),
            }
        }
        Ok(self.chunk.rows())
    }

    /// Computes the values of the functions over a partition.
    fn compute(&mut self, context: &mut Context) -> Result<()> {
        let seen = std::mem::take(&mut self.seen);
        let (groups, starts) = peer_groups(&self.order, &seen.keys, seen.rows);
        let partition = Partition { groups, starts, keys: &seen.keys, order: &self.order };
        self.values.drop_columns();
        for (Call { call }, SeenCall { arguments, counts }) in self.calls.iter().zip(seen.calls) {
            context.interrupt.check_rows(seen.rows)?;
            let frames = |context: &mut Context| Frames::new(&call.frame, &partition, context);
            let column = match &call.function {
                WindowKind::Window(kind) => {
                    function::compute(*kind, &arguments, &partition, || frames(context))?
                }
                WindowKind::Aggregate(aggregate) => {
                    let frames = frames(context)?;
                    aggregate::compute(aggregate.clone(), &call.collation, &arguments, counts, &frames)?
                }
            };
            self.values.push_column(Arc::new(column));
        }
        self.values.set_rows(seen.rows);
        self.given = 0;
        if let Some(held) = &mut self.held {
            held.account.hold(self.values.memory());
        }
        Ok(())
    }

    /// The next rows of the partition with the values of the functions.
    fn give(&mut self, out: &mut Chunk) -> Result<bool> {
        let waiting = self.held.as_mut().map(|held| held.waiting.pop()).transpose()?.flatten();
        let Some(rows) = waiting else { return Ok(false) };
        let mut values = self.values.clone();
        values.slice(self.given, self.given + rows.rows());
        self.given += rows.rows();
        let count = rows.rows();
        *out = rows;
        values.columns().iter().for_each(|column| out.push_column(column.clone()));
        out.set_rows(count);
        Ok(true)
    }
}

/// The peer group of each row, and where each group begins.
fn peer_groups(order: &[Key], keys: &[Arc<Column>], rows: usize) -> (Vec<u32>, Vec<usize>) {
    if order.is_empty() {
        return (vec![0; rows], vec![0, rows]);
    }
    let mut groups = Vec::with_capacity(rows);
    let mut starts = Vec::new();
    let (mut key, mut last) = (Vec::new(), Vec::new());
    for row in 0..rows {
        key.clear();
        write_sort_key(order, keys, row, &mut key);
        if row == 0 || key != last {
            starts.push(row);
            std::mem::swap(&mut key, &mut last);
        }
        groups.push(starts.len() as u32 - 1);
    }
    starts.push(rows);
    (groups, starts)
}

impl Operator for Window {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.close();
        let workspace = context.workspace();
        self.held = Some(Held { waiting: RowQueue::new(&workspace), account: workspace.account() });
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if self.given == self.values.rows() {
            if !self.read(context)? {
                return Ok(false);
            }
            self.compute(context)?;
        }
        self.give(out)
    }

    fn close(&mut self) {
        self.chunk = Chunk::default();
        (self.seen, self.values) = (Seen::default(), Chunk::default());
        (self.taken, self.given) = (0, 0);
        self.held = None;
        self.input.close();
    }
}
