//! How processes that share a store get along with each other: by memory that they share, or over a network.
//!
//! On one machine, a [`Lane`] is something that one process at a time may have: the right to commit, the write turn of a
//! branch. A [`Word`] is a number that all processes see. Both are forgotten when the last process closes the store, and a
//! lane is free again when its process dies, however it dies. Exclusive drivers use [`LocalCoordination`], where there is
//! nobody to wait for. Threads of one process exclude each other above, not here.
//!
//! Over a network there are neither lanes nor words: see [`Network`].

use std::fmt;
use std::sync::atomic::AtomicU64;

use super::network::Network;
use crate::error::Result;

/// Something that one process at a time may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lane(pub u64);

impl Lane {
    /// The right to commit.
    pub const COMMIT: Lane = Lane(0);
    /// The right to hand out object ids.
    pub const IDENTIFIERS: Lane = Lane(1);

    /// The write turn of a branch.
    pub fn of_branch(branch: u32) -> Lane {
        Lane(16 + u64::from(branch))
    }
}

/// A number that all processes see. All begin at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub enum Word {
    /// The highest moment that was stamped on a commit or shown to a reader.
    Floor = 0,
    /// The first stamp of the commit that is on its way to the disk, 0 if there is none.
    InFlight = 1,
    /// When (in microseconds) a process last waited for a lane in vain: whoever has it should let others in.
    Waiting = 2,
}

impl Word {
    /// How many words there are.
    pub const COUNT: usize = 3;
}

/// A lane that this process has, until it is dropped.
pub struct Lease(#[expect(dead_code, reason = "held for its drop")] Option<Box<dyn Send + Sync>>);

impl Lease {
    /// A lease that is given back by dropping `guard`.
    pub fn new(guard: impl Send + Sync + 'static) -> Lease {
        Lease(Some(Box::new(guard)))
    }

    /// A lease on a lane that no other process can want.
    pub fn uncontended() -> Lease {
        Lease(None)
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

/// How the processes that share one store reach each other.
pub trait Coordination: fmt::Debug + Send + Sync {
    /// By what. It is the same for good.
    fn reach(&self) -> Reach<'_>;
}

/// By what processes reach each other.
#[derive(Clone, Copy, Debug)]
pub enum Reach<'a> {
    /// They are on one machine, or there is only one: they take turns.
    Memory(&'a dyn Words),
    /// They may be anywhere: they commit on what they know, and find out whether that was the newest.
    Network(&'a dyn Network),
}

impl<'a> Reach<'a> {
    /// The network, if the store is reached over one.
    pub fn network(self) -> Option<&'a dyn Network> {
        match self {
            Reach::Memory(_) => None,
            Reach::Network(network) => Some(network),
        }
    }
}

/// Lanes and words of one store.
pub trait Words: fmt::Debug + Send + Sync {
    /// Takes a lane; `None` while another process has it. Asking for a lane that this process has already is an error
    /// of the caller.
    fn try_lease(&self, lane: Lane) -> Result<Option<Lease>>;

    /// One of the shared numbers.
    fn word(&self, word: Word) -> &AtomicU64;

    /// Whether other processes can have the store open at all.
    fn is_shared(&self) -> bool;
}

/// The coordination of a store that belongs to one process.
#[derive(Debug, Default)]
pub struct LocalCoordination {
    words: [AtomicU64; Word::COUNT],
}

impl Coordination for LocalCoordination {
    fn reach(&self) -> Reach<'_> {
        Reach::Memory(self)
    }
}

impl Words for LocalCoordination {
    fn try_lease(&self, _: Lane) -> Result<Option<Lease>> {
        Ok(Some(Lease::uncontended()))
    }

    fn word(&self, word: Word) -> &AtomicU64 {
        &self.words[word as usize]
    }

    fn is_shared(&self) -> bool {
        false
    }
}
