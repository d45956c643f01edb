//! Aggregates with an ORDER BY of their own: rows wait until all are there, and then go in in order, group by group.

use std::sync::Arc;

use helios_core::Result;

use super::accumulator::Accumulator;
use crate::chunk::{Chunk, Column, Strings};
use crate::exec::key::write_sort_key;
use crate::exec::sort::Key;
use crate::exec::{Context, eval};
use crate::plan::AggregateCall;
use crate::spill::{Sorted, Sorter, key_of};

/// The rows of one aggregate that wait.
#[derive(Debug)]
pub(super) struct Ordered {
    keys: Vec<Key>,
    sorter: Sorter,
}

impl Ordered {
    /// For a call that has an order.
    pub(super) fn new(call: &AggregateCall, context: &Context) -> Option<Ordered> {
        if call.order.is_empty() {
            return None;
        }
        let keys = call.order.iter().map(|key| Key {
            expr: key.expr.clone(),
            collation: key.collation.clone(),
            descending: key.descending,
            nulls_first: key.nulls_first,
        });
        let sorter = Sorter::new(&context.workspace(), call.arguments.len()).with_keys();
        Some(Ordered { keys: keys.collect(), sorter })
    }

    /// Keeps `rows` of a chunk, or all, with the keys of their groups.
    pub(super) fn add(
        &mut self,
        context: &mut Context,
        chunk: &Chunk,
        arguments: &[Arc<Column>],
        groups: impl Fn(usize) -> usize,
        group_keys: &Strings,
        rows: Option<&[u32]>,
    ) -> Result<()> {
        let columns = self.keys.iter().map(|key| eval::evaluate_taken(&key.expr, context, chunk, rows));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let mut kept = Chunk::new(arguments.to_vec(), chunk.rows());
        if let Some(rows) = rows {
            kept.select(rows);
        }
        self.sorter.push(kept, |place, key| {
            let row = rows.map_or(place, |rows| rows[place] as usize);
            if !group_keys.is_empty() {
                key.extend_from_slice(group_keys.get(groups(row)));
            }
            write_sort_key(&self.keys, &columns, row, key);
        })
    }

    /// The rows in order.
    pub(super) fn finish(self) -> Result<WaitingRows> {
        Ok(WaitingRows { sorted: self.sorter.finish()?, chunk: Chunk::default(), row: 0, groups: Vec::new() })
    }
}

/// Rows in the order of the keys of their groups, and within a group in the order that was asked for.
#[derive(Debug)]
pub(super) struct WaitingRows {
    sorted: Sorted,
    chunk: Chunk,
    row: usize,
    /// The group of each row of the chunk.
    groups: Vec<u32>,
}

impl WaitingRows {
    /// Hands the rows of the group with this key on. Groups are asked for in the order of their keys.
    pub(super) fn feed(&mut self, key: &[u8], accumulator: &mut Accumulator, group: usize) -> Result<()> {
        loop {
            let belongs =
                |row: &u32| key_of(&self.chunk, *row as usize).is_some_and(|of| of.starts_with(key));
            let rows: Vec<u32> = (self.row as u32..self.chunk.rows() as u32).take_while(belongs).collect();
            if !rows.is_empty() {
                rows.iter().for_each(|&row| self.groups[row as usize] = group as u32);
                let arguments = &self.chunk.columns()[..self.chunk.width() - 1];
                accumulator.add(arguments, &self.groups, Some(&rows))?;
                self.row += rows.len();
            }
            if self.row < self.chunk.rows() {
                return Ok(());
            }
            self.row = 0;
            if !self.sorted.next(&mut self.chunk)? {
                self.chunk.reset(0);
                return Ok(());
            }
            self.groups.clear();
            self.groups.resize(self.chunk.rows(), 0);
        }
    }
}
