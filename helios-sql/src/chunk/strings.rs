//! Many byte strings in one piece of memory.

/// Byte strings, one behind the other.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    /// Where each string ends; it begins where the one before it ends.
    ends: Vec<usize>,
}

impl Strings {
    /// Strings that stand one behind the other in `bytes` and end at `ends`, which are ascending.
    pub fn from_parts(bytes: Vec<u8>, ends: Vec<usize>) -> Strings {
        debug_assert!(ends.is_sorted() && ends.last().is_none_or(|&end| end <= bytes.len()));
        Strings { bytes, ends }
    }

    /// The bytes of all strings, one behind the other, and where each ends.
    pub fn parts(&self) -> (&[u8], &[usize]) {
        (&self.bytes, &self.ends)
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// One string.
    #[inline]
    pub fn get(&self, position: usize) -> &[u8] {
        let start = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.bytes[start..self.ends[position]]
    }

    /// Appends a string.
    #[inline]
    pub fn push(&mut self, string: &[u8]) {
        self.bytes.extend_from_slice(string);
        self.ends.push(self.bytes.len());
    }

    /// Appends the strings of `source` at `positions`.
    pub fn gather(&mut self, source: &Strings, positions: &[u32]) {
        let room: usize = positions.iter().map(|&position| source.get(position as usize).len()).sum();
        self.bytes.reserve(room);
        self.ends.reserve(positions.len());
        positions.iter().for_each(|&position| self.push(source.get(position as usize)));
    }

    /// Appends what `write` appends to the bytes.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.ends.push(self.bytes.len());
    }

    /// Nothing, with room for as many strings as these.
    pub(crate) fn empty_like(&self) -> Strings {
        Strings { bytes: Vec::with_capacity(self.bytes.len()), ends: Vec::with_capacity(self.ends.len()) }
    }

    /// Bytes of memory that are taken.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }

    /// Forgets all strings and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// All strings in turn.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|position| self.get(position))
    }
}
