//! Many threads, one number.

use std::sync::Arc;
use std::thread;

use helios_core::ErrorKind;
use helios_core::transaction::{Engine, Mode, Transaction};
use helios_core::versioned::BranchId;

use super::{committed, engine, long, number, put};
use crate::TestResult;
use crate::seed::repeats;
use crate::storage::Fixture;

const THREADS: usize = 8;
const KEY: &[u8] = b"counter";

/// How a thread adds one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Takes the turn, then reads: never a conflict.
    TurnFirst,
    /// Reads, then takes the turn: begins again where somebody was faster.
    ReadFirst,
    /// Validated at the commit: begins again where somebody was faster.
    Concurrent,
}

/// With the turn in hand nothing can come between.
pub fn plain_increments_of_many_threads_are_all_kept(fixture: &dyn Fixture) -> TestResult {
    run(fixture, &[Way::TurnFirst])
}

/// The first write fails at once where another commit came between.
pub fn plain_increments_that_read_first_are_all_kept(fixture: &dyn Fixture) -> TestResult {
    run(fixture, &[Way::ReadFirst])
}

/// The commit fails where another commit came between.
pub fn concurrent_increments_of_many_threads_are_all_kept(fixture: &dyn Fixture) -> TestResult {
    run(fixture, &[Way::Concurrent])
}

/// All ways beside each other.
pub fn mixed_increments_of_many_threads_are_all_kept(fixture: &dyn Fixture) -> TestResult {
    run(fixture, &[Way::Concurrent, Way::TurnFirst, Way::ReadFirst])
}

/// Threads on three branches, with a number each.
pub fn branches_count_by_themselves(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    engine.create_branch("one", BranchId::MAIN, None)?;
    engine.create_branch("two", BranchId(1), None)?;
    let rounds = repeats(10, 200);
    in_threads(6, |thread| {
        let branch = BranchId(thread as u32 % 3);
        let way = if thread < 3 { Way::TurnFirst } else { Way::Concurrent };
        (0..rounds).try_for_each(|_| increment(&engine, branch, way))
    })?;
    for branch in 0..3 {
        let reader = Transaction::begin(&engine, BranchId(branch), Mode::Plain).reader()?;
        assert_eq!(number(&reader, KEY)?, 2 * rounds as u64, "branch {branch}");
    }
    Ok(())
}

fn run(fixture: &dyn Fixture, ways: &[Way]) -> TestResult {
    let engine = engine(fixture)?;
    let rounds = repeats(15, 300);
    in_threads(THREADS, |thread| {
        (0..rounds).try_for_each(|_| increment(&engine, BranchId::MAIN, ways[thread % ways.len()]))
    })?;
    let expected = (THREADS * rounds) as u64;
    assert_eq!(number(&committed(&engine)?, KEY)?, expected);
    let commits = engine.present()?.branch(BranchId::MAIN)?.commits;
    assert_eq!(commits, expected, "every increment is one commit");
    Ok(())
}

fn increment(engine: &Arc<Engine>, branch: BranchId, way: Way) -> TestResult {
    loop {
        let mode = if way == Way::Concurrent { Mode::Concurrent } else { Mode::Plain };
        let mut transaction = Transaction::begin(engine, branch, mode);
        let result = if way == Way::TurnFirst { transaction.prepare_to_write(&long()) } else { Ok(()) };
        let result = result
            .and_then(|()| number(&transaction.reader()?, KEY))
            .and_then(|before| put(&mut transaction, KEY, before + 1))
            .and_then(|()| transaction.commit(&long()));
        match result {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::BusySnapshot && way != Way::TurnFirst => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Runs `work` in a number of threads; the first error is the answer.
pub(super) fn in_threads(threads: usize, work: impl Fn(usize) -> TestResult + Sync) -> TestResult {
    thread::scope(|scope| {
        let work = &work;
        let started: Vec<_> = (0..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        let results: Vec<_> = started.into_iter().map(thread::ScopedJoinHandle::join).collect();
        results.into_iter().try_for_each(|result| result.map_err(|_| "a thread panicked")?)
    })
}
