//! Recursions whose step only filters and computes: the queue is one growing chunk, and each row is computed from one
//! before it without any operator in between. What counts up to a number is of this kind.

use helios_core::{Result, Value};

use super::eval::one_row::find;
use super::{BoxedOperator, Context, Operator};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct RowRecursion {
    first: BoxedOperator,
    /// What a row has to meet to have another one made of it, and the values of that.
    conditions: Vec<Expr>,
    values: Vec<Expr>,
    /// The queue: rows before `given` were handed out, rows before `stepped` have been through the step.
    queue: Chunk,
    given: usize,
    stepped: usize,
    /// How many rows are collected before they are given.
    wanted: usize,
}

impl RowRecursion {
    pub(super) fn new(first: BoxedOperator, conditions: Vec<Expr>, values: Vec<Expr>) -> RowRecursion {
        let queue = Chunk::default();
        RowRecursion { first, conditions, values, queue, given: 0, stepped: 0, wanted: 1 }
    }

    /// Makes a row of the next one that has not been through the step.
    fn step(&mut self, context: &Context, made: &mut Vec<Value>) {
        let row = self.stepped;
        self.stepped += 1;
        let holds = |condition: &Expr| {
            find(condition, context, &self.queue, row).and_then(|found| found.get().truth()) == Some(true)
        };
        if !self.conditions.iter().all(holds) {
            return;
        }
        made.clear();
        let value = |expr: &Expr| find(expr, context, &self.queue, row).map(|found| found.get().to_value());
        made.extend(self.values.iter().map(|expr| value(expr).unwrap_or_default()));
        for (column, value) in self.queue.columns_mut().zip(&*made) {
            column.push(value.as_ref());
        }
        self.queue.set_rows(self.queue.rows() + 1);
    }

    /// Forgets rows that nobody needs any more.
    fn forget(&mut self) {
        let done = self.given.min(self.stepped);
        if done > 4 * CHUNK_ROWS {
            self.queue.slice(done, self.queue.rows());
            self.given -= done;
            self.stepped -= done;
        }
    }
}

impl Operator for RowRecursion {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.queue.reset(self.values.len());
        (self.given, self.stepped, self.wanted) = (0, 0, 1);
        self.first.open(context)?;
        let mut chunk = Chunk::default();
        while self.first.next(context, &mut chunk)? {
            // Value by value, so that columns of constants become columns that can grow.
            for (column, more) in self.queue.columns_mut().zip(chunk.columns()) {
                column.append(more);
            }
            self.queue.set_rows(self.queue.rows() + chunk.rows());
        }
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        context.interrupt.check_rows(1)?;
        self.forget();
        let mut made = Vec::with_capacity(self.values.len());
        let mut steps = 0;
        while self.queue.rows() - self.given < self.wanted && self.stepped < self.queue.rows() {
            self.step(context, &mut made);
            steps += 1;
            if steps % CHUNK_ROWS == 0 {
                context.interrupt.check()?;
            }
        }
        let end = self.queue.rows().min(self.given + self.wanted);
        let rows: Vec<u32> = (self.given as u32..end as u32).collect();
        out.reset(self.values.len());
        out.append_rows(&self.queue, &rows);
        self.given = end;
        self.wanted = (self.wanted * 2).min(CHUNK_ROWS);
        Ok(out.rows() > 0)
    }

    fn close(&mut self) {
        self.queue = Chunk::default();
        self.first.close();
    }
}
