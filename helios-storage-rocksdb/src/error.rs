//! RocksDB's errors as ours.

use helios_core::{Error, ErrorKind};

/// Every error of RocksDB, whatever operation it comes from.
pub(crate) fn from_rocksdb(error: rocksdb::Error) -> Error {
    let text = error.to_string();
    let (kind, message) = match error.kind() {
        rocksdb::ErrorKind::Corruption => (ErrorKind::Corrupt, "database disk image is malformed"),
        // RocksDB tells of the operating system's errors in words only.
        rocksdb::ErrorKind::IOError if text.contains("No space left on device") => {
            (ErrorKind::Full, "database or disk is full")
        }
        rocksdb::ErrorKind::IOError if text.contains("lock hold by") || text.contains("While lock file") => {
            (ErrorKind::Busy, "database is locked")
        }
        rocksdb::ErrorKind::IOError if text.contains("Permission denied") => {
            (ErrorKind::ReadOnly, "attempt to write a readonly database")
        }
        rocksdb::ErrorKind::IOError => (ErrorKind::Io, "disk I/O error"),
        _ => (ErrorKind::Internal, "RocksDB has failed"),
    };
    Error::new(kind, message).caused_by(error)
}
