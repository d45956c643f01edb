//! A database with sessions on branches.

use std::sync::Arc;

use helios_core::Result;
use helios_sql::database::Database;
use helios_sql::session::{MergeConflicts, MergeReport, OnConflict, Session};
use helios_tests::engine::{open, run};
use helios_tests::stores::storage;

/// A database whose `main` holds what a script made.
pub(crate) struct Stage {
    pub(crate) database: Arc<Database>,
    pub(crate) main: Session,
}

impl Stage {
    pub(crate) fn new(script: &str) -> Result<Stage> {
        let database = open(storage()?)?;
        let mut main = database.connect("main")?;
        run(&mut main, script)?;
        Ok(Stage { database, main })
    }

    /// A new branch of `main`, and a session on it that has run a script.
    pub(crate) fn branch(&self, name: &str, script: &str) -> Result<Session> {
        self.database.create_branch(name, "main")?;
        let mut session = self.database.connect(name)?;
        run(&mut session, script)?;
        Ok(session)
    }

    pub(crate) fn merge(&mut self, name: &str) -> Result<MergeReport> {
        self.main.merge_branch(name, None, OnConflict::Abort)
    }

    /// The conflicts and violations of a merge that is refused.
    pub(crate) fn refused(&mut self, name: &str) -> MergeConflicts {
        let error = self.merge(name).expect_err("the merge is refused");
        let cause =
            std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<MergeConflicts>());
        cause.cloned().unwrap_or_else(|| panic!("{error:?} lists what is wrong"))
    }

    pub(crate) fn rows(&mut self, sql: &str) -> Result<Vec<String>> {
        run(&mut self.main, sql)
    }

    /// Nothing is wrong with any table or index.
    pub(crate) fn check(&mut self) -> Result<()> {
        assert_eq!(run(&mut self.main, "PRAGMA integrity_check")?, ["'ok'"]);
        Ok(())
    }
}
