//! Time and chance, and the only doors through which they come in.
//!
//! Nothing in helios asks the operating system for the time or for random bytes: a [`Clock`] and an [`Entropy`] are
//! handed in when a database is opened, so that every test can be replayed from a seed. A [`Moment`] is what the
//! versioned store stamps commits with; [`CommitClock`] makes stamps that only ever grow, whatever the wall does.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// A point in time: microseconds since 1970-01-01 00:00 UTC. A commit is named by the moment it is stamped with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub u64);

impl Moment {
    /// Before every commit.
    pub const START: Moment = Moment(0);
    /// After every commit: the view of this moment is the present.
    pub const PRESENT: Moment = Moment(MAX_MOMENT);

    /// The next moment.
    #[must_use]
    pub fn next(self) -> Moment {
        Moment(self.0 + 1)
    }
}

/// Stamps are stored shifted left by one bit (see `versioned::stamp`), so they have 63 bits.
const MAX_MOMENT: u64 = u64::MAX >> 1;

/// Where the time comes from.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of the wall clock. It may jump in both directions.
    fn now(&self) -> Moment;
}

/// Where random bytes come from.
pub trait Entropy: fmt::Debug + Send + Sync {
    /// Fills `bytes` with bytes that nobody can guess (or that a test's seed decides).
    fn fill(&self, bytes: &mut [u8]);

    /// A random number.
    fn next_u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

/// The hybrid clock of commits: the wall clock's microseconds where they grow, one more than the last stamp where
/// they do not. Stamps are strictly increasing and above every moment that a reader has been shown.
#[derive(Debug, Default)]
pub struct CommitClock {
    floor: AtomicU64,
}

impl CommitClock {
    /// A clock whose stamps are all above `floor`.
    pub fn above(floor: Moment) -> CommitClock {
        CommitClock { floor: AtomicU64::new(floor.0) }
    }

    /// From now on all stamps are above `moment`. Called with every moment that a reader is shown, so that what it
    /// saw stays true, and with stamps of other processes.
    pub fn lift(&self, moment: Moment) {
        self.floor.fetch_max(moment.0, Ordering::SeqCst);
    }

    /// The stamp for a commit made at the wall time `now`.
    pub fn stamp(&self, now: Moment) -> Moment {
        let mut floor = self.floor.load(Ordering::SeqCst);
        loop {
            let stamp = now.0.max(floor + 1).min(MAX_MOMENT - 1);
            match self.floor.compare_exchange_weak(floor, stamp, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => return Moment(stamp),
                Err(seen) => floor = seen,
            }
        }
    }

    /// The last stamp given or the highest moment shown.
    pub fn floor(&self) -> Moment {
        Moment(self.floor.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_grow_when_the_wall_clock_goes_backwards() {
        let clock = CommitClock::above(Moment(10));
        assert_eq!(clock.stamp(Moment(100)), Moment(100));
        assert_eq!(clock.stamp(Moment(50)), Moment(101));
        clock.lift(Moment(500));
        assert_eq!(clock.stamp(Moment(200)), Moment(501));
        assert_eq!(clock.stamp(Moment(1000)), Moment(1000));
    }
}
