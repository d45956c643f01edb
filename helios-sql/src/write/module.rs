//! Rows of virtual tables: what is inserted, changed or deleted goes to the table itself.

use std::sync::Arc;

use helios_core::{Error, ErrorKind, Result, Value};

use super::row::given_rowid;
use super::rowids::SiteRowids;
use super::{Writer, mismatch};
use crate::ast::ConflictClause;
use crate::catalog::Table;
use crate::exec::Context;
use crate::module::{RowChange, Shelf, VirtualTable};

impl Writer<'_> {
    /// Hands a change to a virtual table; the rowid of a new row comes back.
    pub(super) fn change_virtual(
        &mut self,
        table: &Table,
        connected: &Arc<dyn VirtualTable>,
        change: RowChange<'_>,
        on_conflict: Option<ConflictClause>,
        context: &Context,
    ) -> Result<Option<i64>> {
        let replaces = self.on_conflict.or(on_conflict) == Some(ConflictClause::Replace);
        let site = &mut self.site;
        let mut rowids = SiteRowids::new(site.rowids, &*context.facts.resources.entropy);
        let shelf = Shelf::new(table.space, site.reader.clone(), &site.writes, &mut rowids, site.waiting);
        let rowid = match connected.change(change, &mut shelf.replacing(replaces)) {
            Err(error) if !connected.obeys_clauses() => {
                self.outcome.failed_as = Some(ConflictClause::Abort);
                return Err(error);
            }
            Err(error) if self.skips(on_conflict) && matches!(error.kind(), ErrorKind::Constraint(_)) => {
                return Ok(None);
            }
            Err(error) => {
                // REPLACE has done what it could.
                let clause = self.on_conflict.or(on_conflict);
                self.outcome.failed_as = clause.filter(|clause| *clause != ConflictClause::Replace);
                return Err(error);
            }
            Ok(rowid) => rowid,
        };
        self.outcome.changes += 1;
        if self.lent.is_some() {
            // What functions of the program ask of the table has to show it.
            self.flush_waiting(false)?;
        }
        Ok(rowid)
    }

    /// Whether rows are left out that a constraint forbids.
    fn skips(&self, on_conflict: Option<ConflictClause>) -> bool {
        self.on_conflict.or(on_conflict) == Some(ConflictClause::Ignore)
    }

    /// Inserts a row: its values, the last of which is the rowid or NULL.
    pub(super) fn insert_virtual(
        &mut self,
        table: &Table,
        connected: &Arc<dyn VirtualTable>,
        row: &[Value],
        on_conflict: Option<ConflictClause>,
        context: &Context,
    ) -> Result<()> {
        let (rowid, values) = split(row)?;
        let given = given_rowid(rowid.as_ref())?;
        let change = RowChange::Insert(given, values);
        if let Some(rowid) = self.change_virtual(table, connected, change, on_conflict, context)? {
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
        on_conflict: Option<ConflictClause>,
        context: &Context,
    ) -> Result<()> {
        let (rowid, values) = split(row)?;
        let to = given_rowid(rowid.as_ref())?.ok_or_else(mismatch)?;
        let change = RowChange::Update(from.as_ref().to_integer(), to, values);
        self.change_virtual(table, connected, change, on_conflict, context).map(drop)
    }
}

/// The rowid of a row, which comes last, and its values.
fn split(row: &[Value]) -> Result<(&Value, &[Value])> {
    row.split_last().ok_or_else(|| Error::new(ErrorKind::Internal, "a row without a rowid"))
}
