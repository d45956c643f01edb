//! Rows, if a condition is true that has nothing to do with them.
//!
//! It is looked at once, before the input is opened: a query inside of others may have one that differs each time, over
//! rows that cost much.

use helios_core::Result;

use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::Chunk;
use crate::plan::Expr;

#[derive(Debug)]
pub(super) struct Gate {
    input: BoxedOperator,
    condition: Expr,
    is_open: bool,
}

impl Gate {
    pub(super) fn new(input: BoxedOperator, condition: Expr) -> Gate {
        Gate { input, condition, is_open: false }
    }

    /// Whether a condition can be looked at without rows. One that runs a query may never be needed.
    pub(super) fn suits(condition: &Expr) -> bool {
        let mut has_columns = false;
        condition.for_each_column(&mut |_| has_columns = true);
        let depends_on_rows = |part: &Expr| match part {
            Expr::Call { function, .. } => function.is_volatile(),
            Expr::Raise(..) => true,
            _ => false,
        };
        !has_columns && !condition.has_subquery() && !condition.any(&mut |part| depends_on_rows(part))
    }
}

impl Operator for Gate {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.is_open = eval::constant(&self.condition, context)?.as_ref().truth() == Some(true);
        if self.is_open { self.input.open(context) } else { Ok(()) }
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if self.is_open { self.input.next(context, out) } else { Ok(false) }
    }

    fn close(&mut self) {
        self.input.close();
    }
}
