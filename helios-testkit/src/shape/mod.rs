//! Files of SQL in the shapes that the public sqllogictest corpus is made of, decided by a seed.
//!
//! In: a family, the number of queries and a [`Numbers`]. Out: the statements of one file, in order: tables with their
//! rows, then queries. Each family has many small statements, as there: what is tested is that every one is planned
//! well and compiled fast, whatever it looks like.

mod arithmetic;
mod condition;
mod indexed;
mod joined;
mod selected;

use crate::seed::Numbers;

/// What a file is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// The same rows in five tables with different indexes, asked by BETWEEN.
    IndexBetween,
    /// Comparisons with the column on either side.
    IndexCommute,
    /// DELETE by such conditions, and what is left.
    IndexDelete,
    /// IN with lists and with queries, nested.
    IndexIn,
    /// ORDER BY.
    IndexOrderBy,
    /// All of it, aggregates too.
    IndexRandom,
    /// The same questions through views.
    IndexView,
    /// Aggregates and arithmetic over tables of three rows.
    RandomAggregates,
    /// Arithmetic without tables.
    RandomExpressions,
    /// GROUP BY and HAVING.
    RandomGroupBy,
    /// Cross joins, DISTINCT, CASE and NOT.
    RandomSelect,
    /// One table of 30 rows with correlated queries, EXISTS and CASE, as `select1` to `select3`.
    Select,
    /// Compounds of many simple queries over nine tables, with joins and indexes.
    Compounds,
    /// Joins of many tables by equalities alone, in any order.
    Joins,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 14] = [
        Family::IndexBetween,
        Family::IndexCommute,
        Family::IndexDelete,
        Family::IndexIn,
        Family::IndexOrderBy,
        Family::IndexRandom,
        Family::IndexView,
        Family::RandomAggregates,
        Family::RandomExpressions,
        Family::RandomGroupBy,
        Family::RandomSelect,
        Family::Select,
        Family::Compounds,
        Family::Joins,
    ];

    /// The statements of a file with about `queries` queries over tables of about `rows` rows, where the family has
    /// tables of any size.
    pub fn statements(self, numbers: &mut Numbers, rows: usize, queries: usize) -> Vec<String> {
        match self {
            Family::IndexBetween
            | Family::IndexCommute
            | Family::IndexDelete
            | Family::IndexIn
            | Family::IndexOrderBy
            | Family::IndexRandom
            | Family::IndexView => indexed::statements(self, numbers, rows, queries),
            Family::RandomAggregates
            | Family::RandomExpressions
            | Family::RandomGroupBy
            | Family::RandomSelect => arithmetic::statements(self, numbers, queries),
            Family::Select => selected::select(numbers, queries),
            Family::Compounds => selected::compounds(numbers, queries),
            Family::Joins => joined::statements(numbers, queries),
        }
    }
}

/// Things in a random order.
fn shuffled<T>(numbers: &mut Numbers, mut things: Vec<T>) -> Vec<T> {
    for end in (1..things.len()).rev() {
        things.swap(end, numbers.below(end + 1));
    }
    things
}
