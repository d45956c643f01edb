//! Cursors: ranges, directions, seeks.

use std::collections::BTreeSet;
use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange, Snapshot, Storage};

use super::{Fixture, scan, write};
use crate::TestResult;

fn open_with(fixture: &dyn Fixture, keys: &[&[u8]]) -> TestResult<(Arc<dyn Storage>, Arc<dyn Snapshot>)> {
    let storage = fixture.open()?;
    write(&*storage, &keys.iter().map(|&key| (key, Some(key))).collect::<Vec<_>>())?;
    let snapshot = storage.snapshot()?;
    Ok((storage, snapshot))
}

fn keys_of(
    snapshot: &dyn Snapshot,
    start: &[u8],
    end: Option<&[u8]>,
    direction: Direction,
) -> TestResult<String> {
    let pairs = scan(snapshot, KeyRange::new(start, end), direction)?;
    Ok(pairs.iter().map(|(key, _)| String::from_utf8_lossy(key)).collect::<Vec<_>>().join(" "))
}

/// The start is inside, the end is outside, in both directions; a range that ends before it starts is empty.
pub fn a_cursor_shows_its_range_and_nothing_else(fixture: &dyn Fixture) -> TestResult {
    let (_storage, snapshot) = open_with(fixture, &[b"a", b"b", b"bb", b"c", b"d"])?;
    let cases = [
        (&b""[..], None, "a b bb c d"),
        (b"b", Some(&b"d"[..]), "b bb c"),
        (b"b", None, "b bb c d"),
        (b"", Some(b"b"), "a"),
        (b"ba", Some(b"cc"), "bb c"),
        (b"e", None, ""),
        (b"b", Some(b"b"), ""),
        (b"c", Some(b"b"), ""),
    ];
    for (start, end, expected) in cases {
        let forward = keys_of(&*snapshot, start, end, Direction::Forward)?;
        assert_eq!(forward, expected, "{start:?} to {end:?}");
        let reversed: Vec<_> = expected.split(' ').rev().collect();
        let backward = keys_of(&*snapshot, start, end, Direction::Backward)?;
        assert_eq!(backward, reversed.join(" "), "{start:?} to {end:?}");
    }
    Ok(())
}

/// At or after the target going forward, at or before it going backward, never outside the range.
pub fn seek_finds_the_next_key_within_the_range(fixture: &dyn Fixture) -> TestResult {
    let (_storage, snapshot) = open_with(fixture, &[b"a", b"c", b"e", b"g", b"i"])?;
    let range = KeyRange::new(b"c", Some(b"i"));
    let cases: [(&[u8], &[u8], &[u8]); 9] = [
        (b"", b"c", b""),
        (b"a", b"c", b""),
        (b"c", b"c", b"c"),
        (b"d", b"e", b"c"),
        (b"e", b"e", b"e"),
        (b"g", b"g", b"g"),
        (b"h", b"", b"g"),
        (b"i", b"", b"g"),
        (b"z", b"", b"g"),
    ];
    for (direction, is_forward) in [(Direction::Forward, true), (Direction::Backward, false)] {
        let mut cursor = snapshot.cursor(range, direction)?;
        for (target, forward, backward) in cases {
            let expected = if is_forward { forward } else { backward };
            cursor.seek(target)?;
            assert_eq!(cursor.entry().0, b"", "after a seek the cursor stands between entries");
            assert_eq!(cursor.advance()?, !expected.is_empty(), "{direction:?} {target:?}");
            assert_eq!(cursor.entry(), (expected, expected), "{direction:?} {target:?}");
        }
    }
    Ok(())
}

/// A cursor that has come to its end goes on from where a seek puts it.
pub fn a_cursor_can_be_moved_back_after_its_end(fixture: &dyn Fixture) -> TestResult {
    let (_storage, snapshot) = open_with(fixture, &[b"a", b"b", b"c"])?;
    for (direction, first, second) in [(Direction::Forward, b"b", b"c"), (Direction::Backward, b"b", b"a")] {
        for range in [KeyRange::ALL, KeyRange::new(b"a", Some(b"d"))] {
            let mut cursor = snapshot.cursor(range, direction)?;
            while cursor.advance()? {}
            cursor.seek(b"b")?;
            assert!(cursor.advance()? && cursor.entry().0 == first, "{direction:?}");
            assert!(cursor.advance()? && cursor.entry().0 == second, "{direction:?}");
            assert!(!cursor.advance()? && !cursor.advance()?, "{direction:?}");
        }
    }
    Ok(())
}

/// All ranges over a small alphabet, with all seeks in them, against a set.
pub fn every_range_and_seek_of_a_small_map_is_right(fixture: &dyn Fixture) -> TestResult {
    let keys: [&[u8]; 8] = [b"", b"\0", b"a", b"a\0", b"ab", b"b", b"\xff", b"\xff\xff"];
    let there: BTreeSet<&[u8]> = keys.iter().copied().filter(|&key| key != b"a\0" && key != b"b").collect();
    let (_storage, snapshot) = open_with(fixture, &there.iter().copied().collect::<Vec<_>>())?;
    let ends = keys.iter().copied().map(Some).chain([None]);
    let ranges = ends.flat_map(|end| keys.iter().map(move |&start| KeyRange::new(start, end)));
    for range in ranges {
        let inside: Vec<&[u8]> = there.iter().copied().filter(|key| range.contains(key)).collect();
        let mut first = None;
        let is_there = snapshot.first(range, &mut |key, _| first = Some(key.to_vec()))?;
        assert_eq!(first.as_deref(), inside.first().copied(), "the first of {range:?}");
        assert_eq!(is_there, first.is_some(), "{range:?}");
        for direction in [Direction::Forward, Direction::Backward] {
            let mut cursor = snapshot.cursor(range, direction)?;
            for &target in &keys {
                let mut expected: Vec<&[u8]> = match direction {
                    Direction::Forward => inside.iter().copied().filter(|&key| key >= target).collect(),
                    Direction::Backward => inside.iter().copied().filter(|&key| key <= target).collect(),
                };
                if direction == Direction::Backward {
                    expected.reverse();
                }
                cursor.seek(target)?;
                for key in expected {
                    assert!(cursor.advance()?, "{range:?} {direction:?} {target:?}: {key:?} is missing");
                    assert_eq!(cursor.entry().0, key, "{range:?} {direction:?} {target:?}");
                }
                assert!(!cursor.advance()?, "{range:?} {direction:?} {target:?}: more than expected");
            }
        }
    }
    Ok(())
}
