//! Chunks that can be taken apart into rows.
//!
//! In: an operator's chunks. Out: the same rows, a chunk at a time, or one at a time:
//! - always, where the program sees when a row is worked on, because functions of its own are called with it;
//! - where the work on a chunk has failed, so that the rows before the one that is to blame are given before the error.

use helios_core::{Error, ErrorKind, Result};

use super::{BoxedOperator, Context};
use crate::chunk::Chunk;
use crate::plan::{Expr, Function};

#[derive(Debug)]
pub(super) struct Split {
    input: BoxedOperator,
    is_by_row: bool,
    /// What is to be worked on.
    rows: Chunk,
    /// A chunk that is taken apart, and its next row.
    whole: Chunk,
    next: usize,
}

impl Split {
    /// The rows of `input` for work on `exprs`.
    pub(super) fn new<'e>(input: BoxedOperator, mut exprs: impl Iterator<Item = &'e Expr>) -> Split {
        let is_by_row = exprs.any(calls_program);
        Split { input, is_by_row, rows: Chunk::default(), whole: Chunk::default(), next: 0 }
    }

    pub(super) fn open(&mut self, context: &mut Context) -> Result<()> {
        self.whole.reset(0);
        self.next = 0;
        self.input.open(context)
    }

    pub(super) fn close(&mut self) {
        self.input.close();
    }

    /// What [`Split::next`] has found.
    pub(super) fn rows(&self) -> &Chunk {
        &self.rows
    }

    /// The same, to take it.
    pub(super) fn rows_mut(&mut self) -> &mut Chunk {
        &mut self.rows
    }

    /// Goes on to the next rows, if there are any.
    #[inline]
    pub(super) fn next(&mut self, context: &mut Context) -> Result<bool> {
        if self.next == self.whole.rows() {
            if !self.input.next(context, &mut self.rows)? {
                return Ok(false);
            }
            if !self.is_by_row || self.rows.rows() < 2 {
                return Ok(true);
            }
            self.take_apart();
        }
        self.take_row();
        Ok(true)
    }

    /// After an error with these rows: whether they come again one at a time. No row is to blame for an interrupt.
    pub(super) fn retry(&mut self, error: &Error) -> bool {
        let can_split = self.rows.rows() > 1 && error.kind() != ErrorKind::Interrupted;
        if can_split {
            self.take_apart();
        }
        can_split
    }

    fn take_apart(&mut self) {
        std::mem::swap(&mut self.whole, &mut self.rows);
        self.next = 0;
    }

    fn take_row(&mut self) {
        self.rows.drop_columns();
        for column in self.whole.columns() {
            self.rows.push_gathered(column, &[self.next as u32]);
        }
        self.rows.set_rows(1);
        self.next += 1;
    }
}

/// Whether an expression calls a function of the program.
pub(crate) fn calls_program(expr: &Expr) -> bool {
    expr.any(&mut |part| matches!(part, Expr::Call { function: Function::Program(_), .. }))
}
