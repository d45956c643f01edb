//! Unique constraints under collations of programs: keys in the store are not in their order, so the entries that could
//! be equal are read and compared one by one.

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::value::compare;
use helios_core::versioned::Space;
use helios_core::{Result, ValueRef};

use super::Writer;
use crate::catalog::IndexColumn;

impl Writer<'_> {
    /// The entry of `space` whose first components, which are `columns`, equal the values of a row, by their collations:
    /// its key and its payload. NULL equals nothing.
    pub(super) fn equal_entry<'v>(
        &self,
        space: Space,
        columns: &[IndexColumn],
        value: impl Fn(Option<usize>) -> ValueRef<'v>,
    ) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
        let mut prefix = Vec::new();
        for column in columns.iter().take_while(|column| column.collation.is_stored()) {
            key::write_value(value(column.column), &column.collation, column.order, &mut prefix);
        }
        let end = key::after_components(&prefix);
        let guard = self.site.reader.scan(space);
        let mut cursor = guard.cursor(KeyRange { start: &prefix, end: Some(&end) }, Direction::Forward)?;
        while cursor.advance()? {
            let mut rest = cursor.key();
            let mut is_equal = true;
            for column in columns {
                let (own, other) = (value(column.column), key::read_value(&mut rest, column.order)?);
                is_equal &= !own.is_null() && compare(own, other.as_ref(), &column.collation).is_eq();
            }
            if is_equal {
                return Ok(Some((cursor.key().to_vec(), cursor.version().payload.to_vec())));
            }
        }
        Ok(None)
    }
}

/// Whether keys in the store can be in the order of the columns.
pub(super) fn is_stored(columns: &[IndexColumn]) -> bool {
    columns.iter().all(|column| column.collation.is_stored())
}
