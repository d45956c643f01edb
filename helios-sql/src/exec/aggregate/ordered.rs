//! Aggregates with an ORDER BY of their own: rows wait until all are there, and then go in in order.

use std::sync::Arc;

use helios_core::Result;

use super::accumulator::Accumulator;
use crate::chunk::{Chunk, Column, Strings};
use crate::exec::key::write_sort_key;
use crate::exec::sort::Key;
use crate::exec::{Context, eval};
use crate::plan::AggregateCall;

/// The rows of one aggregate that wait.
#[derive(Debug)]
pub(super) struct Ordered {
    keys: Vec<Key>,
    arguments: Vec<Column>,
    groups: Vec<u32>,
    order: Strings,
}

impl Ordered {
    /// For a call that has an order.
    pub(super) fn new(call: &AggregateCall) -> Option<Ordered> {
        if call.order.is_empty() {
            return None;
        }
        let keys = call.order.iter().map(|key| Key {
            expr: key.expr.clone(),
            collation: key.collation.clone(),
            descending: key.descending,
            nulls_first: key.nulls_first,
        });
        Some(Ordered {
            keys: keys.collect(),
            arguments: call.arguments.iter().map(|_| Column::default()).collect(),
            groups: Vec::new(),
            order: Strings::default(),
        })
    }

    /// Keeps `rows` of a chunk, or all.
    pub(super) fn add(
        &mut self,
        context: &mut Context,
        chunk: &Chunk,
        arguments: &[Arc<Column>],
        groups: &[u32],
        rows: Option<&[u32]>,
    ) -> Result<()> {
        let columns = self.keys.iter().map(|key| eval::evaluate(&key.expr, context, chunk));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let mut keep = |row: usize| {
            self.order.push_with(|out| write_sort_key(&self.keys, &columns, row, out));
            self.groups.push(groups[row]);
            for (kept, argument) in self.arguments.iter_mut().zip(arguments) {
                kept.push(argument.get(row));
            }
        };
        match rows {
            Some(rows) => rows.iter().for_each(|&row| keep(row as usize)),
            None => (0..chunk.rows()).for_each(keep),
        }
        Ok(())
    }

    /// Hands the rows on in order; equal ones in the order in which they came.
    pub(super) fn finish(self, accumulator: &mut Accumulator) -> Result<()> {
        let mut rows: Vec<u32> = (0..self.groups.len() as u32).collect();
        rows.sort_by(|&a, &b| self.order.get(a as usize).cmp(self.order.get(b as usize)));
        let arguments: Vec<Arc<Column>> = self.arguments.into_iter().map(Arc::new).collect();
        accumulator.add(&arguments, &self.groups, Some(&rows))
    }
}
