//! What is derived from the rows of a branch for an index and kept beside them: outside of all versions, never merged, and
//! good for nothing but to spare the work of making it again.
//!
//! In: parts by name. Out: the same parts, of one consistent state. Writing them is a commit of its own that no view shows;
//! [`DerivedChange::expected`] tells whether somebody else has written meanwhile. They go with the index and with the
//! branch.

use std::sync::Arc;

use super::store::Store;
use crate::encoding::key::after_prefix;
use crate::error::Result;
use crate::storage::{Batch, BatchEntry, Direction, Expectation, KeyRange, Snapshot};
use crate::versioned::{BranchId, Key, Space};

/// Where derived parts are: the branch whose rows they are made of, and the space of the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DerivedPlace {
    /// The branch.
    pub branch: BranchId,
    /// The space.
    pub space: Space,
}

/// A change of derived parts, all of it or nothing.
#[derive(Clone, Debug, Default)]
pub struct DerivedChange {
    /// A part that has to be as it was seen, if anything depends on that; `None` for a part that was not there.
    pub expected: Option<(Vec<u8>, Option<Vec<u8>>)>,
    /// Parts that are written.
    pub put: Vec<(Vec<u8>, Vec<u8>)>,
    /// Parts that go.
    pub deleted: Vec<Vec<u8>>,
}

/// The derived parts of a place, of one state.
#[derive(Debug)]
pub struct DerivedParts {
    place: DerivedPlace,
    snapshot: Arc<dyn Snapshot>,
}

impl DerivedParts {
    /// A part.
    pub fn get(&self, part: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        let key = Key::Derived(self.place.branch, self.place.space, part).to_bytes();
        self.snapshot.get(&key, &mut |value| found = Some(value.to_vec()))?;
        Ok(found)
    }

    /// The names of all parts.
    pub fn names(&self) -> Result<Vec<Vec<u8>>> {
        let prefix = Key::derived_prefix(self.place.branch, self.place.space);
        let end = after_prefix(&prefix);
        let range = KeyRange::new(&prefix, end.as_deref());
        let mut cursor = self.snapshot.cursor(range, Direction::Forward)?;
        let mut names = Vec::new();
        while cursor.advance()? {
            names.push(cursor.entry().0[prefix.len()..].to_vec());
        }
        Ok(names)
    }
}

impl Store {
    /// The parts of a place, as they are.
    pub fn derived(&self, place: DerivedPlace) -> Result<DerivedParts> {
        Ok(DerivedParts { place, snapshot: self.storage().snapshot()? })
    }

    /// Changes parts. Nobody may commit meanwhile: [`crate::transaction::Engine::keep_derived`] sees to it.
    ///
    /// # Errors
    /// `Conflict` if the expected part is another one.
    pub fn change_derived(&self, place: DerivedPlace, change: &DerivedChange) -> Result<()> {
        let key = |part: &[u8]| Key::Derived(place.branch, place.space, part).to_bytes();
        let put: Vec<(Vec<u8>, &[u8])> =
            change.put.iter().map(|(part, value)| (key(part), &value[..])).collect();
        let deleted: Vec<Vec<u8>> = change.deleted.iter().map(|part| key(part)).collect();
        let expected = change.expected.as_ref().map(|(part, value)| (key(part), value.as_deref()));
        let mut entries: Vec<BatchEntry<'_>> =
            put.iter().map(|(key, value)| BatchEntry::put(key, value)).collect();
        entries.extend(deleted.iter().map(|key| BatchEntry::delete(key)));
        entries.sort_unstable_by_key(|entry| entry.key);
        let expected: Vec<Expectation<'_>> =
            expected.iter().map(|(key, value)| Expectation { key, value: *value }).collect();
        self.commit_on_newest(|state, storage| {
            if !state.meta.branches.contains_key(&place.branch) {
                return Err(super::no_such_branch(place.branch.0));
            }
            let (entries, expected) = (entries.clone().into(), expected.clone());
            storage.commit(&Batch { entries, expected, head: state.head_change(), ..Batch::default() })
        })
    }
}
