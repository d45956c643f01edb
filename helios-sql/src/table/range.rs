//! Ranges of values as ranges of keys.

use helios_core::encoding::key::{self, Order, after_components};
use helios_core::value::Affinity;
use helios_core::{Value, ValueRef};

use crate::catalog::IndexColumn;

/// A range of values: each bound with whether it belongs to the range.
#[derive(Clone, Debug, Default)]
pub struct BoundValues {
    /// The lower bound.
    pub low: Option<(Value, bool)>,
    /// The upper bound.
    pub high: Option<(Value, bool)>,
    /// Whether NULLs are left out where there is no lower bound.
    pub leaves_nulls_out: bool,
    /// Whether blobs belong to the range, too.
    pub takes_blobs: bool,
}

/// The rowid that equals a value, if any can. A text that was not converted to a number is none.
pub fn rowid_of_value(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(rowid) => Some(rowid),
        ValueRef::Real(-9_223_372_036_854_775_808.0) => Some(i64::MIN),
        ValueRef::Real(_) => match Affinity::Integer.convert(value) {
            Some(Value::Integer(rowid)) => Some(rowid),
            _ => None,
        },
        _ => None,
    }
}

/// Where a value stands among integers: the first integer at or above it, and whether it is equal; `None` above all.
fn first_at_or_above(value: &Value) -> Option<(i64, bool)> {
    match *value {
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

/// Keys: from the first to before the second, if there is one.
pub type Keys = (Vec<u8>, Option<Vec<u8>>);

/// Adds the entries of an index that begin with `prefix` and whose next column is within `bounds`, in their order. NULL
/// lies within no bounds.
pub fn index_ranges(prefix: &[u8], next: Option<&IndexColumn>, bounds: &BoundValues, out: &mut Vec<Keys>) {
    let is_open = bounds.low.is_none() && bounds.high.is_none() && !bounds.leaves_nulls_out;
    let Some(column) = next.filter(|_| !is_open) else {
        out.push((prefix.to_vec(), Some(after_components(prefix))));
        return;
    };
    if bounds.low.iter().chain(&bounds.high).any(|(value, _)| value.is_null()) {
        return;
    }
    let place = |value: ValueRef<'_>| {
        let mut key = prefix.to_vec();
        key::write_value(value, column.collation.stored(), column.order, &mut key);
        key
    };
    let (first, last) = match column.order {
        Order::Ascending => (&bounds.low, &bounds.high),
        Order::Descending => (&bounds.high, &bounds.low),
    };
    let mut start = match first {
        None => prefix.to_vec(),
        Some((value, true)) => place(value.as_ref()),
        Some((value, false)) => after_components(&place(value.as_ref())),
    };
    let mut end = match last {
        None => after_components(prefix),
        Some((value, true)) => after_components(&place(value.as_ref())),
        Some((value, false)) => place(value.as_ref()),
    };
    // NULLs sort before everything else, and nothing but a lower bound keeps them out.
    if bounds.low.is_none() {
        let null = place(ValueRef::Null);
        match column.order {
            Order::Ascending => start = after_components(&null),
            Order::Descending => end = null,
        }
    }
    let first_blob = place(ValueRef::Blob(&[]));
    if bounds.takes_blobs && column.order == Order::Descending {
        out.push((prefix.to_vec(), Some(after_components(&first_blob))));
    }
    out.push((start, Some(end)));
    if bounds.takes_blobs && column.order == Order::Ascending {
        out.push((first_blob, Some(after_components(prefix))));
    }
}
