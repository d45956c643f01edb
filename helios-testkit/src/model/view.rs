//! The model's views: one map, walked from either end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use helios_core::Result;
use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange};
use helios_core::versioned::{BranchId, BranchState, Space, Version, VersionCursor, View};

/// The keys of one space, each with the moment that it was written at and its payload.
type Entries = BTreeMap<Vec<u8>, (Moment, Vec<u8>)>;

/// All that a branch shows at one moment.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    spaces: BTreeMap<Space, Entries>,
    dropped: BTreeSet<Space>,
}

impl Contents {
    /// Writes a key.
    pub fn put(&mut self, space: Space, key: Vec<u8>, begin: Moment, payload: &[u8]) {
        self.spaces.entry(space).or_default().insert(key, (begin, payload.to_vec()));
    }

    /// Deletes a key.
    pub fn delete(&mut self, space: Space, key: &[u8]) {
        self.spaces.entry(space).or_default().remove(key);
    }

    /// Forgets a space whose owner is gone.
    pub fn drop_space(&mut self, space: Space) {
        self.spaces.remove(&space);
        self.dropped.insert(space);
    }

    /// Whether the owner of a space is gone: what views show of it is not defined any more.
    pub fn is_dropped(&self, space: Space) -> bool {
        self.dropped.contains(&space)
    }

    /// The keys of a space and their payloads.
    pub fn payloads(&self, space: Space) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.space(space).map(|(key, version)| (key.to_vec(), version.payload.to_vec())).collect()
    }

    pub(super) fn space(&self, space: Space) -> impl DoubleEndedIterator<Item = (&[u8], Version<'_>)> {
        let entries = self.spaces.get(&space).into_iter().flatten();
        entries.map(|(key, (begin, payload))| (&key[..], Version { begin: *begin, payload }))
    }
}

/// A branch at a moment.
#[derive(Debug)]
pub struct ModelView {
    branch: BranchId,
    moment: Moment,
    contents: Arc<Contents>,
}

impl ModelView {
    /// The view of what `contents` has.
    pub fn new(branch: BranchId, moment: Moment, contents: Arc<Contents>) -> ModelView {
        ModelView { branch, moment, contents }
    }
}

impl View for ModelView {
    fn branch(&self) -> BranchId {
        self.branch
    }

    fn moment(&self) -> Moment {
        self.moment
    }

    fn state(&self) -> Option<BranchState> {
        None
    }

    fn get(&self, space: Space, key: &[u8], read: &mut dyn FnMut(Version<'_>)) -> Result<bool> {
        let entry = self.contents.spaces.get(&space).and_then(|entries| entries.get(key));
        if let Some((begin, payload)) = entry {
            read(Version { begin: *begin, payload });
        }
        Ok(entry.is_some())
    }

    fn cursor<'a>(
        &'a self,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<Box<dyn VersionCursor + 'a>> {
        let inside = self.contents.space(space).filter(|(key, _)| range.contains(key));
        let entries = match direction {
            Direction::Forward => inside.collect(),
            Direction::Backward => inside.rev().collect(),
        };
        Ok(Box::new(ModelCursor { entries, direction, next: 0, current: None }))
    }
}

struct ModelCursor<'a> {
    /// In the order of the cursor.
    entries: Vec<(&'a [u8], Version<'a>)>,
    direction: Direction,
    next: usize,
    current: Option<usize>,
}

impl VersionCursor for ModelCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        self.current = (self.next < self.entries.len()).then_some(self.next);
        self.next += usize::from(self.current.is_some());
        Ok(self.current.is_some())
    }

    fn key(&self) -> &[u8] {
        self.current.map_or(&[], |at| self.entries[at].0)
    }

    fn version(&self) -> Version<'_> {
        self.current.map_or(Version { begin: Moment::START, payload: &[] }, |at| self.entries[at].1)
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.current = None;
        self.next = self.entries.partition_point(|(at, _)| match self.direction {
            Direction::Forward => *at < key,
            Direction::Backward => *at > key,
        });
        Ok(())
    }
}
