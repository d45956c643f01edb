//! Rows of the right side in memory, found by their keys.

use std::sync::Arc;

use helios_core::Result;

use super::table::{END, Table};
use super::{Conditions, combine};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::exec::{Context, eval};

/// So many pairs are looked up at once, and those of one left row more.
const PAIRS: usize = 8 * CHUNK_ROWS;
/// Bytes of the hash table for a row.
const ROW_BYTES: usize = 48;

/// Bytes that these rows take with their hash table, about.
pub(super) fn memory(rows: &Chunk) -> usize {
    rows.memory() + rows.rows() * ROW_BYTES
}

/// Right rows.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) rows: Chunk,
    table: Table,
    /// Rows that had a partner, if anybody wants to know.
    matched: Vec<bool>,
}

impl Inner {
    pub(super) fn new(conditions: &Conditions, rows: Chunk, context: &mut Context) -> Result<Inner> {
        let keys = conditions.right_columns(&rows, context)?;
        let table = Table::build(&keys, &conditions.right_keys, rows.rows());
        let matched = if conditions.keeps_right() { vec![false; rows.rows()] } else { Vec::new() };
        Ok(Inner { rows, table, matched })
    }

    /// Puts the pairs of left rows from `first` on in `pairs`, until they are many, and returns the next left row.
    pub(super) fn probe(
        &mut self,
        conditions: &Conditions,
        outer: &Chunk,
        keys: &[Arc<Column>],
        first: usize,
        pairs: &mut Vec<(u32, u32)>,
        context: &mut Context,
    ) -> Result<usize> {
        pairs.clear();
        let keeps_left = conditions.keeps_left() && conditions.residual.is_none();
        let rows = first..outer.rows();
        let end = self.table.probe(keys, &conditions.right_keys, rows, PAIRS, keeps_left, pairs);
        if let Some(residual) = &conditions.residual {
            let mut kept = Vec::new();
            let mut chunk = Chunk::default();
            for pairs in pairs.chunks(CHUNK_ROWS) {
                context.interrupt.check()?;
                combine(outer, &self.rows, pairs, &mut chunk);
                let taken = eval::true_rows(&*eval::evaluate(residual, context, &chunk)?);
                kept.extend(taken.into_iter().map(|place| pairs[place as usize]));
            }
            *pairs = if conditions.keeps_left() { with_lone_rows(&kept, first..end) } else { kept };
        }
        if !self.matched.is_empty() {
            for &(_, right) in pairs.iter().filter(|(_, right)| *right != END) {
                self.matched[right as usize] = true;
            }
        }
        Ok(end)
    }

    /// The rows from `from` to before `to` that had no partner.
    pub(super) fn unmatched(&self, from: usize, to: usize) -> Vec<u32> {
        (from as u32..to as u32).filter(|&row| !self.matched[row as usize]).collect()
    }
}

/// Pairs, with left rows put back that have none.
fn with_lone_rows(pairs: &[(u32, u32)], rows: std::ops::Range<usize>) -> Vec<(u32, u32)> {
    let mut all = Vec::with_capacity(pairs.len());
    let mut pairs = pairs.iter().copied().peekable();
    for row in rows.start as u32..rows.end as u32 {
        let before = all.len();
        while let Some(pair) = pairs.next_if(|pair| pair.0 == row) {
            all.push(pair);
        }
        if all.len() == before {
            all.push((row, END));
        }
    }
    all
}
