//! A new database file, which is there as a whole or not at all.
//!
//! redb cannot open what is left where it was stopped while it made a file, and another process must not find one half
//! made. So the file is made without a name and gets its name when it is complete. Where the system cannot do that
//! (`O_TMPFILE`, `/proc`), and where an empty file stands there already, redb makes it in place.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use helios_core::Result;
use helios_core::storage::cannot_open;
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::libc;
use nix::unistd::linkat;
use redb::Builder;

use crate::error::from_redb;
use crate::handle::make_table;
use crate::source::Source;

/// Makes sure that a file stands at `path`, and that its name survives a power cut.
pub(crate) fn create(path: &Path, source: &Source) -> Result<()> {
    if !path.exists() && !create_whole(path, source)? {
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| cannot_open(path, &error))?;
    }
    sync_folder(path)
}

/// Makes a database and then its name. `false` if the system cannot do that here.
fn create_whole(path: &Path, source: &Source) -> Result<bool> {
    let Some(file) = nameless(path) else {
        return Ok(false);
    };
    let named = file.try_clone().map_err(|error| cannot_open(path, &error))?;
    let database = Builder::new().create_with_backend(source.file_backend(file)?).map_err(from_redb)?;
    make_table(&database, source.is_sealed())?;
    database.close().map_err(from_redb)?;
    match give_name(&named, path) {
        // Another process was faster: its file is the database.
        Ok(()) | Err(Errno::EEXIST) => Ok(true),
        Err(_) => Ok(false),
    }
}

/// A file without a name in the folder of `path`, where the system has such files.
pub(crate) fn nameless(path: &Path) -> Option<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).open(folder_of(path)).ok()
}

/// Gives a file without a name one that is not taken.
pub(crate) fn give_name(file: &File, path: &Path) -> Result<(), Errno> {
    let source = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    linkat(AT_FDCWD, &source, AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW)
}

/// Makes the names in the folder of `path` survive a power cut.
pub(crate) fn sync_folder(path: &Path) -> Result<()> {
    File::open(folder_of(path))
        .and_then(|folder| folder.sync_all())
        .map_err(|error| cannot_open(path, &error))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
