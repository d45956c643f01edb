//! The sums of the squares of vectors that are kept: each search by angles needs that of every row.
//!
//! In: a column that somebody keeps, and the sums of its rows. Out: the same sums for the next search that comes by the
//! same column. They are known for as long as the column is in memory.

use std::sync::{Arc, Weak};

use foldhash::HashMap;
use parking_lot::Mutex;

use crate::chunk::Column;

/// So many columns are known at least before those that are gone are looked for.
const LEAST_KNOWN: usize = 64;

/// Sums by columns.
#[derive(Debug, Default)]
pub struct KnownSquares(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// By the addresses of the columns, which are theirs while they are weakly held.
    columns: HashMap<usize, (Weak<Column>, Arc<[f64]>)>,
    /// With so many, those that are gone are forgotten.
    most: usize,
}

/// What a column is found by.
fn address(column: &Arc<Column>) -> usize {
    Arc::as_ptr(column) as usize
}

impl KnownSquares {
    /// Whether sums of a column are worth knowing: whether somebody besides the asker holds it.
    pub fn suits(column: &Arc<Column>) -> bool {
        Arc::strong_count(column) > 1
    }

    /// The sums of the rows of a column, if they are known.
    pub fn of(&self, column: &Arc<Column>) -> Option<Arc<[f64]>> {
        let known = self.0.lock();
        known.columns.get(&address(column)).map(|(_, squares)| squares.clone())
    }

    /// Keeps the sums of the rows of a column.
    pub fn keep(&self, column: &Arc<Column>, squares: Arc<[f64]>) {
        let mut known = self.0.lock();
        if known.columns.len() >= known.most {
            known.columns.retain(|_, (column, _)| column.strong_count() > 0);
            known.most = (2 * known.columns.len()).max(LEAST_KNOWN);
        }
        known.columns.insert(address(column), (Arc::downgrade(column), squares));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_very_column() {
        let known = KnownSquares::default();
        let column = |value: u8| Arc::new(Column::blobs([&[value][..]].into_iter()));
        let (one, same) = (column(1), column(1));
        known.keep(&one, Arc::new([1.0]));
        assert_eq!(known.of(&one).as_deref(), Some(&[1.0][..]));
        assert_eq!(known.of(&same), None);
    }

    #[test]
    fn those_of_columns_that_are_gone_are_forgotten() {
        let known = KnownSquares::default();
        let stays = Arc::new(Column::blobs([&[0][..]].into_iter()));
        known.keep(&stays, Arc::new([0.0]));
        for number in 0..10 * LEAST_KNOWN {
            let column = Arc::new(Column::blobs([&[number as u8][..]].into_iter()));
            assert_eq!(known.of(&column), None, "the address of another is not taken for its own");
            known.keep(&column, Arc::new([number as f64]));
        }
        assert!(known.0.lock().columns.len() <= LEAST_KNOWN);
        assert!(known.of(&stays).is_some());
    }
}
