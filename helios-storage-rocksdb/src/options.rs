//! How a folder is opened.

use helios_core::storage::{Capabilities, Durability, Limits};

/// The options of the driver: `[storage]` and `[storage.rocksdb]` of `helios.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a commit promises: with `Full` the log is synced, with `Normal` written, with `Off` there is none.
    pub durability: Durability,
    /// Bytes of blocks that are kept in memory.
    pub cache_bytes: usize,
    /// Bytes that are collected in memory before they become a file.
    pub write_buffer_bytes: usize,
    /// How blocks are compressed.
    pub compression: Compression,
    /// Refuse commits.
    pub read_only: bool,
    /// Make the folder if it does not exist.
    pub create: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            durability: Durability::Full,
            cache_bytes: 256 << 20,
            write_buffer_bytes: 64 << 20,
            compression: Compression::None,
            read_only: false,
            create: true,
        }
    }
}

impl Options {
    /// What the driver can do when it is opened so.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            persistent: true,
            durable: self.durability == Durability::Full,
            many_processes: false,
            online_compaction: true,
            page_encryption: false,
            limits: Limits { key_bytes: 1 << 23, value_bytes: 1 << 30, ..Limits::NONE },
        }
    }
}

/// How blocks are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// LZ4: fast.
    Lz4,
    /// Zstandard: small.
    Zstd,
}
