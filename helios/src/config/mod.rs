//! Settings: `helios.toml`, the environment, and what a program says itself.
//!
//! In: a file, variables `HELIOS_SECTION__KEY`, the same tree of settings as values, and arguments. Out: a [`Config`]
//! with every setting. Arguments win over values, those over the environment, that over the file, that over defaults. A key that does not
//! exist and a value that does not fit are errors that name the key.

mod check;
mod keys;
mod load;
mod server;
mod storage;

use std::time::Duration;

pub use helios_core::cipher::UserKey as EncryptionKey;
use serde::Deserialize;

pub use check::{Problem, check_file};
pub use keys::{KEYS, Key, reference};
pub use load::{ConfigLoader, Setting};
pub use server::{AuthMethod, ServerConfig, TlsConfig};
pub use storage::{
    Durability, PostgresConfig, Processes, RedbConfig, RocksdbCompression, RocksdbConfig, SledConfig,
    SledMode, StorageConfig,
};

/// All settings of a database.
///
/// ```
/// let config = helios::Config::loader().argument("storage.backend", "memory").load()?;
/// assert_eq!(config.storage.backend, "memory");
/// # Ok::<(), helios::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// `[storage]`: where data is kept.
    pub storage: StorageConfig,
    /// `[encryption]`: how it is sealed.
    pub encryption: EncryptionConfig,
    /// `[time_travel]`: whether the past is kept.
    pub time_travel: TimeTravelConfig,
    /// `[cache]`: what is kept in memory.
    pub cache: CacheConfig,
    /// `[sql]`: how statements run.
    pub sql: SqlConfig,
    /// `[server]`: where clients of PostgreSQL find it, where a server is started.
    pub server: ServerConfig,
    /// `[vector]`: indexes of vectors.
    pub vector: VectorConfig,
    /// `[monitor]`: what is told of statements.
    pub monitor: MonitorConfig,
}

impl Config {
    /// The key that databases are sealed with; it wins over `encryption.key_env`.
    ///
    /// ```
    /// use helios::{Config, Database, config::EncryptionKey};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("sealed.db");
    /// let mut config = Config::default();
    /// config.set_encryption_key(Some(EncryptionKey::of_bytes(&[7; 32])?));
    /// Database::open_with(&path, &config)?.close()?;
    /// assert!(Database::open(&path).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_encryption_key(&mut self, key: Option<EncryptionKey>) {
        self.encryption.key = key;
    }

    /// Reads settings from several places.
    pub fn loader() -> ConfigLoader {
        ConfigLoader::default()
    }
}

/// `[encryption]`. A database is sealed when there is a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct EncryptionConfig {
    /// What new files are sealed with. Files that exist say themselves what they are sealed with.
    pub cipher: CipherChoice,
    /// The environment variable that holds the key; empty for none. One that is named has to be set.
    pub key_env: String,
    /// Megabytes of memory that deriving a key from a passphrase fills, for new files and new keys.
    pub kdf_memory_mb: u32,
    /// How often that passes over the memory.
    pub kdf_passes: u32,
    #[serde(skip)]
    pub(crate) key: Option<EncryptionKey>,
}

impl Default for EncryptionConfig {
    fn default() -> EncryptionConfig {
        EncryptionConfig {
            cipher: CipherChoice::Auto,
            key_env: String::new(),
            kdf_memory_mb: 64,
            kdf_passes: 3,
            key: None,
        }
    }
}

/// What new files are sealed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum CipherChoice {
    /// `aes-256-gcm` where the processor has instructions for it, else `xchacha20-poly1305`.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// AES-256-GCM.
    #[serde(rename = "aes-256-gcm")]
    Aes256Gcm,
    /// XChaCha20-Poly1305.
    #[serde(rename = "xchacha20-poly1305")]
    XChaCha20Poly1305,
}

/// `[time_travel]`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TimeTravelConfig {
    /// Keep the history of all tables, from the moment on that a database is opened with this. It stays on.
    pub enabled: bool,
    /// How long what was replaced is kept.
    pub retention: Retention,
}

/// A time for which something is kept, as a number with `s`, `m`, `h`, `d` or `w`; an empty text is for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Retention(pub Option<Duration>);

impl TryFrom<String> for Retention {
    type Error = String;

    fn try_from(text: String) -> Result<Retention, String> {
        if text.is_empty() {
            return Ok(Retention(None));
        }
        let wrong = || format!("not a time such as 90d or 12h: {text:?}");
        let unit = text.chars().next_back().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return Err(wrong()),
        };
        let number: u32 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
        Ok(Retention(Some(Duration::from_secs(u64::from(number) * seconds))))
    }
}

/// `[cache]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CacheConfig {
    /// Megabytes of decoded columns that are kept for the next scan of a table; 0 for none.
    pub column_mb: u32,
    /// Keep the results of queries, for the next who runs the same one on the same data.
    pub enabled: bool,
    /// Megabytes of results that are kept.
    pub size_mb: u32,
}

impl Default for CacheConfig {
    fn default() -> CacheConfig {
        CacheConfig { column_mb: 256, enabled: false, size_mb: 64 }
    }
}

/// `[sql]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SqlConfig {
    /// Megabytes that sorts, hash tables and collected rows of all statements together take in memory; what does not
    /// fit lies in temporary files.
    pub memory_mb: u32,
}

impl Default for SqlConfig {
    fn default() -> SqlConfig {
        SqlConfig { memory_mb: 256 }
    }
}

/// `[monitor]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct MonitorConfig {
    /// Milliseconds from which on a statement is slow, and is logged; negative for none.
    pub slow_query_ms: i64,
    /// Count statements and their times in `helios_stat_statements`.
    pub count_statements: bool,
}

impl Default for MonitorConfig {
    fn default() -> MonitorConfig {
        MonitorConfig { slow_query_ms: -1, count_statements: false }
    }
}

/// `[vector]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct VectorConfig {
    /// The kind of index that `CREATE INDEX … USING vector` makes.
    pub index: String,
    /// Megabytes that indexes of vectors take in memory.
    pub memory_mb: u32,
}

impl Default for VectorConfig {
    fn default() -> VectorConfig {
        VectorConfig { index: "hnsw".to_owned(), memory_mb: 4096 }
    }
}
