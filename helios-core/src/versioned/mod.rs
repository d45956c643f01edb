//! Versions: every key has a present and, where somebody may still ask, a past.
//!
//! Above this module keys live in a [`Space`] (a table, an index, the catalog) of a branch; below it they are byte
//! strings of a driver. The keys of one space are prefix-free: none is the beginning of another.
//!
//! ```text
//! c | branch | space | key            -> begin, deleted? | payload    what is true now, one entry a key
//! h | branch | space | key | begin    -> end, deleted? | payload      what was true, newest version first
//! k | branch | space | end | key | begin -> many versions           what was true, of large commits: segments
//! l | branch | commit | space | part  -> keys that the commit wrote   the change log
//! m | ...                                                             branches, settings: no versions
//! ```
//!
//! A version is true from the moment of the commit that wrote it (`begin`) to before the moment of the commit that
//! replaced it (`end`). An example, one key of a branch with history, written at 10, deleted at 20, written at 30:
//!
//! ```text
//! time      10        20        30        now
//! truth     |--- a ---)         |--- b -----
//! c                              k -> 30 b
//! h          k 10 -> 20 a
//! ```
//! On a child branch the gap is an entry too (`k 20 -> 30 deleted`), because there the parent would shine through it.
//!
//! - Reading the present costs what the driver costs: one entry a key, no dead versions to step over.
//! - [`Keepers`] decides whether a replaced version moves to `h`; nothing else does.
//! - A [`View`] shows one branch at one moment. All SQL runs on a view, so all of it works at every moment.

mod block_walk;
mod change_log;
mod history;
mod keepers;
mod key;
mod level;
mod merge;
mod past_keys;
mod pieces;
mod present_entries;
mod replace;
mod runs;
mod segment;
mod segment_cursor;
mod segment_lookup;
mod stamp;
mod versions;
mod view;
mod write_cursor;
mod write_notes;
mod write_set;

#[cfg(test)]
mod write_set_tests;

use std::fmt;

use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{Direction, KeyRange};

pub use change_log::{ChangeKind, ChangedKey, changes, encode_changes};
pub use keepers::Keepers;
pub use key::{BranchId, Key, Space};
pub(crate) use level::Stored;
pub(crate) use level::history_begin;
pub use level::{KeptHistory, Level};
pub use merge::overlay;
pub(crate) use replace::{Past, StampedWrites, needs_snapshot, replace};
pub(crate) use segment::{Ended, StoredBlock};
pub use segment::{Segment, SegmentSizes, Segments};
pub use stamp::Stamp;
pub(crate) use versions::visit_versions;
pub use versions::{Lifetime, TakeLifetime};
pub use view::StoreView;
pub use write_cursor::WriteCursor;
pub use write_set::{Mark, WriteSet, Written};

/// One branch at one moment.
pub trait View: fmt::Debug + Send + Sync {
    /// The branch.
    fn branch(&self) -> BranchId;

    /// The moment; [`Moment::PRESENT`] for the newest state that was durable when the view was made.
    fn moment(&self) -> Moment;

    /// Which state of its branch a view of the present shows, for those who keep what they read; `None` for the past.
    fn state(&self) -> Option<BranchState>;

    /// Calls `read` with the version of `key` that was true at the moment, if there is one, and says whether.
    fn get(&self, space: Space, key: &[u8], read: &mut dyn FnMut(Version<'_>)) -> Result<bool>;

    /// Whether it pays to [`expect`](View::expect) keys.
    fn may_expect(&self) -> bool {
        false
    }

    /// Keys of a space are going to be looked up: where each look-up would be a journey, they are fetched in one.
    fn expect(&self, _space: Space, _keys: &[&[u8]]) -> Result<()> {
        Ok(())
    }

    /// A cursor over the keys of a space that existed at the moment, before the first (after the last) of `range`.
    ///
    /// No bound of the range may be a key with further bytes: in the history, moments stand there. What comes after a
    /// key begins at [`after_components`](crate::encoding::key::after_components) of it.
    fn cursor<'a>(
        &'a self,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<Box<dyn VersionCursor + 'a>>;
}

/// A state of a branch: two views with the same one show the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BranchState {
    /// The last commit on the branch.
    pub last_commit: Moment,
    /// How many commits there were.
    pub commits: u64,
}

/// What was true of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version<'a> {
    /// The commit that wrote it; [`Moment::PRESENT`] for what is not committed yet.
    pub begin: Moment,
    /// What was written.
    pub payload: &'a [u8],
}

/// What [`VersionCursor::visit`] hands keys and their versions to, lent for the call; `false` ends the visit.
pub type TakeVersion<'t> = dyn FnMut(&[u8], Version<'_>) -> Result<bool> + 't;

/// A position in a [`View`] that moves over the keys of a range and lends them with their versions.
pub trait VersionCursor {
    /// Moves to the next key in the cursor's direction; `false` at the end.
    fn advance(&mut self) -> Result<bool>;

    /// The current key. Empty unless the last [`VersionCursor::advance`] returned `true`.
    fn key(&self) -> &[u8];

    /// The current key's version.
    fn version(&self) -> Version<'_>;

    /// Moves so that the next [`VersionCursor::advance`] finds the first key at or after `key` (going backward: at or
    /// before), within the range.
    fn seek(&mut self, key: &[u8]) -> Result<()>;

    /// Advances over key after key and hands each with its version to `take`, until that answers `false` or the range
    /// ends. Returns whether `take` ended it. Afterwards there is no current key; [`VersionCursor::advance`] goes on
    /// behind the last one.
    fn visit(&mut self, take: &mut TakeVersion<'_>) -> Result<bool> {
        while self.advance()? {
            if !take(self.key(), self.version())? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
