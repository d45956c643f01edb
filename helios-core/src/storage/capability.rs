//! What drivers tell about themselves.

/// What a driver can do. The conformance suite picks its cases by it, `docs/drivers.md` shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// What was committed is there after closing and opening again.
    pub persistent: bool,
    /// A commit is on the disk when it returns: it survives a power cut.
    pub durable: bool,
    /// Several processes may have the same store open, and all may write.
    pub many_processes: bool,
    /// [`compact`](super::Storage::compact) works while others read and write.
    pub online_compaction: bool,
    /// The driver can seal all that it writes under a key.
    pub page_encryption: bool,
    /// The sizes that the driver takes.
    pub limits: Limits,
}

/// What a commit promises when it returns. A driver may promise more; what each does, it tells with its options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Durability {
    /// It survives a power cut.
    #[default]
    Full,
    /// It survives a crash of the process.
    Normal,
    /// Nothing before the store is closed.
    Off,
}

/// The largest things that a driver takes, in bytes and counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one key.
    pub key_bytes: usize,
    /// Bytes of one value.
    pub value_bytes: usize,
    /// Entries of one batch.
    pub batch_entries: usize,
    /// Bytes of all keys and values of one batch.
    pub batch_bytes: usize,
}

impl Limits {
    /// No limits but memory's.
    pub const NONE: Limits = Limits {
        key_bytes: usize::MAX,
        value_bytes: usize::MAX,
        batch_entries: usize::MAX,
        batch_bytes: usize::MAX,
    };
}

/// Sizes of a store. What a driver does not know is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Number of entries.
    pub entries: Option<u64>,
    /// Bytes of all keys and values.
    pub stored_bytes: Option<u64>,
    /// Bytes that the store takes from the file system or from memory.
    pub allocated_bytes: Option<u64>,
}
