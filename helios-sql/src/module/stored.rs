//! Ordinary tables as modules see them: their shadow tables, and tables that they are about.

use std::fmt;
use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, WriteSet};
use helios_core::{Result, Value, ValueRef};

use super::Definition;

/// A table whose rows are kept in the form of tables.
pub trait StoredRows: fmt::Debug + Send + Sync {
    /// Its name.
    fn name(&self) -> &str;

    /// Where its rows are.
    fn space(&self) -> Space;

    /// The names of its columns.
    fn columns(&self) -> Vec<String>;

    /// Whether rows have rowids.
    fn has_rowid(&self) -> bool;

    /// The column that is the rowid under another name.
    fn rowid_column(&self) -> Option<usize>;

    /// Whether a column is computed when it is read, so that rows do not have it.
    fn is_computed(&self, column: usize) -> bool;

    /// The key of the row with a rowid.
    fn rowid_key(&self, rowid: i64) -> Vec<u8>;

    /// The rowid that a key is of.
    fn rowid(&self, key: &[u8]) -> Result<i64>;

    /// The beginning of the keys of rows with these values in the first columns of the primary key, without rowids.
    fn primary_key(&self, values: &[ValueRef<'_>]) -> Vec<u8>;

    /// Writes a row: its key, and the values of its columns.
    fn put(&self, writes: &mut WriteSet, key: &[u8], values: &[ValueRef<'_>]);

    /// Calls `visit` with the columns of a stored row and their values; that of the rowid comes as NULL.
    fn decode(&self, key: &[u8], payload: &[u8], visit: &mut dyn FnMut(usize, ValueRef<'_>)) -> Result<()>;
}

/// What is called with the key and the values of a row, and answers whether to go on.
pub type RowVisitor<'a> = dyn FnMut(&[u8], Vec<Value>) -> Result<bool> + 'a;

impl dyn StoredRows {
    /// The values of the row with a key.
    pub fn get(&self, reader: &Reader, key: &[u8]) -> Result<Option<Vec<Value>>> {
        let mut values = Vec::new();
        let mut decoded = Ok(());
        let found = reader.get(self.space(), key, &mut |version| {
            decoded = self.decode(key, version.payload, &mut |_, value| values.push(value.to_value()));
        })?;
        decoded?;
        Ok(found.then_some(values))
    }

    /// The values of a row that is not where a reader sees it.
    pub fn values(&self, key: &[u8], payload: &[u8]) -> Result<Vec<Value>> {
        let mut values = Vec::new();
        self.decode(key, payload, &mut |_, value| values.push(value.to_value()))?;
        Ok(values)
    }

    /// Whether there is a row with a rowid.
    pub fn contains(&self, reader: &Reader, rowid: i64) -> Result<bool> {
        reader.contains(self.space(), &self.rowid_key(rowid))
    }

    /// Calls `visit` with the keys and the values of the rows of a range, until it answers `false`.
    pub fn scan(
        &self,
        reader: &Reader,
        range: KeyRange<'_>,
        direction: Direction,
        visit: &mut RowVisitor<'_>,
    ) -> Result<()> {
        let guard = reader.scan(self.space());
        let mut cursor = guard.cursor(range, direction)?;
        while cursor.advance()? {
            let mut values = Vec::new();
            self.decode(cursor.key(), cursor.version().payload, &mut |_, value| {
                values.push(value.to_value());
            })?;
            if !visit(cursor.key(), values)? {
                break;
            }
        }
        Ok(())
    }
}

/// Rows that a query gives, each with the integer by which it is found.
pub trait QueriedRows: fmt::Debug + Send + Sync {
    /// Begins to give rows, as `reader` sees them.
    fn open(&self, reader: &Reader, wanted: WantedRows) -> Result<Box<dyn QueriedCursor>>;
}

/// Which rows of a query are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedRows {
    /// Those with this key.
    Of(i64),
    /// All, in the order of their keys; those without one come first.
    All {
        /// Whether the order goes down.
        descends: bool,
    },
    /// Those with keys from the first to the last, in the order of their keys.
    Between {
        /// The least key.
        first: i64,
        /// The greatest.
        last: i64,
        /// Whether the order goes down.
        descends: bool,
    },
}

/// Rows of a query on their way.
pub trait QueriedCursor: fmt::Debug + Send {
    /// The key of the next row, 0 if it has none, and its values.
    fn next_row(&mut self) -> Result<Option<(i64, Vec<Value>)>>;
}

/// The other tables of the schema that a virtual table is in.
pub trait Tables {
    /// An ordinary table by its name; in another schema, if one is named.
    fn stored(&self, schema: Option<&str>, name: &str) -> Option<Arc<dyn StoredRows>>;

    /// What a virtual table was defined as, and the number of its schema.
    fn definition(&self, schema: Option<&str>, name: &str) -> Option<(Arc<Definition>, usize)>;

    /// The names of the columns of anything that has rows.
    ///
    /// # Errors
    /// There is none of this name, or it cannot be asked here.
    fn columns_of(&self, name: &str) -> Result<Vec<String>>;

    /// Columns of anything that has rows, found by one of them that is no rowid: of a view, as a rule.
    ///
    /// # Errors
    /// What is wrong with the query, or that it cannot be asked here.
    fn queried(&self, name: &str, key: &str, columns: &[String]) -> Result<Arc<dyn QueriedRows>>;
}
