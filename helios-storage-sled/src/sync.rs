//! What makes a commit survive a power cut.
//!
//! sled 0.34 ends a flush with `sync_file_range` where Linux has it, which neither waits for the drive's cache nor writes
//! the file's length, and it does not sync the files in `blobs/` that it puts large pages into. Both are made good here.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use helios_core::Result;
use helios_core::storage::cannot_open;

use crate::error::from_io;
use crate::folder::log;

/// The files of an open store.
#[derive(Debug)]
pub(crate) struct Files {
    log: File,
    folder: PathBuf,
    blobs: PathBuf,
    /// The blobs that are on the disk. sled never changes one.
    synced: HashSet<OsString>,
}

impl Files {
    /// The files of the store in a folder. What is there already was synced by who wrote it, or has survived.
    pub(crate) fn new(folder: &Path) -> Result<Files> {
        // The process may go elsewhere.
        let folder = folder.canonicalize().map_err(|error| cannot_open(folder, &error))?;
        let (log, blobs) = (log(&folder)?, folder.join("blobs"));
        let mut files = Files { log, folder, blobs, synced: HashSet::new() };
        files.synced = files.blobs()?;
        Ok(files)
    }

    /// The folder of the store, wherever the process goes.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Syncs what sled has written.
    pub(crate) fn sync(&mut self) -> Result<()> {
        let present = self.blobs()?;
        let mut is_new = false;
        for name in present.difference(&self.synced) {
            is_new = true;
            match File::open(self.blobs.join(name)) {
                Ok(file) => file.sync_all().map_err(from_io)?,
                // sled removes a blob when nothing refers to it any more.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(from_io(error)),
            }
        }
        if is_new {
            File::open(&self.blobs).and_then(|folder| folder.sync_all()).map_err(from_io)?;
        }
        self.synced = present;
        self.log.sync_data().map_err(from_io)
    }

    fn blobs(&self) -> Result<HashSet<OsString>> {
        let entries = fs::read_dir(&self.blobs).map_err(from_io)?;
        entries.map(|entry| entry.map(|entry| entry.file_name()).map_err(from_io)).collect()
    }
}
