//! Connections: SQL from Rust, in the manner of rusqlite.
//!
//! In: SQL text and parameters ([`params!`](crate::params)). Out: counts, rows, values of Rust's types. A connection is
//! used by one thread at a time; each thread takes one of its own from the [`Database`].

mod from_sql;
mod functions;
mod params;
mod rows;
mod statement;
mod transaction;

use std::cell::{RefCell, RefMut};
use std::path::Path;
use std::time::Duration;

use helios_core::transaction::Interrupt;
use helios_core::{Error, ErrorKind, Result};
use helios_sql::chunk::Chunk;
use helios_sql::session::Session;

use crate::database::Database;
use crate::open_databases::forked;
use helios_core::process::InProcess;

pub use from_sql::FromSql;
pub use params::{Params, ToSql};
pub use rows::{Row, RowIndex, Rows};
pub use statement::Statement;
pub use transaction::{Transaction, TransactionBehavior};

/// A connection to one branch of a database.
#[derive(Debug)]
pub struct Connection {
    // Before the database: its transaction is undone while the engine is open.
    session: InProcess<RefCell<Session>>,
    database: Database,
}

impl Connection {
    pub(crate) fn new(database: Database, session: Session) -> Connection {
        Connection { session: InProcess::new(RefCell::new(session)), database }
    }

    /// Opens the file at `path`, or makes it, and connects to its branch `main`.
    ///
    /// # Errors
    /// As [`Database::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Connection> {
        Database::open(path)?.connect()
    }

    /// Makes a database in memory and connects to it.
    pub fn open_in_memory() -> Result<Connection> {
        Database::open_in_memory()?.connect()
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
    }

    fn session(&self) -> Result<RefMut<'_, Session>> {
        if !self.session.is_at_home() {
            return Err(forked());
        }
        let busy = |_| Error::new(ErrorKind::Misuse, "the connection is in use");
        self.session.get().try_borrow_mut().map_err(busy)
    }

    /// Looks at the session, which nobody uses between two calls.
    fn look<T>(&self, look: impl FnOnce(&Session) -> T) -> T {
        look(&self.session.get().borrow())
    }

    /// Compiles a statement.
    ///
    /// # Errors
    /// SQLite's about the text; there is no statement in it, or more than one.
    pub fn prepare(&self, sql: &str) -> Result<Statement<'_>> {
        let prepared = self.session()?.prepare(sql)?;
        let statement = prepared.ok_or_else(|| Error::new(ErrorKind::Misuse, "not an error"))?;
        let rest = sql.get(statement.tail()..).unwrap_or_default();
        if helios_sql::parse::has_statement(rest) {
            return Err(Error::new(ErrorKind::Misuse, "Multiple statements provided"));
        }
        Ok(Statement::new(self, statement))
    }

    /// Runs a statement and gives the number of rows that it inserted, changed or deleted.
    ///
    /// # Errors
    /// SQLite's; the statement gives rows.
    pub fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.prepare(sql)?.execute(params)
    }

    /// Runs all statements of a text. Rows are passed over.
    ///
    /// # Errors
    /// SQLite's. What statements before did, stays done.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        let mut rest = sql;
        let mut session = self.session()?;
        while let Some(mut statement) = session.prepare(rest)? {
            let parameters = no_parameters(&statement);
            session.start(&mut statement, &parameters)?;
            let mut rows = Chunk::default();
            while session.fetch(&mut statement, &mut rows)? {}
            rest = rest.get(statement.tail()..).unwrap_or_default();
        }
        Ok(())
    }

    /// The first row of a query, through `read`.
    ///
    /// # Errors
    /// SQLite's; there is no row.
    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare(sql)?.query_row(params, read)
    }

    /// All rows of a query, each through `read`.
    ///
    /// # Errors
    /// SQLite's, and those of `read`.
    pub fn query<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.prepare(sql)?.query_map(params, read)
    }

    /// Begins a transaction, which is undone unless it is committed. It takes the write turn when it first writes.
    ///
    /// # Errors
    /// A transaction was begun with SQL already.
    pub fn transaction(&mut self) -> Result<Transaction<'_>> {
        self.transaction_with(TransactionBehavior::Deferred)
    }

    /// Begins a transaction of another kind.
    ///
    /// # Errors
    /// As [`Connection::transaction`]; with [`TransactionBehavior::Immediate`] also `Busy`.
    pub fn transaction_with(&mut self, behavior: TransactionBehavior) -> Result<Transaction<'_>> {
        Transaction::begin(self, behavior)
    }

    /// Whether no transaction is open.
    pub fn is_autocommit(&self) -> bool {
        !self.look(Session::in_transaction)
    }

    /// The rowid of the last row that this connection inserted.
    pub fn last_insert_rowid(&self) -> i64 {
        self.look(Session::last_insert_rowid)
    }

    /// Rows that the last INSERT, UPDATE or DELETE inserted, changed or deleted.
    pub fn changes(&self) -> u64 {
        self.look(Session::changes).unsigned_abs()
    }

    /// Rows that were inserted, changed or deleted since the connection began.
    pub fn total_changes(&self) -> u64 {
        self.look(Session::total_changes).unsigned_abs()
    }

    /// The name of the branch.
    pub fn branch(&self) -> String {
        self.look(|session| session.branch().to_owned())
    }

    /// Makes a branch of what is committed on this connection's branch.
    ///
    /// # Errors
    /// As [`Database::create_branch`].
    pub fn create_branch(&self, name: &str) -> Result<()> {
        self.database.create_branch(name, &self.branch())
    }

    /// Goes on on another branch.
    ///
    /// # Errors
    /// There is no such branch; a transaction or a statement is under way.
    pub fn set_branch(&mut self, name: &str) -> Result<()> {
        if !self.is_autocommit() {
            return Err(Error::sql("cannot change the branch within a transaction"));
        }
        self.database.take_session(&mut *self.session()?, name)
    }

    /// How long to wait for a lock before the error `database is locked`.
    pub fn busy_timeout(&self, timeout: Duration) -> Result<()> {
        self.session()?.set_busy_timeout(timeout);
        Ok(())
    }

    /// A handle that stops what runs, from any thread.
    pub fn interrupt_handle(&self) -> Interrupt {
        self.look(Session::interrupt_handle)
    }
}

/// As many NULLs as a statement has parameters.
fn no_parameters(statement: &helios_sql::session::Statement) -> Chunk {
    let null = || helios_sql::chunk::Column::constant(helios_core::Value::Null, 1).into();
    Chunk::new(statement.parameters().iter().map(|_| null()).collect(), 1)
}
