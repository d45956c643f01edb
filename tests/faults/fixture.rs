//! The drivers that these tests put faults into: memory, and redb on bytes in memory.

use std::sync::Arc;

use helios_core::Result;
use helios_core::storage::{Batch, KeyRange, Storage};
use helios_storage_memory::MemoryStorage;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::disk::Disk;

/// A driver by its name.
pub(crate) fn storage(name: &str) -> Result<Arc<dyn Storage>> {
    Ok(match name {
        "memory" => Arc::new(MemoryStorage::new()),
        _ => Arc::new(open_disk(&Disk::default())?),
    })
}

/// redb on a simulated disk.
pub(crate) fn open_disk(disk: &Disk) -> Result<RedbStorage> {
    let disk = disk.clone();
    let options = Options { cache_bytes: 1 << 20, ..Options::default() };
    RedbStorage::open_backend(move || Ok(Box::new(disk.clone())), options)
}

/// Takes everything out of a store.
pub(crate) fn clear(storage: &dyn Storage) -> Result<()> {
    storage.commit(&Batch { cleared: vec![KeyRange::ALL], ..Batch::default() })
}
