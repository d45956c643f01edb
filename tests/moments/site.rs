//! Where programs run: sessions on the branches of a database, in this process or in another.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::clock::Clock;
use helios_core::storage::Storage;
use helios_core::{Error, ErrorKind, Result};
use helios_sql::database::{Database, Settings};
use helios_sql::session::{MergeConflicts, OnConflict, Session};
use helios_testkit::clock::SeededEntropy;
use helios_tests::engine::run;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Rows.
    Rows(Vec<String>),
    /// A merge was refused for these rows, as table and key, or for what has no row.
    Refused(Vec<String>),
    /// The driver failed.
    Failed,
    /// Another error.
    Error(String),
}

/// A database that is open, with a session on each branch that was used.
pub(crate) struct Site {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    pub(crate) database: Arc<Database>,
    sessions: HashMap<String, Session>,
}

impl Site {
    pub(crate) fn open(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Result<Site> {
        let database = open(&storage, &clock)?;
        Ok(Site { storage, clock, database, sessions: HashMap::new() })
    }

    /// Opens the database anew.
    pub(crate) fn reopen(&mut self) -> Result<()> {
        self.sessions.clear();
        self.database = open(&self.storage, &self.clock)?;
        Ok(())
    }

    /// Does what a request says: statements for a branch, or a merge into it.
    pub(crate) fn ask(&mut self, branch: &str, request: &str) -> Answer {
        match self.answer(branch, request) {
            Ok(rows) => Answer::Rows(rows),
            Err(error) if error.kind() == ErrorKind::Io => Answer::Failed,
            Err(error) => refused(&error).unwrap_or_else(|| Answer::Error(error.to_string())),
        }
    }

    fn answer(&mut self, branch: &str, request: &str) -> Result<Vec<String>> {
        if !self.sessions.contains_key(branch) {
            self.sessions.insert(branch.to_owned(), self.database.connect(branch)?);
        }
        let Some(session) = self.sessions.get_mut(branch) else { return Ok(Vec::new()) };
        if let Some((source, on_conflict)) = merge_of(request) {
            let report = session.merge_branch(source, None, on_conflict)?;
            return Ok(vec![report.commit.is_some().to_string()]);
        }
        let result = run(session, request);
        if result.is_err() && session.in_transaction() {
            run(session, "ROLLBACK")?;
        }
        result
    }
}

fn open(storage: &Arc<dyn Storage>, clock: &Arc<dyn Clock>) -> Result<Arc<Database>> {
    Database::open(storage.clone(), clock.clone(), Arc::new(SeededEntropy::new(1)), &Settings::default())
}

/// A merge as a request.
pub(crate) fn merge_request(source: &str, on_conflict: OnConflict) -> String {
    format!("merge {source} {on_conflict:?}")
}

fn merge_of(request: &str) -> Option<(&str, OnConflict)> {
    let (source, on_conflict) = request.strip_prefix("merge ")?.split_once(' ')?;
    let all = [OnConflict::Abort, OnConflict::Ours, OnConflict::Theirs];
    let named = all.into_iter().find(|known| format!("{known:?}") == on_conflict)?;
    Some((source, named))
}

fn refused(error: &Error) -> Option<Answer> {
    let cause = std::error::Error::source(error)?.downcast_ref::<MergeConflicts>()?;
    let rows = cause.conflicts.iter().filter(|conflict| !conflict.key.is_empty());
    let mut rows: Vec<String> =
        rows.map(|conflict| format!("{} {:?}", conflict.table, conflict.key[0])).collect();
    rows.sort_unstable();
    Some(Answer::Refused(rows))
}
