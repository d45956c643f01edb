//! FTS5: tables that are searched for words (<https://sqlite.org/fts5.html>).
//!
//! In: rows with texts, and queries. Out: the rows that match, in the order of their rowids or of their rank. What is
//! known of texts, queries and ranking is in `helios_fts`; here are the tables: rows in shadow tables, which have SQLite's
//! names, and the pages of the index in `_data`.
//!
//! ```text
//! shadow      the shadow tables, and the index's pages in them
//! content     the texts of a row, wherever they are
//! table       columns, what a scan can make use of
//! rows        the rows of a table that is not searched
//! scan        rows that match
//! auxiliary   bm25, highlight, snippet
//! change      INSERT, UPDATE, DELETE
//! check       whether the index says what the texts say
//! command     INSERT INTO t(t) VALUES('rebuild') and its like
//! vocab       the terms of a table, as a table
//! buffer      documents that wait to be written to the index
//! ```

mod auxiliary;
mod buffer;
mod change;
mod check;
mod command;
mod content;
mod lengths;
mod rows;
mod scan;
mod shadow;
mod table;
mod vocab;

use std::sync::Arc;

use helios_core::{Error, Result};
use helios_fts::{Config, Content};

use super::{Definition, Module, Shelf, Tables, VirtualTable};
pub(super) use buffer::with_text;
pub(super) use content::Texts;
pub(super) use rows::{Bounds, RowMaker, open_rows};
pub(super) use shadow::{Shadow, damaged};
pub(super) use table::Fts5Table;
pub(super) use vocab::Vocabulary;

/// The module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fts5;

impl Module for Fts5 {
    fn create(&self, table: &dyn VirtualTable, shelf: &mut Shelf<'_>) -> Result<()> {
        let Some(table) = table.as_any().downcast_ref::<Fts5Table>() else { return Ok(()) };
        table.shadow()?.initialize(table.config.columns.len(), shelf)
    }

    fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let config = Config::parse(&definition.table, &definition.arguments)?;
        if config.columns.is_empty() {
            return Err(Error::sql("near \",\": syntax error"));
        }
        Ok(Arc::new(Fts5Table::new(definition, config, tables)))
    }

    fn shadow_tables(&self, definition: &Definition) -> Result<Vec<(&'static str, String)>> {
        let config = Config::parse(&definition.table, &definition.arguments)?;
        let mut shadows = vec![
            ("data", "(id INTEGER PRIMARY KEY, block BLOB)".to_owned()),
            ("idx", "(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID".to_owned()),
        ];
        if config.content == Content::Own {
            let columns = (0..config.columns.len()).map(|number| format!(", c{number}"));
            shadows.push(("content", format!("(id INTEGER PRIMARY KEY{})", columns.collect::<String>())));
        }
        if config.has_sizes {
            shadows.push(("docsize", "(id INTEGER PRIMARY KEY, sz BLOB)".to_owned()));
        }
        shadows.push(("config", "(k PRIMARY KEY, v) WITHOUT ROWID".to_owned()));
        Ok(shadows)
    }
}
