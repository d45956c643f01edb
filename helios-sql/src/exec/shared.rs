//! Rows of a query that several places use, and the queue of a recursion.
//!
//! The query behind [`Shared`] runs as far as any of its readers has asked; what it gave is kept until its answer no
//! longer holds.

use std::sync::Arc;

use helios_core::Result;
use parking_lot::Mutex;

use super::{Context, Operator, subquery};
use crate::chunk::Chunk;

/// A reader of a shared query.
#[derive(Debug)]
pub(super) struct Shared {
    number: usize,
    /// Positions of the columns that are read.
    columns: Vec<usize>,
    next: usize,
    chunk: Chunk,
}

impl Shared {
    pub(super) fn new(number: usize, columns: Vec<usize>) -> Shared {
        Shared { number, columns, next: 0, chunk: Chunk::default() }
    }
}

impl Operator for Shared {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.next = 0;
        subquery::open_rows(self.number, context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if !subquery::rows(self.number, self.next, context, &mut self.chunk)? {
            return Ok(false);
        }
        self.next += 1;
        pick(&self.chunk, &self.columns, out);
        Ok(true)
    }

    fn close(&mut self) {
        self.chunk = Chunk::default();
    }
}

/// Fills `out` with some columns of `chunk`.
fn pick(chunk: &Chunk, columns: &[usize], out: &mut Chunk) {
    out.drop_columns();
    for &column in columns {
        out.push_column(chunk.column(column).clone());
    }
    out.set_rows(chunk.rows());
}

/// Where a recursion puts the rows that its steps work on.
pub(super) type Cell = Arc<Mutex<Chunk>>;

/// The rows that a step of a recursion works on.
#[derive(Debug)]
pub(super) struct Queue {
    cell: Cell,
    columns: Vec<usize>,
    is_done: bool,
}

impl Queue {
    pub(super) fn new(cell: Cell, columns: Vec<usize>) -> Queue {
        Queue { cell, columns, is_done: false }
    }
}

impl Operator for Queue {
    fn open(&mut self, _: &mut Context) -> Result<()> {
        self.is_done = false;
        Ok(())
    }

    fn next(&mut self, _: &mut Context, out: &mut Chunk) -> Result<bool> {
        if std::mem::replace(&mut self.is_done, true) {
            return Ok(false);
        }
        pick(&self.cell.lock(), &self.columns, out);
        Ok(out.rows() > 0)
    }

    fn close(&mut self) {}
}
