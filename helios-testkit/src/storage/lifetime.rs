//! Opening, closing, and what is there afterwards.

use helios_core::storage::{Direction, KeyRange, Lane, Reach};

use super::random::{Map, Shape, run};
use super::{Fixture, all, get, write};
use crate::TestResult;
use crate::seed::{repeats, with_seed};

/// After closing, everything is an error, also for snapshots that were taken before.
pub fn a_closed_store_refuses_everything(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1"))])?;
    let snapshot = storage.snapshot()?;
    storage.close()?;
    assert!(storage.snapshot().is_err());
    assert!(storage.version().is_err());
    assert!(write(&*storage, &[(b"b", Some(b"2"))]).is_err());
    assert!(storage.stats().is_err());
    assert!(storage.compact().is_err());
    assert!(get(&*snapshot, b"a").is_err());
    assert!(snapshot.cursor(KeyRange::ALL, Direction::Forward).is_err());
    Ok(())
}

/// Closing a closed store is no error.
pub fn closing_twice_does_nothing(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    storage.close()?;
    storage.close()?;
    Ok(())
}

/// Compaction keeps all entries. Online, where the driver can, it does so beside snapshots.
pub fn compacting_changes_nothing(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    for number in 0..100u8 {
        write(&*storage, &[(&[number], Some(&[number; 3000]))])?;
    }
    for number in (0..100u8).filter(|number| number % 3 > 0) {
        write(&*storage, &[(&[number], None)])?;
    }
    let before = all(&*storage)?;
    let held = storage.capabilities().online_compaction.then(|| storage.snapshot()).transpose()?;
    storage.compact()?;
    assert_eq!(all(&*storage)?, before);
    if let Some(held) = held {
        assert_eq!(get(&*held, &[3])?, Some(vec![3; 3000]));
    }
    write(&*storage, &[(b"after", Some(b"it"))])?;
    assert_eq!(all(&*storage)?.len(), before.len() + 1);
    Ok(())
}

/// What was committed before closing is there after opening again.
pub fn reopening_keeps_everything(fixture: &dyn Fixture) -> TestResult {
    if !fixture.persists() {
        return Ok(());
    }
    let storage = fixture.open()?;
    assert!(storage.capabilities().persistent);
    write(&*storage, &[(b"", Some(b"1")), (b"a", Some(b"")), (b"b", Some(&[7; 100_000]))])?;
    write(&*storage, &[(b"a", None)])?;
    let before = all(&*storage)?;
    storage.close()?;
    let storage = fixture.reopen()?;
    assert_eq!(all(&*storage)?, before);
    write(&*storage, &[(b"c", Some(b"3"))])?;
    storage.close()?;
    assert_eq!(all(&*fixture.reopen()?)?.len(), 3);
    Ok(())
}

/// Whoever still has the coordination of a closed store keeps nobody from opening it again.
pub fn closing_gives_all_locks_back(fixture: &dyn Fixture) -> TestResult {
    if !fixture.persists() {
        return Ok(());
    }
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1"))])?;
    let held = storage.coordination();
    let Reach::Memory(words) = held.reach() else { return Ok(()) };
    let lease = words.try_lease(Lane::COMMIT)?;
    storage.close()?;
    let storage = fixture.reopen()?;
    let coordination = storage.coordination();
    let Reach::Memory(words) = coordination.reach() else { return Ok(()) };
    let again = words.try_lease(Lane::COMMIT)?;
    assert!(again.is_some());
    drop((lease, held));
    write(&*storage, &[(b"a", Some(b"2"))])?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"2"[..]));
    Ok(())
}

/// Random work, closing and opening, several times over.
pub fn reopening_after_random_batches_keeps_everything(fixture: &dyn Fixture) -> TestResult {
    if !fixture.persists() {
        return Ok(());
    }
    with_seed(|numbers| {
        let mut map = Map::new();
        for _ in 0..repeats(5, 30) {
            let storage = fixture.reopen()?;
            let shape = Shape { batches: 20, entries: 300, keys: 1000 };
            run(&*storage, shape, numbers, &mut map)?;
            storage.close()?;
        }
        Ok(())
    })
}

/// Dropping the last handle closes a store, also where a snapshot outlives it.
pub fn a_store_that_was_dropped_opens_again(fixture: &dyn Fixture) -> TestResult {
    if !fixture.persists() {
        return Ok(());
    }
    let storage = fixture.open()?;
    write(&*storage, &[(b"a", Some(b"1"))])?;
    let snapshot = storage.snapshot()?;
    drop(storage);
    let storage = fixture.reopen()?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"1"[..]));
    drop(snapshot);
    write(&*storage, &[(b"a", Some(b"2"))])?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"2"[..]));
    Ok(())
}
