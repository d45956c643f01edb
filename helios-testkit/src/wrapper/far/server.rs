//! The server: all versions of all entries that a snapshot may still ask for, and the head.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use helios_core::storage::remote::HeldStates;
use helios_core::storage::{Batch, Direction, Head, KeyRange, Piece, Snapshot, Stats};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

/// What the server says to a question.
pub(super) type Answer<T> = (Head, Result<T>);

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Arc<[u8]>);

/// The versions of an entry, the oldest first: from which version of the store on, and the value.
type Versions = Vec<(u64, Option<Arc<[u8]>>)>;

/// A server in memory that any number of handles ask.
#[derive(Debug, Default)]
pub struct Server {
    state: Mutex<State>,
    journeys: AtomicU64,
    delay: Duration,
    /// One of so many commits gets no answer; 0 for none.
    lost: AtomicU64,
    commits: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    entries: BTreeMap<Vec<u8>, Versions>,
    head: Head,
    /// What was replaced before this version is gone.
    horizon: u64,
    /// Versions that snapshots show.
    held: HeldStates<u64>,
    handles: u64,
    /// The token of the last commit of each handle.
    tokens: BTreeMap<u64, u64>,
}

impl Server {
    /// An empty server.
    pub fn new() -> Arc<Server> {
        Arc::default()
    }

    /// A server that is some time away.
    pub fn at_a_distance(delay: Duration) -> Arc<Server> {
        Arc::new(Server { delay, ..Server::default() })
    }

    /// How many journeys there were since the last call.
    pub fn take_journeys(&self) -> u64 {
        self.journeys.swap(0, Ordering::SeqCst)
    }

    /// How many snapshots handles have.
    pub fn snapshots(&self) -> usize {
        self.state.lock().held.count()
    }

    /// From now on the answer to one of so many commits is lost: by turns before and after it has happened. 0 for none.
    pub fn lose_answers(&self, one_of: u64) {
        self.lost.store(one_of, Ordering::SeqCst);
    }

    /// Forgets what no snapshot of the newest state shows, although others are held: as if those who hold them had not been
    /// heard of for long.
    pub fn forget_old_versions(&self) {
        let mut state = self.state.lock();
        state.horizon = state.head.version;
        let horizon = state.horizon;
        state.entries.retain(|_, versions| prune(versions, horizon));
    }

    pub(super) fn enter(&self) -> u64 {
        let mut state = self.state.lock();
        state.handles += 1;
        state.handles
    }

    pub(super) fn count_journey(&self) {
        self.journeys.fetch_add(1, Ordering::SeqCst);
        if !self.delay.is_zero() {
            std::thread::sleep(self.delay);
        }
    }

    /// Whether the answer to the next commit is lost, and then whether the commit happens.
    pub(super) fn next_loss(&self) -> Option<bool> {
        let one_of = self.lost.load(Ordering::SeqCst);
        let number = self.commits.fetch_add(1, Ordering::SeqCst);
        (one_of > 0 && number.is_multiple_of(one_of)).then(|| (number / one_of).is_multiple_of(2))
    }

    pub(super) fn hold(&self, version: u64) {
        self.state.lock().held.hold(version);
    }

    /// Holds the newest version: nothing can come between hearing of it and holding it.
    pub(super) fn hold_newest(&self) -> Answer<u64> {
        let mut state = self.state.lock();
        let head = state.head;
        state.held.hold(head.version);
        (head, Ok(head.version))
    }

    pub(super) fn release(&self, version: u64) {
        self.state.lock().held.release(version);
    }

    pub(super) fn tell(&self) -> Answer<Head> {
        let head = self.state.lock().head;
        (head, Ok(head))
    }

    pub(super) fn lift(&self, floor: u64) -> Answer<Head> {
        let mut state = self.state.lock();
        state.head.floor = state.head.floor.max(floor);
        (state.head, Ok(state.head))
    }

    pub(super) fn stats(&self) -> Answer<Stats> {
        let state = self.state.lock();
        let live = state.entries.iter().filter_map(|(key, versions)| {
            let (_, value) = versions.last()?;
            Some(key.len() + value.as_ref()?.len())
        });
        let (entries, bytes) = live.fold((0, 0), |(entries, bytes), more| (entries + 1, bytes + more as u64));
        let stats = Stats { entries: Some(entries), stored_bytes: Some(bytes), allocated_bytes: None };
        (state.head, Ok(stats))
    }

    pub(super) fn has_committed(&self, handle: u64, token: u64) -> Answer<bool> {
        let state = self.state.lock();
        (state.head, Ok(state.tokens.get(&handle).is_some_and(|last| *last >= token)))
    }

    pub(super) fn get(&self, version: u64, keys: &[&[u8]]) -> Answer<Vec<Option<Arc<[u8]>>>> {
        let state = self.state.lock();
        let found = keys.iter().map(|key| state.entries.get(*key).and_then(|versions| at(versions, version)));
        (state.head, state.check(version).map(|()| found.map(Option::<&_>::cloned).collect()))
    }

    pub(super) fn scan(
        &self,
        version: u64,
        range: KeyRange<'_>,
        direction: Direction,
        piece: &mut Piece,
    ) -> Answer<()> {
        let state = self.state.lock();
        let end = range.end.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = state.entries.range::<[u8], _>((Bound::Included(range.start), end));
        while !piece.is_full() {
            let next = match direction {
                Direction::Forward => found.next(),
                Direction::Backward => found.next_back(),
            };
            let Some((key, versions)) = next else { break };
            if let Some(value) = at(versions, version) {
                piece.push(key, value);
            }
        }
        (state.head, state.check(version))
    }

    pub(super) fn commit(
        &self,
        batch: &Batch<'_>,
        copied: &[Pair],
        (handle, token): (u64, u64),
    ) -> Answer<()> {
        let mut state = self.state.lock();
        let result = state.commit(batch, copied);
        if result.is_ok() {
            state.tokens.insert(handle, token);
        }
        (state.head, result)
    }
}

impl State {
    /// An error if a version is so old that it is not complete any more.
    fn check(&self, version: u64) -> Result<()> {
        if version >= self.horizon { Ok(()) } else { Err(Error::busy_snapshot()) }
    }

    fn commit(&mut self, batch: &Batch<'_>, copied: &[Pair]) -> Result<()> {
        let conflict = || Error::new(ErrorKind::Conflict, "another commit came first");
        if let Some(change) = batch.head
            && (change.version != self.head.version || change.above <= self.head.floor)
        {
            return Err(conflict());
        }
        let newest = |key: &[u8]| self.entries.get(key).and_then(|versions| at(versions, u64::MAX));
        if batch.expected.iter().any(|expected| newest(expected.key).map(|value| &**value) != expected.value)
        {
            return Err(conflict());
        }
        let version = self.head.version + 1;
        let horizon = self.held.oldest().unwrap_or(version).min(version);
        self.horizon = self.horizon.max(horizon.min(self.head.version));
        for range in batch.cleared.iter().filter(|range| !range.is_empty()) {
            let end = range.end.map_or(Bound::Unbounded, Bound::Excluded);
            for (_, versions) in self.entries.range_mut::<[u8], _>((Bound::Included(range.start), end)) {
                versions.push((version, None));
            }
        }
        for (key, value) in copied {
            self.put(key, Some(value.clone()), version);
        }
        for entry in batch.entries.iter() {
            self.put(entry.key, entry.value.map(|parts| parts.concat().into()), version);
        }
        self.head.version = version;
        self.head.floor = self.head.floor.max(batch.head.map_or(0, |change| change.floor));
        Ok(())
    }
}

impl State {
    fn put(&mut self, key: &[u8], value: Option<Arc<[u8]>>, version: u64) {
        let versions = self.entries.entry(key.to_vec()).or_default();
        match versions.last_mut().filter(|(since, _)| *since == version) {
            Some(last) => last.1 = value,
            None => versions.push((version, value)),
        }
        prune(versions, self.horizon);
    }
}

/// The value of an entry as a version shows it.
fn at(versions: &Versions, version: u64) -> Option<&Arc<[u8]>> {
    versions.iter().rev().find(|(since, _)| *since <= version).and_then(|(_, value)| value.as_ref())
}

/// Forgets what nobody can ask for who asks for `horizon` or a later version. False if nothing is left.
fn prune(versions: &mut Versions, horizon: u64) -> bool {
    let first = versions.iter().rposition(|(since, _)| *since <= horizon).unwrap_or(0);
    versions.drain(..first);
    !matches!(&versions[..], [] | [(_, None)])
}

/// Everything that a snapshot shows.
pub(super) fn copy(source: &dyn Snapshot) -> Result<Vec<Pair>> {
    let mut found = Vec::new();
    let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
    while cursor.advance()? {
        let (key, value) = cursor.entry();
        found.push((key.to_vec(), value.into()));
    }
    Ok(found)
}
