//! Both caches, as the one whom an engine tells of commits.

use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::transaction::CommitObserver;
use helios_core::versioned::WriteSet;

use super::{ColumnCache, ResultCache};

/// The caches of an open database.
#[derive(Clone, Debug)]
pub struct Caches {
    /// Columns of tables.
    pub columns: Arc<ColumnCache>,
    /// Results of queries.
    pub results: Arc<ResultCache>,
}

impl CommitObserver for Caches {
    fn committing(&self, writes: &WriteSet, moment: Moment) {
        self.columns.committing(writes, moment);
        self.results.committing(writes, moment);
    }

    fn commit_failed(&self) {
        self.columns.commit_failed();
        self.results.commit_failed();
    }
}
