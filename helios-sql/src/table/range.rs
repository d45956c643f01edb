//! Ranges of values as ranges of keys.

use helios_core::encoding::key::{self, Order, after_components};
use helios_core::value::{Affinity, Collation};
use helios_core::{Value, ValueRef};

use crate::catalog::IndexColumn;

/// A range of values: each bound with whether it belongs to the range.
#[derive(Clone, Debug, Default)]
pub struct BoundValues {
    /// The lower bound.
    pub low: Option<(Value, bool)>,
    /// The upper bound.
    pub high: Option<(Value, bool)>,
}

/// The rowid that equals a value, if any can.
pub fn rowid_of_value(value: ValueRef<'_>) -> Option<i64> {
    match Affinity::Integer.convert(value).as_ref().map_or(value, Value::as_ref) {
        ValueRef::Integer(rowid) => Some(rowid),
        ValueRef::Real(-9_223_372_036_854_775_808.0) => Some(i64::MIN),
        _ => None,
    }
}

/// Where a value stands among integers: the first integer at or above it, and whether it is equal; `None` above all.
fn first_at_or_above(value: &Value) -> Option<(i64, bool)> {
    match Affinity::Numeric.apply(value.clone()) {
        Value::Integer(value) => Some((value, true)),
        Value::Real(value) => {
            let up = value.ceil();
            if up >= 9_223_372_036_854_775_808.0 {
                None
            } else if up < -9_223_372_036_854_775_808.0 {
                Some((i64::MIN, false))
            } else {
                Some((up as i64, up == value))
            }
        }
        // Text and blobs come after all numbers.
        Value::Null | Value::Text(_) | Value::Blob(_) => None,
    }
}

/// The keys of the rows whose rowids are in a range: from the first to before the second. `None` if there are none.
pub fn rowid_range(bounds: &BoundValues) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
    let mut start = Vec::new();
    if let Some((low, inclusive)) = &bounds.low {
        if low.is_null() {
            return None;
        }
        let (first, equal) = first_at_or_above(low)?;
        let first = if equal && !inclusive { first.checked_add(1)? } else { first };
        key::write_rowid(first, &mut start);
    }
    let mut end = None;
    if let Some((high, inclusive)) = &bounds.high {
        if high.is_null() {
            return None;
        }
        if let Some((first, equal)) = first_at_or_above(high) {
            let after = if equal && *inclusive { first.checked_add(1) } else { Some(first) };
            end = after.map(|after| {
                let mut key = Vec::new();
                key::write_rowid(after, &mut key);
                key
            });
        }
    }
    Some((start, end))
}

/// The keys of index entries.
#[derive(Debug)]
pub enum IndexRange {
    /// None can match.
    Nothing,
    /// From `start` to before `end`.
    Keys {
        /// The first key.
        start: Vec<u8>,
        /// The key after the last.
        end: Option<Vec<u8>>,
    },
}

/// The entries of an index with these columns whose first columns equal `equal` and whose next column is within `bounds`. NULL equals nothing and lies
/// within no bounds.
pub fn index_range(columns: &[IndexColumn], equal: &[Value], bounds: &BoundValues) -> IndexRange {
    let limits = bounds.low.iter().chain(&bounds.high).map(|(value, _)| value);
    if equal.iter().chain(limits).any(Value::is_null) {
        return IndexRange::Nothing;
    }
    let mut prefix = Vec::new();
    for (value, column) in equal.iter().zip(columns) {
        key::write_value(value.as_ref(), column.collation.stored(), column.order, &mut prefix);
    }
    let Some(column) = columns.get(equal.len()) else {
        return IndexRange::Keys { end: Some(after_components(&prefix)), start: prefix };
    };
    let place = |value: &Value| {
        let mut key = prefix.clone();
        key::write_value(value.as_ref(), column.collation.stored(), column.order, &mut key);
        key
    };
    let (first, last) = match column.order {
        Order::Ascending => (&bounds.low, &bounds.high),
        Order::Descending => (&bounds.high, &bounds.low),
    };
    let mut start = match first {
        None => prefix.clone(),
        Some((value, true)) => place(value),
        Some((value, false)) => after_components(&place(value)),
    };
    let mut end = match last {
        None => Some(after_components(&prefix)),
        Some((value, true)) => Some(after_components(&place(value))),
        Some((value, false)) => Some(place(value)),
    };
    // A bound on one side only must not let NULLs in, which sort before everything else.
    let bounded = bounds.low.is_some() || bounds.high.is_some();
    if bounded && bounds.low.is_none() {
        let mut null = prefix.clone();
        key::write_value(ValueRef::Null, &Collation::Binary, column.order, &mut null);
        match column.order {
            Order::Ascending => start = after_components(&null),
            Order::Descending => end = Some(null),
        }
    }
    IndexRange::Keys { start, end }
}
