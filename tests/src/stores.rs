//! Stores of the drivers that tests run on.
//!
//! In: the variable `HELIOS_DRIVER`. Without it, tests run on memory and on redb; with the name of another driver, the same
//! tests run on that one. Out: empty stores. `scripts/extended` goes through all drivers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use helios_core::storage::{Batch, Capabilities, Coordination, Snapshot, Stats, Storage};
use helios_core::{Error, Result};
use helios_storage_memory::MemoryStorage;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::wrapper::{Far, Server};
use tempfile::TempDir;

/// Where a database is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Driver {
    /// In memory.
    Memory,
    /// In a file of redb.
    Redb,
    /// In a file of redb that is sealed.
    Sealed,
    /// In a folder of sled.
    Sled,
    /// In tables of a PostgreSQL server.
    Postgres,
    /// In a cluster of etcd of one member.
    Etcd,
    /// On a server, reached over a network that is none.
    Far,
    /// In a folder of RocksDB.
    #[cfg(feature = "rocksdb")]
    Rocksdb,
}

/// The drivers beside memory and redb.
const OTHERS: &[(&str, Driver)] = &[
    ("sled", Driver::Sled),
    ("postgres", Driver::Postgres),
    ("etcd", Driver::Etcd),
    ("far", Driver::Far),
    #[cfg(feature = "rocksdb")]
    ("rocksdb", Driver::Rocksdb),
];

impl Driver {
    /// The driver that the tests are to run on in place of memory and redb.
    ///
    /// # Panics
    /// The variable names none that is built in: a run that tests something else must not pass.
    fn asked_for() -> Option<Driver> {
        let name = std::env::var("HELIOS_DRIVER").ok()?;
        let found = OTHERS.iter().find(|(other, _)| *other == name);
        assert!(found.is_some(), "HELIOS_DRIVER={name}: not one of {OTHERS:?}");
        found.map(|(_, driver)| *driver)
    }

    /// The drivers that tests run on.
    pub fn all() -> &'static [Driver] {
        match Driver::asked_for() {
            None => &[Driver::Memory, Driver::Redb],
            Some(Driver::Sled) => &[Driver::Sled],
            Some(Driver::Postgres) => &[Driver::Postgres],
            Some(Driver::Etcd) => &[Driver::Etcd],
            Some(Driver::Far) => &[Driver::Far],
            #[cfg(feature = "rocksdb")]
            Some(Driver::Rocksdb) => &[Driver::Rocksdb],
            Some(Driver::Memory | Driver::Redb | Driver::Sealed) => &[],
        }
    }

    /// Opens the store in a folder, where the driver has nothing else to be told.
    pub fn open(self, folder: &Path) -> Result<Arc<dyn Storage>> {
        Ok(match self {
            Driver::Memory => Arc::new(MemoryStorage::new()),
            Driver::Sled => {
                use helios_storage_sled::{Durability, Options, SledStorage};
                // What is tested here is not what a power cut leaves.
                let options =
                    Options { durability: Durability::Off, cache_bytes: 8 << 20, ..Options::default() };
                Arc::new(SledStorage::open(&folder.join("test"), options)?)
            }
            Driver::Postgres => {
                use helios_storage_postgres::{Options, PostgresStorage};
                let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("test");
                let options = Options { url: postgres()?.to_owned(), connections: 1, ..Options::default() };
                Arc::new(PostgresStorage::open(name, &options)?)
            }
            Driver::Etcd => {
                use helios_storage_etcd::{EtcdStorage, Options};
                let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or("test");
                let endpoints = etcd()?.to_vec();
                Arc::new(EtcdStorage::open(
                    name,
                    &Options { endpoints, connections: 1, ..Options::default() },
                )?)
            }
            Driver::Far => Arc::new(Far::new(&server_of(folder))?),
            #[cfg(feature = "rocksdb")]
            Driver::Rocksdb => {
                use helios_storage_rocksdb::{Durability, Options, RocksStorage};
                let options =
                    Options { durability: Durability::Normal, cache_bytes: 8 << 20, ..Options::default() };
                Arc::new(RocksStorage::open(&folder.join("test"), options)?)
            }
            Driver::Redb | Driver::Sealed => return Err(Error::sql("redb is told more than its folder")),
        })
    }
}

/// Where the PostgreSQL server of this process is, which ends with it.
fn postgres() -> Result<&'static str> {
    static SERVER: OnceLock<Option<(String, PostgresServer)>> = OnceLock::new();
    let start = || PostgresServer::start().ok().flatten();
    let server = SERVER.get_or_init(|| start().map(|server| (server.url(), server)));
    let server = server.as_ref().ok_or_else(|| Error::sql("PostgreSQL is not installed, or does not start"));
    server.map(|(url, _)| url.as_str())
}

/// Where the cluster of etcd of this process is, which ends with it.
fn etcd() -> Result<&'static [String]> {
    static CLUSTER: OnceLock<Option<(Vec<String>, EtcdCluster)>> = OnceLock::new();
    let start = || EtcdCluster::start(1).ok().flatten();
    let cluster = CLUSTER.get_or_init(|| start().map(|cluster| (cluster.endpoints(), cluster)));
    let cluster = cluster.as_ref().ok_or_else(|| Error::sql("etcd is not installed, or does not start"));
    cluster.map(|(endpoints, _)| endpoints.as_slice())
}

/// The server that stands for a folder, the same one for all who open it.
fn server_of(folder: &Path) -> Arc<Server> {
    static SERVERS: Mutex<BTreeMap<PathBuf, Arc<Server>>> = Mutex::new(BTreeMap::new());
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    servers.entry(folder.to_owned()).or_default().clone()
}

/// So many of a test's programs or steps are run: a tenth of them on drivers that are slower than those that it runs on by itself.
pub fn share_of(programs: usize) -> usize {
    if Driver::asked_for().is_some() { programs.div_ceil(10) } else { programs }
}

/// An empty store for tests that need one, in memory unless another driver is asked for.
pub fn storage() -> Result<Arc<dyn Storage>> {
    let Some(driver) = Driver::asked_for() else { return Ok(Arc::new(MemoryStorage::new())) };
    let folder = tempfile::tempdir().map_err(|error| Error::sql("no folder").caused_by(error))?;
    Ok(Arc::new(InFolder { storage: driver.open(folder.path())?, _folder: folder }))
}

/// A store whose folder goes with it.
#[derive(Debug)]
struct InFolder {
    storage: Arc<dyn Storage>,
    _folder: TempDir,
}

impl Storage for InFolder {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        self.storage.snapshot()
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        self.storage.commit(batch)
    }

    fn version(&self) -> Result<u64> {
        self.storage.version()
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.storage.coordination()
    }

    fn capabilities(&self) -> Capabilities {
        self.storage.capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        self.storage.stats()
    }

    fn compact(&self) -> Result<()> {
        self.storage.compact()
    }

    fn close(&self) -> Result<()> {
        self.storage.close()
    }
}
