//! Places of rows, sorted by the rows' keys.
//!
//! In: places, and the key of each. Out: the places in the order of their keys, equal ones by place. A place travels in
//! one word with eight bytes of its key, so that sorting compares words and looks at no key: first by the first eight
//! bytes of all keys, then, among those that agree, by the next eight, and so on. Long lists are divided between two
//! threads. No two words are equal, so the order is the same however the work is divided.

use crate::threads::HAS_TWO;

/// Bytes of a key that are compared at once.
const STEP: usize = 8;

/// From so many rows on, half of them are sorted by a second thread.
const SORT_APART: usize = 50_000;

/// Up to so many rows whose keys agree so far are sorted by comparing whole keys.
const FEW: usize = 16;

/// A place, in the lower half, and a piece of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u128);

impl Entry {
    /// The place of a row together with the beginning of its key.
    pub(super) fn new(chunk: usize, row: usize, key: &[u8]) -> Entry {
        let place = (chunk as u64) << 32 | row as u64;
        Entry(u128::from(piece(key)) << 64 | u128::from(place))
    }

    /// The chunk and the row in it.
    #[inline]
    pub(super) fn place(self) -> (usize, usize) {
        let place = self.0 as u64;
        ((place >> 32) as usize, place as u32 as usize)
    }

    fn piece(self) -> u64 {
        (self.0 >> 64) as u64
    }

    fn with_piece(self, piece: u64) -> Entry {
        Entry(u128::from(piece) << 64 | u128::from(self.0 as u64))
    }
}

/// The first bytes of a key as a number; those that it lacks are zeros.
fn piece(key: &[u8]) -> u64 {
    match key.first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => key.iter().rev().fold(0, |number, &byte| number >> 8 | u64::from(byte) << 56),
    }
}

/// Sorts entries that [`Entry::new`] has made. Afterwards only their places have a meaning.
pub(super) fn sort<'k, F: Fn(Entry) -> &'k [u8] + Sync>(entries: &mut [Entry], key: &F) {
    sort_from(entries, key, 0, if *HAS_TWO { SORT_APART } else { usize::MAX });
}

/// Sorts entries whose keys agree up to `start` and that have the piece of the key that begins there. Lists of `apart`
/// entries are divided between threads.
fn sort_from<'k, F: Fn(Entry) -> &'k [u8] + Sync>(
    entries: &mut [Entry],
    key: &F,
    start: usize,
    apart: usize,
) {
    if entries.len() < apart || entries.is_sorted() {
        entries.sort_unstable();
        return refine(entries, key, start, apart);
    }
    let middle = entries.len() / 2;
    entries.select_nth_unstable(middle);
    let (low, high) = entries.split_at_mut(middle);
    std::thread::scope(|scope| {
        scope.spawn(|| low.sort_unstable());
        high.sort_unstable();
    });
    let piece = entries[middle].piece();
    let (low, high) = entries.split_at_mut(entries.partition_point(|entry| entry.piece() <= piece));
    std::thread::scope(|scope| {
        scope.spawn(|| refine(low, key, start, apart));
        refine(high, key, start, apart);
    });
}

/// Sorts each run of entries that agree in the piece that begins at `start` by what follows it.
fn refine<'k, F: Fn(Entry) -> &'k [u8] + Sync>(entries: &mut [Entry], key: &F, start: usize, apart: usize) {
    let next = start + STEP;
    for same in entries.chunk_by_mut(|a, b| a.piece() == b.piece()) {
        if same.len() == 1 {
            continue;
        }
        let lengths = same.iter().map(|entry| key(*entry).len());
        let (least, most) =
            lengths.fold((usize::MAX, 0), |(least, most), length| (least.min(length), most.max(length)));
        if same.len() > FEW && least > next {
            same.iter_mut().for_each(|entry| *entry = entry.with_piece(piece(&key(*entry)[next..])));
            sort_from(same, key, next, apart);
        } else if most > next || least != most {
            same.sort_unstable_by(|a, b| key(*a).cmp(key(*b)).then_with(|| a.place().cmp(&b.place())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keys of one to three letters, in lengths around the step, with zeros and ends in all places.
    fn keys(count: usize) -> Vec<Vec<u8>> {
        let mut state = 1_u64;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let lengths = [0, 1, 7, 8, 9, 16, 17, 25];
        let key = |next: &mut dyn FnMut(u64) -> u64| {
            let length = lengths[next(8) as usize];
            (0..length).map(|place| if place % 8 < 6 { 0 } else { next(3) as u8 }).collect()
        };
        (0..count).map(|_| key(&mut next)).collect()
    }

    #[test]
    fn the_order_is_that_of_whole_keys_and_then_of_places() {
        let keys = keys(20_000);
        let mut expected: Vec<usize> = (0..keys.len()).collect();
        expected.sort_by(|&a, &b| keys[a].cmp(&keys[b]));
        for apart in [usize::MAX, 1_000] {
            let entries = keys.iter().enumerate().map(|(row, key)| Entry::new(row / 100, row % 100, key));
            let mut entries: Vec<Entry> = entries.collect();
            let key = |entry: Entry| {
                let (chunk, row) = entry.place();
                &keys[chunk * 100 + row][..]
            };
            sort_from(&mut entries, &key, 0, apart);
            let places: Vec<usize> =
                entries.iter().map(|entry| entry.place().0 * 100 + entry.place().1).collect();
            assert_eq!(places, expected, "divided from {apart} on");
        }
    }
}
