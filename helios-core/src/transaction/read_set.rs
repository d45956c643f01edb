//! What a concurrent transaction has read, to be compared with what others committed meanwhile.

use std::collections::HashSet;

use crate::storage::{Direction, KeyRange};
use crate::versioned::{Space, WriteSet};

/// More single keys of one space than this are remembered as the whole space.
const MOST_KEYS: usize = 50_000;

/// Keys and ranges that were looked at, whether anything was there or not.
#[derive(Debug, Default)]
pub(super) struct ReadSet {
    keys: HashSet<(Space, Vec<u8>)>,
    ranges: Vec<(Space, Vec<u8>, Option<Vec<u8>>)>,
}

impl ReadSet {
    /// Notes a look-up.
    pub(super) fn add_key(&mut self, space: Space, key: &[u8]) {
        if self.keys.len() < MOST_KEYS {
            self.keys.insert((space, key.to_vec()));
        } else {
            self.add_range(space, KeyRange::ALL);
        }
    }

    /// Notes a scan. A part of a range that is noted already adds nothing.
    pub(super) fn add_range(&mut self, space: Space, range: KeyRange<'_>) {
        let is_covered = self.ranges.iter().rev().take(8).any(|(of, start, end)| {
            let ends_inside = match (end, range.end) {
                (None, _) => true,
                (Some(end), Some(other)) => other <= &end[..],
                (Some(_), None) => false,
            };
            *of == space && &start[..] <= range.start && ends_inside
        });
        if !is_covered {
            self.ranges.push((space, range.start.to_vec(), range.end.map(<[u8]>::to_vec)));
        }
    }

    /// Whether a commit changed what was read, or writes what `own` writes too, or changed the schema. All spaces of
    /// `committed` are ordered.
    pub(super) fn conflicts_with(&self, own: &WriteSet, committed: &WriteSet) -> bool {
        let touched = committed.touched();
        touched.iter().any(|space| space.is_catalog())
            || self.keys.iter().any(|(space, key)| committed.get(*space, key).is_some())
            || self.ranges.iter().any(|(space, start, end)| {
                let range = KeyRange::new(start, end.as_deref());
                committed.cursor(*space, range, Direction::Forward).advance()
            })
            || touched.iter().any(|&space| own.touches(space) && writes_same_key(own, committed, space))
    }
}

/// Whether two ordered write sets have a key of `space` in common.
fn writes_same_key(own: &WriteSet, committed: &WriteSet, space: Space) -> bool {
    let mut cursor = committed.cursor(space, KeyRange::ALL, Direction::Forward);
    while cursor.advance() {
        if own.get(space, cursor.key()).is_some() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versioned::BranchId;

    const SPACE: Space = Space::FIRST_USER;

    fn writing(keys: &[&[u8]]) -> WriteSet {
        let mut writes = WriteSet::new(BranchId::MAIN);
        for key in keys {
            writes.put(SPACE, key, |_| {});
        }
        writes.order_all();
        writes
    }

    #[test]
    fn keys_ranges_and_own_writes_conflict() {
        let mut reads = ReadSet::default();
        reads.add_key(SPACE, b"k");
        reads.add_range(SPACE, KeyRange::new(b"p", Some(b"r")));
        let own = writing(&[b"w"]);
        for (key, conflict) in
            [(&b"k"[..], true), (b"p", true), (b"q", true), (b"r", false), (b"w", true), (b"a", false)]
        {
            assert_eq!(reads.conflicts_with(&own, &writing(&[key])), conflict, "{key:?}");
        }
    }

    #[test]
    fn a_schema_change_always_conflicts() {
        let mut schema = WriteSet::new(BranchId::MAIN);
        schema.put(Space::SCHEMA, b"x", |_| {});
        assert!(ReadSet::default().conflicts_with(&writing(&[]), &schema));
    }
}
