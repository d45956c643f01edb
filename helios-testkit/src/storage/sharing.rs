//! Many threads on one store, and what processes take turns with.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use helios_core::ErrorKind;
use helios_core::storage::{Batch, BatchEntry, Direction, HeadChange, KeyRange, Lane, Reach, Storage, Word};

use super::{Fixture, all, get, scan, write};
use crate::TestResult;
use crate::seed::repeats;

const ROUNDS: u32 = 150;

/// Every commit writes one number under many keys; no reader ever sees two numbers, nor a number go down.
pub fn readers_see_whole_batches_while_others_commit(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let keys: Vec<[u8; 2]> = (0..200u16).map(u16::to_be_bytes).collect();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| -> TestResult {
        let readers: Vec<_> = (0..3)
            .map(|reader| {
                let (storage, is_done) = (&storage, &is_done);
                scope.spawn(move || read_until_done(&**storage, is_done, reader % 2 == 0))
            })
            .collect();
        let mut result = Ok(());
        for round in 0..ROUNDS * repeats(1, 10) as u32 {
            let value = round.to_be_bytes();
            let entries = keys.iter().map(|key| BatchEntry::put(key, &value)).collect();
            result = storage.commit(&Batch { entries, ..Batch::default() });
            if result.is_err() {
                break;
            }
        }
        is_done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.join().map_err(|_| "a reader panicked")??;
        }
        Ok(result?)
    })
}

fn read_until_done(storage: &dyn Storage, is_done: &AtomicBool, forward: bool) -> TestResult {
    let direction = if forward { Direction::Forward } else { Direction::Backward };
    let mut last = Vec::new();
    while !is_done.load(Ordering::SeqCst) {
        let pairs = scan(&*storage.snapshot()?, KeyRange::ALL, direction)?;
        let Some((_, value)) = pairs.first() else {
            continue;
        };
        assert!(pairs.len() == 200 && pairs.iter().all(|(_, other)| other == value), "half a batch");
        assert!(*value >= last, "an older state after a newer one");
        last.clone_from(value);
    }
    Ok(())
}

/// Threads may commit at the same time; no commit is lost.
pub fn commits_of_many_threads_all_happen(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    thread::scope(|scope| -> TestResult {
        let writers: Vec<_> = (0..4u8)
            .map(|writer| {
                let storage = &storage;
                scope.spawn(move || -> TestResult {
                    for round in 0..40u8 {
                        write(&**storage, &[(&[writer, round], Some(&[round]))])?;
                        let found = get(&*storage.snapshot()?, &[writer, round])?;
                        assert_eq!(found, Some(vec![round]), "later snapshots show a commit");
                    }
                    Ok(())
                })
            })
            .collect();
        for writer in writers {
            writer.join().map_err(|_| "a writer panicked")??;
        }
        Ok(())
    })?;
    assert_eq!(all(&*storage)?.len(), 160);
    assert_eq!(storage.version()? % 2, 0);
    Ok(())
}

/// If the version is even, and the same before and after two snapshots are taken, both show the same.
pub fn an_even_version_promises_a_settled_state(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| -> TestResult {
        let writers: Vec<_> = (0..2u8)
            .map(|writer| {
                let storage = &storage;
                scope.spawn(move || -> TestResult {
                    for round in 0..ROUNDS {
                        write(&**storage, &[(&[writer], Some(&round.to_be_bytes()))])?;
                    }
                    Ok(())
                })
            })
            .collect();
        let reader = {
            let (storage, is_done) = (&storage, &is_done);
            scope.spawn(move || -> TestResult {
                while !is_done.load(Ordering::SeqCst) {
                    let before = storage.version()?;
                    let first = storage.snapshot()?;
                    thread::yield_now();
                    let second = storage.snapshot()?;
                    if before % 2 == 0 && storage.version()? == before {
                        for key in [[0], [1]] {
                            assert_eq!(get(&*first, &key)?, get(&*second, &key)?);
                        }
                    }
                }
                Ok(())
            })
        };
        let results: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_done.store(true, Ordering::SeqCst);
        reader.join().map_err(|_| "the reader panicked")??;
        for result in results {
            result.map_err(|_| "a writer panicked")??;
        }
        Ok(())
    })
}

/// A lane can be had, given back and had again, and lanes do not disturb each other.
pub fn a_lane_is_had_once_and_given_back(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let coordination = storage.coordination();
    let Reach::Memory(words) = coordination.reach() else { return Ok(()) };
    assert_eq!(words.is_shared(), storage.capabilities().many_processes);
    for _ in 0..3 {
        let commit = words.try_lease(Lane::COMMIT)?;
        let branch = words.try_lease(Lane::of_branch(7))?;
        assert!(commit.is_some() && branch.is_some());
        drop(commit);
        write(&*storage, &[(b"a", Some(b"a commit needs no lane of its own"))])?;
        drop(branch);
    }
    Ok(())
}

/// Words are numbers of the store: every handle on its coordination sees them.
pub fn words_begin_at_zero_and_are_shared(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let (one, other): (Arc<_>, Arc<_>) = (storage.coordination(), storage.coordination());
    let (Reach::Memory(one), Reach::Memory(other)) = (one.reach(), other.reach()) else { return Ok(()) };
    for word in [Word::Floor, Word::InFlight, Word::Waiting] {
        assert_eq!(one.word(word).load(Ordering::SeqCst), 0, "{word:?}");
        one.word(word).store(17 + word as u64, Ordering::SeqCst);
    }
    for word in [Word::Floor, Word::InFlight, Word::Waiting] {
        assert_eq!(other.word(word).load(Ordering::SeqCst), 17 + word as u64, "{word:?}");
    }
    Ok(())
}

/// Writes a key on a head that was heard of.
fn write_on(storage: &dyn Storage, head: HeadChange, key: &[u8]) -> helios_core::Result<()> {
    let entries = vec![BatchEntry::put(key, b"1")];
    storage.commit(&Batch { entries: entries.into(), head: Some(head), ..Batch::default() })
}

/// Over a network, a commit happens on the head that it names and above its floor, or not at all.
pub fn a_commit_names_the_head_that_it_builds_on(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let coordination = storage.coordination();
    let Reach::Network(network) = coordination.reach() else { return Ok(()) };
    let first = network.ask()?;
    let change = |version, above| HeadChange { version, above, floor: above };
    write_on(&*storage, change(first.version, first.floor + 10), b"a")?;
    let second = network.heard().head();
    assert_eq!((second.version, second.floor), (first.version + 1, first.floor + 10));
    let refused = [
        change(first.version, second.floor + 1),
        change(second.version + 1, second.floor + 1),
        change(second.version, second.floor),
    ];
    for change in refused {
        let kind = write_on(&*storage, change, b"b").err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Conflict), "{change:?}");
    }
    let lifted = network.lift(second.floor + 5)?;
    assert_eq!((lifted.version, lifted.floor), (second.version, second.floor + 5));
    assert_eq!(network.lift(second.floor)?.floor, lifted.floor, "it never falls");
    assert!(write_on(&*storage, change(second.version, second.floor + 3), b"b").is_err());
    write_on(&*storage, change(second.version, second.floor + 6), b"c")?;
    assert_eq!(all(&*storage)?.len(), 2);
    write(&*storage, &[(b"d", Some(b"who names no head commits on any"))])?;
    assert_eq!(network.heard().head().version, first.version + 3);
    Ok(())
}

/// A read tells whether what it has read was the newest state.
pub fn a_read_tells_of_the_newest_head(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let coordination = storage.coordination();
    let Reach::Network(network) = coordination.reach() else { return Ok(()) };
    write(&*storage, &[(b"a", Some(b"1")), (b"b", Some(b"2"))])?;
    let heard = network.heard();
    let (version, snapshot) = network.snapshot()?;
    for read in 0..3 {
        let since = heard.now();
        assert!(!heard.was_newest(version, since));
        match read {
            0 => drop(get(&*snapshot, b"a")?),
            1 => snapshot.get_many(&[b"a", b"z"], &mut |_, _| {})?,
            _ => drop(scan(&*snapshot, KeyRange::ALL, Direction::Backward)?),
        }
        assert!(heard.was_newest(version, since), "read {read}");
    }
    let since = heard.now();
    write(&*storage, &[(b"a", Some(b"3"))])?;
    assert_eq!(get(&*snapshot, b"a")?, Some(b"1".to_vec()), "it shows what it showed");
    assert!(!heard.was_newest(version, since) && heard.was_newest(version + 1, since));
    assert_eq!(network.snapshot()?.0, version + 1);
    Ok(())
}
