//! Taking rows away again from aggregates whose state allows it: how window functions follow their frames.

use std::sync::Arc;

use helios_core::{Result, Value};

use super::accumulator::Accumulator;
use crate::chunk::Column;

impl Accumulator {
    /// Whether rows can be taken away again.
    pub(in crate::exec) fn can_remove(&self) -> bool {
        match self {
            Accumulator::CountRows(_) | Accumulator::Count(_) | Accumulator::Sum(..) => true,
            Accumulator::Program(function, _) => function.is_window,
            _ => false,
        }
    }

    /// Takes `rows` away from the first group, to which they were added before all others. Nothing happens where
    /// [`Accumulator::can_remove`] says no.
    pub(in crate::exec) fn remove(&mut self, arguments: &[Arc<Column>], rows: &[u32]) -> Result<()> {
        match self {
            Accumulator::CountRows(counts) => counts[0] -= rows.len() as i64,
            Accumulator::Count(counts) => {
                counts[0] -= rows.iter().filter(|&&row| !arguments[0].is_null(row as usize)).count() as i64;
            }
            Accumulator::Sum(_, sums) => {
                rows.iter().for_each(|&row| sums[0].remove(arguments[0].get(row as usize)));
            }
            Accumulator::Program(_, states) => {
                let Some(state) = &mut states[0] else { return Ok(()) };
                for &row in rows {
                    let values: Vec<_> = arguments.iter().map(|column| column.get(row as usize)).collect();
                    state.inverse(&values)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The value of the first group as it stands; more rows may come and go.
    pub(in crate::exec) fn current(&mut self) -> Result<Value> {
        match self {
            Accumulator::Program(_, states) => {
                states[0].as_mut().map_or(Ok(Value::Null), |state| state.value())
            }
            _ => self.result(0),
        }
    }
}
