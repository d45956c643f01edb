//! What a file is, by its first bytes. Nothing is written to a file that is not ours.

use std::fs::File;
use std::io::{ErrorKind as IoErrorKind, Read};
use std::path::Path;

use helios_cipher_keys::is_record;
use helios_core::storage::cannot_open;
use helios_core::{Error, ErrorKind, Result};

/// How redb's files begin.
const REDB: &[u8] = b"redb\x1a\x0a\xa9\x0d\x0a";
/// How SQLite's files begin.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// No file, or one without bytes: a new database.
    Nothing,
    /// A file of redb.
    Redb,
    /// One that is sealed.
    Sealed,
}

/// Looks at a file. An error for everything that must not be opened as a database of ours.
pub(crate) fn recognise(path: &Path) -> Result<Found> {
    // Before anything is opened: to open a pipe would wait for somebody to write into it.
    match std::fs::metadata(path) {
        Err(error) if error.kind() == IoErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(cannot_open(path, &error)),
        Ok(found) if !found.is_file() => return Err(cannot_open(path, &IoErrorKind::InvalidInput.into())),
        Ok(_) => {}
    }
    let mut head = Vec::new();
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    file.take(16).read_to_end(&mut head).map_err(|error| cannot_open(path, &error))?;
    if head.is_empty() {
        Ok(Found::Nothing)
    } else if head.starts_with(REDB) {
        Ok(Found::Redb)
    } else if is_record(&head) {
        Ok(Found::Sealed)
    } else if head.starts_with(SQLITE) {
        let message = "file is a database of SQLite";
        Err(Error::new(ErrorKind::NotADatabase, message))
    } else {
        Err(Error::new(ErrorKind::NotADatabase, "file is not a database"))
    }
}
