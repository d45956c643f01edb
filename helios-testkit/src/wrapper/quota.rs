//! A driver that is full after a number of bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::storage::{Batch, Capabilities, Coordination, Snapshot, Stats, Storage};
use helios_core::{Error, ErrorKind, Result};

/// A driver that takes a number of bytes of keys and values, whatever is deleted, and then answers `Full`.
#[derive(Debug)]
pub struct Quota {
    inner: Arc<dyn Storage>,
    left: AtomicU64,
}

impl Quota {
    /// A driver around `inner` that takes `bytes`.
    pub fn new(inner: Arc<dyn Storage>, bytes: u64) -> Quota {
        Quota { inner, left: AtomicU64::new(bytes) }
    }

    /// Allows more bytes.
    pub fn add(&self, bytes: u64) {
        self.left.fetch_add(bytes, Ordering::SeqCst);
    }
}

impl Storage for Quota {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.inner.snapshot()
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        let written = batch.entries.iter().filter_map(|entry| {
            let [head, body] = entry.value?;
            Some((entry.key.len() + head.len() + body.len()) as u64)
        });
        let bytes: u64 = written.sum();
        let take = |left: u64| left.checked_sub(bytes);
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
            return Err(Error::new(ErrorKind::Full, "database or disk is full"));
        }
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
        self.inner.compact()
    }

    fn close(&self) -> Result<()> {
        self.inner.close()
    }
}
