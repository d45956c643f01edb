//! sled's errors and panics as ours.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use helios_core::{Error, ErrorKind, Result};

/// Does `work`, which calls sled. sled takes for granted that its files are what it wrote, and stops with a panic where
/// damage breaks its rules.
#[inline]
pub(crate) fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(from_sled),
        Err(panic) => {
            let said =
                panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            Err(Error::corrupt("sled").caused_by(said.unwrap_or("sled has met a broken page").to_owned()))
        }
    }
}

/// Every error of sled, whatever operation it comes from.
pub(crate) fn from_sled(error: sled::Error) -> Error {
    let (kind, message) = match &error {
        sled::Error::Io(error) => io_kind(error),
        sled::Error::Corruption { .. } => (ErrorKind::Corrupt, "database disk image is malformed"),
        _ => (ErrorKind::Internal, "sled has failed"),
    };
    Error::new(kind, message).caused_by(error)
}

/// An error of the operating system about a file of an open store.
pub(crate) fn from_io(error: io::Error) -> Error {
    let (kind, message) = io_kind(&error);
    Error::new(kind, message).caused_by(error)
}

fn io_kind(error: &io::Error) -> (ErrorKind, &'static str) {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (ErrorKind::Full, "database or disk is full")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (ErrorKind::ReadOnly, "attempt to write a readonly database")
        }
        _ => (ErrorKind::Io, "disk I/O error"),
    }
}
