//! An ordered map of bytes.

use helios_core::storage::{Batch, BatchEntry, Direction, KeyRange};

use super::{Fixture, all, get, scan, write};
use crate::TestResult;

/// A store that nothing was committed to has no entries.
pub fn a_new_store_is_empty(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    assert_eq!(all(&*storage)?, []);
    assert_eq!(get(&*storage.snapshot()?, b"")?, None);
    assert_eq!(get(&*storage.snapshot()?, b"a")?, None);
    Ok(())
}

/// Put, replace, delete, and delete what is not there.
pub fn what_is_put_is_found_until_it_is_deleted(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1")), (b"b", Some(b"2"))])?;
    write(&*storage, &[(b"a", Some(b"a longer value")), (b"c", None)])?;
    let snapshot = storage.snapshot()?;
    assert_eq!(get(&*snapshot, b"a")?.as_deref(), Some(&b"a longer value"[..]));
    assert_eq!(get(&*snapshot, b"b")?.as_deref(), Some(&b"2"[..]));
    assert_eq!(get(&*snapshot, b"aa")?, None);
    write(&*storage, &[(b"a", None)])?;
    assert_eq!(all(&*storage)?, [(b"b".to_vec(), b"2".to_vec())]);
    write(&*storage, &[(b"b", None)])?;
    assert_eq!(all(&*storage)?, []);
    Ok(())
}

/// Bytes are compared as unsigned numbers, and a beginning comes before what it begins.
pub fn entries_come_in_the_order_of_their_bytes(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let mut keys: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
    keys.extend([vec![0, 0], vec![0, 255], vec![127, 1], vec![128, 0], vec![255, 255], vec![255, 255, 255]]);
    for part in keys.chunks(7).rev() {
        write(&*storage, &part.iter().map(|key| (&key[..], Some(&key[..]))).collect::<Vec<_>>())?;
    }
    keys.sort();
    let snapshot = storage.snapshot()?;
    let expected: Vec<_> = keys.iter().map(|key| (key.clone(), key.clone())).collect();
    assert_eq!(scan(&*snapshot, KeyRange::ALL, Direction::Forward)?, expected);
    let backward: Vec<_> = expected.into_iter().rev().collect();
    assert_eq!(scan(&*snapshot, KeyRange::ALL, Direction::Backward)?, backward);
    Ok(())
}

/// The empty key is the first key, and an empty value is not a missing one.
pub fn empty_keys_and_values_are_keys_and_values(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"", Some(b"first")), (b"a", Some(b"")), (b"\0", Some(b"second"))])?;
    let snapshot = storage.snapshot()?;
    assert_eq!(get(&*snapshot, b"")?.as_deref(), Some(&b"first"[..]));
    assert_eq!(get(&*snapshot, b"a")?.as_deref(), Some(&b""[..]));
    let keys: Vec<_> = all(&*storage)?.into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, [&b""[..], b"\0", b"a"]);
    write(&*storage, &[(b"", None)])?;
    assert_eq!(get(&*storage.snapshot()?, b"")?, None);
    assert_eq!(get(&*snapshot, b"")?.as_deref(), Some(&b"first"[..]));
    Ok(())
}

/// Values and keys of many pages, beside small ones.
pub fn large_values_come_back_whole(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let limits = storage.capabilities().limits;
    let bytes: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
    let sizes = [4095, 4096, 4097, 65_535, 65_536, 1 << 20, 3_000_000];
    for size in sizes.into_iter().filter(|&size| size <= limits.value_bytes) {
        write(&*storage, &[(&size.to_be_bytes(), Some(&bytes[..size]))])?;
    }
    let key = &bytes[..100_000.min(limits.key_bytes)];
    write(&*storage, &[(key, Some(b"of a large key"))])?;
    let snapshot = storage.snapshot()?;
    for size in sizes.into_iter().filter(|&size| size <= limits.value_bytes) {
        assert!(get(&*snapshot, &size.to_be_bytes())?.as_deref() == Some(&bytes[..size]), "{size} bytes");
    }
    assert_eq!(get(&*snapshot, key)?.as_deref(), Some(&b"of a large key"[..]));
    write(&*storage, &[(&sizes[6].to_be_bytes(), Some(b"small"))])?;
    assert_eq!(get(&*storage.snapshot()?, &sizes[6].to_be_bytes())?.as_deref(), Some(&b"small"[..]));
    Ok(())
}

/// The coarse look-up tells the positions of the keys that exist.
pub fn get_many_finds_what_get_finds(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1")), (b"c", Some(b"3")), (b"d", Some(b""))])?;
    let mut found = Vec::new();
    let keys: [&[u8]; 5] = [b"d", b"b", b"a", b"c", b"a"];
    storage.snapshot()?.get_many(&keys, &mut |position, value| found.push((position, value.to_vec())))?;
    found.sort();
    let expected = [(0, vec![]), (2, b"1".to_vec()), (3, b"3".to_vec()), (4, b"1".to_vec())];
    assert_eq!(found, expected);
    Ok(())
}

/// A head and a body make one value.
pub fn values_in_two_parts_are_stored_as_one(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let entries = vec![
        BatchEntry::put_parts(b"a", b"head", b"body"),
        BatchEntry::put_parts(b"b", b"", b"body"),
        BatchEntry::put_parts(b"c", b"head", b""),
    ];
    storage.commit(&Batch { entries: entries.into(), ..Batch::default() })?;
    let values: Vec<_> = all(&*storage)?.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [&b"headbody"[..], b"body", b"head"]);
    Ok(())
}

/// A driver that knows the number of its entries knows it well.
pub fn statistics_count_what_is_there(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    for number in 0..100u8 {
        write(&*storage, &[(&[number], Some(&[number; 50]))])?;
    }
    write(&*storage, &[(&[3], None)])?;
    let stats = storage.stats()?;
    assert!(stats.entries.is_none_or(|entries| entries == 99), "{stats:?}");
    assert!(stats.stored_bytes.is_none_or(|bytes| bytes >= 99 * 51), "{stats:?}");
    Ok(())
}
