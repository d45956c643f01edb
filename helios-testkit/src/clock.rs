//! Time and chance in the hands of a test.

use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::clock::{Clock, Entropy, Moment};
use parking_lot::Mutex;

use crate::seed::Numbers;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that shows `moment`.
    pub fn at(moment: Moment) -> ManualClock {
        ManualClock(AtomicU64::new(moment.0))
    }

    /// Moves the clock, in either direction.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.0, Ordering::SeqCst);
    }

    /// Moves the clock on by some microseconds and returns what it shows then.
    pub fn advance(&self, microseconds: u64) -> Moment {
        Moment(self.0.fetch_add(microseconds, Ordering::SeqCst) + microseconds)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        Moment(self.0.load(Ordering::SeqCst))
    }
}

/// A clock that is one microsecond later each time that it is looked at.
#[derive(Debug, Default)]
pub struct TickingClock(AtomicU64);

impl Clock for TickingClock {
    fn now(&self) -> Moment {
        Moment(self.0.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

/// Random bytes that a seed decides.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<Numbers>);

impl SeededEntropy {
    /// The bytes of `seed`.
    pub fn new(seed: u64) -> SeededEntropy {
        SeededEntropy(Mutex::new(Numbers::new(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().fill(bytes);
    }
}

/// The time of the machine, for tests with several processes: their clocks must agree.
#[derive(Clone, Copy, Debug)]
pub struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is where a test's clock comes from")]
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        Moment(since.map_or(0, |since| since.as_micros() as u64))
    }
}
