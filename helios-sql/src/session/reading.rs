//! Queries that have begun and not given all their rows.
//!
//! In: the beginning of each, and its end. Out: whether there are any, which is what SQLite asks before a table or an index
//! goes. Statements tell it by dropping what they hold, since they end without their session, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use helios_core::{Error, ErrorKind, Result};

use super::Session;
use crate::parse::Dialect;

/// How many queries of a session and of its other schemas go on.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenQueries(Arc<AtomicUsize>);

/// One of them; it has ended when this is dropped.
#[derive(Debug)]
pub(super) struct OpenQuery(OpenQueries);

impl OpenQueries {
    /// One more.
    pub(super) fn begin(&self) -> OpenQuery {
        self.0.fetch_add(1, Ordering::Relaxed);
        OpenQuery(self.clone())
    }
}

impl Drop for OpenQuery {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session {
    /// An error if a query goes on: it may read what is to go.
    pub(super) fn check_no_queries(&self) -> Result<()> {
        let goes_on = self.open_queries.0.load(Ordering::Relaxed) > 0;
        match goes_on && self.settings.dialect == Dialect::Sqlite {
            true => Err(Error::new(ErrorKind::Locked, "database table is locked")),
            false => Ok(()),
        }
    }
}
