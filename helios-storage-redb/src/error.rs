//! redb's errors as ours.

use helios_core::{Error, ErrorKind};

/// Every error of redb, whatever operation it comes from.
pub(crate) fn from_redb(error: impl Into<redb::Error>) -> Error {
    let error = error.into();
    let (kind, message) = match &error {
        redb::Error::DatabaseAlreadyOpen | redb::Error::WouldBlock | redb::Error::TransactionInProgress => {
            (ErrorKind::Busy, "database is locked".to_owned())
        }
        redb::Error::LockProtocolMismatch => {
            (ErrorKind::Busy, "database is locked by another version of helios".to_owned())
        }
        redb::Error::Corrupted(what) => {
            (ErrorKind::Corrupt, format!("database disk image is malformed ({what})"))
        }
        // What is written is in order, so what stands in the file is not.
        redb::Error::UnorderedKey => (ErrorKind::Corrupt, "database disk image is malformed".to_owned()),
        redb::Error::UpgradeRequired(version) => (
            ErrorKind::NotADatabase,
            format!("the file has version {version} of redb's format, which is too old"),
        ),
        redb::Error::RepairAborted => (
            ErrorKind::ReadOnly,
            "the file was not closed and needs to be opened for writing once".to_owned(),
        ),
        redb::Error::ValueTooLarge(_) => (ErrorKind::TooBig, "string or blob too big".to_owned()),
        redb::Error::Io(error) => (io_kind(error), io_message(error).to_owned()),
        redb::Error::Unsupported => (
            ErrorKind::CannotOpen,
            "the file system has no locks for many processes; use processes = \"one\"".to_owned(),
        ),
        redb::Error::DatabaseClosed => (ErrorKind::Misuse, "the store is closed".to_owned()),
        redb::Error::PreviousIo | redb::Error::Backend(_) => (ErrorKind::Io, "disk I/O error".to_owned()),
        _ => (ErrorKind::Internal, error.to_string()),
    };
    Error::new(kind, message).caused_by(error)
}

fn io_kind(error: &std::io::Error) -> ErrorKind {
    match error.kind() {
        std::io::ErrorKind::StorageFull
        | std::io::ErrorKind::QuotaExceeded
        | std::io::ErrorKind::FileTooLarge => ErrorKind::Full,
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => ErrorKind::ReadOnly,
        // redb answers with this where a file ends too early or is none of its own.
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => ErrorKind::Corrupt,
        _ => ErrorKind::Io,
    }
}

fn io_message(error: &std::io::Error) -> &'static str {
    match io_kind(error) {
        ErrorKind::Full => "database or disk is full",
        ErrorKind::ReadOnly => "attempt to write a readonly database",
        ErrorKind::Corrupt => "database disk image is malformed",
        _ => "disk I/O error",
    }
}
