//! What stands at a path, and opening it.
//!
//! sled keeps a store in a folder: `conf` and `db`, snapshots of its page table, and large values in `blobs/`. It makes
//! all of that in whatever folder it is given, so a folder that has other things in it is refused before.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use helios_core::storage::{cannot_open, has_store, held_elsewhere};
use helios_core::{ErrorKind, Result};

use crate::error::guarded;
use crate::options::{Mode, Options};

/// The file of sled's log, which whoever has the store open keeps locked.
const LOG: &str = "db";

/// So long the lock is waited for: threads of sled may hold it for a moment after a store was closed, and so may a child of
/// a fork until it runs its program.
const PATIENCE: Duration = Duration::from_millis(500);
/// So often it is looked at meanwhile.
const LOOK: Duration = Duration::from_millis(5);

/// Opens the store at `path`, or makes it.
pub(crate) fn open(path: &Path, options: &Options) -> Result<sled::Db> {
    if !has_store(path, "sled", &[LOG, "conf"])? {
        if options.read_only || !options.create {
            return Err(cannot_open(path, &std::io::ErrorKind::NotFound.into()));
        }
        fs::create_dir_all(path).map_err(|error| cannot_open(path, &error))?;
    }
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(options.cache_bytes as u64)
        .flush_every_ms((options.flush_milliseconds > 0).then_some(u64::from(options.flush_milliseconds)))
        .mode(match options.mode {
            Mode::Space => sled::Mode::LowSpace,
            Mode::Time => sled::Mode::HighThroughput,
        });
    let mut patience = PATIENCE;
    loop {
        // Another process may have been faster: sled's own error does not say that.
        let opened = check_lock(path).and_then(|()| {
            guarded(|| config.open()).map_err(|error| check_lock(path).err().unwrap_or(error))
        });
        match opened {
            Err(error) if error.kind() == ErrorKind::Busy && !patience.is_zero() => {
                patience = patience.saturating_sub(LOOK);
                std::thread::sleep(LOOK);
            }
            opened => return opened,
        }
    }
}

/// The file that the store's log is in.
pub(crate) fn log(path: &Path) -> Result<File> {
    File::open(path.join(LOG)).map_err(|error| cannot_open(path, &error))
}

/// `Busy` if somebody has the store open.
fn check_lock(path: &Path) -> Result<()> {
    // Where there is no log, nobody has it open.
    let Ok(file) = File::open(path.join(LOG)) else { return Ok(()) };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(held_elsewhere(&path.join(LOG), "sled")),
        // Given back with the file.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}
