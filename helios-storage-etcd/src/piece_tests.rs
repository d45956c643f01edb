//! Pieces of ranges, compared with all rows, and how many journeys they cost.

use std::collections::BTreeSet;

use helios_core::storage::ahead::Questions;
use helios_core::storage::{Batch, BatchEntry, Direction, KeyRange, Storage};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_testkit::storage::scan;

use super::*;
use crate::{EtcdStorage, Options};

#[test]
fn steps_are_in_their_order_and_in_the_range() {
    for (from, to) in [
        (&b"abc"[..], Some(&b"abd"[..])),
        (b"", None),
        (b"\xff\xff\xff", None),
        (b"a", Some(b"a\0")),
        (&[7; 40], Some(&[8])),
    ] {
        let steps = steps(from, to);
        assert!(steps.is_sorted() && steps[0] == from, "{from:?} {to:?}");
        assert!(steps.iter().all(|step| to.is_none_or(|to| &step[..] < to)), "{from:?} {to:?}");
    }
}

/// A key of some table: a number as rows have it, or a text.
fn key(numbers: &mut Numbers) -> Vec<u8> {
    let bits = 1 + numbers.below(20);
    let number = numbers.below(1 << bits) as u32;
    let table = [1, 2, numbers.below(3) as u8];
    match numbers.below(3) {
        0 => [&table[..], &number.to_be_bytes()].concat(),
        1 => [&table[..], &[7; 30], &number.to_be_bytes()[2..]].concat(),
        _ => [&table[..], &number.to_be_bytes()[numbers.below(4)..]].concat(),
    }
}

#[test]
fn pieces_of_a_range_have_no_gaps_wherever_rows_are() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let storage =
        EtcdStorage::open("test", &Options { endpoints: cluster.endpoints(), ..Options::default() })?;
    with_seed(|numbers| {
        let mut model = BTreeSet::new();
        for _ in 0..repeats(12, 100) {
            let written: BTreeSet<Vec<u8>> = (0..numbers.below(3000)).map(|_| key(numbers)).collect();
            let is_gone = numbers.one_in(4);
            let entry = |key| if is_gone { BatchEntry::delete(key) } else { BatchEntry::put(key, b"1") };
            storage.commit(&Batch {
                entries: written.iter().map(|key| entry(key)).collect(),
                ..Batch::default()
            })?;
            match is_gone {
                true => model.retain(|key| !written.contains(key)),
                false => model.extend(written),
            }
            let snapshot = storage.snapshot()?;
            for _ in 0..10 {
                let bounds = [key(numbers), key(numbers)[..3].to_vec(), key(numbers)];
                let (start, end) = (&bounds[numbers.below(2)][..], &bounds[2][..]);
                let range = KeyRange::new(start, Some(end).filter(|_| numbers.one_in(2)));
                let expected: Vec<&Vec<u8>> = model.iter().filter(|key| range.contains(key)).collect();
                let found = scan(&*snapshot, range, Direction::Forward)?;
                assert!(found.iter().map(|(key, _)| key).eq(expected.iter().copied()), "{range:?}");
                let found = scan(&*snapshot, range, Direction::Backward)?;
                assert!(found.iter().map(|(key, _)| key).eq(expected.into_iter().rev()), "{range:?}");
            }
        }
        Ok(())
    })
}

#[test]
fn the_last_row_of_many_costs_few_journeys_and_then_one() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let options = Options { endpoints: cluster.endpoints(), ..Options::default() };
    let storage = EtcdStorage::open("test", &options)?;
    let row = |number: u32| [&[1, 2, 3, 0x84][..], &number.to_be_bytes()].concat();
    let (table, end) = ([1, 2, 3], [1, 2, 4]);
    let put = |numbers: std::ops::Range<u32>| {
        let keys: Vec<Vec<u8>> = numbers.map(row).collect();
        let entries = keys.iter().map(|key| BatchEntry::put(key, b"1")).collect();
        storage.commit(&Batch { entries, ..Batch::default() })
    };
    put(0..30_000)?;
    let last = |storage: &EtcdStorage| -> TestResult<(Vec<u8>, u64)> {
        let snapshot = EtcdSnapshot::new(storage.shared().clone(), 0);
        storage.take_journeys();
        let (rows, _) = snapshot.scan(&table, Some(&end), Direction::Backward, 64)?;
        Ok((rows[0].key().to_vec(), storage.take_journeys()))
    };
    let (key, journeys) = last(&storage)?;
    assert!(key == row(29_999) && journeys <= 6, "{journeys} journeys");
    put(30_000..31_000)?;
    assert_eq!(last(&storage)?, (row(30_999), 1), "where it was is known");
    Ok(())
}
