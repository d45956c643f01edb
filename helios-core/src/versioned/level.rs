//! One branch's own versions at one moment, without its parent.
//!
//! In: a snapshot, a branch, a moment. Out: for every key the version that the branch itself has, which may say that
//! the key is deleted (so that a parent does not shine through), or nothing.

use std::cell::Cell;
use std::fmt;

use super::history::PastCursor;
use super::segment::Segments;
use super::segment_lookup::get_from_segments;
use super::{BranchId, Key, Space, Stamp, TakeVersion, Version};
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::Result;
use crate::storage::{Cursor, Direction, KeyRange, Snapshot};

/// What versions are read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    /// The driver's snapshot.
    pub(crate) snapshot: &'a dyn Snapshot,
    /// What is known of the history that it has.
    pub(crate) history: &'a dyn KeptHistory,
}

/// What is known of the history in a snapshot.
pub trait KeptHistory: fmt::Debug + Send + Sync {
    /// Its segments.
    fn segments(&self) -> &Segments;

    /// Since when every version that a branch has had of a space is there; `None` if it never is.
    fn complete_since(&self, branch: BranchId, space: Space) -> Option<Moment>;
}

/// A branch up to a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The branch.
    pub branch: BranchId,
    /// The last moment that counts.
    pub moment: Moment,
}

/// What a branch itself knows of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A version with a payload; the reader has been called with it.
    Live,
    /// A version that says that the key does not exist.
    Deleted,
    /// No version.
    Nothing,
}

/// A cursor over what a branch itself has, deletions included.
pub(super) trait LevelCursor {
    fn advance(&mut self) -> Result<bool>;
    fn key(&self) -> &[u8];
    fn version(&self) -> Version<'_>;
    fn is_deleted(&self) -> bool;
    fn seek(&mut self, key: &[u8]) -> Result<()>;

    /// Hands each key that is not deleted to `take`, as [`VersionCursor::visit`](super::VersionCursor::visit) does.
    fn visit_live(&mut self, take: &mut TakeVersion<'_>) -> Result<bool> {
        while self.advance()? {
            if !self.is_deleted() && !take(self.key(), self.version())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Level {
    /// Looks up one key.
    pub(super) fn get(
        &self,
        stored: Stored<'_>,
        space: Space,
        key: &[u8],
        read: &mut dyn FnMut(Version<'_>),
    ) -> Result<Found> {
        let mut found = Ok(Found::Nothing);
        let mut next_begin = None;
        with_key_bytes(&Key::Current(self.branch, space, key), |bytes| {
            stored.snapshot.get(bytes, &mut |value| {
                found = Stamp::split(value).map(|(stamp, payload)| {
                    if stamp.moment > self.moment {
                        next_begin = Some(stamp.moment);
                        Found::Nothing
                    } else if stamp.deleted {
                        Found::Deleted
                    } else {
                        read(Version { begin: stamp.moment, payload });
                        Found::Live
                    }
                });
            })
        })?;
        match found? {
            Found::Nothing if self.moment < Moment::PRESENT => {
                self.get_past(stored, space, (key, next_begin), read)
            }
            found => Ok(found),
        }
    }

    /// Looks up one key in the history. If there is a present version, it is known when that began.
    fn get_past(
        &self,
        stored: Stored<'_>,
        space: Space,
        (key, next_begin): (&[u8], Option<Moment>),
        read: &mut dyn FnMut(Version<'_>),
    ) -> Result<Found> {
        let segments = stored.history.segments().reaching(self.branch, space, self.moment);
        // Where the present version came with a commit that may have written a segment, that is the likelier place.
        let replaced_in_segment =
            next_begin.zip(segments.last()).is_some_and(|(begin, last)| begin <= last.end);
        if !replaced_in_segment {
            let found = self.get_from_history(stored.snapshot, space, key, read)?;
            if found != Found::Nothing || segments.is_empty() {
                return Ok(found);
            }
        }
        let mut found = Found::Nothing;
        let of = (self.branch, space);
        get_from_segments(stored.snapshot, of, segments, (key, self.moment, next_begin), |version| {
            if version.deleted {
                found = Found::Deleted;
            } else {
                read(Version { begin: version.begin, payload: version.payload });
                found = Found::Live;
            }
        })?;
        if found == Found::Nothing && replaced_in_segment {
            found = self.get_from_history(stored.snapshot, space, key, read)?;
        }
        Ok(found)
    }

    /// Looks up one key in the part of the history that is in the order of keys.
    pub(super) fn get_from_history(
        &self,
        snapshot: &dyn Snapshot,
        space: Space,
        key: &[u8],
        read: &mut dyn FnMut(Version<'_>),
    ) -> Result<Found> {
        let mut found = Ok(Found::Nothing);
        with_key_bytes(&Key::History(self.branch, space, key, self.moment), |start| {
            let after = after_prefix(&start[..start.len() - size_of::<Moment>()]);
            snapshot.first(KeyRange::new(start, after.as_deref()), &mut |bytes, value| {
                found = self.true_then(bytes, value, read);
            })
        })?;
        found
    }

    /// What an entry of the history says of its key at the level's moment, which is not before it began.
    fn true_then(&self, bytes: &[u8], value: &[u8], read: &mut dyn FnMut(Version<'_>)) -> Result<Found> {
        let begin = history_begin(bytes)?;
        let (stamp, payload) = Stamp::split(value)?;
        if stamp.moment <= self.moment {
            Ok(Found::Nothing)
        } else if stamp.deleted {
            Ok(Found::Deleted)
        } else {
            read(Version { begin, payload });
            Ok(Found::Live)
        }
    }

    /// A cursor over the keys of a range.
    pub(super) fn cursor<'a>(
        &self,
        stored: Stored<'a>,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<Box<dyn LevelCursor + 'a>> {
        if self.moment == Moment::PRESENT {
            Ok(Box::new(PresentCursor::open(stored.snapshot, self.branch, space, range, direction)?))
        } else {
            Ok(Box::new(PastCursor::open(stored, *self, space, range, direction)?))
        }
    }
}

/// The moment at the end of a history key.
pub(crate) fn history_begin(key: &[u8]) -> Result<Moment> {
    match key.split_last_chunk() {
        Some((_, begin)) => Ok(Moment(!u64::from_be_bytes(*begin))),
        None => Err(crate::Error::corrupt("a history key has no moment")),
    }
}

/// A cursor over the present of one branch.
pub(super) struct PresentCursor<'a> {
    entries: Box<dyn Cursor + 'a>,
    prefix: Vec<u8>,
    prefix_length: usize,
    stamp: Stamp,
}

impl<'a> PresentCursor<'a> {
    pub(super) fn open(
        snapshot: &'a dyn Snapshot,
        branch: BranchId,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<PresentCursor<'a>> {
        let prefix = Key::current_prefix(branch, space);
        let entries = open_range(snapshot, &prefix, range, direction)?;
        let stamp = Stamp { moment: Moment::START, deleted: false };
        Ok(PresentCursor { entries, prefix_length: prefix.len(), prefix, stamp })
    }
}

impl PresentCursor<'_> {
    /// Hands on each entry behind the current one, deletions included, until `take` answers `false`; says whether it did.
    pub(super) fn visit_entries(
        &mut self,
        mut take: impl FnMut(&[u8], Stamp, &[u8]) -> Result<bool>,
    ) -> Result<bool> {
        let prefix_length = self.prefix_length;
        self.entries.visit(&mut |key, value| {
            let (stamp, payload) = Stamp::split(value)?;
            take(key.get(prefix_length..).unwrap_or_default(), stamp, payload)
        })
    }
}

impl LevelCursor for PresentCursor<'_> {
    #[inline]
    fn advance(&mut self) -> Result<bool> {
        if !self.entries.advance()? {
            return Ok(false);
        }
        self.stamp = Stamp::split(self.entries.entry().1)?.0;
        Ok(true)
    }

    #[inline]
    fn key(&self) -> &[u8] {
        self.entries.entry().0.get(self.prefix_length..).unwrap_or_default()
    }

    #[inline]
    fn version(&self) -> Version<'_> {
        let value = self.entries.entry().1;
        Version { begin: self.stamp.moment, payload: value.get(Stamp::SIZE..).unwrap_or_default() }
    }

    #[inline]
    fn is_deleted(&self) -> bool {
        self.stamp.deleted
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.prefix.truncate(self.prefix_length);
        self.prefix.extend_from_slice(key);
        self.entries.seek(&self.prefix)
    }

    fn visit_live(&mut self, take: &mut TakeVersion<'_>) -> Result<bool> {
        let prefix_length = self.prefix_length;
        self.entries.visit(&mut |key, value| {
            let (stamp, payload) = Stamp::split(value)?;
            if stamp.deleted {
                return Ok(true);
            }
            take(key.get(prefix_length..).unwrap_or_default(), Version { begin: stamp.moment, payload })
        })
    }
}

/// A driver's cursor over the part `range` of the keys that begin with `prefix`.
pub(super) fn open_range<'a>(
    snapshot: &'a dyn Snapshot,
    prefix: &[u8],
    range: KeyRange<'_>,
    direction: Direction,
) -> Result<Box<dyn Cursor + 'a>> {
    let start = [prefix, range.start].concat();
    let end = match range.end {
        Some(end) => Some([prefix, end].concat()),
        None => after_prefix(prefix),
    };
    snapshot.cursor(KeyRange::new(&start, end.as_deref()), direction)
}

/// Calls `use_bytes` with the bytes of a key, without an allocation in the usual case.
pub(super) fn with_key_bytes<T>(key: &Key<'_>, use_bytes: impl FnOnce(&[u8]) -> T) -> T {
    thread_local! {
        static BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    }
    // Taken, not borrowed: a reader that looks something up itself finds an empty buffer, not a locked one.
    let mut buffer = BUFFER.take();
    buffer.clear();
    key.write(&mut buffer);
    let result = use_bytes(&buffer);
    BUFFER.set(buffer);
    result
}
