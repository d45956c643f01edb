//! A join that looks up the right side's rows for each row of the left: by rowid or by an index.

use helios_core::Result;

use super::nested_join::lone_rows;
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk};
use crate::plan::{Expr, JoinKind};

#[derive(Debug)]
pub(super) struct LookupJoin {
    kind: JoinKind,
    left: BoxedOperator,
    /// A scan whose access mentions values of the left row, by slot.
    right: BoxedOperator,
    /// What the left row puts into which slot.
    outer: Vec<(usize, Expr)>,
    residual: Option<Expr>,
    right_width: usize,
    chunk: Chunk,
    slots: Vec<(usize, std::sync::Arc<crate::chunk::Column>)>,
    row: usize,
}

impl LookupJoin {
    pub(super) fn new(
        kind: JoinKind,
        left: BoxedOperator,
        right: BoxedOperator,
        outer: Vec<(usize, Expr)>,
        residual: Option<Expr>,
        right_width: usize,
    ) -> LookupJoin {
        let chunk = Chunk::default();
        LookupJoin { kind, left, right, outer, residual, right_width, chunk, slots: Vec::new(), row: 0 }
    }

    /// Appends the pairs of the current left row to `out`.
    fn look_up(&mut self, context: &mut Context, out: &mut Chunk) -> Result<()> {
        for (slot, column) in &self.slots {
            context.outer[*slot] = column.get(self.row).to_value();
        }
        let mut found = false;
        let mut inner = Chunk::default();
        self.right.open(context)?;
        while self.right.next(context, &mut inner)? {
            let mut pairs = Chunk::default();
            let left = vec![self.row as u32; inner.rows()];
            for column in self.chunk.columns() {
                pairs.push_gathered(column, &left);
            }
            for column in inner.columns() {
                pairs.push_column(column.clone());
            }
            pairs.set_rows(inner.rows());
            if let Some(residual) = &self.residual {
                let condition = eval::evaluate(residual, context, &pairs)?;
                pairs.select(&eval::true_rows(&condition));
            }
            found |= pairs.rows() > 0;
            let rows: Vec<u32> = (0..pairs.rows() as u32).collect();
            out.append_rows(&pairs, &rows);
        }
        if !found && self.kind == JoinKind::Left {
            let mut alone = Chunk::default();
            lone_rows(&self.chunk, &[self.row as u32], 0, self.right_width, &mut alone);
            out.append_rows(&alone, &[0]);
        }
        Ok(())
    }
}

impl Operator for LookupJoin {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.chunk.reset(0);
        self.row = 0;
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let mut width = self.chunk.width() + self.right_width;
        out.reset(width);
        loop {
            if self.row >= self.chunk.rows() {
                if out.rows() > 0 {
                    return Ok(true);
                }
                context.interrupt.check()?;
                self.slots.clear();
                if !self.left.next(context, &mut self.chunk)? {
                    return Ok(false);
                }
                for (slot, expr) in &self.outer {
                    self.slots.push((*slot, eval::evaluate(expr, context, &self.chunk)?));
                }
                self.row = 0;
                width = self.chunk.width() + self.right_width;
                out.reset(width);
            }
            self.look_up(context, out)?;
            self.row += 1;
            if out.rows() >= CHUNK_ROWS {
                return Ok(true);
            }
        }
    }

    fn close(&mut self) {
        self.left.close();
        self.right.close();
    }
}
