//! INSERT, UPDATE, DELETE of FTS3 and FTS4, and their commands.

use helios_core::value::Affinity;
use helios_core::{Constraint, Error, ErrorKind, Result, Value};
use helios_fts::fts4::prefix_lengths;

use super::super::fts5::Texts;
use super::super::{RowChange, Shelf};
use super::failed;
use super::table::Fts4Table;

impl Fts4Table {
    /// Changes a row, or does what a command says.
    pub(super) fn change_row(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        match change {
            RowChange::Insert(_, values) if !matches!(values[self.width()], Value::Null) => {
                self.command(&values[self.width()], shelf)?;
                Ok(None)
            }
            RowChange::Insert(rowid, values) => self.insert(rowid, values, shelf).map(Some),
            RowChange::Update(from, to, values) => self.update(from, to, values, shelf),
            RowChange::Delete(rowid) => self.delete(rowid, shelf).map(|()| None),
        }
    }

    fn insert(&self, rowid: Option<i64>, values: &[Value], shelf: &mut Shelf<'_>) -> Result<i64> {
        let document = self.document(values)?;
        let docid = &values[self.docid_column()];
        if rowid.is_some() && !matches!(docid, Value::Null) {
            return Err(failed());
        }
        let given = match (&self.engine.texts, docid) {
            (Texts::In { other: None, .. }, docid) => self.docid(docid)?.or(rowid),
            (_, Value::Integer(docid)) => Some(*docid),
            (_, Value::Null) if rowid.is_some() => rowid,
            _ => return Err(refused()),
        };
        let rowid = match given {
            Some(rowid) => {
                self.make_way(rowid, shelf)?;
                rowid
            }
            None => match &self.engine.texts {
                Texts::In { rows, .. } => shelf.next_rowid(&**rows)?,
                _ => return Err(refused()),
            },
        };
        self.write(rowid, &document, shelf)?;
        Ok(rowid)
    }

    fn update(&self, from: i64, to: i64, values: &[Value], shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        let document = self.document(values)?;
        let to = self.docid(&values[self.docid_column()])?.unwrap_or(to);
        if from != to {
            self.make_way(to, shelf)?;
        }
        self.delete(from, shelf)?;
        self.write(to, &document, shelf)?;
        Ok(None)
    }

    /// A docid that was given.
    fn docid(&self, given: &Value) -> Result<Option<i64>> {
        match Affinity::Integer.apply(given.clone()) {
            Value::Null => Ok(None),
            Value::Integer(docid) => Ok(Some(docid)),
            _ => Err(Error::new(ErrorKind::Mismatch, "datatype mismatch")),
        }
    }

    /// The texts of a row that is to be written, and its language behind them where the table has languages.
    fn document(&self, values: &[Value]) -> Result<Vec<Value>> {
        let mut document = values[..self.width()].to_vec();
        let language = values[self.language_column()].as_ref().to_integer() as i32;
        if language < 0 {
            return Err(refused());
        }
        if self.has_languages {
            document.push(Value::Integer(i64::from(language)));
        }
        Ok(document)
    }

    fn write(&self, rowid: i64, document: &[Value], shelf: &mut Shelf<'_>) -> Result<()> {
        self.engine.write_texts(rowid, document, shelf)?;
        self.engine.index(rowid, document, shelf)
    }

    /// Sees to it that a new row of the table's own is not in the way of another one.
    fn make_way(&self, rowid: i64, shelf: &mut Shelf<'_>) -> Result<()> {
        let Texts::In { rows, other: None, .. } = &self.engine.texts else { return Ok(()) };
        if !rows.contains(shelf.reader(), rowid)? {
            return Ok(());
        }
        if !shelf.replaces() {
            return Err(refused());
        }
        self.delete(rowid, shelf)
    }

    /// Takes a row away, as its texts are now.
    fn delete(&self, rowid: i64, shelf: &mut Shelf<'_>) -> Result<()> {
        if self.engine.config.is_contentless() {
            return Err(failed());
        }
        if let Some(document) = self.engine.texts.read(shelf.reader(), rowid)? {
            self.engine.forget(rowid, &document, shelf)?;
            if let Texts::In { rows, other: None, .. } = &self.engine.texts {
                shelf.delete_row(&**rows, rowid);
            }
        }
        Ok(())
    }

    /// Does what a command says.
    fn command(&self, command: &Value, shelf: &mut Shelf<'_>) -> Result<()> {
        let text = command.as_ref().text_bytes().unwrap_or_default();
        let text = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let is_contentless = self.engine.config.is_contentless();
        let has_numbers = |numbers: &str| prefix_lengths(numbers).is_some();
        match text.as_str() {
            "optimize" => self.engine.merge(shelf),
            "rebuild" if !is_contentless => self.engine.rebuild(shelf),
            "integrity-check" if !is_contentless => self.engine.check(1, shelf),
            _ => match text.split_once('=') {
                Some(("merge", numbers)) if has_numbers(numbers) && !numbers.is_empty() => {
                    self.engine.merge(shelf)
                }
                Some(("automerge", _)) => Ok(()),
                _ => Err(failed()),
            },
        }
    }
}

/// SQLite's error of a row that may not be.
fn refused() -> Error {
    Error::new(ErrorKind::Constraint(Constraint::Module), "constraint failed")
}
