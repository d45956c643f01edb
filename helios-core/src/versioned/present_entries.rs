//! What becomes of the writes of a commit in the present of a space.
//!
//! In: a key and what was last written to it, or all that one commit wrote. Out: the entries that a driver stores. Where
//! nobody may ask for what they replace, those of a large commit are made while the driver reads them: a list of them
//! would take more memory than the smallest of rows.

use bumpalo::Bump;

use super::replace::StampedWrites;
use super::write_set::Written;
use super::{Space, Stamp};
use crate::clock::Moment;
use crate::storage::{BatchEntry, Direction, EntrySource, KeyRange};

/// From so many writes on, entries are made while they are read.
pub(super) const MANY_WRITES: usize = 1024;

/// The two stamps of a commit, as bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamps<'a> {
    live: &'a [u8],
    deleted: &'a [u8],
}

impl<'a> Stamps<'a> {
    pub(super) fn new(moment: Moment, bytes: &'a Bump) -> Stamps<'a> {
        let stamp = |deleted| &*bytes.alloc_slice_copy(&Stamp { moment, deleted }.to_bytes());
        Stamps { live: stamp(false), deleted: stamp(true) }
    }

    /// The entry of a key, given as the driver sees it.
    pub(super) fn entry(&self, full_key: &'a [u8], written: Written<'a>, is_child: bool) -> BatchEntry<'a> {
        match written {
            Written::Put(payload) => BatchEntry::put_parts(full_key, self.live, payload),
            Written::Deleted if is_child => BatchEntry::put(full_key, self.deleted),
            Written::Deleted => BatchEntry::delete(full_key),
        }
    }
}

/// The entries of all that one commit wrote to a space.
#[derive(Debug)]
pub(super) struct PresentEntries<'a> {
    commit: StampedWrites<'a>,
    space: Space,
    stamps: Stamps<'a>,
    /// Whether the branch has a parent, whose keys a deletion has to hide.
    is_child: bool,
}

impl<'a> PresentEntries<'a> {
    pub(super) fn new(
        commit: StampedWrites<'a>,
        space: Space,
        is_child: bool,
        bytes: &'a Bump,
    ) -> &'a PresentEntries<'a> {
        let stamps = Stamps::new(commit.moment, bytes);
        bytes.alloc(PresentEntries { commit, space, stamps, is_child })
    }

    fn end(&self, direction: Direction) -> Option<&'a [u8]> {
        let mut cursor = self.commit.writes.cursor(self.space, KeyRange::ALL, direction);
        cursor.advance().then(|| cursor.full_key())
    }
}

impl EntrySource for PresentEntries<'_> {
    fn iter(&self) -> Box<dyn Iterator<Item = BatchEntry<'_>> + '_> {
        let mut cursor = self.commit.writes.sorted(self.space);
        Box::new(std::iter::from_fn(move || {
            let entry = |full_key, written| self.stamps.entry(full_key, written, self.is_child);
            cursor.advance().then(|| entry(cursor.full_key(), cursor.written()))
        }))
    }

    fn ends(&self) -> Option<(&[u8], &[u8])> {
        Some((self.end(Direction::Forward)?, self.end(Direction::Backward)?))
    }

    fn len_at_most(&self) -> usize {
        self.commit.writes.writes_to(self.space)
    }
}
