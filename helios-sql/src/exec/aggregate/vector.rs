//! Sums and averages of vectors.

use helios_core::{Result, Value};

use super::accumulator::for_each;
use crate::chunk::Column;
use crate::func::vector::{different_dimensions, elements, vector_argument, vector_value};

/// The sum of the vectors of a group, in 64 bits.
#[derive(Debug, Default)]
pub(in crate::exec) struct VectorSum {
    /// Empty as long as there was no vector.
    sums: Vec<f64>,
    count: u64,
}

/// Adds rows, each to its group. NULL adds nothing.
pub(super) fn add_vectors(
    is_average: bool,
    states: &mut [VectorSum],
    column: &Column,
    groups: &[u32],
    rows: Option<&[u32]>,
) -> Result<()> {
    let mut result = Ok(());
    for_each(groups, rows, |row, group| {
        if result.is_ok() {
            result = states[group].add(is_average, column, row);
        }
    });
    result
}

fn name(is_average: bool) -> &'static str {
    if is_average { "vector_avg" } else { "vector_sum" }
}

impl VectorSum {
    fn add(&mut self, is_average: bool, column: &Column, row: usize) -> Result<()> {
        let Some(vector) = vector_argument(name(is_average), column.get(row))? else { return Ok(()) };
        let dimensions = vector.len() / 4;
        if self.sums.is_empty() {
            self.sums.resize(dimensions, 0.0);
        }
        if self.sums.len() != dimensions {
            return Err(different_dimensions(name(is_average), self.sums.len(), dimensions));
        }
        self.sums.iter_mut().zip(elements(&vector)).for_each(|(sum, element)| *sum += f64::from(element));
        self.count += 1;
        Ok(())
    }

    /// The vector; NULL where there was none.
    pub(super) fn result(&self, is_average: bool) -> Result<Value> {
        if self.sums.is_empty() {
            return Ok(Value::Null);
        }
        let count = if is_average { self.count as f64 } else { 1.0 };
        vector_value(name(is_average), self.sums.iter().map(|sum| (sum / count) as f32))
    }

    /// Bytes of memory that are taken besides itself.
    pub(super) fn memory(&self) -> usize {
        self.sums.capacity() * size_of::<f64>()
    }
}
