//! Storage drivers by name. A new driver is one line in [`DRIVERS`], a file that opens it by its settings, and its options
//! in `config`.

#[cfg(feature = "etcd")]
mod etcd;
mod found;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redb")]
mod redb;
#[cfg(feature = "rocksdb")]
mod rocksdb;
#[cfg(feature = "sled")]
mod sled;

use std::path::Path;
use std::sync::Arc;

use helios_cipher_keys::Keyring;
use helios_core::cipher::{UserKey, Vault};
use helios_core::storage::Storage;
use helios_core::{Error, Result};

pub(crate) use found::instead;

use crate::config::StorageConfig;
use crate::place::Access;
use crate::vault::PlainVault;

/// What a driver has opened.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) storage: Arc<dyn Storage>,
    /// The keys of it.
    pub(crate) vault: Arc<dyn Vault>,
}

/// What a driver is to open.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) path: &'a Path,
    pub(crate) access: Access,
    pub(crate) config: &'a StorageConfig,
    pub(crate) keyring: Option<&'a Keyring>,
    pub(crate) key: Option<&'a UserKey>,
}

/// A driver that is built in.
pub(crate) struct Driver {
    /// Its name in `[storage] backend`.
    pub(crate) name: &'static str,
    pub(crate) open: Open,
    /// What compares all that is stored with its sums, where reading does not do that.
    pub(crate) verify: Option<Verify>,
}

/// Compares a store with its sums. Nobody in this process has it open.
pub(crate) type Verify = fn(Request<'_>) -> Result<()>;

/// How a driver opens a store.
#[derive(Clone, Copy)]
pub(crate) enum Open {
    /// It keeps nothing; every store is new.
    #[cfg_attr(not(feature = "memory"), expect(dead_code, reason = "no built-in driver is of this kind"))]
    Memory(fn() -> Arc<dyn Storage>),
    /// It keeps a store in a file or a folder.
    #[cfg_attr(
        not(any(feature = "redb", feature = "rocksdb", feature = "sled")),
        expect(dead_code, reason = "no built-in driver is of this kind")
    )]
    File(fn(Request<'_>) -> Result<Store>),
    /// It keeps stores on a server, by the last part of their paths.
    #[cfg_attr(
        not(any(feature = "etcd", feature = "postgres")),
        expect(dead_code, reason = "no built-in driver is of this kind")
    )]
    Server(fn(Request<'_>) -> Result<Store>),
}

const DRIVERS: &[Driver] = &[
    #[cfg(feature = "redb")]
    Driver { name: "redb", open: Open::File(redb::open), verify: Some(redb::verify) },
    #[cfg(feature = "sled")]
    Driver { name: "sled", open: Open::File(sled::open), verify: None },
    #[cfg(feature = "rocksdb")]
    Driver { name: "rocksdb", open: Open::File(rocksdb::open), verify: None },
    #[cfg(feature = "postgres")]
    Driver { name: "postgres", open: Open::Server(postgres::open), verify: None },
    #[cfg(feature = "etcd")]
    Driver { name: "etcd", open: Open::Server(etcd::open), verify: None },
    #[cfg(feature = "memory")]
    Driver {
        name: "memory",
        open: Open::Memory(|| Arc::new(helios_storage_memory::MemoryStorage::new())),
        verify: None,
    },
];

/// The names of the drivers that are built in.
///
/// ```
/// assert!(helios::driver_names().any(|name| name == "memory"));
/// ```
pub fn driver_names() -> impl Iterator<Item = &'static str> {
    DRIVERS.iter().map(|driver| driver.name)
}

/// Whether a driver keeps databases in files or folders, which can be moved and removed as such.
///
/// ```
/// assert!(helios::keeps_files("redb")?);
/// assert!(!helios::keeps_files("memory")?);
/// # Ok::<(), helios::Error>(())
/// ```
///
/// # Errors
/// No driver of this name is built in.
pub fn keeps_files(name: &str) -> Result<bool> {
    Ok(matches!(driver(name)?.open, Open::File(_)))
}

/// The driver with a name. An unknown name is an error that lists those that are there.
pub(crate) fn driver(name: &str) -> Result<&'static Driver> {
    DRIVERS.iter().find(|driver| driver.name == name).ok_or_else(|| {
        let names: Vec<&str> = driver_names().collect();
        Error::sql(format!("no such storage backend: {name} (built in: {})", names.join(", ")))
    })
}

/// The keys of a store whose driver seals nothing. A key for it is refused: a part of what it writes would be readable.
#[cfg_attr(
    not(any(feature = "etcd", feature = "postgres", feature = "rocksdb", feature = "sled")),
    expect(dead_code, reason = "no such driver is built in")
)]
fn plain(name: &'static str, request: &Request<'_>) -> Result<Arc<dyn Vault>> {
    match request.key {
        Some(_) => Err(PlainVault(name).refuse()),
        None => Ok(Arc::new(PlainVault(name))),
    }
}
