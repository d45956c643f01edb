//! Sets of columns. Their numbers are dense, so a set is a bit for each.

use super::ColumnId;

/// A set of columns of a statement.
#[derive(Clone, Debug, Default)]
pub struct ColumnSet(Vec<u64>);

impl ColumnSet {
    /// Adds one.
    pub fn insert(&mut self, ColumnId(number): ColumnId) {
        let word = number as usize / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    /// Whether it is in it.
    pub fn contains(&self, ColumnId(number): ColumnId) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }
}

impl Extend<ColumnId> for ColumnSet {
    fn extend<I: IntoIterator<Item = ColumnId>>(&mut self, columns: I) {
        columns.into_iter().for_each(|column| self.insert(column));
    }
}

impl FromIterator<ColumnId> for ColumnSet {
    fn from_iter<I: IntoIterator<Item = ColumnId>>(columns: I) -> ColumnSet {
        let mut set = ColumnSet::default();
        set.extend(columns);
        set
    }
}
