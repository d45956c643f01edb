//! How a file is opened.

use helios_core::storage::{Capabilities, Durability, Limits};

/// The options of the driver: `[storage]` and `[storage.redb]` of `helios.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What a commit promises. redb has no level between its two: `Normal` is `Full`. With `Off`, a crash of the process loses
    /// what was committed since the file was opened or last synced, never a part of a commit; where many processes share a
    /// file, it is `Full`.
    pub durability: Durability,
    /// Which processes may have the file open.
    pub processes: Processes,
    /// Bytes of pages that are kept in memory.
    pub cache_bytes: usize,
    /// Whether commits also record what lets a file that was not closed be opened at once. Without it, opening such a
    /// file reads all of it. Always on where many processes share a file.
    pub quick_repair: bool,
    /// Refuse commits, and open files that this process may not write.
    pub read_only: bool,
    /// Make the file if it does not exist.
    pub create: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            durability: Durability::Full,
            processes: Processes::Many,
            cache_bytes: 256 << 20,
            quick_repair: false,
            read_only: false,
            create: true,
        }
    }
}

impl Options {
    /// What the driver can do when it is opened so.
    pub fn capabilities(&self) -> Capabilities {
        let is_shared = self.processes == Processes::Many;
        Capabilities {
            persistent: true,
            durable: is_shared || self.durability != Durability::Off,
            many_processes: is_shared,
            online_compaction: false,
            page_encryption: true,
            limits: Limits { key_bytes: 1 << 30, value_bytes: 1 << 30, ..Limits::NONE },
        }
    }
}

/// Which processes may have a file open at the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Processes {
    /// Any number, all reading and writing.
    #[default]
    Many,
    /// This one only; commits are faster.
    One,
}
