//! The narrow waist: what a storage driver promises.
//!
//! A driver is an ordered map of byte strings with snapshots and atomic, durable batches. It knows no SQL, no
//! versions, no branches and no transactions; all of those are built above, once, for every driver. The contract is
//! in the words of the traits here, and each sentence of it has a case in the conformance suite of `helios-testkit`.
//!
//! In: keys and values as bytes. Out: the same bytes, in key order. What a driver may not be able to do is told by
//! its [`Capabilities`]; there are no methods that answer "not supported".
//!
//! Reads are synchronous and lend their bytes: a scan through `dyn Cursor` copies nothing and allocates nothing per
//! entry. (Measured: the dynamic call costs nothing next to the driver's own step, a copied pair doubles it.)

pub mod ahead;
mod batch;
mod capability;
mod coordination;
mod entries;
mod network;
mod pieces;
mod place;
pub mod remote;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
pub use batch::{Batch, BatchEntry, Expectation};
pub use capability::{Capabilities, Durability, Limits, Stats};
pub use coordination::{Coordination, Lane, Lease, LocalCoordination, Reach, Word, Words};
pub use entries::{Entries, EntrySource};
pub use network::{Head, HeadChange, Heard, Network};
pub use pieces::{Piece, PieceCursor, Pieces};
pub use place::{cannot_open, has_store, held_elsewhere};

/// A store of bytes. All methods may be called from any thread.
pub trait Storage: fmt::Debug + Send + Sync {
    /// A consistent view of everything committed so far. Later commits do not change what it shows.
    ///
    /// A snapshot keeps the space of what has been replaced since: hold it for as long as you read, not longer.
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>>;

    /// Applies a batch: all of it or nothing, also across a crash. On return it is as durable as the driver was
    /// configured to make it, and every later [`Storage::snapshot`] shows it.
    ///
    /// Fails with [`Conflict`](crate::ErrorKind::Conflict), having changed nothing, if an expectation of the batch
    /// or what it says of the head does not hold. After any other error the store shows the state before the batch or the state after it, and
    /// goes on working unless it says otherwise.
    fn commit(&self, batch: &Batch<'_>) -> Result<()>;

    /// A number that changes with every commit, of any process. If it is the same before and after, nothing was
    /// committed in between. Costs nanoseconds, because every statement asks; only where the store is reached over a
    /// [`Network`] it is a journey, and statements ask [`Network::heard`].
    fn version(&self) -> Result<u64>;

    /// The means by which the processes that share this store get along with each other.
    fn coordination(&self) -> Arc<dyn Coordination>;

    /// What this driver can do.
    fn capabilities(&self) -> Capabilities;

    /// Sizes, as far as the driver knows them.
    fn stats(&self) -> Result<Stats>;

    /// Gives unused space back to the operating system, as far as open snapshots allow.
    fn compact(&self) -> Result<()>;

    /// Closes the store: files are complete on disk, locks and side files are gone. Everything fails afterwards,
    /// also reads of snapshots that are still held. Closing again does nothing.
    fn close(&self) -> Result<()>;
}

/// A consistent view of a [`Storage`].
pub trait Snapshot: fmt::Debug + Send + Sync {
    /// Calls `read` with the value of `key`, if there is one, and says whether there was.
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// Calls `read` with the position in `keys` and the value of each key that exists. For drivers where a request
    /// costs a journey this is one journey.
    fn get_many(&self, keys: &[&[u8]], read: &mut dyn FnMut(usize, &[u8])) -> Result<()> {
        for (position, key) in keys.iter().enumerate() {
            self.get(key, &mut |value| read(position, value))?;
        }
        Ok(())
    }

    /// Whether what [`Snapshot::get_many`] has read is there for later look-ups of the same keys without another journey:
    /// then it pays to say beforehand which keys are going to be looked up.
    fn remembers(&self) -> bool {
        false
    }

    /// Calls `read` with the first entry of `range`, if there is one, and says whether there was.
    fn first(&self, range: KeyRange<'_>, read: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool> {
        let mut cursor = self.cursor(range, Direction::Forward)?;
        let is_there = cursor.advance()?;
        if is_there {
            let (key, value) = cursor.entry();
            read(key, value);
        }
        Ok(is_there)
    }

    /// A cursor before the first entry of `range` (after the last, going backward).
    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>>;
}

/// What [`Cursor::visit`] hands entries to: key and value, lent for the call; `false` ends the visit.
pub type TakeEntry<'t> = dyn FnMut(&[u8], &[u8]) -> Result<bool> + 't;

/// A position in a [`Snapshot`] that moves over the entries of a range and lends them.
pub trait Cursor {
    /// Moves to the next entry in the cursor's direction; `false` at the end of the range, from then on for good
    /// unless [`Cursor::seek`] moves it back.
    fn advance(&mut self) -> Result<bool>;

    /// Key and value of the current entry. Empty unless the last [`Cursor::advance`] returned `true`.
    fn entry(&self) -> (&[u8], &[u8]);

    /// Moves so that the next [`Cursor::advance`] finds the first entry at or after `key` (going backward: at or
    /// before), within the range.
    fn seek(&mut self, key: &[u8]) -> Result<()>;

    /// Advances over entry after entry and hands each to `take`, until that answers `false` or the range ends. Returns
    /// whether `take` ended it. Afterwards there is no current entry; [`Cursor::advance`] goes on behind the last one.
    ///
    /// What long scans use: a driver whose entries cost something to keep lends each for the call only.
    fn visit(&mut self, take: &mut TakeEntry<'_>) -> Result<bool> {
        while self.advance()? {
            let (key, value) = self.entry();
            if !take(key, value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Keys from `start` on (including it), up to `end` (without it) or to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyRange<'a> {
    /// The first key of the range.
    pub start: &'a [u8],
    /// The first key after the range; `None` for no end.
    pub end: Option<&'a [u8]>,
}

impl<'a> KeyRange<'a> {
    /// Every key.
    pub const ALL: KeyRange<'static> = KeyRange { start: &[], end: None };

    /// The keys from `start` to before `end`.
    pub fn new(start: &'a [u8], end: Option<&'a [u8]>) -> KeyRange<'a> {
        KeyRange { start, end }
    }

    /// Whether `key` is in the range.
    pub fn contains(&self, key: &[u8]) -> bool {
        key >= self.start && self.end.is_none_or(|end| key < end)
    }

    /// Whether no key can be in the range.
    pub fn is_empty(&self) -> bool {
        self.end.is_some_and(|end| end <= self.start)
    }
}

/// Which way a cursor moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From small keys to large ones.
    #[default]
    Forward,
    /// From large keys to small ones.
    Backward,
}
