//! Where a store is, and what opens it there.

use std::fs::File;
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use helios_cipher_keys::Keyring;
use helios_core::cipher::UserKey;
use helios_core::{Error, ErrorKind, Result};
use parking_lot::RwLock;
use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

use crate::error::from_redb;
use crate::sealed::SealedBackend;

/// A place, and the key of what is there.
#[derive(Debug)]
pub(crate) struct Source {
    place: Place,
    keyring: Option<Keyring>,
    /// `None` where nothing is sealed.
    key: RwLock<Option<UserKey>>,
}

/// What opens sealed files, and seals new ones.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// The ciphers there are.
    pub keyring: Keyring,
    /// What the user gives; `None` for a file that is not sealed.
    pub key: Option<UserKey>,
}

/// Where the bytes are.
pub(crate) enum Place {
    File(PathBuf),
    Backend(MakeBackend),
}

/// Makes the backend of a store, each time that it is opened.
pub(crate) type MakeBackend = Box<dyn Fn() -> Result<Box<dyn StorageBackend>> + Send + Sync>;

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::File(path) => write!(f, "{}", path.display()),
            Place::Backend(_) => f.write_str("backend"),
        }
    }
}

impl Source {
    pub(crate) fn new(place: Place, encryption: Option<Encryption>) -> Source {
        let (keyring, key) = encryption.map_or((None, None), |given| (Some(given.keyring), given.key));
        Source { place, keyring, key: RwLock::new(key) }
    }

    /// The same, with the name that does not change.
    pub(crate) fn at(self, path: &Path) -> Source {
        Source { place: Place::File(path.to_owned()), ..self }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// The path, if it is a file.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(path) => Some(path),
            Place::Backend(_) => None,
        }
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.key.read().is_some()
    }

    /// What opens it, where it is sealed.
    pub(crate) fn key(&self) -> Option<UserKey> {
        self.key.read().clone()
    }

    /// From now on this opens it.
    pub(crate) fn set_key(&self, key: Option<UserKey>) {
        *self.key.write() = key;
    }

    /// The ciphers there are.
    pub(crate) fn keyring(&self) -> Result<&Keyring> {
        self.keyring.as_ref().ok_or_else(|| Error::new(ErrorKind::Misuse, "no cipher is built in"))
    }

    /// What redb reads and writes a file through.
    pub(crate) fn file_backend(&self, file: File) -> Result<Delegate> {
        self.sealed(Box::new(FileBackend::new(file).map_err(from_redb)?))
    }

    /// What redb reads and writes another backend through.
    pub(crate) fn sealed(&self, inner: Box<dyn StorageBackend>) -> Result<Delegate> {
        Ok(Delegate(match self.key() {
            Some(key) => Box::new(SealedBackend::open(inner, self.keyring()?, &key)?),
            None => inner,
        }))
    }
}

/// A backend behind a pointer.
#[derive(Debug)]
pub(crate) struct Delegate(pub(crate) Box<dyn StorageBackend>);

impl StorageBackend for Delegate {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.0.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.query_lock_range(start, end)
    }
}
