//! What a row is found by.

use helios_core::encoding::key;
use helios_core::{Result, ValueRef};

use crate::catalog::Table;

/// What a row of a table is found by: its rowid, or, without rowids, the key of its primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowId {
    /// The rowid.
    Rowid(i64),
    /// The bytes of the key.
    Key(Vec<u8>),
}

impl RowId {
    /// The key of a row of a table without rowids. `value` gives the value of a column by its position.
    pub fn of_row<'a>(table: &Table, value: impl Fn(Option<usize>) -> ValueRef<'a>) -> RowId {
        let mut bytes = Vec::with_capacity(32);
        for column in table.row_columns() {
            key::write_value(value(column.column), column.collation.stored(), column.order, &mut bytes);
        }
        RowId::Key(bytes)
    }

    /// What the key of a row says.
    pub fn of_key(table: &Table, mut bytes: &[u8]) -> Result<RowId> {
        if table.row_key.is_none() {
            key::read_rowid(&mut bytes).map(RowId::Rowid)
        } else {
            Ok(RowId::Key(bytes.to_vec()))
        }
    }

    /// The rowid; 0 where there is none.
    pub fn rowid(&self) -> i64 {
        match self {
            RowId::Rowid(rowid) => *rowid,
            RowId::Key(_) => 0,
        }
    }

    /// Appends the key of the row.
    #[inline]
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            RowId::Rowid(rowid) => key::write_rowid(*rowid, out),
            RowId::Key(bytes) => out.extend_from_slice(bytes),
        }
    }

    /// The key of the row.
    pub fn key(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(9);
        self.write(&mut bytes);
        bytes
    }
}
