//! Settings: `helios.toml`, the environment, and what a program says itself.
//!
//! In: a file or the same tree of settings as values, variables `HELIOS_SECTION__KEY`, and arguments. Out: a [`Config`]
//! with every setting. Arguments win over the environment, that over the file, that over defaults. A key that does not
//! exist and a value that does not fit are errors that name the key.

mod load;

use std::time::Duration;

use serde::Deserialize;

pub use load::{ConfigLoader, Setting};

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
    /// `[time_travel]`: whether the past is kept.
    pub time_travel: TimeTravelConfig,
    /// `[cache]`: what is kept in memory.
    pub cache: CacheConfig,
    /// `[sql]`: how statements run.
    pub sql: SqlConfig,
    /// `[vector]`: indexes of vectors.
    pub vector: VectorConfig,
}

impl Config {
    /// Reads settings from several places.
    pub fn loader() -> ConfigLoader {
        ConfigLoader::default()
    }
}

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
    /// `[storage.redb]`.
    pub redb: RedbConfig,
}

impl Default for StorageConfig {
    fn default() -> StorageConfig {
        StorageConfig {
            backend: "redb".to_owned(),
            durability: Durability::Full,
            cache_mb: 256,
            redb: RedbConfig::default(),
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
