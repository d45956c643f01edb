//! The rows of a query.

use helios_core::{Error, ErrorKind, Result, ValueRef};
use helios_sql::chunk::Chunk;
use helios_sql::session::OutputColumn;

use super::{FromSql, Statement};

/// The rows of a query, one after the other. Dropping it ends the query.
#[derive(Debug)]
pub struct Rows<'s, 'c> {
    statement: &'s mut Statement<'c>,
    chunk: Chunk,
    next: usize,
    is_at_end: bool,
}

impl<'s, 'c> Rows<'s, 'c> {
    pub(super) fn new(statement: &'s mut Statement<'c>) -> Rows<'s, 'c> {
        Rows { statement, chunk: Chunk::default(), next: 0, is_at_end: false }
    }

    /// The next row; `None` after the last.
    #[allow(clippy::should_implement_trait, reason = "the row borrows the rows, as in rusqlite")]
    pub fn next(&mut self) -> Result<Option<Row<'_>>> {
        while self.next == self.chunk.rows() {
            if self.is_at_end || !self.statement.fetch(&mut self.chunk)? {
                self.is_at_end = true;
                return Ok(None);
            }
            self.next = 0;
        }
        let position = self.next;
        self.next += 1;
        Ok(Some(Row { chunk: &self.chunk, columns: self.statement.columns(), position }))
    }
}

impl Drop for Rows<'_, '_> {
    fn drop(&mut self) {
        self.statement.reset();
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    chunk: &'r Chunk,
    columns: &'r [OutputColumn],
    position: usize,
}

impl<'r> Row<'r> {
    /// The value of a column, by position from 0 on or by name.
    ///
    /// # Errors
    /// There is no such column; the value is of another type.
    pub fn get<T: FromSql>(&self, index: impl RowIndex) -> Result<T> {
        T::from_sql(self.get_ref(index)?)
    }

    /// The value of a column, without copying it.
    ///
    /// # Errors
    /// There is no such column.
    pub fn get_ref(&self, index: impl RowIndex) -> Result<ValueRef<'r>> {
        Ok(self.chunk.value(self.position, index.position(self.columns)?))
    }

    /// The columns.
    pub fn columns(&self) -> &'r [OutputColumn] {
        self.columns
    }
}

/// What names a column: a position from 0 on, or a name in any case.
pub trait RowIndex: Sized {
    /// The position.
    ///
    /// # Errors
    /// There is no such column.
    fn position(self, columns: &[OutputColumn]) -> Result<usize>;
}

impl RowIndex for usize {
    fn position(self, columns: &[OutputColumn]) -> Result<usize> {
        if self < columns.len() { Ok(self) } else { Err(no_such_column(&self.to_string())) }
    }
}

impl RowIndex for &str {
    fn position(self, columns: &[OutputColumn]) -> Result<usize> {
        let found = columns.iter().position(|column| column.name.eq_ignore_ascii_case(self));
        found.ok_or_else(|| no_such_column(self))
    }
}

fn no_such_column(name: &str) -> Error {
    Error::new(ErrorKind::Range, format!("the rows have no column {name}"))
}
