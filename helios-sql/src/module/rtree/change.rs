//! INSERT, UPDATE, DELETE, and rows that a merge has changed.

use helios_core::{Constraint, Error, ErrorKind, Result, Value};

use super::super::{FollowedRow, RowChange, Shelf};
use super::node::Entry;
use super::region::Region;
use super::table::RtreeTable;

impl RtreeTable {
    pub(super) fn change_row(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        match change {
            RowChange::Insert(_, values) => self.write(None, values, shelf).map(Some),
            RowChange::Update(from, _, values) => self.write(Some(from), values, shelf).map(|_| None),
            RowChange::Delete(rowid) => self.delete(rowid, shelf).map(|()| None),
        }
    }

    /// Writes a row, in place of another one if there is one. Its first column is the rowid, whatever else is said of that.
    fn write(&self, from: Option<i64>, values: &[Value], shelf: &mut Shelf<'_>) -> Result<i64> {
        let bounds = self.shape.bounds();
        let coordinates = values.get(1..=bounds).unwrap_or_default();
        let region = Region::of_values(self.shape, coordinates).map_err(|dimension| {
            let name = |bound: usize| &self.columns[1 + 2 * dimension + bound].name;
            let message = format!("rtree constraint failed: {}.({}<={})", self.name, name(0), name(1));
            Error::new(ErrorKind::Constraint(Constraint::Module), message)
        })?;
        let rows = self.rows()?;
        let given = values.first().filter(|value| !matches!(value, Value::Null));
        let given = given.map(|value| value.as_ref().to_integer());
        if let Some(rowid) = given
            && given != from
            && rows.stored.contains(shelf.reader(), rowid)?
        {
            if !shelf.replaces() {
                let message = format!("UNIQUE constraint failed: {}.{}", self.name, self.columns[0].name);
                return Err(Error::new(ErrorKind::Constraint(Constraint::Module), message));
            }
            self.delete(rowid, shelf)?;
        }
        if let Some(from) = from {
            self.delete(from, shelf)?;
        }
        let rowid = match given {
            Some(rowid) => rowid,
            None => shelf.next_rowid(&*rows.stored)?,
        };
        rows.write(rowid, &region, values.get(1 + bounds..).unwrap_or_default(), shelf);
        self.tree()?.insert(Entry { id: rowid, region }, shelf)?;
        Ok(rowid)
    }

    fn delete(&self, rowid: i64, shelf: &mut Shelf<'_>) -> Result<()> {
        let rows = self.rows()?;
        let Some((region, _)) = rows.read(shelf.reader(), rowid)? else { return Ok(()) };
        self.tree()?.remove(Entry { id: rowid, region }, shelf)?;
        shelf.delete_row(&*rows.stored, rowid);
        Ok(())
    }

    /// Takes up rows that have changed.
    pub(super) fn follow_rows(&self, changes: Vec<FollowedRow>, shelf: &mut Shelf<'_>) -> Result<()> {
        let (rows, tree) = (self.rows()?, self.tree()?);
        for FollowedRow { rowid, old, new } in changes {
            let region = |values: Option<Vec<Value>>| values.map(|values| rows.parts(values)).transpose();
            let (old, new) = (region(old)?.map(|(region, _)| region), region(new)?.map(|(region, _)| region));
            if old == new {
                continue;
            }
            if let Some(region) = old {
                tree.remove(Entry { id: rowid, region }, shelf)?;
            }
            if let Some(region) = new {
                tree.insert(Entry { id: rowid, region }, shelf)?;
            }
        }
        Ok(())
    }
}
