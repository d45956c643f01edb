//! What is worked out of columns that are kept, for whoever comes by the same column again: the sums of the squares of
//! vectors, which each search by angles needs, and the codes of texts, by which they are grouped.
//!
//! In: a column that somebody keeps, and what follows from it. Out: the same for the next one who has this very column. It
//! is known for as long as the column is in memory.

use std::sync::{Arc, Weak};

use foldhash::HashMap;
use parking_lot::Mutex;

use crate::chunk::Column;

/// So many columns are known at least before those that are gone are looked for.
const LEAST_KNOWN: usize = 64;

/// What follows from columns, by column.
#[derive(Debug)]
pub struct Derived<T: ?Sized>(Mutex<Known<T>>);

#[derive(Debug)]
struct Known<T: ?Sized> {
    /// By the addresses of the columns, which are theirs while they are weakly held.
    columns: HashMap<usize, (Weak<Column>, Arc<T>)>,
    /// With so many, those that are gone are forgotten.
    most: usize,
}

impl<T: ?Sized> Default for Derived<T> {
    fn default() -> Derived<T> {
        Derived(Mutex::new(Known { columns: HashMap::default(), most: LEAST_KNOWN }))
    }
}

/// What a column is found by.
fn address(column: &Arc<Column>) -> usize {
    Arc::as_ptr(column) as usize
}

/// Whether what follows from a column is worth knowing: whether somebody besides the asker holds it.
pub fn is_kept(column: &Arc<Column>) -> bool {
    Arc::strong_count(column) > 1
}

impl<T: ?Sized> Derived<T> {
    /// What follows from a column, if it is known.
    pub fn of(&self, column: &Arc<Column>) -> Option<Arc<T>> {
        let known = self.0.lock();
        known.columns.get(&address(column)).map(|(_, derived)| derived.clone())
    }

    /// Keeps what follows from a column.
    pub fn keep(&self, column: &Arc<Column>, derived: Arc<T>) {
        let mut known = self.0.lock();
        if known.columns.len() >= known.most {
            known.columns.retain(|_, (column, _)| column.strong_count() > 0);
            known.most = (2 * known.columns.len()).max(LEAST_KNOWN);
        }
        known.columns.insert(address(column), (Arc::downgrade(column), derived));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_of_the_very_column() {
        let known = Derived::<[f64]>::default();
        let column = |value: u8| Arc::new(Column::blobs([&[value][..]].into_iter()));
        let (one, same) = (column(1), column(1));
        known.keep(&one, Arc::new([1.0]));
        assert_eq!(known.of(&one).as_deref(), Some(&[1.0][..]));
        assert_eq!(known.of(&same), None);
    }

    #[test]
    fn what_follows_from_columns_that_are_gone_is_forgotten() {
        let known = Derived::<[f64]>::default();
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
