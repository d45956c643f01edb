//! Groups that did not fit: their rows, sorted by group, merged with the groups that are in memory.

use std::sync::Arc;

use helios_core::Result;

use super::accumulator::Accumulator;
use super::groups::GroupKeys;
use super::states::{Calls, GroupedRows, Memories};
use crate::chunk::{CHUNK_ROWS, Chunk, Column};
use crate::exec::Context;
use crate::spill::{Sorted, key_of};

/// Groups in memory that are all there, in the order of their keys.
#[derive(Debug)]
pub(super) struct Complete {
    pub(super) keys: GroupKeys,
    pub(super) accumulators: Vec<Accumulator>,
    pub(super) order: Vec<u32>,
    /// How many of them were given or taken.
    pub(super) next: usize,
}

impl Complete {
    /// The key of the next group.
    fn next_key(&self) -> Option<&[u8]> {
        self.order.get(self.next).map(|&group| self.keys.key(group as usize))
    }
}

/// Rows that wait to be added to groups, and the groups that are being made of them.
#[derive(Debug)]
pub(super) struct Spilled {
    /// Rows: the columns of the input, the values of the group's keys, the bytes of those.
    sorted: Sorted,
    chunk: Chunk,
    row: usize,
    is_at_end: bool,
    input_width: usize,
    pub(super) keys: GroupKeys,
    pub(super) accumulators: Vec<Accumulator>,
    /// How many of the groups are complete.
    pub(super) complete: usize,
}

impl Spilled {
    pub(super) fn new(sorted: Sorted, calls: &Calls, input_width: usize, key_width: usize) -> Spilled {
        Spilled {
            sorted,
            chunk: Chunk::default(),
            row: 0,
            is_at_end: false,
            input_width,
            keys: GroupKeys::new(key_width),
            accumulators: calls.accumulators(),
            complete: 0,
        }
    }

    /// Forgets the groups that are complete, and makes more of them; `false` if there are none.
    pub(super) fn fill(
        &mut self,
        calls: &Calls,
        there: &mut Complete,
        memories: &mut Memories,
        context: &mut Context,
    ) -> Result<bool> {
        self.forget_complete();
        while self.complete == 0 {
            if self.row >= self.chunk.rows() {
                self.row = 0;
                self.is_at_end = self.is_at_end || !self.sorted.next(&mut self.chunk)?;
                if self.is_at_end {
                    self.chunk.reset(0);
                    while self.keys.count < CHUNK_ROWS && there.next_key().is_some() {
                        self.take_over(there);
                    }
                    self.complete = self.keys.count;
                    return Ok(self.complete > 0);
                }
            }
            self.add_rows(calls, there, memories, context)?;
            self.complete = self.keys.count - 1;
        }
        Ok(true)
    }

    fn forget_complete(&mut self) {
        self.keys.forget(self.complete);
        for accumulator in &mut self.accumulators {
            accumulator.forget(self.complete);
        }
        self.complete = 0;
    }

    /// Makes the next group in memory one of these.
    fn take_over(&mut self, there: &mut Complete) {
        let group = there.order[there.next] as usize;
        there.next += 1;
        for (to, from) in self.accumulators.iter_mut().zip(&mut there.accumulators) {
            to.resize(self.keys.count);
            to.take_over(from, group);
        }
        let values = there.keys.values.iter().map(|column| column.get(group));
        self.keys.push(there.keys.key(group), values);
    }

    /// Adds rows of the chunk to their groups, until these are enough.
    fn add_rows(
        &mut self,
        calls: &Calls,
        there: &mut Complete,
        memories: &mut Memories,
        context: &mut Context,
    ) -> Result<()> {
        let mut groups = Vec::with_capacity(self.chunk.rows());
        let first = self.row;
        let chunk = std::mem::take(&mut self.chunk);
        while let Some(key) = key_of(&chunk, self.row) {
            let is_known = self.keys.count > 0 && self.keys.keys.get(self.keys.count - 1) == key;
            if !is_known {
                if self.keys.count > CHUNK_ROWS {
                    break;
                }
                match there.next_key() {
                    Some(next) if next < key => {
                        self.take_over(there);
                        continue;
                    }
                    Some(next) if next == key => self.take_over(there),
                    _ => {
                        let values = &chunk.columns()[self.input_width..chunk.width() - 1];
                        self.keys.push(key, values.iter().map(|column| column.get(self.row)));
                    }
                }
            }
            groups.push(self.keys.count as u32 - 1);
            self.row += 1;
        }
        let columns: Vec<Arc<Column>> = chunk.columns()[..self.input_width].to_vec();
        let mut rows = Chunk::new(columns, chunk.rows());
        rows.slice(first, self.row);
        if rows.rows() > 0 {
            let grouped = GroupedRows { chunk: &rows, groups: &groups, keys: &self.keys.keys };
            calls.add(&grouped, self.keys.count, &mut self.accumulators, memories, context)?;
        }
        self.chunk = chunk;
        Ok(())
    }
}
