//! How long to wait, and what ends it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::engine::Engine;
use crate::error::{Error, Result};
use crate::storage::{Lane, Lease, Word};

/// Is asked whether what is running may go on, with about how many rows were looked at since the last time: none, when a
/// statement begins.
pub type Watcher = dyn Fn(usize) -> bool + Send + Sync;

/// What is taken for the rows between two looks where nobody has counted them.
const ROWS_OF_A_LOOK: usize = 125;

/// A flag that another thread raises to stop what is running, and perhaps a watcher that is asked now and then.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Flags>);

#[derive(Default)]
struct Flags {
    /// [`RAISED`] and [`WATCHED`].
    flags: AtomicU8,
    watcher: Mutex<Option<Arc<Watcher>>>,
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flags").field("flags", &self.flags).finish_non_exhaustive()
    }
}

const RAISED: u8 = 1;
const WATCHED: u8 = 2;

impl Interrupt {
    /// Stops what is running.
    pub fn raise(&self) {
        self.0.flags.fetch_or(RAISED, Ordering::Relaxed);
    }

    /// Lets things run again.
    pub fn clear(&self) {
        if self.0.flags.load(Ordering::Relaxed) & RAISED != 0 {
            self.0.flags.fetch_and(!RAISED, Ordering::Relaxed);
        }
    }

    /// Sets the watcher, which every check asks.
    pub fn set_watcher(&self, watcher: Option<Arc<Watcher>>) {
        match &watcher {
            Some(_) => self.0.flags.fetch_or(WATCHED, Ordering::Relaxed),
            None => self.0.flags.fetch_and(!WATCHED, Ordering::Relaxed),
        };
        *self.0.watcher.lock() = watcher;
    }

    /// An error if the flag is up, or the watcher says so.
    #[inline]
    pub fn check(&self) -> Result<()> {
        self.check_rows(ROWS_OF_A_LOOK)
    }

    /// An error if the flag is up, or the watcher says so, after a look at so many rows.
    #[inline]
    pub fn check_rows(&self, rows: usize) -> Result<()> {
        if self.0.flags.load(Ordering::Relaxed) == 0 { Ok(()) } else { self.look(rows.max(1)) }
    }

    /// An error if the flag is up, or the watcher says so, before a statement has looked at anything.
    #[inline]
    pub fn check_beginning(&self) -> Result<()> {
        if self.0.flags.load(Ordering::Relaxed) == 0 { Ok(()) } else { self.look(0) }
    }

    #[cold]
    fn look(&self, rows: usize) -> Result<()> {
        let watcher = self.0.watcher.lock().clone();
        let goes_on = || watcher.is_none_or(|watcher| watcher(rows));
        if self.0.flags.load(Ordering::Relaxed) & RAISED == 0 && goes_on() {
            Ok(())
        } else {
            Err(Error::interrupted())
        }
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
    pub fn next_wait(&self) -> Result<Duration> {
        self.interrupt.check()?;
        let Some(deadline) = self.deadline else {
            return Ok(SLICE);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(Error::busy()) } else { Ok(left.min(SLICE)) }
    }
}

impl Engine {
    /// Takes a lane from other processes, trying again with growing pauses. Over a network there are none, and nobody who
    /// would be waited for.
    pub(super) fn lease(&self, lane: Lane, patience: &Patience) -> Result<Lease> {
        let Some(words) = self.words() else { return Ok(Lease::uncontended()) };
        let mut pause = Duration::from_micros(50);
        loop {
            if let Some(lease) = words.try_lease(lane)? {
                return Ok(lease);
            }
            // The holder sees that somebody waits, and pauses after it has given the lane back.
            words.word(Word::Waiting).store(self.clock.now().0, Ordering::Relaxed);
            std::thread::sleep(pause.min(patience.next_wait()?));
            pause = (pause * 2).min(Duration::from_millis(2));
        }
    }
}
