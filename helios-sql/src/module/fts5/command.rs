//! Commands: rows that are inserted with a value in the column that has the name of the table.

use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::{Error, Result, Value};
use helios_fts::index::{Index, clear};
use helios_fts::{Content, parse_rank};

use super::super::{Shelf, StoredRows, WantedRows};
use super::content::Texts;
use super::table::Fts5Table;

/// What is called with a rowid and the texts of its row.
pub(super) type TextVisitor<'a> = dyn FnMut(i64, Vec<Value>, &mut Shelf<'_>) -> Result<()> + 'a;

/// So many rows are read at a time when the index is made anew.
const ROWS_AT_ONCE: usize = 1000;

impl Fts5Table {
    /// Does what a command says.
    pub(super) fn command(&self, rowid: Option<i64>, values: &[Value], shelf: &mut Shelf<'_>) -> Result<()> {
        let text = values[self.own_column()].as_ref().text_bytes().unwrap_or_default();
        let name = String::from_utf8_lossy(&text).to_ascii_lowercase();
        let argument = values.get(self.rank_column()).unwrap_or(&Value::Null);
        let is_own = self.config.content == Content::Own;
        match name.as_str() {
            "delete" if !is_own => match rowid {
                Some(rowid) => self.forget(rowid, &values[..self.own_column()], shelf),
                None => Ok(()),
            },
            "delete-all" if is_own => Err(Error::sql(
                "'delete-all' may only be used with a contentless or external content fts5 table",
            )),
            "delete-all" => self.clear(shelf),
            "rebuild" if self.config.is_contentless() => {
                Err(Error::sql("'rebuild' may not be used with a contentless fts5 table"))
            }
            "rebuild" => self.rebuild(shelf),
            "optimize" | "merge" => self.merge(shelf),
            "integrity-check" => self.check(argument.as_ref().to_integer(), shelf),
            _ => self.set(&name, argument, shelf),
        }
    }

    /// Empties the index.
    fn clear(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        let shadow = self.shadow()?;
        shelf.forget(shadow.space());
        clear(&shadow.writable(shelf.reader(), &shelf.shared_writes()), self.config.columns.len())?;
        let Some(sizes) = &shadow.sizes else { return Ok(()) };
        let mut rowids = Vec::new();
        sizes.scan(shelf.reader(), KeyRange::ALL, Direction::Forward, &mut |key, _| {
            rowids.push(sizes.rowid(key)?);
            Ok(true)
        })?;
        rowids.into_iter().for_each(|rowid| shelf.delete_row(&**sizes, rowid));
        Ok(())
    }

    /// Makes the index anew from the texts.
    pub(in super::super) fn rebuild(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        self.clear(shelf)?;
        self.for_each_text(shelf, &mut |rowid, texts, shelf| self.index(rowid, &texts, shelf))
    }

    /// Calls with all rows and their texts.
    pub(super) fn for_each_text(&self, shelf: &mut Shelf<'_>, call: &mut TextVisitor<'_>) -> Result<()> {
        let rows: &Arc<dyn StoredRows> = match &self.texts {
            Texts::In { rows, .. } => rows,
            Texts::Queried(rows) => {
                let mut found = rows.open(shelf.reader(), WantedRows::All { descends: false })?;
                while let Some((rowid, texts)) = found.next_row()? {
                    call(rowid, texts, shelf)?;
                }
                return Ok(());
            }
            Texts::Unreachable(_) => return Err(Error::sql("SQL logic error")),
            Texts::Nowhere => return Ok(()),
        };
        let mut next = Some(i64::MIN);
        while let Some(first) = next.take() {
            let mut found = Vec::new();
            let first = rows.rowid_key(first);
            let range = KeyRange::new(&first, None);
            rows.scan(shelf.reader(), range, Direction::Forward, &mut |key, values| {
                let rowid = rows.rowid(key)?;
                found.push((rowid, self.texts.chosen(values, rowid)));
                Ok(found.len() < ROWS_AT_ONCE)
            })?;
            if found.len() == ROWS_AT_ONCE {
                next = found.last().and_then(|(rowid, _)| rowid.checked_add(1));
            }
            for (rowid, texts) in found {
                call(rowid, texts, shelf)?;
            }
        }
        Ok(())
    }

    /// Makes one segment of all.
    pub(in super::super) fn merge(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        let shadow = self.shadow()?;
        shelf.flush(shadow.space())?;
        let store = shadow.writable(shelf.reader(), &shelf.shared_writes());
        Index::open(store.clone())?.merge_all(&store)
    }

    /// Changes a setting.
    fn set(&self, name: &str, value: &Value, shelf: &mut Shelf<'_>) -> Result<()> {
        let number = match value {
            Value::Integer(number) => Some(*number),
            Value::Text(_) => std::str::from_utf8(&value.as_ref().text_bytes().unwrap_or_default())
                .ok()
                .and_then(|text| text.trim().parse().ok()),
            _ => None,
        };
        let is_right = match (name, number) {
            ("pgsz", Some(number)) => (32..=65_536).contains(&number),
            ("hashsize", Some(number)) => number > 0,
            ("automerge", Some(number)) => (0..=64).contains(&number),
            ("usermerge", Some(number)) => (2..=16).contains(&number),
            ("crisismerge", Some(number)) => number >= 0,
            ("rank", _) => {
                let text = value.as_ref().text_bytes().unwrap_or_default();
                parse_rank(&String::from_utf8_lossy(&text)).is_some()
            }
            _ => false,
        };
        if !is_right {
            return Err(Error::sql("SQL logic error"));
        }
        self.shadow()?.configure(name, value, shelf);
        Ok(())
    }
}
