//! The driver: RocksDB's database, and the rules of the contract around it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use helios_core::storage::{
    Batch, Capabilities, Coordination, Direction, Durability, KeyRange, LocalCoordination, Snapshot, Stats,
    Storage,
};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};
use rocksdb::{DB, IteratorMode, WriteBatch, WriteOptions};

use crate::error::from_rocksdb;
use crate::folder;
use crate::options::Options;
use crate::snapshot::{Held, RocksSnapshot, closed};

/// A store in a folder.
pub struct RocksStorage {
    options: Options,
    /// `None` when closed.
    database: RwLock<Option<Arc<DB>>>,
    /// Snapshots that are or were held.
    snapshots: Mutex<Vec<Weak<RocksSnapshot>>>,
    /// One thread at a time commits.
    writer: Mutex<()>,
    version: AtomicU64,
    coordination: Arc<LocalCoordination>,
}

impl std::fmt::Debug for RocksStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RocksStorage").field("options", &self.options).finish_non_exhaustive()
    }
}

impl RocksStorage {
    /// Opens the folder at `path`, or makes it.
    ///
    /// # Errors
    /// `NotADatabase` for what is no folder of RocksDB, `Busy` if another process has it open, `CannotOpen` if it cannot
    /// be opened.
    pub fn open(path: &Path, options: Options) -> Result<RocksStorage> {
        let database = folder::open(path, &options)?;
        Ok(RocksStorage {
            options,
            database: RwLock::new(Some(Arc::new(database))),
            snapshots: Mutex::default(),
            writer: Mutex::new(()),
            version: AtomicU64::new(0),
            coordination: Arc::default(),
        })
    }

    fn database(&self) -> Result<Arc<DB>> {
        self.database.read().clone().ok_or_else(closed)
    }

    fn write(&self, database: &DB, batch: &Batch<'_>) -> Result<()> {
        for expected in &batch.expected {
            let found = database.get_pinned(expected.key).map_err(from_rocksdb)?;
            if found.as_deref() != expected.value {
                return Err(Error::new(ErrorKind::Conflict, "another commit came first"));
            }
        }
        let mut options = WriteOptions::default();
        options.set_sync(self.options.durability == Durability::Full);
        options.disable_wal(self.options.durability == Durability::Off);
        database.write_opt(changes(database, batch)?, &options).map_err(from_rocksdb)
    }
}

/// A batch as RocksDB's, which applies its changes in their order.
fn changes(database: &DB, batch: &Batch<'_>) -> Result<WriteBatch> {
    let mut changes = WriteBatch::default();
    for range in batch.cleared.iter().filter(|range| !range.is_empty()) {
        match range.end {
            Some(end) => changes.delete_range(range.start, end),
            None => {
                // RocksDB's ranges have ends.
                let last = database.iterator(IteratorMode::End).next().transpose().map_err(from_rocksdb)?;
                if let Some((last, _)) = last.filter(|(last, _)| **last >= *range.start) {
                    changes.delete_range(range.start, &[&*last, &[0]].concat());
                }
            }
        }
    }
    if let Some(source) = batch.copied {
        let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            changes.put(key, value);
        }
    }
    let mut joined = Vec::new();
    for entry in batch.entries.iter() {
        match entry.value {
            Some([head, []]) => changes.put(entry.key, head),
            Some([head, body]) => {
                joined.clear();
                joined.extend_from_slice(head);
                joined.extend_from_slice(body);
                changes.put(entry.key, &joined);
            }
            None => changes.delete(entry.key),
        }
    }
    Ok(changes)
}

impl Storage for RocksStorage {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        // Held until the snapshot is in the list of those that closing takes back.
        let database = self.database.read();
        let database = database.as_ref().ok_or_else(closed)?;
        let snapshot = Arc::new(RocksSnapshot(RwLock::new(Some(Held::take(database.clone())))));
        let mut snapshots = self.snapshots.lock();
        if snapshots.len() == snapshots.capacity() {
            snapshots.retain(|snapshot| snapshot.strong_count() > 0);
        }
        snapshots.push(Arc::downgrade(&snapshot));
        Ok(snapshot)
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        let _writer = self.writer.lock();
        let database = self.database()?;
        if self.options.read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database"));
        }
        self.version.fetch_add(1, Ordering::SeqCst);
        let result = self.write(&database, batch);
        self.version.fetch_add(1, Ordering::SeqCst);
        result
    }

    fn version(&self) -> Result<u64> {
        if self.database.read().is_none() {
            return Err(closed());
        }
        Ok(self.version.load(Ordering::SeqCst))
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.coordination.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.options.capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        let database = self.database()?;
        let sizes = ["rocksdb.total-sst-files-size", "rocksdb.cur-size-all-mem-tables"];
        let sizes = sizes.map(|name| database.property_int_value(name).map_err(from_rocksdb));
        let mut allocated = 0;
        for size in sizes {
            allocated += size?.unwrap_or_default();
        }
        Ok(Stats { allocated_bytes: Some(allocated), ..Stats::default() })
    }

    fn compact(&self) -> Result<()> {
        self.database()?.compact_range::<&[u8], &[u8]>(None, None);
        Ok(())
    }

    fn close(&self) -> Result<()> {
        let _writer = self.writer.lock();
        let Some(database) = self.database.write().take() else { return Ok(()) };
        for snapshot in self.snapshots.lock().drain(..).filter_map(|snapshot| snapshot.upgrade()) {
            drop(snapshot.0.write().take());
        }
        match self.options.durability {
            Durability::Full => Ok(()),
            Durability::Normal => database.flush_wal(true).map_err(from_rocksdb),
            Durability::Off => database.flush().map_err(from_rocksdb),
        }
    }
}

impl Drop for RocksStorage {
    fn drop(&mut self) {
        // Nobody is left to be told of an error.
        let _ = self.close();
    }
}
