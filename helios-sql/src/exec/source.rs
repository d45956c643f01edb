//! Rows out of nothing: one row, none, VALUES.

use helios_core::Result;

use super::{Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::plan::Expr;

/// One row without columns.
#[derive(Debug, Default)]
pub(super) struct OneRow {
    done: bool,
}

impl Operator for OneRow {
    fn open(&mut self, _: &mut Context) -> Result<()> {
        self.done = false;
        Ok(())
    }

    fn next(&mut self, _: &mut Context, out: &mut Chunk) -> Result<bool> {
        out.reset(0);
        out.set_rows(1);
        Ok(!std::mem::replace(&mut self.done, true))
    }

    fn close(&mut self) {}
}

/// One row for each parameter set, with the parameters as its columns.
#[derive(Debug, Default)]
pub(super) struct ParameterRows {
    done: bool,
}

impl Operator for ParameterRows {
    fn open(&mut self, _: &mut Context) -> Result<()> {
        self.done = false;
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        out.clone_from(&context.parameters);
        Ok(!std::mem::replace(&mut self.done, true) && out.rows() > 0)
    }

    fn close(&mut self) {}
}

/// No rows.
#[derive(Debug, Default)]
pub(super) struct Empty;

impl Operator for Empty {
    fn open(&mut self, _: &mut Context) -> Result<()> {
        Ok(())
    }

    fn next(&mut self, _: &mut Context, _: &mut Chunk) -> Result<bool> {
        Ok(false)
    }

    fn close(&mut self) {}
}

/// Rows of expressions without columns.
#[derive(Debug)]
pub(super) struct Values {
    rows: Vec<Vec<Expr>>,
    width: usize,
    next: usize,
}

impl Values {
    pub(super) fn new(rows: Vec<Vec<Expr>>, width: usize) -> Values {
        Values { rows, width, next: 0 }
    }
}

impl Operator for Values {
    fn open(&mut self, _: &mut Context) -> Result<()> {
        self.next = 0;
        Ok(())
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        out.reset(self.width);
        let end = self.rows.len().min(self.next + CHUNK_ROWS);
        let rows = &self.rows[self.next..end];
        for row in rows {
            for (position, expr) in row.iter().enumerate() {
                let value = eval::constant(expr, context)?;
                out.column_mut(position).push(value.as_ref());
            }
        }
        out.set_rows(rows.len());
        self.next = end;
        Ok(out.rows() > 0)
    }

    fn close(&mut self) {}
}
