//! Expressions over each row.

use helios_core::Result;

use super::split::Split;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Project {
    input: Split,
    exprs: Vec<Expr>,
}

impl Project {
    pub(super) fn new(input: BoxedOperator, exprs: Vec<Expr>) -> Project {
        Project { input: Split::new(input, exprs.iter()), exprs }
    }

    fn evaluate(&self, context: &mut Context, out: &mut Chunk) -> Result<()> {
        for expr in &self.exprs {
            out.push_column(eval::evaluate(expr, context, self.input.rows())?);
        }
        out.set_rows(self.input.rows().rows());
        Ok(())
    }
}

impl Operator for Project {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        loop {
            // The columns that the last chunk shared with its input go first, so that the input can use their memory
            // again.
            out.drop_columns();
            if !self.input.next(context)? {
                return Ok(false);
            }
            match self.evaluate(context, out) {
                Ok(()) => return Ok(true),
                Err(error) if !self.input.retry(&error) => return Err(error),
                Err(_) => {}
            }
        }
    }

    fn close(&mut self) {
        self.input.close();
    }
}
