//! Which rows can still be among the first: a look at the first key alone.
//!
//! In: the first key of the last row that is kept, and a column of first keys. Out: the rows that do not certainly come
//! after that row. Most rows of a long input go here, at a comparison of two numbers each.

use std::cmp::Ordering;

use helios_core::Value;
use helios_core::value::{Collation, compare};

use super::Key;
use crate::chunk::{Column, Data};

/// The first key of the last row that is kept.
#[derive(Debug)]
pub(super) struct Cutoff {
    value: Value,
    collation: Collation,
    descending: bool,
    nulls_first: bool,
}

impl Cutoff {
    pub(super) fn new(value: Value, key: &Key) -> Cutoff {
        Cutoff {
            value,
            collation: key.collation.clone(),
            descending: key.descending,
            nulls_first: key.nulls_first,
        }
    }

    /// The rows that do not come after the last row kept.
    pub(super) fn candidates(&self, column: &Column) -> Vec<u32> {
        match (column.data(), &self.value) {
            (Data::Real(values), Value::Real(last)) if column.nulls().is_empty() => {
                self.not_after(values, last)
            }
            (Data::Integer(values), Value::Integer(last)) if column.nulls().is_empty() => {
                self.not_after(values, last)
            }
            _ => (0..column.len() as u32).filter(|&row| self.may_come_before(column, row)).collect(),
        }
    }

    fn not_after<T: PartialOrd>(&self, values: &[T], last: &T) -> Vec<u32> {
        let rows = values.iter().zip(0..);
        if self.descending {
            rows.filter(|(value, _)| *value >= last).map(|(_, row)| row).collect()
        } else {
            rows.filter(|(value, _)| *value <= last).map(|(_, row)| row).collect()
        }
    }

    fn may_come_before(&self, column: &Column, row: u32) -> bool {
        let value = column.get(row as usize);
        match (value.is_null(), self.value.is_null()) {
            (true, true) => true,
            (true, false) => self.nulls_first,
            (false, true) => !self.nulls_first,
            (false, false) => {
                let order = compare(value, self.value.as_ref(), &self.collation);
                order != if self.descending { Ordering::Less } else { Ordering::Greater }
            }
        }
    }
}
