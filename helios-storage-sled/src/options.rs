//! How a folder is opened.

use helios_core::storage::{Capabilities, Durability, Limits};

/// The options of the driver: `[storage]` and `[storage.sled]` of `helios.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a commit promises. With `Off`, sled writes it within `flush_milliseconds`.
    pub durability: Durability,
    /// Bytes of pages that are kept in memory.
    pub cache_bytes: usize,
    /// What sled saves.
    pub mode: Mode,
    /// After so many milliseconds sled writes by itself what waits to be written.
    pub flush_milliseconds: u32,
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
            mode: Mode::Space,
            flush_milliseconds: 500,
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
            limits: Limits { key_bytes: 1 << 30, value_bytes: 1 << 30, ..Limits::NONE },
        }
    }
}

/// What sled saves at the cost of the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Room on the disk.
    #[default]
    Space,
    /// Time.
    Time,
}
