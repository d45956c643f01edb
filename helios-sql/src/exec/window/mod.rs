//! Window functions: values over the rows around each row.
//!
//! The input comes sorted by the window's partition and order. One partition at a time is read; for each function a
//! column is computed over it, and its rows are given with those columns at the end.

mod aggregate;
mod frame;
mod function;

use std::sync::Arc;

use helios_core::Result;
use helios_core::value::Collation;

use super::key::{write_key, write_sort_key};
use super::sort::Key;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::plan::{Expr, WindowCall, WindowKind};
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
    width: usize,
    /// Rows of the input; those before `taken` belong to partitions that were read.
    chunk: Chunk,
    taken: usize,
    /// The rows of a partition with the values of the functions, and how many of them were given.
    rows: Chunk,
    given: usize,
}

/// The rows of a partition as the functions see them.
struct Partition<'a> {
    rows: &'a Chunk,
    /// The number of each row's peer group, from 0 on.
    groups: Vec<u32>,
    /// Where each group begins, and after the last one the number of rows.
    starts: Vec<usize>,
    /// The values of the order's keys.
    keys: Vec<Arc<Column>>,
    order: &'a [Key],
}

impl Partition<'_> {
    fn len(&self) -> usize {
        self.rows.rows()
    }

    /// The rows of a row's peer group: the first, and the one after the last.
    fn peers(&self, row: usize) -> (usize, usize) {
        let group = self.groups[row] as usize;
        (self.starts[group], self.starts[group + 1])
    }
}

impl Window {
    pub(super) fn new(
        input: BoxedOperator,
        partition: Vec<(Expr, Collation)>,
        order: Vec<Key>,
        calls: Vec<Call>,
        width: usize,
    ) -> Window {
        let (chunk, rows) = (Chunk::default(), Chunk::default());
        Window { input, partition, order, calls, width, chunk, taken: 0, rows, given: 0 }
    }

    /// Reads the next partition into `rows`; `false` if there is none.
    fn read(&mut self, context: &mut Context) -> Result<bool> {
        self.rows.reset(self.width);
        self.given = 0;
        let mut partition: Option<Vec<u8>> = None;
        loop {
            if self.taken == self.chunk.rows() {
                context.interrupt.check()?;
                self.taken = 0;
                if !self.input.next(context, &mut self.chunk)? {
                    self.chunk.reset(0);
                    return Ok(self.rows.rows() > 0);
                }
            }
            let end = self.partition_end(context, &mut partition)?;
            let taken: Vec<u32> = (self.taken as u32..end as u32).collect();
            self.rows.append_rows(&self.chunk, &taken);
            self.taken = end;
            if end < self.chunk.rows() {
                return Ok(true);
            }
        }
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

    /// Adds the values of the functions to the rows of a partition.
    fn compute(&mut self, context: &mut Context) -> Result<()> {
        let keys = self.order.iter().map(|key| eval::evaluate(&key.expr, context, &self.rows));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let (groups, starts) = peer_groups(&self.order, &keys, self.rows.rows());
        let partition = Partition { rows: &self.rows, groups, starts, keys, order: &self.order };
        let mut columns = Vec::with_capacity(self.calls.len());
        for Call { call } in &self.calls {
            context.interrupt.check()?;
            let taken = match &call.filter {
                Some(filter) => Some(eval::true_rows(&*eval::evaluate(filter, context, &self.rows)?)),
                None => None,
            };
            let arguments = call.arguments.iter();
            let arguments = arguments
                .map(|argument| eval::evaluate_taken(argument, context, &self.rows, taken.as_deref()));
            let arguments = arguments.collect::<Result<Vec<_>>>()?;
            let frames = Frames::new(&call.frame, &partition, context)?;
            columns.push(match &call.function {
                WindowKind::Window(kind) => function::compute(*kind, &arguments, &partition, &frames)?,
                WindowKind::Aggregate(aggregate) => {
                    let filter = taken.map(|rows| aggregate::marks(&rows, partition.len()));
                    aggregate::compute(aggregate.clone(), &call.collation, &arguments, filter, &frames)?
                }
            });
        }
        let rows = self.rows.rows();
        for column in columns {
            self.rows.push_column(Arc::new(column));
        }
        self.rows.set_rows(rows);
        Ok(())
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
        self.chunk.reset(0);
        self.rows.reset(0);
        self.taken = 0;
        self.given = 0;
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if self.given == self.rows.rows() {
            if !self.read(context)? {
                return Ok(false);
            }
            self.compute(context)?;
        }
        let end = self.rows.rows().min(self.given + CHUNK_ROWS);
        out.clone_from(&self.rows);
        out.slice(self.given, end);
        self.given = end;
        Ok(true)
    }

    fn close(&mut self) {
        self.rows = Chunk::default();
        self.chunk = Chunk::default();
        (self.taken, self.given) = (0, 0);
        self.input.close();
    }
}
