//! Index entries.

use helios_core::encoding::key;
use helios_core::{Result, ValueRef};

use super::RowId;
use crate::catalog::Index;

/// Appends the key of an entry. `value` gives what stands at a position of the row, `None` for the rowid. Returns
/// whether the key is the entry's alone, so that the row's key goes into the payload.
#[inline]
pub fn write_entry<'a>(
    index: &Index,
    id: &RowId,
    value: impl Fn(Option<usize>) -> ValueRef<'a>,
    out: &mut Vec<u8>,
) -> bool {
    let mut has_null = false;
    for column in &index.columns {
        let value = value(column.column);
        has_null |= value.is_null();
        key::write_value(value, column.collation.stored(), column.order, out);
    }
    let alone = index.unique && !has_null;
    if !alone {
        id.write(out);
    }
    alone
}

/// The key of the row that an entry points to.
#[inline]
pub fn entry_row_key<'a>(index: &Index, mut entry_key: &'a [u8], payload: &'a [u8]) -> Result<&'a [u8]> {
    if !payload.is_empty() {
        return Ok(payload);
    }
    for column in &index.columns {
        key::skip_value(&mut entry_key, column.order)?;
    }
    Ok(entry_key)
}
