//! Sessions: one user's connection to a database, its transaction and its statements.

use std::sync::Arc;
use std::time::Duration;

use helios_core::transaction::Interrupt;
use helios_core::{Error, Result};

use crate::chunk::Chunk;
use crate::database::Database;

/// A connection to one branch of a database.
#[derive(Debug)]
pub struct Session {
    database: Arc<Database>,
}

/// A compiled statement and, between [`Session::start`] and its last row, its execution.
#[derive(Debug)]
pub struct Statement {
    text: Arc<str>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// SELECT and its like: rows, no changes.
    Query,
    /// INSERT, REPLACE, UPDATE, DELETE: what Python's sqlite3 begins a transaction for.
    Write,
    /// CREATE, DROP.
    Schema,
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE.
    Transaction,
    /// PRAGMA.
    Pragma,
}

/// A column of a statement's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name.
    pub name: Arc<str>,
    /// The declared type of the table column that it shows, if it shows one as it is.
    pub declared_type: Option<Arc<str>>,
}

impl Session {
    pub(crate) fn new(database: Arc<Database>, branch: &str) -> Result<Session> {
        let _ = branch;
        Ok(Session { database })
    }

    /// The database.
    pub fn database(&self) -> &Arc<Database> {
        &self.database
    }

    /// The name of the branch.
    pub fn branch(&self) -> &str {
        "main"
    }

    /// Compiles the first statement of `sql`; `None` if there is none. Where the next begins, [`Statement::tail`] says.
    pub fn prepare(&mut self, sql: &str) -> Result<Option<Statement>> {
        let _ = sql;
        Err(Error::sql("under way"))
    }

    /// Begins a statement with parameters: the columns of a chunk of one row. What only changes data is done when this
    /// returns; rows come from [`Session::fetch`].
    pub fn start(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        let _ = (statement, parameters);
        Err(Error::sql("under way"))
    }

    /// Runs a statement that gives no rows once for each row of `parameters`, as if started for each in turn. What
    /// rows before an error did, stays done.
    pub fn run_batch(&mut self, statement: &mut Statement, parameters: &Chunk) -> Result<()> {
        let _ = (statement, parameters);
        Err(Error::sql("under way"))
    }

    /// The next rows of a statement that was started; `false` after the last.
    pub fn fetch(&mut self, statement: &mut Statement, out: &mut Chunk) -> Result<bool> {
        let _ = (statement, out);
        Err(Error::sql("under way"))
    }

    /// Ends the execution of a statement, whether it has given all its rows or not.
    pub fn reset(&mut self, statement: &mut Statement) {
        let _ = statement;
    }

    /// Whether a transaction was begun and not ended.
    pub fn in_transaction(&self) -> bool {
        false
    }

    /// Rows that the last statement of [`StatementKind::Write`] inserted, changed or deleted.
    pub fn changes(&self) -> i64 {
        0
    }

    /// Rows inserted, changed or deleted since the session began.
    pub fn total_changes(&self) -> i64 {
        0
    }

    /// The rowid of the last row inserted.
    pub fn last_insert_rowid(&self) -> i64 {
        0
    }

    /// A handle that stops what runs, from any thread.
    pub fn interrupt_handle(&self) -> Interrupt {
        Interrupt::default()
    }

    /// How long to wait for a lock.
    pub fn set_busy_timeout(&mut self, timeout: Duration) {
        let _ = timeout;
    }
}

impl Statement {
    /// The text of the statement alone, without what follows.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many bytes of the text given to [`Session::prepare`] the statement took, `;` included.
    pub fn tail(&self) -> usize {
        0
    }

    /// What it does.
    pub fn kind(&self) -> StatementKind {
        StatementKind::Query
    }

    /// Its parameters, by number from 1 on: the name with its prefix, or `None` for `?`.
    pub fn parameters(&self) -> &[Option<Box<str>>] {
        &[]
    }

    /// The columns of its rows; empty if it gives none. May change with [`Session::start`] if the schema has changed.
    pub fn columns(&self) -> &[OutputColumn] {
        &[]
    }

    /// Whether [`Session::fetch`] may give more rows.
    pub fn is_running(&self) -> bool {
        false
    }
}
