//! Rows for which a condition is true.

use helios_core::Result;

use super::split::Split;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Filter {
    input: Split,
    condition: Expr,
}

impl Filter {
    pub(super) fn new(input: BoxedOperator, condition: Expr) -> Filter {
        Filter { input: Split::new(input, std::iter::once(&condition)), condition }
    }
}

impl Operator for Filter {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.input.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while self.input.next(context)? {
            let condition = match eval::evaluate(&self.condition, context, self.input.rows()) {
                Ok(condition) => condition,
                Err(error) if !self.input.retry(&error) => return Err(error),
                Err(_) => continue,
            };
            std::mem::swap(out, self.input.rows_mut());
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
