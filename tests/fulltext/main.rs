//! Full-text search beside SQLite's FTS5: the same rows in the same order, the same ranks, highlights and snippets.
//!
//! `HELIOS_SEED=n` begins with another seed; `HELIOS_EXTENDED=1` tries more documents and queries.

mod characters;
mod documents;
mod fts4;
mod queries;
mod tables;
mod transactions;

use helios_tests::modules::{agree, agree_on_all};

/// A text as it is written in SQL.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
