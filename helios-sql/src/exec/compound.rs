//! UNION ALL: the left rows and then the right ones.

use helios_core::Result;

use super::{BoxedOperator, Context, Operator};
use crate::chunk::Chunk;
use crate::stack::with_room;

/// UNION ALL.
#[derive(Debug)]
pub(super) struct UnionAll {
    left: BoxedOperator,
    right: BoxedOperator,
    on_right: bool,
}

impl UnionAll {
    pub(super) fn new(left: BoxedOperator, right: BoxedOperator) -> UnionAll {
        UnionAll { left, right, on_right: false }
    }
}

impl Operator for UnionAll {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.on_right = false;
        // The terms of a compound stand in each other, up to five hundred deep.
        with_room(|| self.left.open(context))
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if !self.on_right {
            if with_room(|| self.left.next(context, out))? {
                return Ok(true);
            }
            self.on_right = true;
            self.right.open(context)?;
        }
        self.right.next(context, out)
    }

    fn close(&mut self) {
        with_room(|| self.left.close());
        self.right.close();
    }
}
