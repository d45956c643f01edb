//! Limits on the size of queries: SQLite's (<https://sqlite.org/limits.html>), and two of our own for what grows while it
//! is bound, so that no statement overflows a stack or the memory before it runs.

use helios_core::{Error, Result};

use super::Binder;
use crate::catalog::MAX_COLUMNS;

/// The most tables of one FROM.
const MAX_TABLES: usize = 64;

/// How deep queries may stand in each other, common tables put in where they are named. What the parser takes is never
/// as deep by itself; a thread with a stack of 2 MB has room for it.
const MAX_QUERY_NESTING: usize = 100;

/// The most queries that one statement may come to. A common table counts for each place that it is named in, and those
/// that name each other twice multiply.
const MAX_QUERIES: usize = 20_000;

impl Binder<'_> {
    /// Notes that a query begins within the one that is being bound; [`Binder::leave_query`] that it has ended.
    pub(super) fn enter_query(&mut self) -> Result<()> {
        self.query_nesting += 1;
        self.queries += 1;
        if self.query_nesting > MAX_QUERY_NESTING {
            return Err(Error::sql(format!(
                "queries stand in each other too deep (maximum depth {MAX_QUERY_NESTING})"
            )));
        }
        if self.queries > MAX_QUERIES {
            return Err(Error::sql(format!(
                "the statement comes to too many queries (at most {MAX_QUERIES})"
            )));
        }
        Ok(())
    }

    /// Comes back from [`Binder::enter_query`]; not needed on the way out with an error.
    pub(super) fn leave_query(&mut self) {
        self.query_nesting -= 1;
    }
}

/// Checks the number of result columns.
pub(super) fn check_columns(count: usize) -> Result<()> {
    check(count, MAX_COLUMNS, || "too many columns in result set".into())
}

/// Checks the number of terms of `clause`.
pub(super) fn check_terms(count: usize, clause: &str) -> Result<()> {
    check(count, MAX_COLUMNS, || format!("too many terms in {clause} clause"))
}

/// Checks the number of tables in one FROM.
pub(super) fn check_tables(count: usize) -> Result<()> {
    check(count, MAX_TABLES, || format!("at most {MAX_TABLES} tables in a join"))
}

fn check(count: usize, most: usize, message: impl FnOnce() -> String) -> Result<()> {
    if count > most { Err(Error::sql(message())) } else { Ok(()) }
}
