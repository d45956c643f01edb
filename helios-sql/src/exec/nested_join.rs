//! A join that looks at every pair: for conditions that are no equality.
//!
//! The right side is read once, when the left one has its first row: without any, an error in it is nobody's.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::{BoxedOperator, Context, Operator, drain, eval};
use crate::chunk::{Chunk, Column};
use crate::plan::{Expr, JoinKind};
use crate::spill::ChunkList;

#[derive(Debug)]
pub(super) struct NestedJoin {
    kind: JoinKind,
    left: BoxedOperator,
    right: BoxedOperator,
    condition: Option<Expr>,
    left_width: usize,
    right_width: usize,
    /// All rows of the right side, in pieces.
    inner: Option<ChunkList>,
    /// Rows of the right side that had a partner.
    matched: Vec<bool>,
    outer: Chunk,
    row: usize,
    /// The next piece to look at for the current left row, the number of its first row, and whether that left row had a
    /// partner.
    piece: usize,
    first: usize,
    has_partner: bool,
    /// Whether the left side is at its end, so that right rows without a partner come.
    is_at_end: bool,
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
            inner: None,
            matched: Vec::new(),
            outer: Chunk::default(),
            row: 0,
            piece: 0,
            first: 0,
            has_partner: false,
            is_at_end: false,
        }
    }

    /// Reads the right side, unless it has been read.
    fn collect(&mut self, context: &mut Context) -> Result<()> {
        if self.inner.is_none() {
            let mut inner = ChunkList::new(&context.workspace());
            drain(&mut *self.right, context, |chunk| inner.append(std::mem::take(chunk)))?;
            self.matched = if self.keeps_right() { vec![false; inner.rows()] } else { Vec::new() };
            self.inner = Some(inner);
        }
        Ok(())
    }

    /// Fills `out` with the next piece of the right side, and returns the number of its first row; `None` at the end.
    fn next_piece(&mut self, out: &mut Chunk) -> Result<Option<usize>> {
        let Some(inner) = &mut self.inner else { return Ok(None) };
        if !inner.get(self.piece, out)? {
            return Ok(None);
        }
        let first = self.first;
        self.piece += 1;
        self.first += out.rows();
        Ok(Some(first))
    }

    /// Pairs of the current left row with a piece of the right side that meet the condition; `false` after the last.
    fn pairs(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        let mut inner = Chunk::default();
        let Some(first) = self.next_piece(&mut inner)? else { return Ok(false) };
        out.drop_columns();
        for column in self.outer.columns() {
            let value = column.get(self.row).to_value();
            out.push_column(Arc::new(Column::constant(value, inner.rows())));
        }
        inner.columns().iter().for_each(|column| out.push_column(column.clone()));
        out.set_rows(inner.rows());
        let taken = match &self.condition {
            Some(condition) => eval::true_rows(&*eval::evaluate(condition, context, out)?),
            None => (0..inner.rows() as u32).collect(),
        };
        if self.keeps_right() {
            taken.iter().for_each(|&place| self.matched[first + place as usize] = true);
        }
        self.has_partner |= !taken.is_empty();
        out.select(&taken);
        Ok(true)
    }

    fn keeps_right(&self) -> bool {
        matches!(self.kind, JoinKind::Right | JoinKind::Full)
    }

    fn begin_pieces(&mut self) {
        (self.piece, self.first, self.has_partner) = (0, 0, false);
    }

    /// Right rows without a partner.
    fn give_unmatched(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        if !self.keeps_right() {
            return Ok(false);
        }
        self.collect(context)?;
        let mut inner = Chunk::default();
        while let Some(first) = self.next_piece(&mut inner)? {
            let is_alone = |row: &u32| !self.matched[first + *row as usize];
            let rows: Vec<u32> = (0..inner.rows() as u32).filter(is_alone).collect();
            if !rows.is_empty() {
                lone_rows(&inner, &rows, self.left_width, 0, out);
                return Ok(true);
            }
        }
        Ok(false)
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
    let null = Arc::new(Column::constant(Value::Null, rows.len()));
    (0..nulls_before).for_each(|_| out.push_column(null.clone()));
    for column in chunk.columns() {
        let mut part = Column::default();
        part.gather(column, rows);
        out.push_column(Arc::new(part));
    }
    (0..nulls_after).for_each(|_| out.push_column(null.clone()));
    out.set_rows(rows.len());
}

impl Operator for NestedJoin {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.inner = None;
        self.outer.reset(0);
        (self.row, self.is_at_end) = (0, false);
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        while !self.is_at_end {
            context.interrupt.check_rows(1)?;
            if self.row >= self.outer.rows() {
                self.begin_pieces();
                self.row = 0;
                if !self.left.next(context, &mut self.outer)? {
                    self.is_at_end = true;
                    break;
                }
                self.collect(context)?;
            }
            if self.pairs(context, out)? {
                if out.rows() > 0 {
                    return Ok(true);
                }
                continue;
            }
            let alone = !self.has_partner && matches!(self.kind, JoinKind::Left | JoinKind::Full);
            let row = self.row as u32;
            self.row += 1;
            self.begin_pieces();
            if alone {
                lone_rows(&self.outer, &[row], 0, self.right_width, out);
                return Ok(true);
            }
        }
        self.give_unmatched(context, out)
    }

    fn close(&mut self) {
        self.inner = None;
        self.matched = Vec::new();
        self.left.close();
        self.right.close();
    }
}
