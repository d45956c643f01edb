//! The entries of a batch: listed, or made while they are read.
//!
//! In: entries one by one, and [sources](EntrySource) of many. Out: all of them in ascending order of key, as often as a
//! driver asks. A commit of ten million rows lists none of them: what it wrote is itself a source.

use super::BatchEntry;

/// Something that gives entries.
pub trait EntrySource: std::fmt::Debug + Send + Sync {
    /// All entries, in strictly ascending order of key.
    fn iter(&self) -> Box<dyn Iterator<Item = BatchEntry<'_>> + '_>;

    /// The smallest and the largest key; `None` if there are no entries.
    fn ends(&self) -> Option<(&[u8], &[u8])>;

    /// There are not more entries than this.
    fn len_at_most(&self) -> usize;
}

/// Entries of a [`Batch`](super::Batch).
#[derive(Clone, Debug, Default)]
pub struct Entries<'a>(Vec<Part<'a>>);

#[derive(Clone, Debug)]
enum Part<'a> {
    Listed(Vec<BatchEntry<'a>>),
    Made(&'a dyn EntrySource),
}

impl<'a> Part<'a> {
    fn iter(&self) -> Box<dyn Iterator<Item = BatchEntry<'a>> + '_> {
        match self {
            Part::Listed(entries) => Box::new(entries.iter().copied()),
            Part::Made(source) => source.iter(),
        }
    }

    fn ends(&self) -> Option<(&'a [u8], &'a [u8])> {
        match self {
            Part::Listed(entries) => Some((entries.first()?.key, entries.last()?.key)),
            Part::Made(source) => source.ends(),
        }
    }
}

impl<'a> Entries<'a> {
    /// Adds an entry at the end.
    pub fn push(&mut self, entry: BatchEntry<'a>) {
        match self.0.last_mut() {
            Some(Part::Listed(entries)) => entries.push(entry),
            _ => self.0.push(Part::Listed(vec![entry])),
        }
    }

    /// Adds all that a source gives at the end.
    pub fn push_all_of(&mut self, source: &'a dyn EntrySource) {
        self.0.push(Part::Made(source));
    }

    /// Adds a list at the end.
    pub fn append(&mut self, entries: Vec<BatchEntry<'a>>) {
        self.0.push(Part::Listed(entries));
    }

    /// Makes room for entries that are pushed one by one.
    pub fn reserve(&mut self, additional: usize) {
        match self.0.last_mut() {
            Some(Part::Listed(entries)) => entries.reserve(additional),
            _ => self.0.push(Part::Listed(Vec::with_capacity(additional))),
        }
    }

    /// All entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = BatchEntry<'a>> {
        self.0.iter().flat_map(Part::iter)
    }

    /// Calls `take` with all entries in their order, piece by piece. What is made while it is read comes in pieces of up to
    /// `most` entries.
    ///
    /// # Errors
    /// That of `take`, after which there is no further piece.
    pub fn try_for_each_piece<E>(
        &self,
        most: usize,
        mut take: impl FnMut(&[BatchEntry<'a>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut piece = Vec::new();
        for part in &self.0 {
            match part {
                Part::Listed(entries) => take(entries)?,
                Part::Made(source) => {
                    let mut entries = source.iter();
                    loop {
                        piece.clear();
                        piece.extend(entries.by_ref().take(most));
                        if piece.is_empty() {
                            break;
                        }
                        take(&piece)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// There are not more entries than this, and just as many if all are listed.
    pub fn len_at_most(&self) -> usize {
        let lengths = self.0.iter().map(|part| match part {
            Part::Listed(entries) => entries.len(),
            Part::Made(source) => source.len_at_most(),
        });
        lengths.sum()
    }

    /// Whether a key is among the entries, which are in ascending order.
    pub fn contains_key(&self, key: &[u8]) -> bool {
        self.0.iter().any(|part| match part {
            Part::Listed(entries) => entries.binary_search_by_key(&key, |entry| entry.key).is_ok(),
            Part::Made(source) => {
                let may_be_there = source.ends().is_some_and(|(first, last)| first <= key && key <= last);
                may_be_there && source.iter().any(|entry| entry.key == key)
            }
        })
    }

    /// Whether keys are in strictly ascending order.
    pub fn is_sorted(&self) -> bool {
        self.iter().is_sorted_by(|a, b| a.key < b.key)
    }

    /// Puts entries into ascending order of key, where they are not. Keys are listed or made only once, and what is listed does
    /// not lie between two keys of one source.
    pub fn sort(&mut self) {
        let is_listed_in_order = self.0.iter().all(|part| match part {
            Part::Listed(entries) => entries.is_sorted_by(|a, b| a.key < b.key),
            Part::Made(_) => true,
        });
        self.0.retain(|part| part.ends().is_some());
        if is_listed_in_order && self.0.is_sorted_by(|a, b| lies_before(a, b)) {
            return;
        }
        let (mut listed, mut made) = (Vec::new(), Vec::new());
        for part in self.0.drain(..) {
            match part {
                Part::Listed(mut entries) => listed.append(&mut entries),
                Part::Made(source) => made.push(source),
            }
        }
        listed.sort_unstable_by_key(|entry| entry.key);
        made.sort_unstable_by_key(|source| source.ends());
        for source in made {
            let first = source.ends().map(|(first, _)| first);
            let behind = listed.split_off(listed.partition_point(|entry| Some(entry.key) < first));
            self.0.extend([Part::Listed(std::mem::replace(&mut listed, behind)), Part::Made(source)]);
        }
        self.0.push(Part::Listed(listed));
    }
}

/// Whether the keys of one part come before those of another one.
fn lies_before(part: &Part<'_>, other: &Part<'_>) -> bool {
    match (part.ends(), other.ends()) {
        (Some((_, last)), Some((first, _))) => last < first,
        _ => true,
    }
}

impl<'a> From<Vec<BatchEntry<'a>>> for Entries<'a> {
    fn from(entries: Vec<BatchEntry<'a>>) -> Entries<'a> {
        Entries(vec![Part::Listed(entries)])
    }
}

impl<'a> FromIterator<BatchEntry<'a>> for Entries<'a> {
    fn from_iter<I: IntoIterator<Item = BatchEntry<'a>>>(entries: I) -> Entries<'a> {
        Entries::from(Vec::from_iter(entries))
    }
}

impl<'a> Extend<BatchEntry<'a>> for Entries<'a> {
    fn extend<I: IntoIterator<Item = BatchEntry<'a>>>(&mut self, entries: I) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Keys(Vec<[u8; 2]>);

    impl EntrySource for Keys {
        fn iter(&self) -> Box<dyn Iterator<Item = BatchEntry<'_>> + '_> {
            Box::new(self.0.iter().map(|key| BatchEntry::put(key, b"made")))
        }

        fn ends(&self) -> Option<(&[u8], &[u8])> {
            Some((self.0.first()?, self.0.last()?))
        }

        fn len_at_most(&self) -> usize {
            self.0.len()
        }
    }

    fn keys(entries: &Entries<'_>) -> Vec<Vec<u8>> {
        entries.iter().map(|entry| entry.key.to_vec()).collect()
    }

    #[test]
    fn what_is_listed_goes_around_what_is_made() {
        let (small, large, none) =
            (Keys(vec![*b"c1", *b"c2"]), Keys((0..100).map(|n| [b'g', n]).collect()), Keys(Vec::new()));
        let (small, large, none) = (&small, &large, &none);
        let mut entries = Entries::default();
        entries.push_all_of(large);
        entries.push_all_of(none);
        entries.extend([b"zz", b"c3", b"aa"].map(|key| BatchEntry::put(key, b"")));
        entries.push_all_of(small);
        entries.push(BatchEntry::delete(b"b1"));
        assert!(!entries.is_sorted());
        entries.sort();
        assert!(entries.is_sorted());
        assert_eq!(entries.len_at_most(), 106);
        let mut expected: Vec<Vec<u8>> = large.0.iter().map(|key| key.to_vec()).collect();
        expected.extend([b"zz", b"c3", b"aa", b"c1", b"c2", b"b1"].map(|key| key.to_vec()));
        expected.sort();
        assert_eq!(keys(&entries), expected);
        assert!(expected.iter().all(|key| entries.contains_key(key)));
        assert!(!entries.contains_key(b"c9") && !entries.contains_key(&[b'g', 100]));
        let before = keys(&entries);
        entries.sort();
        assert_eq!(keys(&entries), before);
    }

    #[test]
    fn pieces_are_all_there_is_until_one_is_refused() {
        let made = Keys((0..25).map(|n| [b'g', n]).collect());
        let made = &made;
        let mut entries: Entries<'_> =
            [BatchEntry::put(b"a", b""), BatchEntry::delete(b"b")].into_iter().collect();
        entries.push_all_of(made);
        let (mut pieces, mut seen) = (Vec::new(), Vec::new());
        let done: Result<(), ()> = entries.try_for_each_piece(10, |piece| {
            pieces.push(piece.len());
            seen.extend(piece.iter().map(|entry| entry.key.to_vec()));
            Ok(())
        });
        assert_eq!((done, pieces, seen), (Ok(()), vec![2, 10, 10, 5], keys(&entries)));
        let mut count = 0;
        let refused = entries.try_for_each_piece(10, |_| {
            count += 1;
            if count == 2 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((refused, count), (Err("enough"), 2));
    }
}
