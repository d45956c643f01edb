//! A driver whose commits wait at a gate, so that a test decides what is on its way to the disk and what is queued.

use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{Batch, Capabilities, Coordination, Snapshot, Stats, Storage};
use parking_lot::{Condvar, Mutex};

/// A driver with a gate before its commits.
#[derive(Debug)]
pub(super) struct Gate {
    inner: Arc<dyn Storage>,
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    is_shut: bool,
    waiting: usize,
    passed: usize,
}

impl Gate {
    /// An open gate before `inner`.
    pub(super) fn new(inner: Arc<dyn Storage>) -> Gate {
        Gate { inner, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Lets no further commit through.
    pub(super) fn shut(&self) {
        self.state.lock().is_shut = true;
    }

    /// Lets commits through again.
    pub(super) fn open(&self) {
        self.state.lock().is_shut = false;
        self.changed.notify_all();
    }

    /// Waits until a commit stands at the gate.
    pub(super) fn wait_for_a_commit(&self) {
        let mut state = self.state.lock();
        while state.waiting == 0 {
            self.changed.wait(&mut state);
        }
    }

    /// How many commits have passed.
    pub(super) fn passed(&self) -> usize {
        self.state.lock().passed
    }
}

impl Storage for Gate {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.inner.snapshot()
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        let mut state = self.state.lock();
        state.waiting += 1;
        self.changed.notify_all();
        while state.is_shut {
            self.changed.wait(&mut state);
        }
        state.waiting -= 1;
        state.passed += 1;
        drop(state);
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
