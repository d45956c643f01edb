//! The groups found so far, and which of them a row belongs to.
//!
//! In: columns of keys. Out: a number for each row. A group is known by the bytes of its key; where there is one key,
//! a small memory of values seen lately saves most rows the making of those. Of columns of few texts that are kept, the
//! texts have codes from the first time on, and are not looked at again.

use std::hash::BuildHasher;
use std::sync::Arc;

use helios_core::ValueRef;
use helios_core::value::Collation;

use crate::cache::{Derived, is_kept};
use crate::chunk::{Codes, Column, Data, Strings};
use crate::exec::key::write_key;
use crate::plan::Expr;

/// How many values are remembered: enough for the groups of most reports, few enough for the second cache.
const REMEMBERED: usize = 4096;

/// No group.
pub(super) const NONE: u32 = u32::MAX;

/// What groups are known by.
#[derive(Debug, Default)]
pub(super) struct GroupKeys {
    /// The bytes of each group's key.
    pub(super) keys: Strings,
    /// The values of each group's first row.
    pub(super) values: Vec<Column>,
    pub(super) count: usize,
}

impl GroupKeys {
    pub(super) fn new(width: usize) -> GroupKeys {
        let mut values = Vec::new();
        values.resize_with(width, Column::default);
        GroupKeys { keys: Strings::default(), values, count: 0 }
    }

    /// The bytes of a group's key; none where there is one group for all rows.
    pub(super) fn key(&self, group: usize) -> &[u8] {
        if self.values.is_empty() { &[] } else { self.keys.get(group) }
    }

    /// Adds a group.
    pub(super) fn push<'v>(&mut self, key: &[u8], values: impl Iterator<Item = ValueRef<'v>>) {
        self.count += 1;
        self.keys.push(key);
        for (column, value) in self.values.iter_mut().zip(values) {
            column.push(value);
        }
    }

    /// Forgets the first `count` groups.
    pub(super) fn forget(&mut self, count: usize) {
        let rest = count..self.count;
        let mut kept = GroupKeys::new(self.values.len());
        for group in rest {
            kept.push(self.keys.get(group), self.values.iter().map(|column| column.get(group)));
        }
        *self = kept;
    }
}

#[derive(Debug)]
pub(super) struct Groups {
    table: hashbrown::HashTable<u32>,
    hasher: foldhash::fast::RandomState,
    pub(super) known: GroupKeys,
    /// Groups whose first value was met lately, by its hash; no group where none was.
    lately: Vec<Option<u32>>,
    /// Bytes of the keys and their values.
    bytes: usize,
    /// Whether no more groups are added.
    is_frozen: bool,
}

impl Groups {
    pub(super) fn new(width: usize) -> Groups {
        Groups {
            table: hashbrown::HashTable::new(),
            hasher: foldhash::fast::RandomState::default(),
            known: GroupKeys::new(width),
            lately: Vec::new(),
            bytes: 0,
            is_frozen: false,
        }
    }

    /// Bytes of memory that are taken, about.
    pub(super) fn memory(&self) -> usize {
        self.bytes + self.table.capacity() * 2 * size_of::<u32>()
    }

    /// From here on, rows of other groups than these have [`NONE`].
    pub(super) fn freeze(&mut self) {
        self.is_frozen = true;
    }

    /// The group of each row.
    pub(super) fn find(
        &mut self,
        columns: &[Arc<Column>],
        keys: &[(Expr, Collation)],
        rows: usize,
        known: &Derived<Codes>,
    ) -> Vec<u32> {
        if let ([column], [(_, collation)]) = (columns, keys) {
            let is_text = matches!(column.data(), Data::Text(_)) && column.len() == rows;
            return match is_text && is_kept(column) && !self.is_frozen {
                true => self.find_by_codes(column, collation, rows, known),
                false => self.find_by_one(column, collation, rows),
            };
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

    /// The groups of a column of texts that is kept.
    fn find_by_codes(
        &mut self,
        column: &Arc<Column>,
        collation: &Collation,
        rows: usize,
        known: &Derived<Codes>,
    ) -> Vec<u32> {
        let codes = known.of(column);
        let Some((of_rows, firsts)) = codes.as_ref().and_then(|codes| codes.get()) else {
            let groups = self.find_by_one(column, collation, rows);
            // Only byte by byte the groups tell the texts apart.
            if codes.is_none() && *collation == Collation::Binary {
                known.keep(column, Arc::new(Codes::of_groups(&groups)));
            }
            return groups;
        };
        let mut key = Vec::new();
        let mut group_of = |&row: &u32| {
            key.clear();
            write_key([(column.get(row as usize), collation)].into_iter(), &mut key);
            self.find_key(&key, std::slice::from_ref(column), row as usize)
        };
        let group_of: Vec<u32> = firsts.iter().map(&mut group_of).collect();
        of_rows.iter().map(|code| group_of[usize::from(*code)]).collect()
    }

    fn find_by_one(&mut self, column: &Arc<Column>, collation: &Collation, rows: usize) -> Vec<u32> {
        self.lately.resize(REMEMBERED, None);
        let mut groups = Vec::with_capacity(rows);
        let mut key = Vec::new();
        for row in 0..rows {
            let value = column.get(row);
            let place = self.hash(value) as usize % REMEMBERED;
            if let Some(group) = self.lately[place]
                && self.known.values[0].get(group as usize).is_identical(value)
            {
                groups.push(group);
                continue;
            }
            key.clear();
            write_key([(value, collation)].into_iter(), &mut key);
            let group = self.find_key(&key, std::slice::from_ref(column), row);
            if group != NONE {
                self.lately[place] = Some(group);
            }
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
        if let Some(group) = self.table.find(hash, |&group| self.known.keys.get(group as usize) == key) {
            return *group;
        }
        if self.is_frozen {
            return NONE;
        }
        let group = self.known.count as u32;
        self.known.push(key, columns.iter().map(|column| column.get(row)));
        let strings: usize = columns.iter().map(|column| column.bytes(row).len()).sum();
        self.bytes += key.len() + strings + size_of::<usize>() * (1 + 2 * columns.len());
        let (hasher, keys) = (&self.hasher, &self.known.keys);
        self.table.insert_unique(hash, group, |&other| hasher.hash_one(keys.get(other as usize)));
        group
    }
}
