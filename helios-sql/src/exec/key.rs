//! Values as bytes that are equal exactly when the values are, and sort as they do: keys of hash tables and sorts.

use helios_core::ValueRef;
use helios_core::encoding::key::{self, Order};
use helios_core::value::Collation;

/// Appends a key of several values.
pub(super) fn write_key<'a>(values: impl Iterator<Item = (ValueRef<'a>, Collation)>, out: &mut Vec<u8>) {
    for (value, collation) in values {
        key::write_value(value, collation, Order::Ascending, out);
    }
}
