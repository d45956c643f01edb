//! INSERT, UPDATE and DELETE.

use helios_core::{Constraint, Error, ErrorKind, Result, Value, ValueRef};
use helios_fts::Content;

use super::super::{RowChange, Shelf};
use super::buffer::Documents;
use super::content::Texts;
use super::shadow::damaged;
use super::table::Fts5Table;

impl Fts5Table {
    /// Changes a row, or does what a command says.
    pub(super) fn change_row(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        match change {
            RowChange::Insert(rowid, values) if !is_null(values, self.own_column()) => {
                self.command(rowid, values, shelf)?;
                Ok(None)
            }
            RowChange::Insert(rowid, values) => self.insert(rowid, values, shelf).map(Some),
            RowChange::Update(from, to, values) => self.update(from, to, values, shelf),
            RowChange::Delete(rowid) => {
                if self.config.is_contentless() {
                    let name = &self.name;
                    return Err(Error::sql(format!("cannot DELETE from contentless fts5 table: {name}")));
                }
                self.delete(rowid, shelf)?;
                Ok(None)
            }
        }
    }

    fn insert(&self, rowid: Option<i64>, values: &[Value], shelf: &mut Shelf<'_>) -> Result<i64> {
        let shadow = self.shadow()?;
        let keeps_rows = self.config.content == Content::Own;
        if let Some(rowid) = rowid
            && keeps_rows
            && self.has_row(rowid, shelf)?
        {
            if !shelf.replaces() {
                return Err(Error::new(ErrorKind::Constraint(Constraint::Module), "constraint failed"));
            }
            self.delete(rowid, shelf)?;
        }
        let rowid = match rowid {
            Some(rowid) => rowid,
            None => {
                let rows = match (&self.texts, &shadow.sizes) {
                    (Texts::In { rows, other: None, .. }, _) => rows.clone(),
                    (_, Some(sizes)) => sizes.clone(),
                    _ => return Err(Error::new(ErrorKind::Mismatch, "datatype mismatch")),
                };
                shelf.next_rowid(&*rows)?
            }
        };
        self.write_texts(rowid, values, shelf)?;
        self.index(rowid, values, shelf)?;
        Ok(rowid)
    }

    /// Whether a row is there already.
    fn has_row(&self, rowid: i64, shelf: &Shelf<'_>) -> Result<bool> {
        match (&self.texts, &self.shadow()?.sizes) {
            (Texts::In { rows, other: None, .. }, _) => rows.contains(shelf.reader(), rowid),
            (_, Some(sizes)) => sizes.contains(shelf.reader(), rowid),
            _ => Ok(false),
        }
    }

    fn update(&self, from: i64, to: i64, values: &[Value], shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        if self.config.is_contentless() {
            return Err(Error::sql(format!("cannot UPDATE contentless fts5 table: {}", self.name)));
        }
        if from != to && self.config.content == Content::Own && self.has_row(to, shelf)? {
            if !shelf.replaces() {
                return Err(Error::new(ErrorKind::Constraint(Constraint::Module), "constraint failed"));
            }
            self.delete(to, shelf)?;
        }
        self.delete(from, shelf)?;
        self.write_texts(to, values, shelf)?;
        self.index(to, values, shelf)?;
        Ok(None)
    }

    /// Writes the texts of a row where they belong to this table.
    pub(in super::super) fn write_texts(
        &self,
        rowid: i64,
        values: &[Value],
        shelf: &mut Shelf<'_>,
    ) -> Result<()> {
        let Texts::In { rows, places, other: None } = &self.texts else { return Ok(()) };
        let mut stored = vec![ValueRef::Null; rows.columns().len()];
        for (value, place) in values.iter().zip(places) {
            if let Some(place) = place {
                stored[*place] = value.as_ref();
            }
        }
        shelf.put_row(&**rows, rowid, &stored);
        Ok(())
    }

    /// Puts a row into the index.
    pub(in super::super) fn index(&self, rowid: i64, values: &[Value], shelf: &mut Shelf<'_>) -> Result<()> {
        let sizes = self.note(rowid, true, values, shelf)?;
        self.shadow()?.write_sizes(rowid, &sizes, shelf);
        Ok(())
    }

    /// Takes a row away, as its texts are now.
    fn delete(&self, rowid: i64, shelf: &mut Shelf<'_>) -> Result<()> {
        if let Some(texts) = self.texts.read(shelf.reader(), rowid)? {
            self.forget(rowid, &texts, shelf)?;
            if let Texts::In { rows, other: None, .. } = &self.texts {
                shelf.delete_row(&**rows, rowid);
            }
        }
        Ok(())
    }

    /// Takes a row with these texts out of the index.
    pub(in super::super) fn forget(&self, rowid: i64, texts: &[Value], shelf: &mut Shelf<'_>) -> Result<()> {
        self.note(rowid, false, texts, shelf)?;
        if let Some(sizes) = &self.shadow()?.sizes {
            shelf.delete_row(&**sizes, rowid);
        }
        Ok(())
    }

    /// Notes that a row comes or goes; how many tokens its columns have.
    fn note(&self, rowid: i64, comes: bool, values: &[Value], shelf: &mut Shelf<'_>) -> Result<Vec<i64>> {
        let shadow = self.shadow()?;
        let config = self.config_of(values);
        let make = || Box::new(Documents::new(&self.config, shadow)) as Box<_>;
        let buffer = shelf.buffer(shadow.space(), make);
        let documents = buffer.as_any().downcast_mut::<Documents>().ok_or_else(damaged)?;
        let texts: Vec<ValueRef<'_>> =
            values.iter().take(self.config.columns.len()).map(Value::as_ref).collect();
        let sizes = documents.change(&config, rowid, comes, &texts);
        if documents.is_full_now() {
            shelf.flush(shadow.space())?;
        }
        Ok(sizes)
    }
}

/// Whether a value is not given.
fn is_null(values: &[Value], column: usize) -> bool {
    values.get(column).is_none_or(|value| matches!(value, Value::Null))
}
