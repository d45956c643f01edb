//! The storage driver `rocksdb`: a folder, one process, by the RocksDB of the system.
//!
//! In: batches. Out: RocksDB's own snapshots. The feature `system` links the library that the system has; without it there
//! are no more than the options, so that nobody needs a large library of C++ who does not use it.
//!
//! - `store`: batches as RocksDB's, one column family as the whole store.
//! - `snapshot`: snapshots that a closing store can take back, and cursors that read in pieces.
//! - `folder`: what stands at a path before RocksDB is let at it.
//! - `log`: what RocksDB would take for the end of its log and is none.
//! - `error`: errors of RocksDB as errors.

#[cfg(feature = "system")]
mod error;
#[cfg(feature = "system")]
mod folder;
#[cfg(feature = "system")]
mod log;
mod options;
#[cfg(feature = "system")]
mod snapshot;
#[cfg(feature = "system")]
mod store;

pub use helios_core::storage::Durability;
pub use options::{Compression, Options};
#[cfg(feature = "system")]
pub use store::RocksStorage;
