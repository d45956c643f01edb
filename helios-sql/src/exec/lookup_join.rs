//! A join that looks up the right side's rows for each row of the left: by rowid or by an index.
//!
//! Rows of the right side are collected for many rows of the left before pairs are made of them, so that what the left
//! side's columns and the other conditions cost is paid by the chunk.

use std::sync::Arc;

use helios_core::Result;

use super::hash_join::{END, combine};
use super::{BoxedOperator, Context, Operator, eval};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
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
    slots: Vec<(usize, Arc<Column>)>,
    /// The left row that is looked up next, or whose rows are being read.
    row: usize,
    /// Whether the right side still has rows for that one.
    is_open: bool,
    /// Whether the left row of the last pairs that were checked has had a partner.
    has_partner: bool,
    /// Rows of the right side, with the left row of each in `pairs`.
    found: Chunk,
    pairs: Vec<(u32, u32)>,
    inner: Chunk,
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
        LookupJoin {
            kind,
            left,
            right,
            outer,
            residual,
            right_width,
            chunk: Chunk::default(),
            slots: Vec::new(),
            row: 0,
            is_open: false,
            has_partner: false,
            found: Chunk::default(),
            pairs: Vec::new(),
            inner: Chunk::default(),
        }
    }

    /// Reads the next rows of the left side.
    fn next_left(&mut self, context: &mut Context) -> Result<bool> {
        self.slots.clear();
        self.row = 0;
        if !self.left.next(context, &mut self.chunk)? {
            return Ok(false);
        }
        for (slot, expr) in &self.outer {
            self.slots.push((*slot, eval::evaluate(expr, context, &self.chunk)?));
        }
        Ok(true)
    }

    /// Collects rows of the right side until there are enough or the left rows are at their end.
    fn collect(&mut self, context: &mut Context) -> Result<()> {
        self.found.reset(self.right_width);
        self.pairs.clear();
        while self.row < self.chunk.rows() && self.found.rows() < CHUNK_ROWS {
            if !self.is_open {
                for (slot, column) in &self.slots {
                    context.outer[*slot] = column.get(self.row).to_value();
                }
                self.right.open(context)?;
                self.is_open = true;
            }
            if self.right.next(context, &mut self.inner)? {
                let before = self.found.rows() as u32;
                self.found.append(&self.inner);
                let left = self.row as u32;
                self.pairs.extend((before..self.found.rows() as u32).map(|right| (left, right)));
            } else {
                self.is_open = false;
                if self.kind == JoinKind::Left {
                    self.pairs.push((self.row as u32, END));
                }
                self.row += 1;
            }
        }
        Ok(())
    }

    /// Takes out the pairs that do not meet the other conditions, and of a LEFT JOIN what stands for no partner where
    /// there was one.
    fn check(&mut self, context: &mut Context) -> Result<()> {
        if let Some(residual) = &self.residual {
            let real: Vec<(u32, u32)> =
                self.pairs.iter().copied().filter(|(_, right)| *right != END).collect();
            let mut chunk = Chunk::default();
            combine(&self.chunk, &self.found, &real, &mut chunk);
            let mut meets = vec![false; self.found.rows()];
            for place in eval::true_rows(&*eval::evaluate(residual, context, &chunk)?) {
                meets[real[place as usize].1 as usize] = true;
            }
            self.pairs.retain(|(_, right)| *right == END || meets[*right as usize]);
        }
        if self.kind == JoinKind::Left {
            let has_partner = &mut self.has_partner;
            self.pairs.retain(|(_, right)| {
                if *right == END {
                    return !std::mem::replace(has_partner, false);
                }
                *has_partner = true;
                true
            });
        }
        Ok(())
    }
}

impl Operator for LookupJoin {
    fn open(&mut self, context: &mut Context) -> Result<()> {
        self.chunk.reset(0);
        self.row = 0;
        self.is_open = false;
        self.has_partner = false;
        self.left.open(context)
    }

    fn next(&mut self, context: &mut Context, out: &mut Chunk) -> Result<bool> {
        loop {
            context.interrupt.check_rows(self.row.max(1))?;
            if self.row >= self.chunk.rows() && !self.next_left(context)? {
                return Ok(false);
            }
            self.collect(context)?;
            self.check(context)?;
            if !self.pairs.is_empty() {
                combine(&self.chunk, &self.found, &self.pairs, out);
                return Ok(true);
            }
        }
    }

    fn close(&mut self) {
        self.left.close();
        self.right.close();
    }
}
