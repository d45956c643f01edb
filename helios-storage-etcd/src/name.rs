//! Where things stand in the cluster: all that belongs to a store begins with its name.
//!
//! ```text
//! PREFIX NAME/e/KEY            an entry
//! PREFIX NAME/format           the version of this arrangement
//! PREFIX NAME/s/floor          what helios_core::storage::Head says, in eight bytes
//! PREFIX NAME/s/head           written with every commit: how often, is the version
//! PREFIX NAME/s/pending        a large commit that is being written, see `large`
//! PREFIX NAME/s/turn           a client that has lost races, see `courtesy`. Goes with its lease
//! PREFIX NAME/c/CLIENT         who works on it: the token of its last commit. Goes with its lease
//! PREFIX NAME/i/CLIENT/TOKEN/N what a large commit is going to write
//! PREFIX /reader/CLIENT        the oldest revision that a client reads, of whatever store. Goes with its lease
//! ```

use bytes::Bytes;

/// The keys of one store.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    readers: Bytes,
    base: Vec<u8>,
    /// The beginning of entries.
    entries: Bytes,
    pub(crate) format: Bytes,
    pub(crate) floor: Bytes,
    pub(crate) head: Bytes,
    pub(crate) pending: Bytes,
    pub(crate) turn: Bytes,
}

impl Names {
    /// The keys of a store by its name, which has no `/`.
    pub(crate) fn new(prefix: &str, name: &str) -> Names {
        let base = format!("{prefix}{name}/").into_bytes();
        let with = |end: &[u8]| Bytes::from([&base[..], end].concat());
        Names {
            readers: Bytes::from(format!("{prefix}/reader/")),
            entries: with(b"e/"),
            format: with(b"format"),
            floor: with(b"s/floor"),
            head: with(b"s/head"),
            pending: with(b"s/pending"),
            turn: with(b"s/turn"),
            base,
        }
    }

    fn with(&self, end: &str) -> Bytes {
        Bytes::from([&self.base[..], end.as_bytes()].concat())
    }

    /// An entry.
    pub(crate) fn entry(&self, key: &[u8]) -> Bytes {
        Bytes::from([&self.entries[..], key].concat())
    }

    /// Where a range of entries ends.
    pub(crate) fn entries_to(&self, end: Option<&[u8]>) -> Bytes {
        end.map_or_else(|| self.with("e0"), |end| self.entry(end))
    }

    /// The key of an entry without what stands before it.
    pub(crate) fn key_of(&self, entry: &Bytes) -> Bytes {
        entry.slice(self.entries.len().min(entry.len())..)
    }

    /// The first and the end of floor, head, what is pending and who has asked for the turn.
    pub(crate) fn state(&self) -> (Bytes, Bytes) {
        (self.with("s/"), self.with("s0"))
    }

    /// A client.
    pub(crate) fn client(&self, id: i64) -> Bytes {
        self.with(&format!("c/{id:016x}"))
    }

    /// All clients.
    pub(crate) fn clients(&self) -> (Bytes, Bytes) {
        (self.with("c/"), self.with("c0"))
    }

    /// A part of what a large commit is going to write.
    pub(crate) fn intent(&self, id: i64, token: u64, number: u32) -> Bytes {
        self.with(&format!("i/{id:016x}/{token:016x}/{number:08x}"))
    }

    /// All of that.
    pub(crate) fn intents_of(&self, id: i64, token: u64) -> (Bytes, Bytes) {
        (self.with(&format!("i/{id:016x}/{token:016x}/")), self.with(&format!("i/{id:016x}/{token:016x}0")))
    }

    /// All that one client is going to write.
    pub(crate) fn intents_of_client(&self, id: i64) -> (Bytes, Bytes) {
        (self.with(&format!("i/{id:016x}/")), self.with(&format!("i/{id:016x}0")))
    }

    /// All that anybody is going to write.
    pub(crate) fn intents(&self) -> (Bytes, Bytes) {
        (self.with("i/"), self.with("i0"))
    }

    /// The client whose key, or the key of whose intent, this is.
    pub(crate) fn client_of(&self, key: &[u8]) -> Option<i64> {
        let hex = key.get(self.base.len() + 2..)?.get(..16)?;
        i64::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()
    }

    /// What a client reads.
    pub(crate) fn reader(&self, id: i64) -> Bytes {
        Bytes::from([&self.readers[..], format!("{id:016x}").as_bytes()].concat())
    }

    /// What all clients of all stores read.
    pub(crate) fn readers(&self) -> (Bytes, Bytes) {
        let mut end = self.readers.to_vec();
        end.pop();
        end.push(b'0');
        (self.readers.clone(), Bytes::from(end))
    }
}
