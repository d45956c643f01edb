//! Rows of virtual tables: what is inserted, changed or deleted goes to the table itself.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::row::given_rowid;
use super::{Writer, mismatch};
use crate::catalog::Table;
use crate::module::{RowChange, Shelf, VirtualTable};

impl Writer<'_> {
    /// Hands a change to a virtual table; the rowid of a new row comes back.
    pub(super) fn change_virtual(
        &mut self,
        table: &Table,
        connected: &Arc<dyn VirtualTable>,
        change: RowChange<'_>,
    ) -> Result<Option<i64>> {
        let mut shelf = Shelf::new(table.space, self.site.reader.clone(), self.site.transaction);
        let rowid = connected.change(change, &mut shelf)?;
        self.outcome.changes += 1;
        Ok(rowid)
    }

    /// Inserts a row: its values, the last of which is the rowid or NULL.
    pub(super) fn insert_virtual(
        &mut self,
        table: &Table,
        connected: &Arc<dyn VirtualTable>,
        row: &[Value],
    ) -> Result<()> {
        let (rowid, values) = split(row)?;
        let given = given_rowid(rowid.as_ref())?;
        if let Some(rowid) = self.change_virtual(table, connected, RowChange::Insert(given, values))? {
            self.outcome.last_insert_rowid = Some(rowid);
        }
        Ok(())
    }

    /// Changes a row: its old rowid, and its new values with the new one.
    pub(super) fn update_virtual(
        &mut self,
        table: &Table,
        connected: &Arc<dyn VirtualTable>,
        from: &Value,
        row: &[Value],
    ) -> Result<()> {
        let (rowid, values) = split(row)?;
        let to = given_rowid(rowid.as_ref())?.ok_or_else(mismatch)?;
        let change = RowChange::Update(from.as_ref().to_integer(), to, values);
        self.change_virtual(table, connected, change).map(drop)
    }
}

/// The rowid of a row, which comes last, and its values.
fn split(row: &[Value]) -> Result<(&Value, &[Value])> {
    row.split_last().ok_or_else(|| Error::new(helios_core::ErrorKind::Internal, "a row without a rowid"))
}
