//! Whose database stands at a path, by its first bytes or by the files in a folder, whatever is built in.
//!
//! In: a path that a driver could not open as its own. Out: the error that names the driver whose database it is.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use helios_cipher_keys::is_record;
use helios_core::{Error, ErrorKind};

/// How many bytes of a file tell what it is.
const HEAD_BYTES: u64 = 16;

/// How a database looks from outside.
enum Mark {
    /// How a file begins.
    Head(fn(&[u8]) -> bool),
    /// What is in a folder.
    Files(&'static [&'static str]),
}

const MARKS: &[(&str, Mark)] = &[
    ("redb", Mark::Head(|head| head.starts_with(b"redb\x1a\x0a\xa9\x0d\x0a") || is_record(head))),
    ("sled", Mark::Files(&["conf", "db"])),
    ("rocksdb", Mark::Files(&["CURRENT", "IDENTITY"])),
];

/// The error for a path that the driver `wanted` did not open because of `error`.
pub(crate) fn instead(path: &Path, wanted: &str, error: Error) -> Error {
    if !matches!(error.kind(), ErrorKind::NotADatabase | ErrorKind::CannotOpen) {
        return error;
    }
    let head = head(path);
    if head.starts_with(b"SQLite format 3\0") {
        return Error::new(ErrorKind::NotADatabase, "file is a database of SQLite");
    }
    let is = |mark: &Mark| match mark {
        Mark::Head(is) => is(&head),
        Mark::Files(names) => names.iter().all(|name| path.join(name).is_file()),
    };
    match MARKS.iter().find(|(name, mark)| *name != wanted && is(mark)) {
        Some((name, _)) => {
            let message = format!("file is a database of the driver {name}, not of {wanted}");
            Error::new(ErrorKind::NotADatabase, message).caused_by(error)
        }
        None => error,
    }
}

/// The first bytes of a file; none of what is no file.
fn head(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    // To open a pipe would wait for somebody to write into it.
    if path.is_file()
        && let Ok(file) = File::open(path)
    {
        // What cannot be read is nobody's.
        let _unreadable = file.take(HEAD_BYTES).read_to_end(&mut head);
    }
    head
}
