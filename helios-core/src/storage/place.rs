//! Where drivers keep their stores: what stands at a path, and errors about it.

use std::fs;
use std::io;
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
