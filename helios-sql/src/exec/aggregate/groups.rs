//! The groups found so far, and which of them a row belongs to.
//!
//! In: columns of keys. Out: a number for each row. A group is known by the bytes of its key; where there is one key,
//! a small memory of values seen lately saves most rows the making of those.

use std::hash::BuildHasher;
use std::sync::Arc;

use helios_core::ValueRef;
use helios_core::value::Collation;

use crate::chunk::{Column, Strings};
use crate::exec::key::write_key;
use crate::plan::Expr;

/// How many values are remembered: enough for the groups of most reports, few enough for the second cache.
const REMEMBERED: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Groups {
    table: hashbrown::HashTable<u32>,
    hasher: foldhash::fast::RandomState,
    /// The bytes of each group's key.
    pub(super) keys: Strings,
    /// The values of each group's first row.
    pub(super) values: Vec<Column>,
    pub(super) count: usize,
    /// Groups whose first value was met lately, by its hash; no group where none was.
    lately: Vec<Option<u32>>,
}

impl Groups {
    pub(super) fn clear(&mut self, width: usize) {
        self.table.clear();
        self.keys.clear();
        self.values.clear();
        self.values.resize_with(width, Column::default);
        self.count = 0;
        self.lately.clear();
    }

    /// The group of each row.
    pub(super) fn find(
        &mut self,
        columns: &[Arc<Column>],
        keys: &[(Expr, Collation)],
        rows: usize,
    ) -> Vec<u32> {
        if let ([column], [(_, collation)]) = (columns, keys) {
            return self.find_by_one(column, collation, rows);
        }
        let mut groups = Vec::with_capacity(rows);
        let mut key = Vec::new();
        for row in 0..rows {
            let values = columns.iter().zip(keys);
            key.clear();
            write_key(values.map(|(column, (_, collation))| (column.get(row), collation)), &mut key);
            groups.push(self.find_key(&key, columns, row));
        }
        groups
    }

    fn find_by_one(&mut self, column: &Arc<Column>, collation: &Collation, rows: usize) -> Vec<u32> {
        self.lately.resize(REMEMBERED, None);
        let mut groups = Vec::with_capacity(rows);
        let mut key = Vec::new();
        for row in 0..rows {
            let value = column.get(row);
            let place = self.hash(value) as usize % REMEMBERED;
            if let Some(group) = self.lately[place]
                && self.values[0].get(group as usize).is_identical(value)
            {
                groups.push(group);
                continue;
            }
            key.clear();
            write_key([(value, collation)].into_iter(), &mut key);
            let group = self.find_key(&key, std::slice::from_ref(column), row);
            self.lately[place] = Some(group);
            groups.push(group);
        }
        groups
    }

    fn hash(&self, value: ValueRef<'_>) -> u64 {
        match value {
            ValueRef::Null => 0,
            ValueRef::Integer(value) => self.hasher.hash_one(value),
            ValueRef::Real(value) => self.hasher.hash_one(value.to_bits()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => self.hasher.hash_one(bytes),
        }
    }

    /// The group with this key; a new one, with the values of `row`, if there is none.
    fn find_key(&mut self, key: &[u8], columns: &[Arc<Column>], row: usize) -> u32 {
        let hash = self.hasher.hash_one(key);
        if let Some(group) = self.table.find(hash, |&group| self.keys.get(group as usize) == key) {
            return *group;
        }
        let group = self.count as u32;
        self.count += 1;
        self.keys.push(key);
        for (value, column) in self.values.iter_mut().zip(columns) {
            value.push(column.get(row));
        }
        let (hasher, keys) = (&self.hasher, &self.keys);
        self.table.insert_unique(hash, group, |&other| hasher.hash_one(keys.get(other as usize)));
        group
    }
}
