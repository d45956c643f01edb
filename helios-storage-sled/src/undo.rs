//! What commits have replaced, for the snapshots that were taken before.
//!
//! Commits have numbers. Before one is applied, the values of its keys are put in here under its number; a snapshot of
//! number `n` finds what it shows of a key under the lowest number above `n`, and in the tree where there is none. What
//! no snapshot can ask for any more is forgotten.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::Bound;

use sled::IVec;

/// What stood under a key before commits: their numbers, ascending, and the value or nothing.
type Replaced = Vec<(u64, Option<IVec>)>;

/// Replaced values, and who may ask for them.
#[derive(Debug, Default)]
pub(crate) struct Undo {
    /// The number of the newest commit that snapshots show.
    shown: u64,
    replaced: BTreeMap<IVec, Replaced>,
    /// The keys of each commit that is kept.
    keys: BTreeMap<u64, Vec<IVec>>,
    /// How many snapshots there are of each number.
    snapshots: BTreeMap<u64, usize>,
}

impl Undo {
    /// Adds a snapshot of what is shown; its number.
    pub(crate) fn take_snapshot(&mut self) -> u64 {
        *self.snapshots.entry(self.shown).or_default() += 1;
        self.shown
    }

    /// A snapshot of this number is gone.
    pub(crate) fn drop_snapshot(&mut self, number: u64) {
        if let Some(count) = self.snapshots.get_mut(&number) {
            *count -= 1;
            if *count == 0 {
                self.snapshots.remove(&number);
                self.forget();
            }
        }
    }

    /// The number of the next commit.
    pub(crate) fn next(&self) -> u64 {
        self.shown + 1
    }

    /// Keeps what stood under a key before the next commit.
    pub(crate) fn keep(&mut self, key: &[u8], value: Option<IVec>) {
        let (number, key) = (self.next(), IVec::from(key));
        self.replaced.entry(key.clone()).or_default().push((number, value));
        self.keys.entry(number).or_default().push(key);
    }

    /// From now on snapshots show the next commit.
    pub(crate) fn show_next(&mut self) {
        self.shown += 1;
        self.forget();
    }

    /// What a snapshot shows of a key, if that is not what the tree has.
    pub(crate) fn get(&self, key: &[u8], number: u64) -> Option<Option<&IVec>> {
        self.replaced.get(key).and_then(|replaced| shown_to(replaced, number))
    }

    /// All keys of a range of which something is kept.
    pub(crate) fn range(&self, range: (Bound<IVec>, Bound<IVec>)) -> Range<'_, IVec, Replaced> {
        self.replaced.range(range)
    }

    /// Drops what no snapshot, present or future, can ask for.
    fn forget(&mut self) {
        let oldest = self.snapshots.keys().next().map_or(self.shown, |&number| number);
        while let Some(commit) = self.keys.first_entry().filter(|commit| *commit.key() <= oldest) {
            for key in commit.remove() {
                let Some(replaced) = self.replaced.get_mut(&key) else { continue };
                replaced.retain(|(number, _)| *number > oldest);
                if replaced.is_empty() {
                    self.replaced.remove(&key);
                }
            }
        }
    }
}

/// What a snapshot shows of a key, if that is not what the tree has.
pub(crate) fn shown_to(replaced: &Replaced, number: u64) -> Option<Option<&IVec>> {
    replaced.iter().find(|(commit, _)| *commit > number).map(|(_, value)| value.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_finds_what_stood_before_the_first_commit_after_it() {
        let mut undo = Undo::default();
        let first = undo.take_snapshot();
        undo.keep(b"a", None);
        undo.show_next();
        let second = undo.take_snapshot();
        undo.keep(b"a", Some(IVec::from(b"1")));
        undo.show_next();
        assert_eq!(undo.get(b"a", first), Some(None));
        assert_eq!(undo.get(b"a", second), Some(Some(&IVec::from(b"1"))));
        assert_eq!(undo.get(b"b", first), None);
        let third = undo.take_snapshot();
        assert_eq!(undo.get(b"a", third), None);
    }

    #[test]
    fn what_nobody_can_ask_for_is_forgotten() {
        let mut undo = Undo::default();
        let first = undo.take_snapshot();
        for value in [b"1", b"2", b"3"] {
            undo.keep(b"a", Some(IVec::from(value)));
            undo.show_next();
        }
        let last = undo.take_snapshot();
        undo.drop_snapshot(first);
        assert!(undo.replaced.is_empty() && undo.keys.is_empty());
        undo.keep(b"a", None);
        undo.show_next();
        assert_eq!(undo.get(b"a", last), Some(None));
        undo.drop_snapshot(last);
        assert!(undo.replaced.is_empty() && undo.keys.is_empty());
    }
}
