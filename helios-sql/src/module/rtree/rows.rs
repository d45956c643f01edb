//! The row of a box in `t_rowid`: its coordinates in one blob, so that a merge decides about them as a whole, and the
//! auxiliary columns.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Result, Value, ValueRef};

use super::super::{Shelf, StoredRows};
use super::node::damaged;
use super::region::{Region, Shape};

/// The rows of a table.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) shape: Shape,
    pub(super) stored: Arc<dyn StoredRows>,
}

/// The columns of a row before the auxiliary ones: the rowid and the box.
const AUXILIARY: usize = 2;

impl Rows {
    /// The box of a stored row, and the values of its auxiliary columns.
    pub(super) fn parts(&self, mut values: Vec<Value>) -> Result<(Region, Vec<Value>)> {
        let region = match values.get(1) {
            Some(Value::Blob(bytes)) => Region::read(self.shape, bytes),
            _ => None,
        };
        values.drain(..AUXILIARY.min(values.len()));
        Ok((region.ok_or_else(damaged)?, values))
    }

    /// The box with a rowid and its auxiliary columns, if there is one.
    pub(super) fn read(&self, reader: &Reader, rowid: i64) -> Result<Option<(Region, Vec<Value>)>> {
        let found = self.stored.get(reader, &self.stored.rowid_key(rowid))?;
        found.map(|values| self.parts(values)).transpose()
    }

    /// Writes a row.
    pub(super) fn write(&self, rowid: i64, region: &Region, auxiliary: &[Value], shelf: &mut Shelf<'_>) {
        let mut bytes = Vec::with_capacity(self.shape.bytes());
        region.write(self.shape, &mut bytes);
        let mut values = vec![ValueRef::Null, ValueRef::Blob(&bytes)];
        values.extend(auxiliary.iter().map(Value::as_ref));
        shelf.put_row(&*self.stored, rowid, &values);
    }
}
