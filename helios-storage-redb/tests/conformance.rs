//! The driver against the contracts, open to many processes and to one.

use std::sync::Arc;

use helios_core::storage::Storage;
use helios_storage_redb::{Options, Processes, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::storage::Fixture;
use tempfile::TempDir;

/// A file in a directory of its own.
struct TemporaryFile {
    directory: Option<TempDir>,
    processes: Processes,
}

impl TemporaryFile {
    fn new(processes: Processes) -> TemporaryFile {
        TemporaryFile { directory: tempfile::tempdir().ok(), processes }
    }
}

impl Fixture for TemporaryFile {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        let directory = self.directory.as_ref().ok_or("there is no directory for temporary files")?;
        let options = Options { processes: self.processes, cache_bytes: 8 << 20, ..Options::default() };
        Ok(Arc::new(RedbStorage::open(&directory.path().join("test.db"), options)?))
    }

    fn persists(&self) -> bool {
        true
    }
}

mod many_processes {
    use super::{Processes, TemporaryFile};

    helios_testkit::driver_conformance!(TemporaryFile::new(Processes::Many));
}

mod one_process {
    use super::{Processes, TemporaryFile};

    helios_testkit::driver_conformance!(TemporaryFile::new(Processes::One));
}
