//! The driver: the newest tree, and the rules of the contract around it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use helios_core::storage::{
    Batch, BatchEntry, Capabilities, Coordination, Cursor, Direction, KeyRange, Limits, LocalCoordination,
    Snapshot, Stats, Storage,
};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};

use crate::tree::Tree;

/// Batches up to this many entries are applied in place, where snapshots wait for it; larger ones beside.
const SMALL_BATCH: usize = 256;

/// A store in memory. It is gone when the last handle on it is.
#[derive(Debug)]
pub struct MemoryStorage {
    newest: RwLock<Tree>,
    writer: Mutex<()>,
    version: AtomicU64,
    is_closed: Arc<AtomicBool>,
    coordination: Arc<LocalCoordination>,
}

impl Default for MemoryStorage {
    fn default() -> MemoryStorage {
        MemoryStorage::new()
    }
}

impl MemoryStorage {
    /// An empty store.
    pub fn new() -> MemoryStorage {
        MemoryStorage {
            newest: RwLock::new(Tree::new()),
            writer: Mutex::new(()),
            version: AtomicU64::new(0),
            is_closed: Arc::default(),
            coordination: Arc::default(),
        }
    }
}

fn check_open(is_closed: &AtomicBool) -> Result<()> {
    if is_closed.load(Ordering::Acquire) {
        return Err(Error::new(ErrorKind::Misuse, "the store is closed"));
    }
    Ok(())
}

fn apply(tree: &mut Tree, batch: &Batch<'_>) -> Result<()> {
    for range in &batch.cleared {
        tree.clear(*range);
    }
    if let Some(source) = batch.copied {
        let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            tree.apply(std::iter::once(BatchEntry::put(key, value)));
        }
    }
    tree.apply(batch.entries.iter());
    Ok(())
}

impl Storage for MemoryStorage {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        check_open(&self.is_closed)?;
        Ok(Arc::new(MemorySnapshot { tree: self.newest.read().clone(), is_closed: self.is_closed.clone() }))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        let _writer = self.writer.lock();
        check_open(&self.is_closed)?;
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        {
            let newest = self.newest.read();
            if batch.expected.iter().any(|expected| newest.get(expected.key) != expected.value) {
                return Err(Error::new(ErrorKind::Conflict, "another commit came first"));
            }
        }
        let is_small =
            batch.entries.len_at_most() <= SMALL_BATCH && batch.cleared.is_empty() && batch.copied.is_none();
        self.version.fetch_add(1, Ordering::SeqCst);
        let applied = if is_small {
            // What no snapshot shows is changed where it is.
            apply(&mut self.newest.write(), batch)
        } else {
            let mut tree = self.newest.read().clone();
            apply(&mut tree, batch).map(|()| *self.newest.write() = tree)
        };
        self.version.fetch_add(1, Ordering::SeqCst);
        applied
    }

    fn version(&self) -> Result<u64> {
        check_open(&self.is_closed)?;
        Ok(self.version.load(Ordering::SeqCst))
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.coordination.clone()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            persistent: false,
            durable: false,
            many_processes: false,
            online_compaction: true,
            page_encryption: false,
            limits: Limits { key_bytes: 1 << 30, value_bytes: 1 << 30, ..Limits::NONE },
        }
    }

    fn stats(&self) -> Result<Stats> {
        check_open(&self.is_closed)?;
        let (entries, bytes) = self.newest.read().size();
        Ok(Stats { entries: Some(entries), stored_bytes: Some(bytes), allocated_bytes: None })
    }

    fn compact(&self) -> Result<()> {
        check_open(&self.is_closed)
    }

    fn close(&self) -> Result<()> {
        let _writer = self.writer.lock();
        self.is_closed.store(true, Ordering::Release);
        *self.newest.write() = Tree::new();
        Ok(())
    }
}

/// A tree as it was.
#[derive(Debug)]
struct MemorySnapshot {
    tree: Tree,
    is_closed: Arc<AtomicBool>,
}

impl Snapshot for MemorySnapshot {
    fn get(&self, key: &[u8], read: &mut dyn FnMut(&[u8])) -> Result<bool> {
        check_open(&self.is_closed)?;
        let value = self.tree.get(key);
        if let Some(value) = value {
            read(value);
        }
        Ok(value.is_some())
    }

    fn cursor<'a>(&'a self, range: KeyRange<'_>, direction: Direction) -> Result<Box<dyn Cursor + 'a>> {
        check_open(&self.is_closed)?;
        Ok(Box::new(self.tree.cursor(range, direction)))
    }
}
