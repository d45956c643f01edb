//! What one commit changes in a store.

use super::{Entries, HeadChange, KeyRange, Snapshot};

/// A set of changes that happen together.
///
/// Ranges are cleared first, then what is copied and then the entries are written; entries are in strictly ascending order
/// of key, so that a driver can append them. Everything is borrowed: a batch of a million rows copies none of them.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// What must hold for the batch to be applied at all.
    pub expected: Vec<Expectation<'a>>,
    /// The head that it builds on. Only stores that are reached over a network are given one.
    pub head: Option<HeadChange>,
    /// Ranges of keys to delete, before the entries are written.
    pub cleared: Vec<KeyRange<'a>>,
    /// A snapshot, of whatever store: everything that it shows is written. A driver keeps little of it in memory at once.
    pub copied: Option<&'a dyn Snapshot>,
    /// Keys to write or delete, strictly ascending.
    pub entries: Entries<'a>,
}

/// One key of a [`Batch`].
#[derive(Clone, Copy, Debug)]
pub struct BatchEntry<'a> {
    /// The key.
    pub key: &'a [u8],
    /// The new value in two parts, stored one after the other (so that a header can be put before a body without a
    /// copy of it), or `None` to delete the key.
    pub value: Option<[&'a [u8]; 2]>,
}

/// A key with the value that it must still have, or `None` if it must not exist.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// The key.
    pub key: &'a [u8],
    /// Its value.
    pub value: Option<&'a [u8]>,
}

impl<'a> BatchEntry<'a> {
    /// Writes `value`.
    pub fn put(key: &'a [u8], value: &'a [u8]) -> BatchEntry<'a> {
        BatchEntry { key, value: Some([value, &[]]) }
    }

    /// Writes `head` followed by `body`.
    pub fn put_parts(key: &'a [u8], head: &'a [u8], body: &'a [u8]) -> BatchEntry<'a> {
        BatchEntry { key, value: Some([head, body]) }
    }

    /// Deletes `key`.
    pub fn delete(key: &'a [u8]) -> BatchEntry<'a> {
        BatchEntry { key, value: None }
    }
}

impl Batch<'_> {
    /// Whether keys are in strictly ascending order, as every driver may rely on.
    pub fn is_sorted(&self) -> bool {
        self.entries.is_sorted()
    }
}
