//! Which keys are certainly not in a set on disk.
//!
//! A Bloom filter in which a key has all its bits in one word ("Cache-, hash- and space-efficient Bloom filters", Putze,
//! Sanders and Singler, 2007): one access to memory saves most accesses to the disk.

/// Bits of keys.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<u64>,
}

/// Bits of memory for a key: about one absent key in fifty is not told.
const BITS: usize = 12;
/// Bits that a key sets.
const SET: u32 = 4;

impl Filter {
    /// A filter for so many keys that takes no more than `limit_bytes`.
    pub(super) fn new(keys: usize, limit_bytes: usize) -> Filter {
        let words = (keys * BITS / 64).min(limit_bytes / size_of::<u64>()).max(1);
        Filter { words: vec![0; words] }
    }

    /// The word of a hash, and its bits in there.
    fn place(&self, hash: u64) -> (usize, u64) {
        let word = (u128::from(hash) * self.words.len() as u128) >> 64;
        let bits = (0..SET).fold(0, |bits, number| bits | 1 << ((hash >> (6 * number)) & 63));
        (word as usize, bits)
    }

    pub(super) fn insert(&mut self, hash: u64) {
        let (word, bits) = self.place(hash);
        self.words[word] |= bits;
    }

    /// Whether a key with this hash may have been inserted.
    pub(super) fn may_contain(&self, hash: u64) -> bool {
        let (word, bits) = self.place(hash);
        self.words[word] & bits == bits
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn what_was_inserted_is_found_and_little_else() {
        let hasher = foldhash::fast::FixedState::default();
        let mut filter = Filter::new(10_000, usize::MAX);
        (0..10_000).for_each(|key: u64| filter.insert(hasher.hash_one(key)));
        assert!((0..10_000).all(|key: u64| filter.may_contain(hasher.hash_one(key))));
        let found = (10_000..20_000).filter(|key: &u64| filter.may_contain(hasher.hash_one(key))).count();
        assert!(found < 1000, "{found} of 10,000 absent keys were not told");
        let mut small = Filter::new(10_000, 0);
        small.insert(1);
        assert!(small.may_contain(1));
    }
}
