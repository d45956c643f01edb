//! What a snapshot has read before it was asked for: the rest of a piece that a scan left behind, values of single keys.
//!
//! In: rows of a range, in order. Out: the same rows to the next scan that begins where the last one stopped, or to a look-up
//! of a key among them. All belong to one version, so they are right as long as the snapshot lives.

use std::collections::HashMap;

use tokio_postgres::Row;

/// So many ranges are kept, the last ones.
const RANGES: usize = 8;
/// Single values are forgotten when they have so many bytes.
const VALUE_BYTES: usize = 16 << 20;

/// Rows of a range from a key on, all that there are up to where the range ends.
#[derive(Debug)]
pub(crate) struct Stretch {
    /// The first key that it tells of.
    pub(crate) from: Vec<u8>,
    /// The first key that it does not tell of; `None` if it tells of all to the last.
    pub(crate) to: Option<Vec<u8>>,
    /// Keys and values.
    pub(crate) rows: Vec<Row>,
    /// The position of the first row that nobody had.
    pub(crate) next: usize,
    /// So many rows are read with the next piece.
    pub(crate) most: usize,
}

impl Stretch {
    fn tells_of(&self, key: &[u8]) -> bool {
        self.from.as_slice() <= key && self.to.as_deref().is_none_or(|to| key < to)
    }

    /// The key of a row.
    pub(crate) fn key(row: &Row) -> &[u8] {
        row.get(0)
    }

    /// The value of a row.
    pub(crate) fn value(row: &Row) -> &[u8] {
        row.get(1)
    }
}

/// What a snapshot has read.
#[derive(Debug, Default)]
pub(crate) struct Ahead {
    stretches: Vec<Stretch>,
    values: HashMap<Vec<u8>, Option<Vec<u8>>>,
    value_bytes: usize,
    /// The key that was looked up last by itself, and how many have come in ascending order.
    last: Vec<u8>,
    ascending: usize,
}

/// After so many keys that were looked up in their order the next ones are read along.
const ASCENDING: usize = 4;
/// So many bytes at the beginning of keys say what they belong to: a table of a branch.
pub(crate) const PREFIX_BYTES: usize = 3;

impl Ahead {
    /// Keeps what a scan has left.
    pub(crate) fn keep(&mut self, stretch: Stretch) {
        // What was read again is there once.
        self.stretches.retain(|known| known.from != stretch.from);
        if self.stretches.len() == RANGES {
            self.stretches.remove(0);
        }
        self.stretches.push(stretch);
    }

    /// The rows from a key on, if it is known which there are, to be read on.
    pub(crate) fn take(&mut self, from: &[u8]) -> Option<Stretch> {
        let place = self.stretches.iter().rposition(|stretch| stretch.tells_of(from))?;
        let mut stretch = self.stretches.remove(place);
        stretch.next = stretch.rows.partition_point(|row| Stretch::key(row) < from);
        Some(stretch)
    }

    /// The value of a key, if that is known: `Some(None)` if it has none.
    pub(crate) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        if let Some(value) = self.values.get(key) {
            return Some(value.as_deref());
        }
        let stretch = self.stretches.iter().rfind(|stretch| stretch.tells_of(key))?;
        let found = stretch.rows.binary_search_by(|row| Stretch::key(row).cmp(key));
        Some(found.ok().map(|place| Stretch::value(&stretch.rows[place])))
    }

    /// Notes that a key is looked up whose value is not known. Where keys come in their order, this is how many rows from it
    /// on are worth reading.
    pub(crate) fn look_ahead(&mut self, key: &[u8]) -> Option<usize> {
        let goes_on = self.last.as_slice() < key
            && self.last.len() > PREFIX_BYTES
            && key.starts_with(&self.last[..PREFIX_BYTES]);
        self.ascending = if goes_on { self.ascending + 1 } else { 0 };
        self.last.clear();
        self.last.extend_from_slice(key);
        (self.ascending >= ASCENDING).then(|| 16 << (2 * (self.ascending - ASCENDING + 1).min(4)))
    }

    /// Notes the value of a key.
    pub(crate) fn note(&mut self, key: &[u8], value: Option<&[u8]>) {
        let bytes = 64 + key.len() + value.map_or(0, <[u8]>::len);
        if bytes > VALUE_BYTES / 4 {
            return;
        }
        if self.value_bytes + bytes > VALUE_BYTES {
            self.values.clear();
            self.value_bytes = 0;
        }
        self.value_bytes += bytes;
        self.values.insert(key.to_vec(), value.map(<[u8]>::to_vec));
    }
}
