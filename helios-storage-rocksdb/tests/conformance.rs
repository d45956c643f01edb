//! The driver against the contracts.

use std::sync::Arc;

use helios_core::storage::Storage;
use helios_storage_rocksdb::{Options, RocksStorage};
use helios_testkit::TestResult;
use helios_testkit::storage::Fixture;
use tempfile::TempDir;

/// A folder of its own.
struct TemporaryFolder(Option<TempDir>);

impl TemporaryFolder {
    fn new() -> TemporaryFolder {
        TemporaryFolder(tempfile::tempdir().ok())
    }
}

impl Fixture for TemporaryFolder {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        let directory = self.0.as_ref().ok_or("there is no directory for temporary files")?;
        let options = Options { cache_bytes: 8 << 20, ..Options::default() };
        Ok(Arc::new(RocksStorage::open(&directory.path().join("test"), options)?))
    }

    fn persists(&self) -> bool {
        true
    }
}

helios_testkit::driver_conformance!(TemporaryFolder::new());
