//! Rows out of an index alone, where its entries hold all the columns that are asked for.
//!
//! An entry's key tells the value of a column if the column's affinity leaves no doubt about its class and its texts
//! compare byte by byte (see [`helios_core::encoding::key`]).

use helios_core::encoding::key::{self, Order};
use helios_core::value::Affinity;
use helios_core::{Result, Value, ValueRef};

use crate::catalog::{Index, Table};
use crate::chunk::Column;
use crate::plan::{self, Access};
use crate::table::entry_row_key;

/// Where the parts of an entry go.
#[derive(Clone, Debug)]
pub(super) struct Covering {
    /// For each column of the index that is read or stands before one that is.
    parts: Vec<Part>,
    /// Where the rowid goes.
    rowids: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Part {
    order: Order,
    /// Where it goes, with the affinity of its column; `None` if it was not asked for.
    target: Option<(usize, Affinity)>,
}

/// Whether a scan does without the rows themselves.
pub fn is_covered(scan: &plan::Scan) -> bool {
    let Access::Index(access) = &scan.access else { return false };
    let columns: Vec<Option<usize>> = scan.columns.iter().map(|(position, _)| *position).collect();
    Covering::new(&access.index, &scan.table, &columns).is_some()
}

impl Covering {
    /// How to read columns, by their positions in the table (`None` is the rowid), out of an index; `None` where it does
    /// not have them all.
    pub(super) fn new(index: &Index, table: &Table, columns: &[Option<usize>]) -> Option<Covering> {
        if !table.has_rowid() {
            return None;
        }
        let mut parts: Vec<Part> =
            index.columns.iter().map(|column| Part { order: column.order, target: None }).collect();
        let mut rowids = Vec::new();
        for (target, position) in columns.iter().enumerate() {
            let Some(position) = position else {
                rowids.push(target);
                continue;
            };
            let place = index.place_of_value(table, *position)?;
            if parts[place].target.is_some() {
                return None;
            }
            parts[place].target = Some((target, table.columns[*position].affinity));
        }
        while parts.last().is_some_and(|part| part.target.is_none()) {
            parts.pop();
        }
        Some(Covering { parts, rowids })
    }

    /// Appends the row of an entry. `false`, with nothing appended that counts, if the key leaves a value in doubt.
    pub(super) fn push(
        &self,
        index: &Index,
        entry_key: &[u8],
        payload: &[u8],
        columns: &mut [&mut Column],
    ) -> Result<bool> {
        let mut rest = entry_key;
        for part in &self.parts {
            let Some((target, affinity)) = part.target else {
                key::skip_value(&mut rest, part.order)?;
                continue;
            };
            match (key::read_value(&mut rest, part.order)?, affinity) {
                (Value::Integer(value), Affinity::Real) => columns[target].push(ValueRef::Real(value as f64)),
                // The only whole float that such a column may hold among the integers.
                (Value::Integer(i64::MIN), _) => return Ok(false),
                (value, _) => columns[target].push(value.as_ref()),
            }
        }
        if !self.rowids.is_empty() {
            let rowid = key::read_rowid(&mut entry_row_key(index, entry_key, payload)?)?;
            self.rowids.iter().for_each(|&target| columns[target].push(ValueRef::Integer(rowid)));
        }
        Ok(true)
    }
}
