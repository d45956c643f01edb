//! Advisory locks: numbers that the clients of a server agree to hold one after the other.
//!
//! In: who wants which number, how. Out: the lock, or the error that it cannot be had. A client holds a lock until it gives
//! it back, or until its transaction ends. Always: who waits comes before who asks later, clients that wait for each other
//! in a circle are found when the last of them begins to wait, and nobody holds anything once they have gone.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use helios::{Error, Interrupt, Result};
use parking_lot::{Condvar, Mutex};

/// So long a client waits before it looks whether it is to stop.
const NAP: Duration = Duration::from_millis(20);

/// What is locked: a number of 64 bits, or two of 32, which are others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    One(i64),
    Two(i32, i32),
}

/// A lock that is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) client: i32,
    pub(crate) key: Key,
    /// Whether others may have it at the same time, if they want it so, too.
    pub(crate) is_shared: bool,
    /// Whether it is given back when the transaction ends.
    pub(crate) is_of_transaction: bool,
}

/// The locks of a server.
#[derive(Debug, Default)]
pub(crate) struct AdvisoryLocks {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    held: HashMap<Key, Vec<Holder>>,
    /// In the order in which they came.
    waiting: Vec<Wish>,
}

/// A client that has a lock, and how often.
#[derive(Debug)]
struct Holder {
    client: i32,
    is_shared: bool,
    by_session: u32,
    by_transaction: u32,
}

impl AdvisoryLocks {
    /// Takes a lock as soon as it is free.
    ///
    /// # Errors
    /// It was not free in time, the client was stopped, or those that have it wait for this client.
    pub(crate) fn lock(&self, wish: Wish, patience: Option<Duration>, interrupt: &Interrupt) -> Result<()> {
        let mut state = self.state.lock();
        if state.is_free(&wish, state.waiting.len()) {
            state.take(&wish);
            return Ok(());
        }
        state.waiting.push(wish);
        let until = patience.and_then(|patience| Instant::now().checked_add(patience));
        let result = loop {
            let place = state.waiting.iter().position(|waiting| waiting.client == wish.client);
            let place = place.unwrap_or(state.waiting.len());
            if state.is_free(&wish, place) {
                state.take(&wish);
                break Ok(());
            }
            if state.waits_for_itself(wish.client) {
                break Err(Error::sql("deadlock detected"));
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                break Err(Error::sql("canceling statement due to lock timeout"));
            }
            if let Err(error) = interrupt.check() {
                break Err(error);
            }
            self.changed.wait_for(&mut state, NAP);
        };
        state.waiting.retain(|waiting| waiting.client != wish.client);
        self.changed.notify_all();
        result
    }

    /// Takes a lock if it is free.
    pub(crate) fn try_lock(&self, wish: Wish) -> bool {
        let mut state = self.state.lock();
        let is_free = state.is_free(&wish, state.waiting.len());
        if is_free {
            state.take(&wish);
        }
        is_free
    }

    /// Gives back a lock that the session holds; false if it does not.
    pub(crate) fn unlock(&self, client: i32, key: Key, is_shared: bool) -> bool {
        let mut state = self.state.lock();
        let Some(holders) = state.held.get_mut(&key) else { return false };
        let is_it = |holder: &&mut Holder| {
            holder.client == client && holder.is_shared == is_shared && holder.by_session > 0
        };
        let Some(holder) = holders.iter_mut().find(is_it) else { return false };
        holder.by_session -= 1;
        self.tidy(&mut state);
        true
    }

    /// Gives back what the session of a client holds.
    pub(crate) fn unlock_all(&self, client: i32) {
        self.release(client, |holder| holder.by_session = 0);
    }

    /// Gives back what the transaction of a client holds, which has ended.
    pub(crate) fn end_transaction(&self, client: i32) {
        self.release(client, |holder| holder.by_transaction = 0);
    }

    /// Gives back all that a client holds, who has gone.
    pub(crate) fn leave(&self, client: i32) {
        self.release(client, |holder| (holder.by_session, holder.by_transaction) = (0, 0));
    }

    fn release(&self, client: i32, change: impl Fn(&mut Holder)) {
        let mut state = self.state.lock();
        if state.held.is_empty() {
            return;
        }
        let holders = state.held.values_mut().flatten();
        holders.filter(|holder| holder.client == client).for_each(change);
        self.tidy(&mut state);
    }

    /// Forgets who holds nothing any more, and wakes those who wait for it.
    fn tidy(&self, state: &mut State) {
        state.held.retain(|_, holders| {
            holders.retain(|holder| holder.by_session > 0 || holder.by_transaction > 0);
            !holders.is_empty()
        });
        self.changed.notify_all();
    }
}

impl State {
    /// Who keeps a client from a lock: those who hold it otherwise, and those who wait for it and came before `place`.
    fn in_the_way<'s>(&'s self, wish: &'s Wish, place: usize) -> impl Iterator<Item = i32> + 's {
        let holders = self.held.get(&wish.key).map_or(&[][..], Vec::as_slice);
        let has_it = holders.iter().any(|holder| holder.client == wish.client);
        let conflicts =
            |client: i32, is_shared: bool| client != wish.client && !(wish.is_shared && is_shared);
        let holding = holders.iter().filter(move |holder| conflicts(holder.client, holder.is_shared));
        let earlier = self.waiting.iter().take(if has_it { 0 } else { place });
        let earlier =
            earlier.filter(move |other| other.key == wish.key && conflicts(other.client, other.is_shared));
        holding.map(|holder| holder.client).chain(earlier.map(|other| other.client))
    }

    fn is_free(&self, wish: &Wish, place: usize) -> bool {
        self.in_the_way(wish, place).next().is_none()
    }

    fn take(&mut self, wish: &Wish) {
        let holders = self.held.entry(wish.key).or_default();
        let is_it = |holder: &Holder| holder.client == wish.client && holder.is_shared == wish.is_shared;
        let place = holders.iter().position(is_it).unwrap_or_else(|| {
            let (client, is_shared) = (wish.client, wish.is_shared);
            holders.push(Holder { client, is_shared, by_session: 0, by_transaction: 0 });
            holders.len() - 1
        });
        let holder = &mut holders[place];
        match wish.is_of_transaction {
            true => holder.by_transaction += 1,
            false => holder.by_session += 1,
        }
    }

    /// Whether those whom a client waits for wait, in the end, for it.
    fn waits_for_itself(&self, client: i32) -> bool {
        let mut seen = HashSet::new();
        let mut open = vec![client];
        while let Some(next) = open.pop() {
            let Some(place) = self.waiting.iter().position(|waiting| waiting.client == next) else {
                continue;
            };
            for other in self.in_the_way(&self.waiting[place], place) {
                if other == client {
                    return true;
                }
                if seen.insert(other) {
                    open.push(other);
                }
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::{AdvisoryLocks, Key, Wish};
    use helios::Interrupt;
    use std::sync::Arc;

    fn wish(client: i32, number: i64) -> Wish {
        Wish { client, key: Key::One(number), is_shared: false, is_of_transaction: false }
    }

    #[test]
    fn a_lock_is_held_as_often_as_it_was_taken() {
        let locks = AdvisoryLocks::default();
        assert!(locks.try_lock(wish(1, 7)));
        assert!(locks.try_lock(wish(1, 7)));
        assert!(!locks.try_lock(wish(2, 7)));
        assert!(locks.try_lock(Wish { key: Key::Two(0, 7), ..wish(2, 7) }));
        assert!(locks.unlock(1, Key::One(7), false));
        assert!(!locks.try_lock(wish(2, 7)));
        assert!(!locks.unlock(1, Key::One(7), true));
        assert!(locks.unlock(1, Key::One(7), false));
        assert!(!locks.unlock(1, Key::One(7), false));
        assert!(locks.try_lock(wish(2, 7)));
        locks.end_transaction(2);
        assert!(!locks.try_lock(wish(1, 7)));
        locks.leave(2);
        assert!(locks.try_lock(Wish { is_shared: true, is_of_transaction: true, ..wish(1, 7) }));
        assert!(locks.try_lock(Wish { is_shared: true, ..wish(2, 7) }));
        assert!(!locks.try_lock(wish(2, 7)));
        locks.end_transaction(1);
        assert!(locks.try_lock(wish(2, 7)));
    }

    #[test]
    fn who_waits_in_a_circle_is_told() {
        let locks = Arc::new(AdvisoryLocks::default());
        let interrupt = Interrupt::default();
        assert!(locks.try_lock(wish(1, 1)));
        assert!(locks.try_lock(wish(2, 2)));
        let others = locks.clone();
        let waiting = std::thread::spawn(move || others.lock(wish(1, 2), None, &Interrupt::default()));
        while locks.state.lock().waiting.is_empty() {
            std::thread::yield_now();
        }
        let error = locks.lock(wish(2, 1), None, &interrupt).unwrap_err();
        assert_eq!(error.message(), "deadlock detected");
        locks.leave(2);
        assert!(waiting.join().is_ok_and(|locked| locked.is_ok()));
    }
}
