//! Rows for which a condition is true.

use helios_core::Result;

use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Filter {
    input: BoxedOperator,
    condition: Expr,
}

impl Filter {
    pub(super) fn new(input: BoxedOperator, condition: Expr) -> Filter {
        Filter { input, condition }
    }
}

impl Operator for Filter {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while self.input.next(context, out)? {
            let condition = eval::evaluate(&self.condition, context, out)?;
            out.select(&eval::true_rows(&condition));
            if out.rows() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn close(&mut self) {
        self.input.close();
    }
}
