//! What drivers of stores on a server have in common besides reading ahead: connections that wait for work, pauses until a
//! server is back, and which states snapshots hold.
//!
//! In: a driver's own connections and the numbers of its states. Out: the book-keeping. What a question is, and when it does
//! no harm to ask it twice, is the driver's business.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::error::{Error, ErrorKind, Result};

/// Pauses between attempts to reach a server: they grow, until the time is up.
#[derive(Debug)]
pub struct Pauses {
    deadline: Instant,
    next: Duration,
}

impl Pauses {
    /// Pauses for so long, all together.
    pub fn new(timeout: Duration) -> Pauses {
        Pauses { deadline: Instant::now() + timeout, next: Duration::from_millis(1) }
    }

    /// Waits a little after a failure.
    ///
    /// # Errors
    /// The failure, when the time is up.
    pub fn wait<F>(&mut self, failure: F) -> Result<(), F> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(failure);
        }
        std::thread::sleep(self.next.min(left));
        self.next = (self.next * 2).min(Duration::from_millis(200));
        Ok(())
    }
}

/// States that snapshots show, by their numbers.
#[derive(Debug)]
pub struct HeldStates<N> {
    snapshots: BTreeMap<N, usize>,
}

impl<N> Default for HeldStates<N> {
    fn default() -> HeldStates<N> {
        HeldStates { snapshots: BTreeMap::new() }
    }
}

impl<N: Ord + Copy> HeldStates<N> {
    /// One more snapshot shows a state.
    pub fn hold(&mut self, state: N) {
        *self.snapshots.entry(state).or_default() += 1;
    }

    /// One of those that show a state is gone.
    pub fn release(&mut self, state: N) {
        if let Some(count) = self.snapshots.get_mut(&state) {
            *count -= 1;
            if *count == 0 {
                self.snapshots.remove(&state);
            }
        }
    }

    /// The oldest that is shown.
    pub fn oldest(&self) -> Option<N> {
        self.snapshots.keys().next().copied()
    }

    /// How many snapshots there are.
    pub fn count(&self) -> usize {
        self.snapshots.values().sum()
    }
}

/// Connections that wait for work, of a handle that may be closed while others use it.
#[derive(Debug)]
pub struct Connections<C> {
    waiting: Mutex<Vec<C>>,
    most: usize,
    is_closed: AtomicBool,
    journeys: AtomicU64,
}

impl<C> Connections<C> {
    /// None yet. So many wait at most, and one at least.
    pub fn new(most: usize) -> Connections<C> {
        Connections {
            waiting: Mutex::default(),
            most: most.max(1),
            is_closed: AtomicBool::new(false),
            journeys: AtomicU64::new(0),
        }
    }

    /// One that waits, if there is one.
    pub fn take(&self) -> Option<C> {
        self.waiting.lock().pop()
    }

    /// One waits again.
    pub fn give_back(&self, connection: C) {
        let mut waiting = self.waiting.lock();
        // Looked at under the lock, so that none stays behind when the handle is closed meanwhile.
        if waiting.len() < self.most && !self.is_closed.load(Ordering::SeqCst) {
            waiting.push(connection);
        }
    }

    /// Lets go of those that wait: where one was lost, most likely the others are, too.
    pub fn forget(&self) {
        self.waiting.lock().clear();
    }

    /// No question is asked any more.
    pub fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.forget();
    }

    /// # Errors
    /// The handle was closed.
    pub fn check_open(&self) -> Result<()> {
        match self.is_closed.load(Ordering::SeqCst) {
            true => Err(Error::new(ErrorKind::Misuse, "the store is closed")),
            false => Ok(()),
        }
    }

    /// A statement asks something.
    pub fn count_journey(&self) {
        self.journeys.fetch_add(1, Ordering::SeqCst);
    }

    /// How many journeys were counted since the last call.
    pub fn take_journeys(&self) -> u64 {
        self.journeys.swap(0, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_state_is_that_of_the_oldest_snapshot_there_is() {
        let mut held = HeldStates::default();
        [5, 3, 3, 8].iter().for_each(|state| held.hold(*state));
        assert_eq!((held.oldest(), held.count()), (Some(3), 4));
        held.release(3);
        assert_eq!(held.oldest(), Some(3), "another one shows it");
        held.release(3);
        assert_eq!((held.oldest(), held.count()), (Some(5), 2));
        held.release(3);
        assert_eq!(held.count(), 2, "nobody held it");
        held.release(5);
        held.release(8);
        assert_eq!((held.oldest(), held.count()), (None, 0));
    }

    #[test]
    fn a_failure_is_told_when_the_time_is_up() {
        assert_eq!(Pauses::new(Duration::ZERO).wait("lost"), Err("lost"));
        assert_eq!(Pauses::new(Duration::from_secs(60)).wait("lost"), Ok(()));
    }

    #[test]
    fn connections_wait_up_to_a_number_and_until_the_handle_is_closed() -> Result<()> {
        let connections = Connections::new(2);
        (1..=3).for_each(|connection| connections.give_back(connection));
        assert_eq!([(); 3].map(|()| connections.take()), [Some(2), Some(1), None]);
        connections.give_back(1);
        connections.forget();
        assert_eq!(connections.take(), None);
        connections.check_open()?;
        connections.give_back(1);
        connections.close();
        connections.give_back(2);
        assert_eq!(connections.take(), None);
        assert_eq!(connections.check_open().map_err(|error| error.kind()), Err(ErrorKind::Misuse));
        Ok(())
    }
}
