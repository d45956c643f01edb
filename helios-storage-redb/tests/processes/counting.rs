//! Several processes that all go well.

use helios_core::ErrorKind;
use helios_core::storage::Storage;
use helios_core::transaction::Mode;
use helios_core::versioned::BranchId;
use helios_storage_redb::Processes;
use helios_testkit::TestResult;
use helios_testkit::seed::repeats;
use helios_testkit::transaction::{commit_numbers, committed, number};

use crate::child::{FILES, Role, Running, open};

/// Two plain, two concurrent; this process reads all the while.
#[test]
fn four_processes_count_together_and_lose_nothing() -> TestResult {
    FILES.iter().try_for_each(|name| count_together(name))
}

fn count_together(name: &str) -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join(name);
    let times = repeats(40, 1500) as u64;
    let (storage, engine) = open(&path, Processes::Many)?;
    commit_numbers(&engine, &[(b"counter", 0), (b"again", 0)])?;
    let mut children = Vec::new();
    for child in 0..4 {
        let mode = if child % 2 == 0 { Mode::Plain } else { Mode::Concurrent };
        children.push(Running::start(Role::Count { times, mode }, &path)?);
    }
    let mut last = 0;
    while last < 4 * times {
        let reader = committed(&engine)?;
        let (counter, again) = (number(&reader, b"counter")?, number(&reader, b"again")?);
        assert_eq!(counter, again, "half a transaction");
        assert!(counter >= last, "{counter} after {last}");
        last = counter;
        std::thread::yield_now();
    }
    for child in children {
        assert_eq!(child.finish()?, Some(times));
    }
    assert_eq!(number(&committed(&engine)?, b"counter")?, 4 * times);
    assert_eq!(engine.present()?.branch(BranchId::MAIN)?.commits, 4 * times + 1);
    storage.close()?;
    let names: Vec<_> = std::fs::read_dir(directory.path())?.collect::<Result<_, _>>()?;
    assert_eq!(names.len(), 1, "the last to close takes the side file away: {names:?}");
    Ok(())
}

/// A store that belongs to one process says so, by name, to others and to the same process.
#[test]
fn a_store_of_one_process_is_locked_for_others() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let child = Running::start(Role::Commit { name: 1, processes: Processes::One }, &path)?;
    child.next()?;
    for processes in [Processes::Many, Processes::One] {
        let error = open(&path, processes).err().ok_or("a locked store was opened")?;
        let error = error.downcast::<helios_core::Error>()?;
        assert_eq!(error.kind(), ErrorKind::Busy, "{error:?}");
    }
    child.kill()?;
    let (storage, engine) = open(&path, Processes::One)?;
    assert!(number(&committed(&engine)?, &crate::child::last_key(1))? > 0);
    let error = open(&path, Processes::Many).err().ok_or("a store was opened twice")?;
    assert_eq!(error.downcast::<helios_core::Error>()?.kind(), ErrorKind::Busy);
    storage.close()?;
    Ok(())
}

/// A file that reaches the limit of its process: `Full`, nothing in part, and the process goes on.
#[test]
fn a_file_that_may_not_grow_is_full() -> TestResult {
    for processes in [Processes::Many, Processes::One] {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("test.db");
        let last = Running::start_limited(Role::Fill { processes }, &path)?.finish()?;
        let (storage, engine) = open(&path, processes)?;
        assert!(last.is_some());
        assert_eq!(number(&committed(&engine)?, b"last")?, last.unwrap_or(0));
        commit_numbers(&engine, &[(b"small", 2)])?;
        storage.close()?;
    }
    Ok(())
}
