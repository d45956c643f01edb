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
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::libc;
use nix::unistd::linkat;
use redb::Builder;
use redb::backends::FileBackend;

use crate::error::{cannot_open, from_redb};
use crate::handle::make_table;

/// Makes sure that a file stands at `path`, and that its name survives a power cut.
pub(crate) fn create(path: &Path) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !path.exists() && !create_whole(directory, path)? {
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| cannot_open(path, &error))?;
    }
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| cannot_open(path, &error))
}

/// Makes a database and then its name. `false` if the system cannot do that here.
fn create_whole(directory: &Path, path: &Path) -> Result<bool> {
    let nameless = OpenOptions::new().read(true).write(true).custom_flags(libc::O_TMPFILE).open(directory);
    let Ok(file) = nameless else {
        return Ok(false);
    };
    let named = file.try_clone().map_err(|error| cannot_open(path, &error))?;
    let backend = FileBackend::new(file).map_err(from_redb)?;
    let database = Builder::new().create_with_backend(backend).map_err(from_redb)?;
    make_table(&database)?;
    database.close().map_err(from_redb)?;
    let source = PathBuf::from(format!("/proc/self/fd/{}", named.as_raw_fd()));
    match linkat(AT_FDCWD, &source, AT_FDCWD, path, AtFlags::AT_SYMLINK_FOLLOW) {
        // Another process was faster: its file is the database.
        Ok(()) | Err(Errno::EEXIST) => Ok(true),
        Err(_) => Ok(false),
    }
}
