//! Failing disks: the state before a commit or the one after it, and an engine that goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::branch::VersionedStore;
use helios_core::clock::Moment;
use helios_core::storage::{Batch, KeyRange, Storage};
use helios_core::transaction::{Engine, Mode, Reader, Transaction};
use helios_core::versioned::{BranchId, Space};
use helios_core::{ErrorKind, Result};

use super::counter::in_threads;
use super::{begin, commit_numbers, committed, engine_over, long, number, numbers, put};
use crate::TestResult;
use crate::seed::{is_extended, with_seed};
use crate::storage::Fixture;
use crate::versioned::open_over;
use crate::wrapper::{CommitFault, Faulty, Quota};

/// One thing that a program does, all or nothing.
type Step = fn(&Arc<Engine>) -> Result<()>;

/// A program with every kind of commit.
const STEPS: [Step; 8] = [
    |engine| commit_numbers(engine, &[(b"a", 1), (b"b", 1), (b"c", 1)]),
    |engine| engine.keep_history(),
    |engine| commit_numbers(engine, &[(b"a", 2), (b"d", 2)]),
    |engine| engine.create_branch("child", BranchId::MAIN, None).map(|_| ()),
    |engine| {
        let mut transaction = Transaction::begin(engine, BranchId(1), Mode::Concurrent);
        let before = number(&transaction.reader()?, b"a")?;
        put(&mut transaction, b"a", before + 10)?;
        transaction.writes().delete(super::SPACE, b"b");
        transaction.commit(&long()).map(|_| ())
    },
    |engine| engine.reserve_space().map(|_| ()),
    |engine| {
        let mut transaction = begin(engine, Mode::Plain);
        let found = numbers(&transaction.reader()?)?;
        put(&mut transaction, b"sum", found.iter().map(|(_, number)| number).sum())?;
        transaction.writes().put(Space::SCHEMA, b"t", |out| out.push(1));
        transaction.commit(&long()).map(|_| ())
    },
    |engine| {
        let (present, moment) = engine.as_of(engine.clock().now())?;
        let then = number(&Reader::of_view(present.state().view(BranchId::MAIN, moment)?), b"a")?;
        commit_numbers(engine, &[(b"then", then)])
    },
];

/// All that can be seen of a store but for the times: branches with their contents.
fn show(storage: &Arc<dyn Storage>) -> Result<Vec<String>> {
    let state = open_over(storage.clone())?.state()?;
    let mut shown = vec![format!("history: {}", state.history_since(BranchId::MAIN, super::SPACE).is_some())];
    for branch in state.branches() {
        let view = state.view(branch.id, Moment::PRESENT)?;
        let schema = view.get(Space::SCHEMA, b"t", &mut |_| {})?;
        let contents = numbers(&Reader::of_view(view))?;
        shown.push(format!("{} {} {schema} {contents:?}", branch.name, branch.commits));
    }
    Ok(shown)
}

/// Every operation of the driver fails once, in a program of every kind of commit.
pub fn a_failing_operation_leaves_the_state_before_or_after(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    for fault in [CommitFault::Before, CommitFault::After] {
        let expected = run_steps(&storage, &Faulty::new(storage.clone(), fault).into())?;
        for at in 1.. {
            let faulty = Arc::new(Faulty::new(storage.clone(), fault));
            if !run_with_fault(&storage, &faulty, at, &expected)? {
                break;
            }
        }
    }
    Ok(())
}

fn start(storage: &Arc<dyn Storage>, faulty: &Arc<Faulty>) -> Result<Arc<Engine>> {
    storage.commit(&Batch { cleared: vec![KeyRange::ALL], ..Batch::default() })?;
    engine_over(faulty.clone())
}

/// The states before and after each step, where nothing fails.
fn run_steps(storage: &Arc<dyn Storage>, faulty: &Arc<Faulty>) -> TestResult<Vec<Vec<String>>> {
    let engine = start(storage, faulty)?;
    let mut states = vec![show(storage)?];
    for step in STEPS {
        step(&engine)?;
        states.push(show(storage)?);
    }
    Ok(states)
}

/// Runs the steps with a failure at the operation `at`; `false` if the program is over before.
fn run_with_fault(
    storage: &Arc<dyn Storage>,
    faulty: &Arc<Faulty>,
    at: u64,
    expected: &[Vec<String>],
) -> TestResult<bool> {
    let engine = start(storage, faulty)?;
    faulty.fail_at(at);
    for (number, step) in STEPS.iter().enumerate() {
        let place = format!("operation {at} failed, in step {number}");
        let Err(error) = step(&engine) else {
            assert_eq!(show(storage)?, expected[number + 1], "{place}, which did not tell");
            continue;
        };
        assert!(faulty.has_failed(), "{place}: {error:?}");
        assert_eq!(error.kind(), ErrorKind::Io, "{place}: {error:?}");
        let shown = show(storage)?;
        if shown == expected[number] {
            step(&engine)?;
        }
        assert_eq!(show(storage)?, expected[number + 1], "{place}");
    }
    Ok(faulty.has_failed())
}

/// Threads count while operations fail: every acknowledged increment is there, and no failed one counts twice.
pub fn increments_under_faults_are_kept_once_acknowledged(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    with_seed(|random| {
        for round in 0..if is_extended() { 60 } else { 6 } {
            let fault = [CommitFault::Before, CommitFault::After][round % 2];
            let faulty = Arc::new(Faulty::new(storage.clone(), fault));
            let engine = start(&storage, &faulty)?;
            let (acknowledged, failed) = (AtomicU64::new(0), AtomicU64::new(0));
            let seeds: Vec<u64> = (0..4).map(|_| random.next_u64()).collect();
            in_threads(4, |thread| {
                let mut random = crate::seed::Numbers::new(seeds[thread]);
                for _ in 0..12 {
                    if random.one_in(3) {
                        faulty.fail_at(1 + random.below(12) as u64);
                    }
                    match increment(&engine, thread % 2 == 0) {
                        Ok(()) => acknowledged.fetch_add(1, Ordering::SeqCst),
                        Err(error) if error.kind() == ErrorKind::BusySnapshot => 0,
                        Err(error) if matches!(error.kind(), ErrorKind::Io | ErrorKind::AbortRollback) => {
                            failed.fetch_add(1, Ordering::SeqCst)
                        }
                        Err(error) => return Err(error.into()),
                    };
                }
                Ok(())
            })?;
            faulty.fail_at(0);
            let count = number(&committed(&engine)?, b"counter")?;
            let (acknowledged, failed) = (acknowledged.into_inner(), failed.into_inner());
            assert!(count >= acknowledged, "{count} of {acknowledged} acknowledged increments");
            assert!(count <= acknowledged + failed, "{count} increments, {acknowledged} and {failed} failed");
            increment(&engine, true)?;
            assert_eq!(number(&committed(&engine)?, b"counter")?, count + 1, "the engine goes on");
        }
        Ok(())
    })
}

fn increment(engine: &Arc<Engine>, is_plain: bool) -> Result<()> {
    let mut transaction = begin(engine, if is_plain { Mode::Plain } else { Mode::Concurrent });
    if is_plain {
        transaction.prepare_to_write(&long())?;
    }
    let before = number(&transaction.reader()?, b"counter")?;
    put(&mut transaction, b"counter", before + 1)?;
    transaction.commit(&long()).map(|_| ())
}

/// A full disk fails one commit with `Full`; smaller ones fit, and with room everything does.
pub fn a_full_store_goes_on_when_there_is_room_again(fixture: &dyn Fixture) -> TestResult {
    let quota = Arc::new(Quota::new(fixture.open()?, 20_000));
    let engine = engine_over(quota.clone())?;
    let fill = |number: u64| -> Result<()> {
        let mut transaction = begin(&engine, Mode::Plain);
        put(&mut transaction, b"n", number)?;
        transaction
            .writes()
            .put(super::SPACE, &number.to_be_bytes(), |out| out.extend_from_slice(&[7; 3000]));
        transaction.commit(&long()).map(|_| ())
    };
    let error = (0..).find_map(|number| fill(number).err().map(|error| (number, error)));
    let (number_of_full, error) = error.ok_or("the quota was never reached")?;
    assert_eq!(error.kind(), ErrorKind::Full);
    assert_eq!(
        number(&committed(&engine)?, b"n")?,
        number_of_full - 1,
        "nothing of the failed commit is there"
    );
    commit_numbers(&engine, &[(b"small", 1)])?;
    assert_eq!(fill(number_of_full).err().map(|error| error.kind()), Some(ErrorKind::Full));
    quota.add(10_000);
    fill(number_of_full)?;
    assert_eq!(number(&committed(&engine)?, b"n")?, number_of_full);
    Ok(())
}
