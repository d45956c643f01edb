//! Operations of the disk that fail while the process goes on.

use std::collections::BTreeMap;
use std::sync::Arc;

use helios_core::ErrorKind;
use helios_core::storage::{Direction, KeyRange, Storage};
use helios_core::transaction::Mode;
use helios_storage_redb::Options;
use helios_testkit::TestResult;
use helios_testkit::disk::{Disk, Trouble};
use helios_testkit::seed::{repeats, with_seed};
use helios_testkit::storage::{all, scan, write};
use helios_testkit::transaction::{begin, committed, engine_over, long, number, put};

use crate::power_cut::commit_random;
use crate::seal::Seal;
use crate::{How, open};

fn how(seal: Seal) -> How {
    How { options: Options { cache_bytes: 1 << 20, ..Options::default() }, seal }
}

/// The handle recovers by itself: after a failed commit it shows the state before or after, and takes commits again.
#[test]
fn a_failed_operation_leaves_the_handle_usable() -> TestResult {
    with_seed(|numbers| {
        let disk = Disk::default();
        let store = open(&disk, how(*numbers.pick(&[Seal::Plain, Seal::Aes])))?;
        let mut map = BTreeMap::new();
        for _ in 0..repeats(150, 3000) {
            disk.trouble_after(numbers.below(12) as u64, Trouble::Error);
            let held = store.snapshot()?;
            let version = store.version()?;
            let mut next = map.clone();
            let result = commit_random(&store, &mut next, numbers);
            disk.end_of_trouble();
            assert_ne!(store.version()?, version, "what is shown may have changed");
            let found: BTreeMap<_, _> = all(&store)?.into_iter().collect();
            match result {
                Ok(()) => assert!(found == next),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
                    assert!(found == map || found == next, "between two states");
                }
            }
            // A snapshot from before a recovery may be gone, but it never shows anything else.
            if let Ok(pairs) = scan(&*held, KeyRange::ALL, Direction::Forward) {
                assert!(pairs.into_iter().eq(map));
            }
            map = found;
        }
        Ok(())
    })
}

/// While the disk stays away every use says so; when it is back the same handle goes on.
#[test]
fn a_disk_that_comes_back_is_used_again() -> TestResult {
    with_seed(|numbers| {
        let disk = Disk::default();
        let store = open(&disk, how(Seal::Plain))?;
        write(&store, &[(b"a", Some(b"1"))])?;
        for at in 0..12 {
            let mut map = BTreeMap::new();
            disk.trouble_after(at, Trouble::Error);
            let first = commit_random(&store, &mut map, numbers);
            // The next operation fails too: it is part of the recovery, or of another commit.
            disk.trouble_after(0, Trouble::Error);
            let second = write(&store, &[(b"b", Some(b"2"))]);
            assert!(first.is_ok() || second.is_err() || disk.end_of_trouble());
            disk.end_of_trouble();
            write(&store, &[(b"a", Some(&[at as u8]))])?;
            assert!(all(&store)?.contains(&(b"a".to_vec(), vec![at as u8])));
        }
        Ok(())
    })
}

/// No room: `Full`, nothing in part; with room the same handle goes on, and what was there can be deleted without.
#[test]
fn a_full_disk_is_an_error_of_its_own() -> TestResult {
    let disk = Disk::default();
    let store = open(&disk, how(Seal::Plain))?;
    write(&store, &[(b"a", Some(b"1"))])?;
    for room in [0, 4096, 100_000, 1 << 20] {
        disk.set_capacity(Some(disk.size() + room));
        let before = all(&store)?;
        let mut filled = 0u32;
        let error = loop {
            let key = [&room.to_be_bytes()[..], &filled.to_be_bytes()].concat();
            match write(&store, &[(&key, Some(&[7; 50_000])), (b"last", Some(&filled.to_be_bytes()))]) {
                Ok(()) => filled += 1,
                Err(error) => break error,
            }
            assert!(filled < 1000, "the disk is never full");
        };
        assert_eq!(error.kind(), ErrorKind::Full, "{error:?}");
        let found = all(&store)?;
        assert!(filled > 0 || found == before);
        let last = found.iter().find(|(key, _)| key == b"last").map(|(_, value)| value.clone());
        assert!(filled == 0 || last == Some((filled - 1).to_be_bytes().to_vec()));
        disk.set_capacity(None);
        write(&store, &[(b"a", Some(&room.to_be_bytes()))])?;
    }
    Ok(())
}

/// The engine over a failing disk: acknowledged increments are kept, failed ones count once or not at all.
#[test]
fn transactions_on_a_failing_disk_keep_what_they_acknowledge() -> TestResult {
    with_seed(|numbers| {
        let disk = Disk::default();
        let engine = engine_over(Arc::new(open(&disk, how(Seal::Plain))?))?;
        let mut least = 0;
        let mut most = 0;
        for _ in 0..repeats(150, 3000) {
            disk.trouble_after(numbers.below(20) as u64, Trouble::Error);
            let increment = || -> helios_core::Result<u64> {
                let mut transaction = begin(&engine, Mode::Plain);
                transaction.prepare_to_write(&long())?;
                let next = number(&transaction.reader()?, b"counter")? + 1;
                put(&mut transaction, b"counter", next)?;
                transaction.commit(&long())?;
                Ok(next)
            };
            match increment() {
                Ok(next) => {
                    assert!((least + 1..=most + 1).contains(&next), "{next} after {least} to {most}");
                    (least, most) = (next, next);
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
                    most += 1;
                }
            }
        }
        disk.end_of_trouble();
        let found = number(&committed(&engine)?, b"counter")?;
        assert!((least..=most).contains(&found), "{found} is not in {least} to {most}");
        Ok(())
    })
}
