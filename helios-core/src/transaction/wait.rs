//! How long to wait, and what ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::storage::{Coordination, Lane, Lease, Word};

/// A flag that another thread raises to stop what is running.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Stops what is running.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Lets things run again.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// An error if the flag is up.
    #[inline]
    pub fn check(&self) -> Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(Error::interrupted()) } else { Ok(()) }
    }
}

/// A limit on waiting: a time and an interrupt.
#[derive(Clone, Debug)]
pub struct Patience {
    deadline: Option<Instant>,
    interrupt: Interrupt,
}

/// Waiting looks at the interrupt this often.
const SLICE: Duration = Duration::from_millis(20);

impl Patience {
    /// Waits up to `timeout` from now, or until interrupted.
    pub fn new(timeout: Duration, interrupt: Interrupt) -> Patience {
        Patience { deadline: Instant::now().checked_add(timeout), interrupt }
    }

    /// How long to sleep before looking again. An error of kind `Busy` when the time is up, of kind `Interrupted` when
    /// the flag is.
    pub(super) fn next_wait(&self) -> Result<Duration> {
        self.interrupt.check()?;
        let Some(deadline) = self.deadline else {
            return Ok(SLICE);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Error::busy()) } else { Ok(left.min(SLICE)) }
    }
}

/// Takes a lane from other processes, trying again with growing pauses.
pub(super) fn lease(
    coordination: &dyn Coordination,
    lane: Lane,
    patience: &Patience,
    now: impl Fn() -> u64,
) -> Result<Lease> {
    let mut pause = Duration::from_micros(50);
    loop {
        if let Some(lease) = coordination.try_lease(lane)? {
            return Ok(lease);
        }
        // The holder sees that somebody waits, and pauses after it has given the lane back.
        coordination.word(Word::Waiting).store(now(), Ordering::Relaxed);
        std::thread::sleep(pause.min(patience.next_wait()?));
        pause = (pause * 2).min(Duration::from_millis(2));
    }
}
