//! Batches: atomic, ordered, conditional; and the snapshots that they leave alone.

use std::collections::BTreeMap;

use helios_core::ErrorKind;
use helios_core::storage::{Batch, BatchEntry, Expectation, KeyRange};

use super::{Fixture, Pair, all, get, write};
use crate::TestResult;
use crate::seed::{repeats, with_seed};

fn pairs(text: &str) -> Vec<Pair> {
    let words = text.split_whitespace().map(str::as_bytes);
    words.map(|word| (word[..1].to_vec(), word[1..].to_vec())).collect()
}

/// A snapshot shows what was there when it was taken, also of keys that were changed, deleted or added since.
pub fn snapshots_do_not_change(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1")), (b"b", Some(b"1"))])?;
    let mut snapshots = vec![(storage.snapshot()?, pairs("a1 b1"))];
    write(&*storage, &[(b"a", Some(b"2")), (b"b", None), (b"c", Some(b"2"))])?;
    snapshots.push((storage.snapshot()?, pairs("a2 c2")));
    storage.commit(&Batch { cleared: vec![KeyRange::ALL], ..Batch::default() })?;
    snapshots.push((storage.snapshot()?, Vec::new()));
    for number in 0..50u8 {
        write(&*storage, &[(b"a", Some(&[number])), (&[b'z', number], Some(&[number; 2000]))])?;
    }
    for (snapshot, expected) in snapshots {
        let found = super::scan(&*snapshot, KeyRange::ALL, helios_core::storage::Direction::Forward)?;
        assert_eq!(found, expected);
        let value = expected.iter().find(|(key, _)| key == b"a").map(|(_, value)| value.clone());
        assert_eq!(get(&*snapshot, b"a")?, value);
    }
    Ok(())
}

/// An entry of the same batch survives the clearing of a range that it lies in.
pub fn ranges_are_cleared_before_entries_are_written(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1")), (b"b", Some(b"1")), (b"c", Some(b"1")), (b"d", Some(b"1"))])?;
    storage.commit(&Batch {
        copied: None,
        head: None,
        cleared: vec![KeyRange::new(b"b", Some(b"d"))],
        entries: vec![BatchEntry::put(b"b", b"2"), BatchEntry::delete(b"d")].into(),
        ..Batch::default()
    })?;
    assert_eq!(all(&*storage)?, pairs("a1 b2"));
    Ok(())
}

/// The start goes, the end stays; empty, overlapping and open-ended ranges, over few and many entries.
pub fn clearing_a_range_leaves_its_bounds_right(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let ranges: [(u32, Option<u32>); 7] = [
        (10, Some(10)),
        (20, Some(10)),
        (0, Some(1)),
        (500, Some(2500)),
        (2400, Some(2600)),
        (2999, None),
        (0, None),
    ];
    let keys: Vec<[u8; 4]> = (0..3000u32).map(u32::to_be_bytes).collect();
    let entries = keys.iter().map(|key| BatchEntry::put(key, b"value")).collect();
    storage.commit(&Batch { entries, ..Batch::default() })?;
    let mut expected: Vec<u32> = (0..3000).collect();
    for (start, end) in ranges {
        let (from, to) = (start.to_be_bytes(), end.map(u32::to_be_bytes));
        let cleared = vec![KeyRange::new(&from, to.as_ref().map(|to| &to[..]))];
        storage.commit(&Batch { cleared, ..Batch::default() })?;
        expected.retain(|&number| number < start || end.is_some_and(|end| number >= end));
        let found = all(&*storage)?;
        assert!(
            found
                .iter()
                .map(|(key, _)| &key[..])
                .eq(expected.iter().map(|number| &keys[*number as usize][..])),
            "after clearing {start} to {end:?}"
        );
    }
    Ok(())
}

/// Wrong value, value where there should be none, none where there should be one: a conflict, and nothing is changed.
pub fn a_batch_with_a_false_expectation_changes_nothing(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1")), (b"b", Some(b""))])?;
    let cases: [(&[u8], Option<&[u8]>); 5] =
        [(b"a", None), (b"a", Some(b"2")), (b"a", Some(b"")), (b"b", None), (b"c", Some(b""))];
    for (key, value) in cases {
        let result = storage.commit(&Batch {
            expected: vec![Expectation { key: b"a", value: Some(b"1") }, Expectation { key, value }],
            copied: None,
            head: None,
            cleared: vec![KeyRange::ALL],
            entries: vec![BatchEntry::put(b"z", b"")].into(),
        });
        let kind = result.err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Conflict), "{key:?} {value:?}");
        assert_eq!(all(&*storage)?, pairs("a1 b"));
    }
    write(&*storage, &[(b"c", Some(b"3"))])?;
    assert_eq!(all(&*storage)?, pairs("a1 b c3"), "the store goes on");
    Ok(())
}

/// What a snapshot shows is written after ranges are cleared and before the entries of the batch.
pub fn a_batch_copies_what_a_snapshot_shows(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let long = vec![7; 700_000];
    write(&*storage, &[(b"a", Some(b"1")), (b"b", Some(b"2")), (b"c", Some(&long)), (b"d", Some(&long))])?;
    write(&*storage, &[(b"e", Some(&long)), (b"f", Some(b"6"))])?;
    let before = storage.snapshot()?;
    let copied = all(&*storage)?;
    write(&*storage, &[(b"a", Some(b"changed")), (b"c", None), (b"g", Some(b"7"))])?;
    for cleared in [vec![], vec![KeyRange::ALL]] {
        let is_cleared = !cleared.is_empty();
        let entries = vec![BatchEntry::put(b"b", b"own"), BatchEntry::delete(b"f")];
        storage.commit(&Batch {
            cleared,
            copied: Some(&*before),
            entries: entries.into(),
            ..Batch::default()
        })?;
        let mut expected = copied.clone();
        expected[1].1 = b"own".to_vec();
        expected.truncate(5);
        if !is_cleared {
            expected.push((b"g".to_vec(), b"7".to_vec()));
        }
        assert!(all(&*storage)? == expected, "cleared before: {is_cleared}");
    }
    Ok(())
}

/// Expectations are compared with the state before the batch.
pub fn a_batch_with_true_expectations_is_applied(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1"))])?;
    storage.commit(&Batch {
        expected: vec![Expectation { key: b"a", value: Some(b"1") }, Expectation { key: b"b", value: None }],
        copied: None,
        head: None,
        cleared: vec![KeyRange::ALL],
        entries: vec![BatchEntry::put(b"b", b"2")].into(),
    })?;
    assert_eq!(all(&*storage)?, pairs("b2"));
    Ok(())
}

/// The version is even between commits, changes with each, and stays while nothing happens.
pub fn the_version_changes_with_every_commit(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let mut last = storage.version()?;
    for number in 0..20u8 {
        write(&*storage, &[(&[number], Some(b""))])?;
        let version = storage.version()?;
        assert_ne!(version, last);
        assert_eq!(version % 2, 0, "nothing is on its way");
        all(&*storage)?;
        assert_eq!(storage.version()?, version, "reading changes nothing");
        last = version;
    }
    Ok(())
}

/// Long ascending runs into gaps between existing keys, with deletes and replacements among them.
pub fn runs_of_new_keys_between_old_ones_are_written(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let keys: Vec<[u8; 4]> = (0..5000u32).map(u32::to_be_bytes).collect();
    let mut expected = BTreeMap::new();
    // Every 100th; then the gaps with every 10th deleted; then everything replaced.
    let rounds: [(usize, &[u8]); 3] = [(100, b"first"), (1, b"second"), (3, b"third, which is longer")];
    for (step, value) in rounds {
        let mut batch = Batch::default();
        for (number, key) in keys.iter().enumerate().step_by(step) {
            if number % 10 == 7 {
                batch.entries.push(BatchEntry::delete(key));
                expected.remove(&key[..]);
            } else {
                batch.entries.push(BatchEntry::put_parts(key, value, &key[2..]));
                expected.insert(&key[..], [value, &key[2..]].concat());
            }
        }
        storage.commit(&batch)?;
        let found = all(&*storage)?;
        let wanted = expected.iter().map(|(key, value)| (key.to_vec(), value.clone()));
        assert!(found.into_iter().eq(wanted), "after every {step}th key was written");
    }
    Ok(())
}

/// Batches of puts and deletes among many keys, dense in some places and sparse in others.
pub fn batches_of_changing_density_do_what_a_map_does(fixture: &dyn Fixture) -> TestResult {
    with_seed(|numbers| {
        let storage = fixture.open()?;
        let mut expected = BTreeMap::new();
        for round in 0..repeats(6, 30) {
            // Of a few hundred keys in a row, one in `step`.
            let (mut changes, mut step) = (BTreeMap::new(), 1);
            for number in 0..20_000u32 {
                if number % 400 == 0 {
                    step = 1 << numbers.below(7);
                }
                // The first round leaves gaps, which the others fill.
                if numbers.below(step) == 0 && (round > 0 || number / 1000 % 2 == 0) {
                    let value = (numbers.below(4) > 0).then(|| vec![round as u8; numbers.below(40)]);
                    changes.insert(number.to_be_bytes(), value);
                }
            }
            let entries = changes.iter().map(|(key, value)| match value {
                Some(value) => BatchEntry::put_parts(key, value, &key[2..]),
                None => BatchEntry::delete(key),
            });
            storage.commit(&Batch { entries: entries.collect(), ..Batch::default() })?;
            for (key, value) in &changes {
                match value {
                    Some(value) => expected.insert(*key, [value, &key[2..]].concat()),
                    None => expected.remove(key),
                };
            }
            let wanted = expected.iter().map(|(key, value)| (key.to_vec(), value.clone()));
            assert!(all(&*storage)?.into_iter().eq(wanted), "after batch {round}");
        }
        Ok(())
    })
}
