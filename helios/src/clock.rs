//! The time and the random numbers of the operating system: the only place where they come in.

use helios_core::clock::{Clock, Entropy, Moment};

/// The wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Moment {
        #[allow(clippy::disallowed_methods, reason = "the one clock that asks the operating system")]
        let now = std::time::SystemTime::now();
        // A clock that stands before 1970 tells nothing; commit stamps grow by themselves.
        let since_1970 = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Moment(since_1970.as_micros() as u64)
    }
}

/// The random numbers of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// If the system has no random numbers: nothing that is made without them can be trusted.
    fn fill(&self, bytes: &mut [u8]) {
        assert!(getrandom::fill(bytes).is_ok(), "the operating system gives random bytes");
    }
}
