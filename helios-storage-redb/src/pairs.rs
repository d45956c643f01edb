//! Entries of a table in memory, while they are on their way from one place to another.

/// So many bytes of entries are on their way at once, about.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// Keys with their values.
#[derive(Default)]
pub(crate) struct Pairs {
    bytes: Vec<u8>,
    /// Where the key and the value of each end.
    ends: Vec<(usize, usize)>,
}

impl Pairs {
    /// Appends a key and its value.
    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(key);
        let key_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((key_end, self.bytes.len()));
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many bytes they have.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// All, in the order in which they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |&(key_end, end)| {
            let begin = std::mem::replace(&mut start, end);
            (&self.bytes[begin..key_end], &self.bytes[key_end..end])
        })
    }
}
