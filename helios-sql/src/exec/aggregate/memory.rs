//! How much the states of an aggregate take, and moving them between groups.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::accumulator::Accumulator;
use super::vector::VectorSum;
use crate::chunk::{Column, Data};

fn string_bytes(value: &Value) -> usize {
    match value {
        Value::Text(bytes) | Value::Blob(bytes) => bytes.len(),
        Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    }
}

impl Accumulator {
    /// Bytes of memory that are taken, about. What a program's own states hold is not known.
    pub(super) fn memory(&self) -> usize {
        let strings: usize = match self {
            Accumulator::Extreme(_, _, values) => values.iter().map(string_bytes).sum(),
            Accumulator::Bare(values) => values.iter().flatten().map(string_bytes).sum(),
            Accumulator::Vectors(_, sums) => sums.iter().map(VectorSum::memory).sum(),
            Accumulator::Concatenate(texts) | Accumulator::Json(_, _, texts) => {
                texts.iter().flatten().map(Vec::capacity).sum()
            }
            _ => 0,
        };
        self.fixed_memory() + strings
    }

    /// Bytes of memory without what strings take.
    pub(super) fn fixed_memory(&self) -> usize {
        match self {
            Accumulator::CountRows(counts) | Accumulator::Count(counts) => {
                counts.capacity() * size_of::<i64>()
            }
            Accumulator::Sum(_, sums) => sums.capacity() * size_of::<super::sum::Sum>(),
            Accumulator::Extreme(_, _, values) => values.capacity() * size_of::<Value>(),
            Accumulator::Concatenate(texts) | Accumulator::Json(_, _, texts) => {
                texts.capacity() * size_of::<Option<Vec<u8>>>()
            }
            Accumulator::Vectors(_, sums) => sums.capacity() * size_of::<VectorSum>(),
            Accumulator::Bare(values) => values.capacity() * size_of::<Option<Value>>(),
            Accumulator::Program(_, states) => states.capacity() * size_of::<u128>(),
        }
    }

    /// Bytes by which rows with these arguments may make the states grow.
    pub(super) fn growth(&self, arguments: &[Arc<Column>]) -> usize {
        let may_grow = matches!(
            self,
            Accumulator::Extreme(..)
                | Accumulator::Bare(_)
                | Accumulator::Vectors(..)
                | Accumulator::Concatenate(_)
                | Accumulator::Json(..)
        );
        let bytes = |column: &Arc<Column>| match column.data() {
            Data::Constant(value, rows) => rows * (string_bytes(value) + size_of::<u64>()),
            _ => column.memory(),
        };
        if may_grow { arguments.iter().map(bytes).sum() } else { 0 }
    }

    /// Adds a group with the state that a group of another accumulator of the same kind has; that is empty afterwards.
    pub(super) fn take_over(&mut self, other: &mut Accumulator, group: usize) {
        use Accumulator::{Bare, Concatenate, Count, CountRows, Extreme, Json, Program, Sum, Vectors};
        match (self, other) {
            (CountRows(to), CountRows(from)) | (Count(to), Count(from)) => {
                to.push(std::mem::take(&mut from[group]));
            }
            (Sum(_, to), Sum(_, from)) => to.push(std::mem::take(&mut from[group])),
            (Extreme(_, _, to), Extreme(_, _, from)) => to.push(std::mem::take(&mut from[group])),
            (Concatenate(to), Concatenate(from)) | (Json(_, _, to), Json(_, _, from)) => {
                to.push(std::mem::take(&mut from[group]));
            }
            (Vectors(_, to), Vectors(_, from)) => to.push(std::mem::take(&mut from[group])),
            (Bare(to), Bare(from)) => to.push(from[group].take()),
            (Program(_, to), Program(_, from)) => to.push(from[group].take()),
            _ => debug_assert!(false, "accumulators of one call are of one kind"),
        }
    }

    /// Forgets the first `count` groups.
    pub(super) fn forget(&mut self, count: usize) {
        match self {
            Accumulator::CountRows(counts) | Accumulator::Count(counts) => drop(counts.drain(..count)),
            Accumulator::Sum(_, sums) => drop(sums.drain(..count)),
            Accumulator::Extreme(_, _, values) => drop(values.drain(..count)),
            Accumulator::Concatenate(texts) | Accumulator::Json(_, _, texts) => drop(texts.drain(..count)),
            Accumulator::Vectors(_, sums) => drop(sums.drain(..count)),
            Accumulator::Bare(values) => drop(values.drain(..count)),
            Accumulator::Program(_, states) => drop(states.drain(..count)),
        }
    }

    /// The value for a group, which is not asked for again.
    pub(super) fn take(&mut self, group: usize) -> Result<Value> {
        let value = self.result(group)?;
        match self {
            Accumulator::Extreme(_, _, values) => values[group] = Value::Null,
            Accumulator::Concatenate(texts) | Accumulator::Json(_, _, texts) => texts[group] = None,
            Accumulator::Vectors(_, sums) => sums[group] = VectorSum::default(),
            Accumulator::Bare(values) => values[group] = None,
            _ => {}
        }
        Ok(value)
    }
}
