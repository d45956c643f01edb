//! The hash table of a join: rows by their keys.

use std::hash::BuildHasher;
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::RandomState;
use helios_core::ValueRef;
use helios_core::value::Collation;

use crate::chunk::{Column, Data, Strings};
use crate::exec::key::write_key;
use crate::plan::Expr;

/// No further row.
pub(in crate::exec) const END: u32 = u32::MAX;

/// The rows of the right side by their keys.
#[derive(Debug, Default)]
pub(super) struct Table {
    keys: Keys,
    /// The next row with the same key, for each row.
    following: Vec<u32>,
}

#[derive(Debug)]
enum Keys {
    /// One integer each: the first row with it.
    Integers(hashbrown::HashMap<i64, u32, RandomState>),
    /// Two integers each: the first row with them.
    Pairs(hashbrown::HashMap<(i64, i64), u32, RandomState>),
    /// Anything: the encoded keys, and the first row with each.
    Encoded { table: hashbrown::HashTable<u32>, keys: Strings, first: Vec<u32>, hasher: RandomState },
}

impl Default for Keys {
    fn default() -> Keys {
        Keys::Integers(hashbrown::HashMap::default())
    }
}

fn encode(columns: &[Arc<Column>], collations: &[(Expr, Collation)], row: usize, key: &mut Vec<u8>) {
    key.clear();
    write_key(columns.iter().zip(collations).map(|(column, (_, by))| (column.get(row), by)), key);
}

fn integers(column: &Arc<Column>) -> Option<&Vec<i64>> {
    match column.data() {
        Data::Integer(values) => Some(values),
        _ => None,
    }
}

fn table_for<K>(rows: usize) -> hashbrown::HashMap<K, u32, RandomState> {
    hashbrown::HashMap::with_capacity_and_hasher(rows, RandomState::default())
}

/// The integer that a value is equal to.
#[inline]
fn integer_of(value: ValueRef<'_>) -> Option<i64> {
    match value {
        ValueRef::Integer(value) => Some(value),
        ValueRef::Real(value) => helios_core::value::integral_real(value),
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    }
}

impl Table {
    /// A table of `rows` rows with keys in `columns`. Rows with a NULL have no partners.
    pub(super) fn build(columns: &[Arc<Column>], collations: &[(Expr, Collation)], rows: usize) -> Table {
        let mut following = vec![END; rows];
        let has_key = |row: &usize| columns.iter().all(|column| !column.is_null(*row));
        // From the last row to the first, so that rows with the same key follow each other in their order.
        let rows = (0..rows).rev().filter(has_key);
        let integers: Vec<&Vec<i64>> = columns.iter().map_while(|column| integers(column)).collect();
        match (&integers[..], columns.len()) {
            ([values], 1) => {
                let mut table = table_for(values.len());
                rows.for_each(|row| following[row] = table.insert(values[row], row as u32).unwrap_or(END));
                return Table { keys: Keys::Integers(table), following };
            }
            ([one, other], 2) => {
                let mut table = table_for(one.len());
                rows.for_each(|row| {
                    following[row] = table.insert((one[row], other[row]), row as u32).unwrap_or(END);
                });
                return Table { keys: Keys::Pairs(table), following };
            }
            _ => {}
        }
        let (mut table, mut keys, mut first) = (hashbrown::HashTable::new(), Strings::default(), Vec::new());
        let hasher = RandomState::default();
        let mut key = Vec::new();
        for row in rows {
            encode(columns, collations, row, &mut key);
            let hash = hasher.hash_one(&key[..]);
            match table.find(hash, |&number: &u32| keys.get(number as usize) == &key[..]) {
                Some(&number) => following[row] = std::mem::replace(&mut first[number as usize], row as u32),
                None => {
                    let number = first.len() as u32;
                    keys.push(&key);
                    first.push(row as u32);
                    table.insert_unique(hash, number, |&other| hasher.hash_one(keys.get(other as usize)));
                }
            }
        }
        Table { keys: Keys::Encoded { table, keys, first, hasher }, following }
    }

    /// Appends the pairs of left rows with their partners until there are `most` or more; with [`END`] if a row has none
    /// and `keeps_left`. Returns the next row to look up.
    pub(super) fn probe(
        &self,
        columns: &[Arc<Column>],
        collations: &[(Expr, Collation)],
        rows: Range<usize>,
        most: usize,
        keeps_left: bool,
        pairs: &mut Vec<(u32, u32)>,
    ) -> usize {
        let mut key = Vec::new();
        for row in rows.clone() {
            if pairs.len() >= most {
                return row;
            }
            let mut partner = self.first_partner(columns, collations, row, &mut key);
            if partner == END && keeps_left {
                pairs.push((row as u32, END));
            }
            while partner != END {
                pairs.push((row as u32, partner));
                partner = self.following[partner as usize];
            }
        }
        rows.end
    }

    #[inline]
    fn first_partner(
        &self,
        columns: &[Arc<Column>],
        collations: &[(Expr, Collation)],
        row: usize,
        key: &mut Vec<u8>,
    ) -> u32 {
        if columns.iter().any(|column| column.is_null(row)) {
            return END;
        }
        match &self.keys {
            Keys::Integers(table) => {
                let integer = integer_of(columns[0].get(row));
                integer.and_then(|integer| table.get(&integer)).copied().unwrap_or(END)
            }
            Keys::Pairs(table) => {
                let pair = integer_of(columns[0].get(row)).zip(integer_of(columns[1].get(row)));
                pair.and_then(|pair| table.get(&pair)).copied().unwrap_or(END)
            }
            Keys::Encoded { table, keys, first, hasher } => {
                encode(columns, collations, row, key);
                let hash = hasher.hash_one(&key[..]);
                let number = table.find(hash, |&number| keys.get(number as usize) == &key[..]);
                number.map_or(END, |&number| first[number as usize])
            }
        }
    }
}
