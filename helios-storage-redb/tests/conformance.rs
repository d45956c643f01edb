//! The driver against the contracts, open to many processes and to one, plain and sealed.

mod keys;
#[path = "keys/seal.rs"]
mod seal;

use std::sync::Arc;

use helios_core::storage::Storage;
use helios_storage_redb::{Options, Processes, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::storage::Fixture;
use tempfile::TempDir;

use seal::Seal;

/// A file in a directory of its own.
struct TemporaryFile {
    directory: Option<TempDir>,
    processes: Processes,
    seal: Seal,
}

impl TemporaryFile {
    fn new(processes: Processes, seal: Seal) -> TemporaryFile {
        TemporaryFile { directory: tempfile::tempdir().ok(), processes, seal }
    }
}

impl Fixture for TemporaryFile {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        let directory = self.directory.as_ref().ok_or("there is no directory for temporary files")?;
        let options = Options { processes: self.processes, cache_bytes: 8 << 20, ..Options::default() };
        let path = directory.path().join("test.db");
        Ok(Arc::new(RedbStorage::open_with(&path, options, self.seal.encryption())?))
    }

    fn persists(&self) -> bool {
        true
    }
}

mod many_processes {
    use super::{Processes, Seal, TemporaryFile};

    helios_testkit::driver_conformance!(TemporaryFile::new(Processes::Many, Seal::Plain));
}

mod one_process {
    use super::{Processes, Seal, TemporaryFile};

    helios_testkit::driver_conformance!(TemporaryFile::new(Processes::One, Seal::Plain));
}

mod sealed_of_many_processes {
    use super::{Processes, Seal, TemporaryFile};

    helios_testkit::driver_conformance!(TemporaryFile::new(Processes::Many, Seal::Aes));
}

mod sealed_of_one_process {
    use super::{Processes, Seal, TemporaryFile};

    helios_testkit::driver_conformance!(TemporaryFile::new(Processes::One, Seal::XChaCha));
}
