//! A join that looks at every pair: for conditions that are no equality.

use helios_core::Result;

use super::{BoxedOperator, Context, Operator, drain, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::plan::{Expr, JoinKind};

#[derive(Debug)]
pub(super) struct NestedJoin {
    kind: JoinKind,
    left: BoxedOperator,
    right: BoxedOperator,
    condition: Option<Expr>,
    left_width: usize,
    right_width: usize,
    /// All rows of the right side, in one chunk.
    inner: Chunk,
    /// Rows of the right side that had a partner.
    matched: Vec<bool>,
    outer: Chunk,
    row: usize,
    /// How far the right side has been looked at for the current left row, and whether that had a partner.
    inner_row: usize,
    has_partner: bool,
    /// The next right row to give without a partner, once the left side is at its end.
    unmatched: Option<usize>,
}

impl NestedJoin {
    pub(super) fn new(
        kind: JoinKind,
        left: BoxedOperator,
        right: BoxedOperator,
        condition: Option<Expr>,
        widths: (usize, usize),
    ) -> NestedJoin {
        NestedJoin {
            kind,
            left,
            right,
            condition,
            left_width: widths.0,
            right_width: widths.1,
            inner: Chunk::default(),
            matched: Vec::new(),
            outer: Chunk::default(),
            row: 0,
            inner_row: 0,
            has_partner: false,
            unmatched: None,
        }
    }

    /// Pairs of the current left row with a piece of the right side that meet the condition.
    fn pairs(&mut self, context: &mut Context, out: &mut Chunk) -> Result<()> {
        let end = self.inner.rows().min(self.inner_row + CHUNK_ROWS);
        let rows: Vec<u32> = (self.inner_row as u32..end as u32).collect();
        self.inner_row = end;
        out.drop_columns();
        for column in self.outer.columns() {
            out.push_column(std::sync::Arc::new(Column::constant(
                column.get(self.row).to_value(),
                rows.len(),
            )));
        }
        for column in self.inner.columns() {
            let mut part = Column::default();
            part.gather(column, &rows);
            out.push_column(std::sync::Arc::new(part));
        }
        out.set_rows(rows.len());
        let taken = match &self.condition {
            Some(condition) => eval::true_rows(&*eval::evaluate(condition, context, out)?),
            None => (0..rows.len() as u32).collect(),
        };
        for &place in &taken {
            self.matched[rows[place as usize] as usize] = true;
        }
        self.has_partner |= !taken.is_empty();
        out.select(&taken);
        Ok(())
    }
}

/// Fills `out` with one row of `chunk` and NULLs for the other side.
pub(super) fn lone_rows(
    chunk: &Chunk,
    rows: &[u32],
    nulls_before: usize,
    nulls_after: usize,
    out: &mut Chunk,
) {
    out.drop_columns();
    let null = std::sync::Arc::new(Column::constant(helios_core::Value::Null, rows.len()));
    (0..nulls_before).for_each(|_| out.push_column(null.clone()));
    for column in chunk.columns() {
        let mut part = Column::default();
        part.gather(column, rows);
        out.push_column(std::sync::Arc::new(part));
    }
    (0..nulls_after).for_each(|_| out.push_column(null.clone()));
    out.set_rows(rows.len());
}

impl Operator for NestedJoin {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.inner = Chunk::default();
        self.inner.reset(self.right_width);
        let inner = &mut self.inner;
        drain(&mut *self.right, context, |chunk| {
            let rows: Vec<u32> = (0..chunk.rows() as u32).collect();
            inner.append_rows(chunk, &rows);
            Ok(())
        })?;
        self.matched = vec![false; self.inner.rows()];
        self.outer.reset(0);
        (self.row, self.inner_row, self.has_partner, self.unmatched) = (0, 0, true, None);
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while self.unmatched.is_none() {
            context.interrupt.check()?;
            if self.row >= self.outer.rows() {
                if !self.left.next(context, &mut self.outer)? {
                    self.unmatched = Some(0);
                    break;
                }
                (self.row, self.inner_row, self.has_partner) = (0, 0, false);
            }
            if self.inner_row < self.inner.rows() {
                self.pairs(context, out)?;
                if out.rows() > 0 {
                    return Ok(true);
                }
                continue;
            }
            let alone = !self.has_partner && matches!(self.kind, JoinKind::Left | JoinKind::Full);
            let row = self.row as u32;
            (self.row, self.inner_row, self.has_partner) = (self.row + 1, 0, false);
            if alone {
                lone_rows(&self.outer, &[row], 0, self.right_width, out);
                return Ok(true);
            }
        }
        self.give_unmatched(out)
    }
}

impl NestedJoin {
    fn give_unmatched(&mut self, out: &mut Chunk) -> Result<bool> {
        if !matches!(self.kind, JoinKind::Right | JoinKind::Full) {
            return Ok(false);
        }
        let from = self.unmatched.unwrap_or(0);
        let end = self.matched.len().min(from + CHUNK_ROWS);
        let rows: Vec<u32> = (from as u32..end as u32).filter(|&row| !self.matched[row as usize]).collect();
        self.unmatched = Some(end);
        if rows.is_empty() {
            return if end == self.matched.len() { Ok(false) } else { self.give_unmatched(out) };
        }
        lone_rows(&self.inner, &rows, self.left_width, 0, out);
        Ok(true)
    }
}
