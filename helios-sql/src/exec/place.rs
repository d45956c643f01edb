//! Where a scan reads: an access as ranges of keys or as keys of rows.
//!
//! In: an access whose expressions have values. Out: a [`Place`], in the order in which it is read. Ranges do not overlap
//! and no row stands in two, so a row is found once.

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::encoding::key::{self, after_components};
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::{Result, Value};

use super::{Context, eval, subquery};
use crate::catalog::{Index, IndexColumn, Table};
use crate::plan::{Access, Bounds, Expr, IndexAccess, Probe};
use crate::table::{BoundValues, Keys, entry_row_key, index_ranges, rowid_of_value, rowid_range};

/// Of combinations of values of several columns that are more than this, those are found first that an index has.
const MOST_GUESSED: usize = 64;

/// What is still to be read. Of ranges the last one comes first.
#[derive(Debug)]
pub(super) enum Place {
    /// Rows with these keys.
    Rows(RowKeys),
    /// Ranges of the table's own keys.
    Table(Vec<Keys>),
    /// Ranges of an index.
    Index(Vec<Keys>, Arc<Index>),
}

/// Keys of rows, one behind the other.
#[derive(Debug, Default)]
pub(super) struct RowKeys {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// How many were taken.
    taken: usize,
}

impl RowKeys {
    pub(super) fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    /// How many there were.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether all were taken.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == self.ends.len()
    }

    /// The next ones, up to so many, which stay.
    pub(super) fn peek(&self, most: usize) -> impl Iterator<Item = &[u8]> {
        (self.taken..self.ends.len().min(self.taken.saturating_add(most))).map(|number| self.key(number))
    }

    /// The next ones, up to so many.
    pub(super) fn take(&mut self, most: usize) -> impl Iterator<Item = &[u8]> {
        let from = self.taken;
        self.skip(most);
        (from..self.taken).map(|number| self.key(number))
    }

    /// Takes the next ones, up to so many, without a look.
    pub(super) fn skip(&mut self, most: usize) {
        self.taken = self.ends.len().min(self.taken.saturating_add(most));
    }

    fn key(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }
}

/// Where an access to a table reads.
pub(super) fn of_access(
    access: &Access,
    table: &Table,
    direction: Direction,
    reader: Option<&Reader>,
    context: &mut Context,
) -> Result<Place> {
    Ok(match access {
        Access::All => Place::Table(vec![(Vec::new(), None)]),
        Access::Rowids(probe) => Place::Rows(rowids(probe, context)?),
        Access::RowidRange(bounds) => {
            Place::Table(rowid_range(&bound_values(bounds, context)?).into_iter().collect())
        }
        Access::Index(access) => {
            let mut ranges = ranges_of(access, table.slot, reader, context)?;
            if direction == Direction::Forward {
                ranges.reverse();
            }
            // The rows of a table without rowids are the entries of its primary key.
            match access.index.space == table.space {
                true => Place::Table(ranges),
                false => Place::Index(ranges, access.index.clone()),
            }
        }
        Access::AnyOf(accesses) => Place::Rows(any_of(accesses, table, reader, context)?),
    })
}

/// The keys of rows that a probe of the rowid means.
fn rowids(probe: &Probe, context: &mut Context) -> Result<RowKeys> {
    let mut keys = RowKeys::default();
    if let Probe::Value(expr) | Probe::Same(expr) = probe {
        if let Some(rowid) = rowid_of_value(eval::constant(expr, context)?.as_ref()) {
            key::write_rowid(rowid, &mut keys.bytes);
            keys.ends.push(keys.bytes.len());
        }
        return Ok(keys);
    }
    let mut rowids: Vec<i64> =
        values_of(probe, context)?.iter().filter_map(|value| rowid_of_value(value.as_ref())).collect();
    rowids.sort_unstable();
    rowids.dedup();
    for rowid in rowids {
        key::write_rowid(rowid, &mut keys.bytes);
        keys.ends.push(keys.bytes.len());
    }
    Ok(keys)
}

/// The values that a probe means; no NULLs, which equal nothing.
fn values_of(probe: &Probe, context: &mut Context) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    match probe {
        Probe::Value(expr) => values.push(eval::constant(expr, context)?),
        Probe::Same(expr) => return Ok(vec![eval::constant(expr, context)?]),
        Probe::List(exprs) => {
            for expr in exprs {
                values.push(eval::constant(expr, context)?);
            }
        }
        Probe::Query(Expr::InSubquery { comparisons, subquery, .. }) => {
            let affinity = comparisons.first().and_then(|(affinity, _)| *affinity);
            return Ok(subquery::first_values(subquery.number, affinity, context)?.to_vec());
        }
        Probe::Query(_) | Probe::Any => {}
    }
    values.retain(|value| !value.is_null());
    Ok(values)
}

/// The ranges of an index, ascending.
fn ranges_of(
    access: &IndexAccess,
    slot: usize,
    reader: Option<&Reader>,
    context: &mut Context,
) -> Result<Vec<Keys>> {
    let columns = &access.index.columns;
    let mut prefixes: Vec<Vec<u8>> = vec![Vec::new()];
    for (probe, column) in access.probes.iter().zip(columns) {
        if matches!(probe, Probe::Any) {
            let reader = reader.unwrap_or(context.reader_at(slot));
            prefixes = different(&access.index, column, &prefixes, reader)?;
            continue;
        }
        let mut components: Vec<Vec<u8>> = values_of(probe, context)?
            .iter()
            .map(|value| {
                let mut component = Vec::with_capacity(16);
                key::write_value(value.as_ref(), column.collation.stored(), column.order, &mut component);
                component
            })
            .collect();
        if components.len() > 1 {
            components.sort_unstable();
            components.dedup();
        }
        if let ([prefix], [component]) = (&mut prefixes[..], &components[..]) {
            prefix.extend_from_slice(component);
            continue;
        }
        if prefixes.len() > 1 && prefixes.len().saturating_mul(components.len()) > MOST_GUESSED {
            let reader = reader.unwrap_or(context.reader_at(slot));
            prefixes = there(&access.index, column, &prefixes, &components, reader)?;
            continue;
        }
        let longer = prefixes.iter().flat_map(|prefix| {
            components.iter().map(move |component| [&prefix[..], &component[..]].concat())
        });
        prefixes = longer.collect();
    }
    let bounds = bound_values(&access.bounds, context)?;
    let mut ranges = Vec::with_capacity(prefixes.len());
    for prefix in &prefixes {
        index_ranges(prefix, columns.get(access.probes.len()), &bounds, &mut ranges);
    }
    Ok(ranges)
}

/// All that entries of an index begin with after `prefixes`, one column longer.
fn different(
    index: &Index,
    column: &IndexColumn,
    prefixes: &[Vec<u8>],
    reader: &Reader,
) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for prefix in prefixes {
        let (mut start, end) = (prefix.clone(), after_components(prefix));
        loop {
            let guard = reader.scan(index.space);
            let mut cursor = guard.cursor(KeyRange::new(&start, Some(&end)), Direction::Forward)?;
            if !cursor.advance()? {
                break;
            }
            let entry = cursor.key();
            let mut rest = &entry[prefix.len()..];
            key::skip_value(&mut rest, column.order)?;
            let longer = entry[..entry.len() - rest.len()].to_vec();
            start = after_components(&longer);
            found.push(longer);
        }
    }
    Ok(found)
}

/// Of all prefixes followed by any of some components, ascending, those that entries of an index begin with.
///
/// What an entry has in the place of a component that is not there says which component can be there next: so there
/// are about as many looks as a prefix has components, or different values in its entries, whichever is less.
fn there(
    index: &Index,
    column: &IndexColumn,
    prefixes: &[Vec<u8>],
    components: &[Vec<u8>],
    reader: &Reader,
) -> Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    let guard = reader.scan(index.space);
    for prefix in prefixes {
        let end = after_components(prefix);
        let mut rest = components;
        while let Some(component) = rest.first() {
            let start = [&prefix[..], &component[..]].concat();
            let mut cursor = guard.cursor(KeyRange::new(&start, Some(&end)), Direction::Forward)?;
            if !cursor.advance()? {
                break;
            }
            let entry = &cursor.key()[prefix.len()..];
            let mut after = entry;
            key::skip_value(&mut after, column.order)?;
            let own = &entry[..entry.len() - after.len()];
            if own == component {
                rest = &rest[1..];
                found.push(start);
            } else {
                rest = &rest[rest.partition_point(|component| &component[..] < own)..];
            }
        }
    }
    Ok(found)
}

/// The keys of the rows that any of some accesses finds.
fn any_of(
    accesses: &[Access],
    table: &Table,
    reader: Option<&Reader>,
    context: &mut Context,
) -> Result<RowKeys> {
    let mut keys = RowKeys::default();
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    for access in accesses {
        let mut add = |key: &[u8]| {
            if !seen.contains(key) {
                seen.insert(key.to_vec());
                keys.push(key);
            }
        };
        match of_access(access, table, Direction::Forward, reader, context)? {
            Place::Rows(mut rows) => rows.take(usize::MAX).for_each(&mut add),
            Place::Table(ranges) => {
                let guard = reader.unwrap_or(context.reader_at(table.slot)).scan(table.space);
                for (start, end) in ranges.iter().rev() {
                    let range = KeyRange::new(start, end.as_deref());
                    let mut cursor = guard.cursor(range, Direction::Forward)?;
                    cursor.visit(&mut |key, _| {
                        add(key);
                        Ok(true)
                    })?;
                }
            }
            Place::Index(ranges, index) => {
                let guard = reader.unwrap_or(context.reader_at(table.slot)).scan(index.space);
                for (start, end) in ranges.iter().rev() {
                    let range = KeyRange::new(start, end.as_deref());
                    let mut cursor = guard.cursor(range, Direction::Forward)?;
                    cursor.visit(&mut |key, version| {
                        add(entry_row_key(&index, key, version.payload)?);
                        Ok(true)
                    })?;
                }
            }
        }
    }
    Ok(keys)
}

/// Narrows a range to what comes after `last`. No key is the beginning of another, so what comes after a key comes after
/// all that begins with it.
pub(super) fn continue_after(
    last: Vec<u8>,
    direction: Direction,
    start: &mut Vec<u8>,
    end: &mut Option<Vec<u8>>,
) {
    match direction {
        Direction::Forward => *start = after_components(&last),
        Direction::Backward => *end = Some(last),
    }
}

/// Bounds with their values.
pub(super) fn bound_values(bounds: &Bounds, context: &mut Context) -> Result<BoundValues> {
    let mut value = |bound: &Option<(Expr, bool)>| {
        bound.as_ref().map(|(expr, inclusive)| Ok((eval::constant(expr, context)?, *inclusive))).transpose()
    };
    Ok(BoundValues {
        low: value(&bounds.low)?,
        high: value(&bounds.high)?,
        leaves_nulls_out: bounds.leaves_nulls_out,
        takes_blobs: bounds.takes_blobs,
    })
}
