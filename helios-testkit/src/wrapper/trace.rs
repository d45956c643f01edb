//! A driver that remembers what was asked of it.

use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{
    Batch, Capabilities, Coordination, Cursor, Direction, KeyRange, Snapshot, Stats, Storage,
};
use parking_lot::Mutex;

/// Something that was asked of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A snapshot was taken.
    Snapshot,
    /// A batch was committed.
    Commit {
        /// The keys that were written or deleted.
        keys: Vec<Vec<u8>>,
        /// How many ranges were cleared.
        cleared: usize,
    },
    /// A key was looked up.
    Get(Vec<u8>),
    /// A cursor was opened from a key on.
    Cursor(Vec<u8>, Direction),
    /// Unused space was given back.
    Compact,
    /// The store was closed.
    Close,
}

type Log = Arc<Mutex<Vec<Operation>>>;

/// A driver with a log. What a statement costs in look-ups and commits can be counted with it, without timing.
#[derive(Debug)]
pub struct Trace {
    inner: Arc<dyn Storage>,
    log: Log,
}

impl Trace {
    /// A driver around `inner`.
    pub fn new(inner: Arc<dyn Storage>) -> Trace {
        Trace { inner, log: Log::default() }
    }

    /// What was asked since the last call.
    pub fn take(&self) -> Vec<Operation> {
        std::mem::take(&mut *self.log.lock())
    }
}

impl Storage for Trace {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.log.lock().push(Operation::Snapshot);
        Ok(Arc::new(TracedSnapshot { inner: self.inner.snapshot()?, log: self.log.clone() }))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        let keys = batch.entries.iter().map(|entry| entry.key.to_vec()).collect();
        self.log.lock().push(Operation::Commit { keys, cleared: batch.cleared.len() });
        self.inner.commit(batch)
    }

    fn version(&self) -> Result<u64> {
        self.inner.version()
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.inner.coordination()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        self.inner.stats()
    }

    fn compact(&self) -> Result<()> {
        self.log.lock().push(Operation::Compact);
        self.inner.compact()
    }

    fn close(&self) -> Result<()> {
        self.log.lock().push(Operation::Close);
        self.inner.close()
    }
}

#[derive(Debug)]
struct TracedSnapshot {
    inner: Arc<dyn Snapshot>,
    log: Log,
}

impl Snapshot for TracedSnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.log.lock().push(Operation::Get(key.to_vec()));
        self.inner.get(key, read)
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        self.log.lock().push(Operation::Cursor(range.start.to_vec(), direction));
        self.inner.cursor(range, direction)
    }
}
