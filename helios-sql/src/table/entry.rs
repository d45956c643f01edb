//! Index entries.

use helios_core::encoding::key;
use helios_core::{Result, ValueRef};

use crate::catalog::Index;

/// Appends the key of an entry. `value` gives the value of a column by its position in the table, `None` for the rowid.
/// Returns whether the key is the entry's alone, so that the rowid goes into the payload.
pub fn write_entry<'a>(
    index: &Index,
    rowid: i64,
    value: impl Fn(Option<usize>) -> ValueRef<'a>,
    out: &mut Vec<u8>,
) -> bool {
    let mut has_null = false;
    for column in &index.columns {
        let value = value(column.column);
        has_null |= value.is_null();
        key::write_value(value, column.collation, column.order, out);
    }
    let alone = index.unique && !has_null;
    if !alone {
        key::write_rowid(rowid, out);
    }
    alone
}

/// The rowid of an entry.
pub fn entry_rowid(index: &Index, mut entry_key: &[u8], mut payload: &[u8]) -> Result<i64> {
    if !payload.is_empty() {
        return key::read_rowid(&mut payload);
    }
    for column in &index.columns {
        key::skip_value(&mut entry_key, column.order)?;
    }
    key::read_rowid(&mut entry_key)
}
