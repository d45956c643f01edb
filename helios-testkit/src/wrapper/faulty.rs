//! A driver whose N-th operation fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::storage::{
    Batch, Capabilities, Coordination, Cursor, Direction, KeyRange, Snapshot, Stats, Storage,
};
use helios_core::{Error, ErrorKind, Result};

/// What a failing commit leaves behind. The contract allows both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitFault {
    /// The state before the batch.
    Before,
    /// The state after the batch: it was written, and only the answer was lost.
    After,
}

/// A driver that counts its operations, and fails one of them with an error of kind `Io`.
///
/// Operations are all calls that can fail, on the store, its snapshots and their cursors.
#[derive(Debug)]
pub struct Faulty {
    inner: Arc<dyn Storage>,
    fault: CommitFault,
    counter: Arc<Counter>,
}

#[derive(Debug)]
struct Counter {
    done: AtomicU64,
    fails_at: AtomicU64,
}

impl Counter {
    fn count(&self) -> Result<()> {
        let number = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        if number == self.fails_at.load(Ordering::SeqCst) { Err(failure()) } else { Ok(()) }
    }
}

fn failure() -> Error {
    Error::new(ErrorKind::Io, "disk I/O error").caused_by("the test wanted this operation to fail")
}

impl Faulty {
    /// A driver around `inner` that does not fail yet.
    pub fn new(inner: Arc<dyn Storage>, fault: CommitFault) -> Faulty {
        let counter = Counter { done: AtomicU64::new(0), fails_at: AtomicU64::new(0) };
        Faulty { inner, fault, counter: Arc::new(counter) }
    }

    /// From now on, counting from 1, the operation `number` fails, once. 0 for none.
    pub fn fail_at(&self, number: u64) {
        self.counter.done.store(0, Ordering::SeqCst);
        self.counter.fails_at.store(number, Ordering::SeqCst);
    }

    /// Whether the operation that was to fail has come.
    pub fn has_failed(&self) -> bool {
        let fails_at = self.counter.fails_at.load(Ordering::SeqCst);
        fails_at > 0 && self.counter.done.load(Ordering::SeqCst) >= fails_at
    }
}

impl Storage for Faulty {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.counter.count()?;
        Ok(Arc::new(FaultySnapshot { inner: self.inner.snapshot()?, counter: self.counter.clone() }))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        let counted = self.counter.count();
        if counted.is_ok() || self.fault == CommitFault::After {
            self.inner.commit(batch)?;
        }
        counted
    }

    fn version(&self) -> Result<u64> {
        self.counter.count()?;
        self.inner.version()
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.inner.coordination()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        self.counter.count()?;
        self.inner.stats()
    }

    fn compact(&self) -> Result<()> {
        self.counter.count()?;
        self.inner.compact()
    }

    fn close(&self) -> Result<()> {
        self.inner.close()
    }
}

#[derive(Debug)]
struct FaultySnapshot {
    inner: Arc<dyn Snapshot>,
    counter: Arc<Counter>,
}

impl Snapshot for FaultySnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.counter.count()?;
        self.inner.get(key, read)
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.counter.count()?;
        let inner = self.inner.cursor(range, direction)?;
        Ok(Box::new(FaultyCursor { inner, counter: &self.counter }))
    }
}

struct FaultyCursor<'a> {
    inner: Box<dyn Cursor + 'a>,
    counter: &'a Counter,
}

impl Cursor for FaultyCursor<'_> {
    fn advance(&mut self) -> Result<bool> {
        self.counter.count()?;
        self.inner.advance()
    }

    fn entry(&self) -> (&[u8], &[u8]) {
        self.inner.entry()
    }

    fn seek(&mut self, key: &[u8]) -> Result<()> {
        self.counter.count()?;
        self.inner.seek(key)
    }
}
