//! Random batches against a `BTreeMap`, with several snapshots alive.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use helios_core::storage::{Batch, BatchEntry, Direction, Entries, EntrySource, KeyRange, Snapshot, Storage};

use super::{Fixture, get, scan};
use crate::TestResult;
use crate::seed::{Numbers, repeats, with_seed};

/// What a store should hold.
pub(super) type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// The shape of a random program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Number of batches.
    pub(super) batches: usize,
    /// Entries of the largest batch.
    pub(super) entries: usize,
    /// Number of different keys.
    pub(super) keys: usize,
}

/// Batches of a few entries over few keys, checked in every way.
pub fn random_batches_do_what_a_map_does(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let shape = Shape { batches: repeats(400, 4000), entries: 8, keys: 200 };
    with_seed(|numbers| run(&*storage, shape, numbers, &mut Map::new()))
}

/// Batches of thousands of entries, so that trees grow levels and lose them again.
pub fn random_large_batches_do_what_a_map_does(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let shape = Shape { batches: repeats(24, 200), entries: 6000, keys: 30_000 };
    with_seed(|numbers| run(&*storage, shape, numbers, &mut Map::new()))
}

/// Applies random batches to the store and the map, and compares them and a few earlier states after each.
pub(super) fn run(storage: &dyn Storage, shape: Shape, numbers: &mut Numbers, map: &mut Map) -> TestResult {
    let mut kept: VecDeque<(Arc<dyn Snapshot>, Map)> = VecDeque::new();
    for _ in 0..shape.batches {
        apply_random(storage, shape, numbers, map)?;
        let snapshot = storage.snapshot()?;
        compare(&*snapshot, map, shape, numbers)?;
        if numbers.one_in(3) {
            kept.push_back((snapshot, map.clone()));
        }
        if let Some((snapshot, then)) = kept.get(numbers.below(kept.len().max(1))) {
            compare(&**snapshot, then, shape, numbers)?;
        }
        if kept.len() > 6 {
            kept.pop_front();
        }
    }
    for (snapshot, then) in kept {
        assert_same(&scan(&*snapshot, KeyRange::ALL, Direction::Forward)?, &then);
    }
    assert_same(&scan(&*storage.snapshot()?, KeyRange::ALL, Direction::Forward)?, map);
    Ok(())
}

fn assert_same(found: &[(Vec<u8>, Vec<u8>)], map: &Map) {
    let same = found.iter().map(|(key, value)| (key, value)).eq(map.iter());
    assert!(same, "{} entries in the store, {} in the map, or others", found.len(), map.len());
}

/// A key of which there are not many; some begin others.
fn random_key(shape: Shape, numbers: &mut Numbers) -> Vec<u8> {
    let number = numbers.below(shape.keys);
    let mut key = vec![b'k', (number % 256) as u8];
    key.extend_from_slice(&(number / 256).to_string().into_bytes());
    key.truncate(2 + number % 4);
    key
}

/// Entries that a batch lists, or that are made while it is read.
#[derive(Debug)]
struct Made<'a>(Vec<BatchEntry<'a>>);

impl EntrySource for Made<'_> {
    fn iter(&self) -> Box<dyn Iterator<Item = BatchEntry<'_>> + '_> {
        Box::new(self.0.iter().copied())
    }

    fn ends(&self) -> Option<(&[u8], &[u8])> {
        Some((self.0.first()?.key, self.0.last()?.key))
    }

    fn len_at_most(&self) -> usize {
        self.0.len() + 3
    }
}

impl<'a> Made<'a> {
    fn entries(&'a self, numbers: &mut Numbers) -> Entries<'a> {
        match numbers.one_in(2) {
            true => self.0.clone().into(),
            false => {
                let mut entries = Entries::default();
                entries.push_all_of(self);
                entries
            }
        }
    }
}

fn random_value(numbers: &mut Numbers) -> Vec<u8> {
    let length = match numbers.below(40) {
        0 => numbers.below(20_000),
        1..10 => 0,
        _ => numbers.below(60),
    };
    numbers.bytes(length)
}

fn apply_random(storage: &dyn Storage, shape: Shape, numbers: &mut Numbers, map: &mut Map) -> TestResult {
    let mut cleared: Vec<(Vec<u8>, Option<Vec<u8>>)> = Vec::new();
    if numbers.one_in(8) {
        let end = (!numbers.one_in(6)).then(|| random_key(shape, numbers));
        cleared.push((random_key(shape, numbers), end));
    }
    let mut entries: BTreeMap<Vec<u8>, Option<Vec<u8>>> = BTreeMap::new();
    let deletes_one_in = *numbers.pick(&[1, 2, 3, 10]);
    for _ in 0..numbers.below(shape.entries + 1) {
        let value = (!numbers.one_in(deletes_one_in)).then(|| random_value(numbers));
        entries.insert(random_key(shape, numbers), value);
    }
    let listed: Vec<BatchEntry<'_>> = entries
        .iter()
        .map(|(key, value)| match value {
            Some(value) => {
                let (head, body) = value.split_at(numbers.below(value.len() + 1));
                BatchEntry::put_parts(key, head, body)
            }
            None => BatchEntry::delete(key),
        })
        .collect();
    let made = Made(listed);
    let batch = Batch {
        expected: Vec::new(),
        copied: None,
        head: None,
        cleared: cleared.iter().map(|(start, end)| KeyRange::new(start, end.as_deref())).collect(),
        entries: made.entries(numbers),
    };
    storage.commit(&batch)?;
    for range in &batch.cleared {
        map.retain(|key, _| !range.contains(key));
    }
    for (key, value) in entries {
        match value {
            Some(value) => map.insert(key, value),
            None => map.remove(&key),
        };
    }
    Ok(())
}

/// Looks a few keys up and walks a few ranges.
fn compare(snapshot: &dyn Snapshot, map: &Map, shape: Shape, numbers: &mut Numbers) -> TestResult {
    for _ in 0..8 {
        let key = random_key(shape, numbers);
        assert_eq!(get(snapshot, &key)?.as_ref(), map.get(&key), "{key:?}");
    }
    for _ in 0..4 {
        let start = random_key(shape, numbers);
        let end = (!numbers.one_in(4)).then(|| random_key(shape, numbers));
        let range = KeyRange::new(&start, end.as_deref());
        let direction = *numbers.pick(&[Direction::Forward, Direction::Backward]);
        let mut cursor = snapshot.cursor(range, direction)?;
        for _ in 0..3 {
            let steps = numbers.below(30);
            let target = random_key(shape, numbers);
            cursor.seek(&target)?;
            // Ranges are compared by hand: `BTreeMap::range` panics where the end lies before the start.
            let ahead = map.iter().filter(|(key, _)| range.contains(key));
            let expected: Vec<_> = match direction {
                Direction::Forward => ahead.filter(|(key, _)| **key >= target).take(steps).collect(),
                Direction::Backward => {
                    let mut before: Vec<_> = ahead.filter(|(key, _)| **key <= target).collect();
                    before.reverse();
                    before.truncate(steps);
                    before
                }
            };
            for (key, value) in expected {
                assert!(cursor.advance()?, "{range:?} {direction:?} from {target:?}: {key:?} is missing");
                assert!(cursor.entry() == (key, value), "{range:?} {direction:?} from {target:?}: {key:?}");
            }
        }
    }
    Ok(())
}
