//! Where drivers keep their stores: what stands at a path, and errors about it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::{Error, ErrorKind, Result};

/// An error of the operating system about `path`, while opening it.
pub fn cannot_open(path: &Path, error: &io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::Full,
        _ => ErrorKind::CannotOpen,
    };
    Error::new(kind, "unable to open database file").caused_by(format!("{}: {error}", path.display()))
}

/// Whether a driver that keeps its store in a folder has one at `path`: the files `marks` are there. If not, the driver may
/// make one, for then nothing is there, or an empty folder.
///
/// # Errors
/// `file is not a database`: something else stands there, or a folder with other things in it. `engine` is what the driver
/// stores with.
pub fn has_store(path: &Path, engine: &str, marks: &[&str]) -> Result<bool> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(cannot_open(path, &error)),
    };
    let foreign = || Error::new(ErrorKind::NotADatabase, "file is not a database");
    if !found.is_dir() {
        return Err(foreign().caused_by(format!("{} is no folder of {engine}", path.display())));
    }
    if marks.iter().all(|mark| path.join(mark).is_file()) {
        return Ok(true);
    }
    let mut entries = fs::read_dir(path).map_err(|error| cannot_open(path, &error))?;
    match entries.next() {
        None => Ok(false),
        Some(_) => Err(foreign().caused_by(format!("{} has other things in it", path.display()))),
    }
}

/// The error about a store that another process, or this one, has for itself by a lock on the file `lock`. It names the
/// process where the system tells which one it is (Linux does).
pub fn held_elsewhere(lock: &Path, engine: &str) -> Error {
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let holder = fs::metadata(lock).ok().and_then(|found| holder(&locks, found.dev(), found.ino()));
    Error::new(
        ErrorKind::Busy,
        match holder {
            Some(process) if process == std::process::id() => {
                "database is locked (this process has it open already)".to_owned()
            }
            Some(process) => format!("database is locked (held by process {process})"),
            None => format!("database is locked ({engine} lets one process at a time open a database)"),
        },
    )
}

/// The process that has a lock on a file for itself, from a text as `/proc/locks` has it: number, kind, `ADVISORY`,
/// `WRITE`, process, `major:minor:inode`.
fn holder(locks: &str, device: u64, inode: u64) -> Option<u32> {
    let file = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            // A line with an arrow is somebody who waits.
            [_, "FLOCK" | "POSIX", _, "WRITE", process, place, ..] if place == file => process.parse().ok(),
            _ => None,
        }
    })
}

/// The parts of a device's number, as Linux packs them.
fn major(device: u64) -> u64 {
    ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff)
}

fn minor(device: u64) -> u64 {
    (device & 0xff) | ((device >> 12) & !0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_found_in_what_the_system_lists() {
        let locks = "1: POSIX  ADVISORY  READ  10 fe:00:77 0 EOF\n\
                     2: FLOCK  ADVISORY  WRITE 11 fe:01:77 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 12 fe:00:77 0 EOF\n\
                     3: -> FLOCK  ADVISORY  WRITE 13 fe:00:78 0 EOF\n\
                     4: OFDLCK ADVISORY  WRITE -1 fe:00:79 0 EOF\n";
        let device = 0xfe00;
        assert_eq!(holder(locks, device, 77), Some(12));
        assert_eq!(holder(locks, device + 1, 77), Some(11));
        for inode in [7, 78, 79] {
            assert_eq!(holder(locks, device, inode), None);
        }
    }
}
