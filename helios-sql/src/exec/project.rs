//! Expressions over each row.

use helios_core::Result;

use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Project {
    input: BoxedOperator,
    exprs: Vec<Expr>,
    chunk: Chunk,
}

impl Project {
    pub(super) fn new(input: BoxedOperator, exprs: Vec<Expr>) -> Project {
        Project { input, exprs, chunk: Chunk::default() }
    }
}

impl Operator for Project {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        // The columns that the last chunk shared with its input go first, so that the input can use their memory again.
        out.drop_columns();
        if !self.input.next(context, &mut self.chunk)? {
            return Ok(false);
        }
        for expr in &self.exprs {
            out.push_column(eval::evaluate(expr, context, &self.chunk)?);
        }
        out.set_rows(self.chunk.rows());
        Ok(true)
    }

    fn close(&mut self) {
        self.input.close();
    }
}
