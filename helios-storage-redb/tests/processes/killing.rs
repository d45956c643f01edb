//! Processes that are killed at any moment: what they acknowledged is there, nothing is there in part, and those that
//! live go on.

use std::path::Path;

use helios_core::storage::{Direction, KeyRange, Storage};
use helios_core::transaction::Reader;
use helios_storage_redb::Processes;
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_testkit::transaction::{SPACE, committed, number};

use crate::child::{FILES, Role, Running, last_key, open, record_keys};

#[test]
fn a_killed_process_loses_no_acknowledged_commit() -> TestResult {
    kill_alone(Processes::Many, repeats(12, 60))
}

#[test]
fn a_killed_process_that_was_alone_loses_no_acknowledged_commit() -> TestResult {
    kill_alone(Processes::One, repeats(12, 60))
}

/// One child after another on one file, each killed.
fn kill_alone(processes: Processes, kills: usize) -> TestResult {
    let directory = tempfile::tempdir()?;
    with_seed(|numbers| {
        for number in 0..kills {
            let path = directory.path().join(FILES[number % 2]);
            let child = Running::start(Role::Commit { name: 1, processes }, &path)?;
            let least = kill_somewhere(child, numbers)?;
            check(&path, processes, &[(1, least)])?;
        }
        Ok(())
    })
}

/// Two children at work; one is killed, the other must go on, then it is killed too.
#[test]
fn a_killed_process_does_not_stop_the_other() -> TestResult {
    let directory = tempfile::tempdir()?;
    with_seed(|numbers| {
        for number in 0..repeats(8, 40) {
            let path = directory.path().join(FILES[number % 2]);
            let start = |name| Running::start(Role::Commit { name, processes: Processes::Many }, &path);
            let (first, second) = (start(1)?, start(2)?);
            let least_of_first = kill_somewhere(first, numbers)?;
            let before = second.next()?;
            let after = (0..10).try_fold(before, |_, _| second.next())?;
            assert!(after > before);
            let least_of_second = kill_somewhere(second, numbers)?;
            check(&path, Processes::Many, &[(1, least_of_first), (2, least_of_second)])?;
        }
        Ok(())
    })
}

/// Lets a child do some commits, kills it at a random point of the next, and returns the last number that it said.
fn kill_somewhere(child: Running, numbers: &mut Numbers) -> TestResult<u64> {
    let mut last = child.next()?;
    for _ in 0..numbers.below(12) {
        last = child.next()?;
    }
    // Spins, not sleeps: a point inside a commit, which takes some hundred microseconds.
    for _ in 0..numbers.below(400_000) {
        std::hint::spin_loop();
    }
    Ok(child.kill()?.unwrap_or(last))
}

/// Checks what stands in the file: for each child its last number or one more, and all records up to it, whole.
fn check(path: &Path, processes: Processes, least: &[(u8, u64)]) -> TestResult {
    let (storage, engine) = open(path, processes)?;
    let reader = committed(&engine)?;
    let mut records = 0;
    for &(name, least) in least {
        let last = number(&reader, &last_key(name))?;
        assert!((least..=least + 1).contains(&last), "{last} is there, {least} was acknowledged");
        for record in 1..=last {
            for key in record_keys(name, record) {
                let mut stored = None;
                reader.get(SPACE, &key, &mut |version| stored = version.payload.first_chunk().copied())?;
                assert_eq!(stored.map(u64::from_le_bytes), Some(record), "child {name}, record {record}");
            }
        }
        records += 1 + 3 * last;
    }
    assert_eq!(count(&reader)?, records, "there is nothing else");
    drop((reader, engine));
    Ok(storage.close()?)
}

fn count(reader: &Reader) -> TestResult<u64> {
    let scan = reader.scan(SPACE);
    let mut cursor = scan.cursor(KeyRange::ALL, Direction::Backward)?;
    let mut count = 0;
    while cursor.advance()? {
        count += 1;
    }
    Ok(count)
}
