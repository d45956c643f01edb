//! Values as bytes that are equal exactly when the values are, and sort as they do: keys of hash tables and sorts.

use std::sync::Arc;

use helios_core::ValueRef;
use helios_core::encoding::key::{self, Order};
use helios_core::value::Collation;

use super::sort::Key;
use crate::chunk::Column;

/// Appends a key of several values.
pub(super) fn write_key<'a>(values: impl Iterator<Item = (ValueRef<'a>, &'a Collation)>, out: &mut Vec<u8>) {
    for (value, collation) in values {
        key::write_value(value, collation, Order::Ascending, out);
    }
}

/// Appends the key of a row in the order of `keys`, whose values are `columns`.
pub(super) fn write_sort_key(keys: &[Key], columns: &[Arc<Column>], row: usize, out: &mut Vec<u8>) {
    for (key, column) in keys.iter().zip(columns) {
        let value = column.get(row);
        // NULL sorts before everything by itself; elsewhere a byte in front moves it.
        if key.nulls_first == key.descending {
            out.push(u8::from(value.is_null() != key.nulls_first));
        }
        let order = if key.descending { Order::Descending } else { Order::Ascending };
        key::write_value(value, &key.collation, order, out);
    }
}
