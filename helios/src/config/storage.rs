//! `[storage]`: the driver, what it promises, and the options of each driver in a section of its own.

use serde::Deserialize;

/// `[storage]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct StorageConfig {
    /// The storage driver, by name.
    pub backend: String,
    /// What a commit promises when it returns.
    pub durability: Durability,
    /// Megabytes of stored bytes that the driver keeps in memory.
    pub cache_mb: u32,
    /// `[storage.etcd]`.
    pub etcd: EtcdConfig,
    /// `[storage.postgres]`.
    pub postgres: PostgresConfig,
    /// `[storage.redb]`.
    pub redb: RedbConfig,
    /// `[storage.rocksdb]`.
    pub rocksdb: RocksdbConfig,
    /// `[storage.sled]`.
    pub sled: SledConfig,
}

impl Default for StorageConfig {
    fn default() -> StorageConfig {
        StorageConfig {
            backend: "redb".to_owned(),
            durability: Durability::Full,
            cache_mb: 256,
            etcd: EtcdConfig::default(),
            postgres: PostgresConfig::default(),
            redb: RedbConfig::default(),
            rocksdb: RocksdbConfig::default(),
            sled: SledConfig::default(),
        }
    }
}

/// `[storage.etcd]`: the options of the driver `etcd`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EtcdConfig {
    /// The members of the cluster.
    pub endpoints: Vec<String>,
    /// All keys begin with it.
    pub prefix: String,
    /// The user; empty if the cluster asks for none.
    pub user: String,
    /// The environment variable with the password; empty if there is none.
    pub password_env: String,
    /// A file with the certificates of those who sign the members'; empty for no TLS.
    pub root_certificate: String,
    /// A file with the certificate by which the cluster knows us; empty for none.
    pub client_certificate: String,
    /// A file with the key of that certificate.
    pub client_key: String,
    /// How many milliseconds a lost connection is tried to be made again before there is an error.
    pub timeout_ms: u32,
    /// So many connections are kept for the next statement.
    pub connections: u32,
    /// Whether the cluster is compacted behind what is read.
    pub compact: bool,
}

impl Default for EtcdConfig {
    fn default() -> EtcdConfig {
        EtcdConfig {
            endpoints: Vec::new(),
            prefix: "helios/".to_owned(),
            user: String::new(),
            password_env: String::new(),
            root_certificate: String::new(),
            client_certificate: String::new(),
            client_key: String::new(),
            timeout_ms: 10_000,
            connections: 8,
            compact: true,
        }
    }
}

/// `[storage.postgres]`: the options of the driver `postgres`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PostgresConfig {
    /// The server and the database on it.
    pub url: String,
    /// The environment variable with the password; empty if there is none, or if it stands in the URL.
    pub password_env: String,
    /// A file with the certificates of those who sign the server's; empty for no TLS.
    pub root_certificate: String,
    /// How many milliseconds a lost connection is tried to be made again before there is an error.
    pub timeout_ms: u32,
    /// So many connections are kept for the next statement.
    pub connections: u32,
}

impl Default for PostgresConfig {
    fn default() -> PostgresConfig {
        PostgresConfig {
            url: String::new(),
            password_env: String::new(),
            root_certificate: String::new(),
            timeout_ms: 10_000,
            connections: 8,
        }
    }
}

/// `[storage.redb]`: the options of the driver `redb`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RedbConfig {
    /// Which processes may have a file open at the same time.
    pub processes: Processes,
    /// Whether commits record what lets a file that was not closed be opened at once. Always on with
    /// [`Processes::Many`].
    pub quick_repair: bool,
}

impl Default for RedbConfig {
    fn default() -> RedbConfig {
        RedbConfig { processes: Processes::Many, quick_repair: false }
    }
}

/// Which processes may have a file open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Processes {
    /// Any number, all reading and writing.
    #[default]
    Many,
    /// One at a time; its commits are faster.
    One,
}

/// `[storage.rocksdb]`: the options of the driver `rocksdb`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RocksdbConfig {
    /// Megabytes that are collected in memory before they become a file.
    pub write_buffer_mb: u32,
    /// How blocks are compressed.
    pub compression: RocksdbCompression,
}

impl Default for RocksdbConfig {
    fn default() -> RocksdbConfig {
        RocksdbConfig { write_buffer_mb: 64, compression: RocksdbCompression::None }
    }
}

/// How RocksDB compresses blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RocksdbCompression {
    /// Not at all.
    #[default]
    None,
    /// LZ4: fast.
    Lz4,
    /// Zstandard: small.
    Zstd,
}

/// `[storage.sled]`: the options of the driver `sled`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SledConfig {
    /// What is saved at the cost of the other.
    pub mode: SledMode,
    /// After so many milliseconds what waits to be written is written without being asked; 0 for never.
    pub flush_every_ms: u32,
}

impl Default for SledConfig {
    fn default() -> SledConfig {
        SledConfig { mode: SledMode::Space, flush_every_ms: 500 }
    }
}

/// What sled saves at the cost of the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SledMode {
    /// Room on the disk.
    #[default]
    Space,
    /// Time.
    Time,
}

/// What a commit promises when it returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// It survives a power cut.
    #[default]
    Full,
    /// It survives a crash of the process.
    Normal,
    /// Nothing before the database is closed.
    Off,
}

impl From<Durability> for helios_core::storage::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Full => Self::Full,
            Durability::Normal => Self::Normal,
            Durability::Off => Self::Off,
        }
    }
}
