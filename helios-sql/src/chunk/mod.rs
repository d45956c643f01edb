//! Rows on their way between operators: chunks of typed columns.
//!
//! In: values, one by one or whole columns. Out: the same, read column by column or row by row. A [`Chunk`] has up to
//! [`CHUNK_ROWS`] rows; its columns are shared, so that an operator hands on what it does not change without copying.
//! Columns are typed as long as their values are: only a column that really mixes classes pays for it.

mod bounds;
mod codes;
mod column;
mod strings;

use std::sync::Arc;

use helios_core::ValueRef;

pub use bounds::Bounds;
pub use codes::Codes;
pub use column::{Column, Data};
pub use strings::Strings;

/// The most rows that a chunk has. Enough for the work on a column to hide the work on a chunk, and little enough for
/// a few columns to stay in the first cache.
pub const CHUNK_ROWS: usize = 2048;

/// About how many bytes a chunk has at most: where rows are large, it has fewer of them.
pub const CHUNK_BYTES: usize = 1 << 20;

/// Some rows of some columns.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    columns: Vec<Arc<Column>>,
    rows: usize,
}

impl Chunk {
    /// A chunk of columns that all have `rows` rows.
    pub fn new(columns: Vec<Arc<Column>>, rows: usize) -> Chunk {
        debug_assert!(columns.iter().all(|column| column.len() == rows));
        Chunk { columns, rows }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// A column.
    pub fn column(&self, position: usize) -> &Arc<Column> {
        &self.columns[position]
    }

    /// All columns.
    pub fn columns(&self) -> &[Arc<Column>] {
        &self.columns
    }

    /// One value.
    pub fn value(&self, row: usize, column: usize) -> ValueRef<'_> {
        self.columns[column].get(row)
    }

    /// Empties the chunk and gives it `width` columns, keeping memory that nobody else holds.
    pub fn reset(&mut self, width: usize) {
        self.rows = 0;
        self.columns.truncate(width);
        for column in &mut self.columns {
            match Arc::get_mut(column) {
                Some(column) => column.clear(),
                None => *column = Arc::new(column.empty_like()),
            }
        }
        self.columns.resize_with(width, Arc::default);
    }

    /// A column to fill. Call [`Chunk::reset`] before and [`Chunk::set_rows`] after.
    pub fn column_mut(&mut self, position: usize) -> &mut Column {
        Arc::make_mut(&mut self.columns[position])
    }

    /// All columns, to fill. Call [`Chunk::reset`] before and [`Chunk::set_rows`] after.
    pub fn columns_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        self.columns.iter_mut().map(Arc::make_mut)
    }

    /// Lets all columns go.
    pub fn drop_columns(&mut self) {
        self.rows = 0;
        self.columns.clear();
    }

    /// Adds a column at the end. Call [`Chunk::set_rows`] when all are there.
    pub fn push_column(&mut self, column: Arc<Column>) {
        self.columns.push(column);
    }

    /// Takes the last column away.
    pub fn pop_column(&mut self) {
        self.columns.pop();
    }

    /// Adds the rows of a column at `rows` as a column at the end.
    pub fn push_gathered(&mut self, source: &Column, rows: &[u32]) {
        let mut column = Column::default();
        column.gather(source, rows);
        self.columns.push(Arc::new(column));
    }

    /// Puts a column in its place.
    pub fn set_column(&mut self, position: usize, column: Arc<Column>) {
        self.columns[position] = column;
    }

    /// Says how many rows the columns have been filled with.
    pub fn set_rows(&mut self, rows: usize) {
        debug_assert!(
            self.columns.iter().all(|column| column.len() == rows),
            "columns of one chunk have one length"
        );
        self.rows = rows;
    }

    /// Appends the rows of `other` at `rows`. The widths are equal.
    pub fn append_rows(&mut self, other: &Chunk, rows: &[u32]) {
        for (column, source) in self.columns.iter_mut().zip(&other.columns) {
            Arc::make_mut(column).gather(source, rows);
        }
        self.rows += rows.len();
    }

    /// Appends all rows of `other`. The widths are equal.
    pub fn append(&mut self, other: &Chunk) {
        for (column, source) in self.columns.iter_mut().zip(&other.columns) {
            Arc::make_mut(column).append(source);
        }
        self.rows += other.rows;
    }

    /// Bytes of memory that are taken, about; columns that others hold too count in full.
    pub fn memory(&self) -> usize {
        size_of::<Chunk>() + self.columns.iter().map(|column| column.memory()).sum::<usize>()
    }

    /// Keeps only the rows at `rows`, which are ascending.
    pub fn select(&mut self, rows: &[u32]) {
        if rows.len() == self.rows {
            return;
        }
        for column in &mut self.columns {
            let mut kept = Column::default();
            kept.gather(column, rows);
            *column = Arc::new(kept);
        }
        self.rows = rows.len();
    }

    /// Keeps the first rows, whatever was put into columns since.
    pub fn cut(&mut self, rows: usize) {
        let kept: Vec<u32> = (0..rows as u32).collect();
        for column in &mut self.columns {
            let mut cut = Column::default();
            cut.gather(column, &kept);
            *column = Arc::new(cut);
        }
        self.rows = rows;
    }

    /// Keeps the rows from `start` to before `end`.
    pub fn slice(&mut self, start: usize, end: usize) {
        if start == 0 && end >= self.rows {
            return;
        }
        let rows: Vec<u32> = (start as u32..end.min(self.rows) as u32).collect();
        self.select(&rows);
    }
}
