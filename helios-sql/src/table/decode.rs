//! Decoding rows, whatever layout they were written under.

use helios_core::encoding::record::Record;
use helios_core::{Result, Value, ValueRef};

use crate::catalog::{Layouts, Table};

/// Which columns are read from a row, and what stands for those that it does not have.
#[derive(Clone, Debug)]
pub struct RowDecoder {
    /// Positions in the table, ascending.
    positions: Vec<usize>,
    /// What rows have that were written before a column was added.
    missing: Vec<Value>,
    layouts: Layouts,
}

impl RowDecoder {
    /// A decoder of the columns at these positions, which ascend.
    pub fn new(table: &Table, positions: Vec<usize>) -> RowDecoder {
        let missing = positions.iter().map(|position| table.columns[*position].missing.clone()).collect();
        RowDecoder { positions, missing, layouts: table.layouts.clone() }
    }

    /// A decoder of all columns.
    pub fn all(table: &Table) -> RowDecoder {
        RowDecoder::new(table, (0..table.columns.len()).collect())
    }

    /// Calls `visit` with the value of each column and its place among those that are read.
    #[inline]
    pub fn decode(&self, payload: &[u8], mut visit: impl FnMut(usize, ValueRef<'_>)) -> Result<()> {
        if self.positions.is_empty() {
            return Ok(());
        }
        let record = Record::open(payload)?;
        if record.layout() != self.layouts.newest() {
            return self.decode_older(record, visit);
        }
        let present = record.visit(&self.positions, &mut visit)?;
        for (place, missing) in self.missing.iter().enumerate().skip(present) {
            visit(place, missing.as_ref());
        }
        Ok(())
    }

    #[cold]
    fn decode_older(&self, record: Record<'_>, mut visit: impl FnMut(usize, ValueRef<'_>)) -> Result<()> {
        let places = self.layouts.places(record.layout())?;
        let mut values = Vec::new();
        let mut rest = record;
        while let Some(value) = rest.next_value()? {
            values.push(value);
        }
        for (place, position) in self.positions.iter().enumerate() {
            let stored = places.get(*position).copied().flatten().and_then(|place| values.get(place));
            visit(place, stored.copied().unwrap_or(self.missing[place].as_ref()));
        }
        Ok(())
    }
}
