//! FTS3 and FTS4 (<https://sqlite.org/fts3.html>): the older tables that are searched for words.
//!
//! In: rows with texts, and queries. Out: the rows that match, in the order of their docids. Texts, lengths and the index
//! are kept as those of FTS5 are, in shadow tables that have the names of FTS4's; what definitions, queries and functions
//! mean is in `helios_fts::fts4`.
//!
//! ```text
//! table       columns, what a scan can make use of
//! scan        rows that match
//! functions   offsets, snippet, matchinfo, optimize
//! change      INSERT, UPDATE, DELETE, and commands
//! terms       fts4aux: the terms of a table, as a table
//! tokens      fts3tokenize: the tokens of a text, as a table
//! ```

mod change;
mod functions;
mod scan;
mod table;
mod terms;
mod tokens;

use std::sync::Arc;

use helios_core::{Error, Result};
use helios_fts::Content;
use helios_fts::fts4::Options;

use super::{Definition, Module, Shelf, Tables, VirtualTable};
use table::Fts4Table;
pub(super) use terms::Terms;
pub(super) use tokens::Tokens;

/// The module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fts4 {
    /// Whether it has what FTS4 has more than FTS3.
    pub(super) is_fts4: bool,
}

impl Module for Fts4 {
    fn create(&self, table: &dyn VirtualTable, shelf: &mut Shelf<'_>) -> Result<()> {
        let Some(table) = table.as_any().downcast_ref::<Fts4Table>() else { return Ok(()) };
        table.engine.shadow()?.initialize(table.width(), shelf)
    }

    fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let options = Options::parse(self.is_fts4, &definition.arguments)?;
        let columns = match (options.columns(), &options.content) {
            (Some(columns), _) => columns,
            (None, Content::Table(name)) => columns_of(name, &options, tables)?,
            (None, _) => Vec::new(),
        };
        let reserved = ["docid", options.language.as_deref().unwrap_or("__langid"), &definition.table];
        for (place, column) in columns.iter().enumerate() {
            let is_same = |other: &str| other.eq_ignore_ascii_case(column);
            if columns[..place].iter().any(|other| is_same(other))
                || reserved.iter().any(|name| is_same(name))
            {
                return Err(Error::sql(format!("vtable constructor failed: {}", definition.table)));
            }
        }
        Ok(Arc::new(Fts4Table::new(definition, &options, &columns, tables)?))
    }

    fn shadow_tables(&self, definition: &Definition) -> Result<Vec<(&'static str, String)>> {
        let options = Options::parse(self.is_fts4, &definition.arguments)?;
        let mut shadows = Vec::new();
        if options.content == Content::Own {
            let columns = options.columns().unwrap_or_default();
            let texts = columns.iter().enumerate().map(|(number, name)| format!("c{number}{name}"));
            let texts: String = texts.map(|name| format!(", '{}'", name.replace('\'', "''"))).collect();
            let language = if options.language.is_some() { ", langid" } else { "" };
            shadows.push(("content", format!("(docid INTEGER PRIMARY KEY{texts}{language})")));
        }
        shadows.push(("segments", "(blockid INTEGER PRIMARY KEY, block BLOB)".to_owned()));
        let directory = "(level, idx, root, PRIMARY KEY(level, idx)) WITHOUT ROWID";
        shadows.push(("segdir", directory.to_owned()));
        if options.has_sizes {
            shadows.push(("docsize", "(docid INTEGER PRIMARY KEY, size BLOB)".to_owned()));
        }
        if self.is_fts4 {
            shadows.push(("stat", "(id INTEGER PRIMARY KEY, value BLOB)".to_owned()));
        }
        Ok(shadows)
    }
}

/// The columns of the table that has the texts, but for the language.
fn columns_of(name: &str, options: &Options, tables: &dyn Tables) -> Result<Vec<String>> {
    let names = tables.columns_of(name)?;
    let is_language =
        |column: &String| options.language.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(column));
    Ok(names.into_iter().filter(|column| !is_language(column)).collect())
}

/// SQLite's error of what it has no words for.
fn failed() -> Error {
    Error::sql("SQL logic error")
}
