//! Decoding rows, whatever layout they were written under.

use helios_core::encoding::record::Record;
use helios_core::{Result, Value, ValueRef};

use crate::catalog::{Layouts, SealedColumn, Table};

/// Which columns are read from a row, and what stands for those that it does not have.
#[derive(Clone, Debug)]
pub struct RowDecoder {
    /// Positions in the table, ascending.
    positions: Vec<usize>,
    /// What rows have that were written before a column was added.
    missing: Vec<Value>,
    layouts: Layouts,
    /// What opens the columns that are sealed, by their places; empty where none is.
    sealed: Vec<Option<SealedColumn>>,
}

impl RowDecoder {
    /// A decoder of the columns at these positions, which ascend.
    pub fn new(table: &Table, positions: Vec<usize>) -> RowDecoder {
        let missing = positions.iter().map(|position| table.columns[*position].missing.clone()).collect();
        let seal = |position: &usize| table.sealed.iter().find(|seal| seal.position == *position).cloned();
        let mut sealed: Vec<_> = positions.iter().map(seal).collect();
        if sealed.iter().all(Option::is_none) {
            sealed.clear();
        }
        RowDecoder { positions, missing, layouts: table.layouts.clone(), sealed }
    }

    /// A decoder of all columns.
    pub fn all(table: &Table) -> RowDecoder {
        RowDecoder::new(table, (0..table.columns.len()).collect())
    }

    /// Calls `visit` with the value of each column of the row `key` and its place among those that are read.
    #[inline]
    pub fn decode(
        &self,
        key: &[u8],
        payload: &[u8],
        mut visit: impl FnMut(usize, ValueRef<'_>),
    ) -> Result<()> {
        if self.sealed.is_empty() {
            return self.decode_stored(payload, |place, value, _| visit(place, value));
        }
        let mut opened = Ok(());
        self.decode_stored(payload, |place, value, is_stored| match &self.sealed[place] {
            Some(seal) if is_stored => match seal.open(key, value) {
                Ok(value) => visit(place, value.as_ref()),
                Err(error) => opened = Err(error),
            },
            _ => visit(place, value),
        })?;
        opened
    }

    /// Calls `visit` with each value as it is stored, its place, and whether it is stored and does not stand for one that
    /// the row does not have.
    #[inline]
    fn decode_stored(&self, payload: &[u8], mut visit: impl FnMut(usize, ValueRef<'_>, bool)) -> Result<()> {
        if self.positions.is_empty() {
            return Ok(());
        }
        let record = Record::open(payload)?;
        if record.layout() != self.layouts.newest() {
            return self.decode_older(record, visit);
        }
        let present = record.visit(&self.positions, |place, value| visit(place, value, true))?;
        for (place, missing) in self.missing.iter().enumerate().skip(present) {
            visit(place, missing.as_ref(), false);
        }
        Ok(())
    }

    #[cold]
    fn decode_older(
        &self,
        record: Record<'_>,
        mut visit: impl FnMut(usize, ValueRef<'_>, bool),
    ) -> Result<()> {
        let places = self.layouts.places(record.layout())?;
        let mut values = Vec::new();
        let mut rest = record;
        while let Some(value) = rest.next_value()? {
            values.push(value);
        }
        for (place, position) in self.positions.iter().enumerate() {
            let stored = places.get(*position).copied().flatten().and_then(|place| values.get(place));
            match stored {
                Some(value) => visit(place, *value, true),
                None => visit(place, self.missing[place].as_ref(), false),
            }
        }
        Ok(())
    }
}
