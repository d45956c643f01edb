//! A compiled statement of a connection.

use helios_core::{Error, ErrorKind, Result};
use helios_sql::chunk::Chunk;
use helios_sql::session::{self, OutputColumn};

use super::{Connection, Params, Row, Rows};

/// A compiled statement. It can run any number of times, with other parameters each time.
///
/// ```
/// use helios::{Connection, params};
///
/// let connection = Connection::open_in_memory()?;
/// connection.execute("CREATE TABLE t (a)", ())?;
/// let mut insert = connection.prepare("INSERT INTO t VALUES (?)")?;
/// for number in 1..=3 {
///     assert_eq!(insert.execute(params![number])?, 1);
/// }
/// let mut select = connection.prepare("SELECT a FROM t ORDER BY a")?;
/// let mut rows = select.query(())?;
/// let mut sum = 0;
/// while let Some(row) = rows.next()? {
///     sum += row.get::<i64>("a")?;
/// }
/// assert_eq!(sum, 6);
/// # Ok::<(), helios::Error>(())
/// ```
#[derive(Debug)]
pub struct Statement<'c> {
    connection: &'c Connection,
    statement: session::Statement,
}

impl<'c> Statement<'c> {
    pub(super) fn new(connection: &'c Connection, statement: session::Statement) -> Statement<'c> {
        Statement { connection, statement }
    }

    fn start(&mut self, params: impl Params) -> Result<()> {
        let parameters = params.into_chunk(&self.statement)?;
        self.connection.session()?.start(&mut self.statement, &parameters)
    }

    pub(super) fn fetch(&mut self, rows: &mut Chunk) -> Result<bool> {
        self.connection.session()?.fetch(&mut self.statement, rows)
    }

    pub(super) fn reset(&mut self) {
        if let Ok(mut session) = self.connection.session() {
            session.reset(&mut self.statement);
        }
    }

    /// Runs the statement and gives the number of rows that it inserted, changed or deleted.
    ///
    /// # Errors
    /// SQLite's; the statement gives rows.
    pub fn execute(&mut self, params: impl Params) -> Result<usize> {
        self.start(params)?;
        let gives_rows = self.statement.is_running();
        self.reset();
        if gives_rows {
            return Err(Error::new(
                ErrorKind::Misuse,
                "Execute returned results - did you mean to call query?",
            ));
        }
        match self.statement.kind() {
            session::StatementKind::Write => Ok(self.connection.changes() as usize),
            _ => Ok(0),
        }
    }

    /// Runs the statement; its rows can be taken one by one.
    ///
    /// # Errors
    /// SQLite's.
    pub fn query(&mut self, params: impl Params) -> Result<Rows<'_, 'c>> {
        self.start(params)?;
        Ok(Rows::new(self))
    }

    /// The first row, through `read`.
    ///
    /// # Errors
    /// SQLite's; there is no row.
    pub fn query_row<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut rows = self.query(params)?;
        let row = rows.next()?.ok_or_else(|| Error::new(ErrorKind::Range, "Query returned no rows"))?;
        read(&row)
    }

    /// All rows, each through `read`.
    ///
    /// # Errors
    /// SQLite's, and those of `read`.
    pub fn query_map<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut rows = self.query(params)?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.push(read(&row)?);
        }
        Ok(out)
    }

    /// The columns of its rows; none if it gives no rows.
    pub fn columns(&self) -> &[OutputColumn] {
        self.statement.columns()
    }

    /// How many parameters it has.
    pub fn parameter_count(&self) -> usize {
        self.statement.parameters().len()
    }
}
