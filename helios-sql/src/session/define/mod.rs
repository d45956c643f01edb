//! CREATE, ALTER and DROP: rows of `sqlite_schema`, and spaces.

mod actions;
mod alter;
mod check;
mod comment;
mod constraints;
mod definition;
mod drop;
mod enumeration;
mod index;
mod like;
mod quotes;
mod rehearsal;
mod remake;
mod rename;
mod rename_index;
mod sequence;
mod table;
mod temporary;
mod trigger;
mod view;
mod virtual_table;

use std::sync::Arc;

use helios_core::encoding::key;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::Session;
use crate::ast::ObjectName;
use crate::catalog::{Catalog, ObjectKind, SchemaRow};
use crate::parse::is_keyword;

pub(super) use super::hooks::quoted;
pub(super) use index::{column_scan, has_entry};
pub(super) use rehearsal::Rehearsal;
pub(super) use rename::index_of_renamed;

impl Session {
    pub(in crate::session) fn current_catalog(&mut self) -> Result<Arc<Catalog>> {
        let (reader, stamp) = self.current_reader()?;
        self.catalog_for(&reader, stamp)
    }

    /// The tables that there are, for finding what a statement is about: that is no reading.
    pub(in crate::session) fn compiling_catalog(&mut self) -> Result<Arc<Catalog>> {
        let (reader, stamp) = self.compiling_reader()?;
        self.catalog_for(&reader, stamp)
    }

    /// A row of `sqlite_schema` for something new. Tables and indexes get a space.
    pub(super) fn schema_row(
        &mut self,
        kind: ObjectKind,
        name: &str,
        table: &str,
        sql: Option<Arc<str>>,
    ) -> Result<SchemaRow> {
        self.about_to_write()?;
        let space = match kind {
            ObjectKind::Table | ObjectKind::Index => self.database.engine().reserve_space()?,
            ObjectKind::View | ObjectKind::Trigger => Space(0),
        };
        Ok(SchemaRow { kind, name: name.to_owned(), table: table.to_owned(), space, sql })
    }

    pub(in crate::session) fn write_schema_row(&mut self, row: &SchemaRow) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        let rowid = self.rowids.next(Space::SCHEMA, &reader, &**self.database.entropy())?;
        let mut row_key = Vec::new();
        key::write_rowid(rowid, &mut row_key);
        if let Some(transaction) = &self.transaction {
            transaction.writes().put(Space::SCHEMA, &row_key, |payload| row.write(payload));
        }
        self.rowids.inserted(Space::SCHEMA, rowid);
        Ok(())
    }

    /// The rows of `sqlite_schema` with their keys.
    pub(in crate::session) fn schema_rows(&mut self) -> Result<Vec<(Vec<u8>, SchemaRow)>> {
        let (reader, _) = self.current_reader()?;
        let mut rows = Vec::new();
        let guard = reader.scan(Space::SCHEMA);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let row = SchemaRow::from_payload(cursor.version().payload)?;
            rows.push((cursor.key().to_vec(), row));
        }
        Ok(rows)
    }

    fn remove_schema_rows(&mut self, goes: impl Fn(&SchemaRow) -> bool) -> Result<()> {
        self.about_to_write()?;
        let rows = self.schema_rows()?;
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            let going = rows.iter().filter(|(_, row)| goes(row));
            going.for_each(|(key, _)| writes.delete(Space::SCHEMA, key));
        }
        self.rowids.forget(Space::SCHEMA);
        self.schema_changed();
        Ok(())
    }

    /// Writes rows of `sqlite_schema` in place of what they were.
    pub(super) fn replace_schema_rows(&mut self, rows: &[(Vec<u8>, SchemaRow)]) {
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            for (key, row) in rows {
                writes.put(Space::SCHEMA, key, |payload| row.write(payload));
            }
        }
        self.schema_changed();
    }
}

/// A name as it was written, quotes and all, at the beginning of a text.
fn written_name(text: &str) -> &str {
    let close = match text.as_bytes().first() {
        Some(quote @ (b'"' | b'\'' | b'`')) => *quote,
        Some(b'[') => b']',
        _ => return text.split(|c: char| c.is_ascii_whitespace() || c == '(').next().unwrap_or(text),
    };
    let (mut at, bytes) = (1, text.as_bytes());
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte == close && (close == b']' || bytes.get(at) != Some(&close)) {
            return &text[..at];
        }
        at += usize::from(*byte == close);
    }
    text
}

/// An error if an object of this kind and name cannot be made, which tells the name as it was `written`; `true` if one
/// exists and that is no error.
fn is_there(catalog: &Catalog, name: &str, written: &str, if_not_exists: bool) -> Result<bool> {
    if let Some(table) = catalog.relation(name) {
        if if_not_exists {
            return Ok(true);
        }
        let what = if table.view.is_some() { "view" } else { "table" };
        return Err(Error::sql(format!("{what} {} already exists", written_name(written))));
    }
    if catalog.index(name).is_some() {
        return Err(Error::sql(format!("there is already an index named {name}")));
    }
    Ok(false)
}

fn check_schema(name: &ObjectName) -> Result<()> {
    match name.schema.as_deref() {
        Some(schema) if !schema.eq_ignore_ascii_case("main") => {
            Err(Error::sql(format!("unknown database {schema}")))
        }
        _ => Ok(()),
    }
}

fn check_name(name: &str) -> Result<()> {
    if has_reserved_name(name) {
        return Err(Error::sql(format!("object name reserved for internal use: {name}")));
    }
    Ok(())
}

fn has_reserved_name(name: &str) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
}

/// A name as it is written in a statement.
pub(super) fn quoted_if_needed(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if plain && !is_keyword(name) { name.to_owned() } else { quoted(name) }
}
