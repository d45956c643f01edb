//! The commit queue: what is on its way to the disk, what waits behind it, and who sees which.

use std::sync::Arc;
use std::thread;

use helios_core::ErrorKind;
use helios_core::transaction::{Engine, Mode};

use super::gate::Gate;
use super::{begin, commit_numbers, committed, engine_over, long, number, numbers, put};
use crate::TestResult;
use crate::storage::Fixture;
use crate::wrapper::{CommitFault, Faulty};

fn engine_with_gate(fixture: &dyn Fixture) -> TestResult<(Arc<Gate>, Arc<Engine>)> {
    let gate = Arc::new(Gate::new(fixture.open()?));
    let engine = engine_over(gate.clone())?;
    Ok((gate, engine))
}

/// The turn passes when a commit is queued: the next writer builds on it, everybody else waits for the disk.
pub fn the_next_writer_sees_a_queued_commit_and_readers_do_not(fixture: &dyn Fixture) -> TestResult {
    let (gate, engine) = engine_with_gate(fixture)?;
    commit_numbers(&engine, &[(b"a", 1)])?;
    gate.shut();
    thread::scope(|scope| -> TestResult {
        let first = scope.spawn(|| commit_numbers(&engine, &[(b"a", 2), (b"b", 2)]));
        gate.wait_for_a_commit();
        let seen = (|| -> TestResult {
            assert_eq!(numbers(&committed(&engine)?)?, [(b"a".to_vec(), 1)]);
            let mut concurrent = begin(&engine, Mode::Concurrent);
            assert_eq!(number(&concurrent.reader()?, b"a")?, 1);
            let mut next = begin(&engine, Mode::Plain);
            next.prepare_to_write(&long())?;
            assert_eq!(number(&next.reader()?, b"a")?, 2);
            assert_eq!(numbers(&next.reader()?)?.len(), 2);
            put(&mut next, b"a", 3)?;
            assert_eq!(numbers(&next.reader()?)?, [(b"a".to_vec(), 3), (b"b".to_vec(), 2)]);
            put(&mut concurrent, b"c", 9)?;
            let late = scope.spawn(move || next.commit(&long()));
            gate.open();
            late.join().map_err(|_| "the second writer panicked")??;
            let kind = concurrent.commit(&long()).err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::BusySnapshot), "it has read what a queued commit changed");
            Ok(())
        })();
        gate.open();
        first.join().map_err(|_| "the first writer panicked")??;
        seen
    })?;
    assert_eq!(numbers(&committed(&engine)?)?, [(b"a".to_vec(), 3), (b"b".to_vec(), 2)]);
    Ok(())
}

/// Who has seen a queued commit and changes nothing ends after it, whether by a commit or by a rollback: whoever was told
/// that a row is there already finds it afterwards.
pub fn the_end_of_a_transaction_waits_for_what_it_has_seen(fixture: &dyn Fixture) -> TestResult {
    let (gate, engine) = engine_with_gate(fixture)?;
    for (written, commits) in [(1, true), (2, false)] {
        gate.shut();
        thread::scope(|scope| -> TestResult {
            let first = scope.spawn(|| commit_numbers(&engine, &[(b"a", written)]));
            gate.wait_for_a_commit();
            let mut next = begin(&engine, Mode::Plain);
            next.prepare_to_write(&long())?;
            assert_eq!(number(&next.reader()?, b"a")?, written);
            let late = scope.spawn(move || match commits {
                true => next.commit(&long()).map(|_| ()),
                false => {
                    next.roll_back();
                    Ok(())
                }
            });
            // Where it does not wait, it has the time to end before the commit that it has seen.
            let mut rounds = 0;
            while !late.is_finished() && rounds < 1000 {
                rounds += 1;
                thread::yield_now();
            }
            let is_seen = !late.is_finished() || number(&committed(&engine)?, b"a")? == written;
            gate.open();
            first.join().map_err(|_| "the first writer panicked")??;
            late.join().map_err(|_| "the second writer panicked")??;
            assert!(is_seen, "it ended before the commit that it had seen");
            Ok(())
        })?;
    }
    Ok(())
}

/// If the disk fails, everything that has seen the failed commit fails, and the engine goes on.
pub fn a_failed_commit_takes_those_that_build_on_it_along(fixture: &dyn Fixture) -> TestResult {
    let faulty = Arc::new(Faulty::new(fixture.open()?, CommitFault::Before));
    let gate = Arc::new(Gate::new(faulty.clone()));
    let engine = engine_over(gate.clone())?;
    commit_numbers(&engine, &[(b"a", 1)])?;
    gate.shut();
    thread::scope(|scope| -> TestResult {
        let first = scope.spawn(|| commit_numbers(&engine, &[(b"a", 2)]).err().map(|error| error.kind()));
        gate.wait_for_a_commit();
        let seen = (|| -> TestResult {
            let mut open = begin(&engine, Mode::Plain);
            open.prepare_to_write(&long())?;
            assert_eq!(number(&open.reader()?, b"a")?, 2);
            put(&mut open, b"a", 3)?;
            faulty.fail_at(1);
            gate.open();
            // Settled once the first writer has its answer; the open transaction has seen what never was.
            let kind = first.join().map_err(|_| "the first writer panicked")?;
            assert_eq!(kind, Some(ErrorKind::Io));
            let kind = open.commit(&long()).err().map(|error| error.kind());
            assert_eq!(kind, Some(ErrorKind::AbortRollback));
            Ok(())
        })();
        gate.open();
        seen
    })?;
    assert_eq!(numbers(&committed(&engine)?)?, [(b"a".to_vec(), 1)]);
    commit_numbers(&engine, &[(b"a", 4)])?;
    assert_eq!(number(&committed(&engine)?, b"a")?, 4);
    Ok(())
}

/// While one commit is on its way, the others gather; they need few commits of the driver, at best one.
pub fn what_is_queued_together_is_written_together(fixture: &dyn Fixture) -> TestResult {
    let (gate, engine) = engine_with_gate(fixture)?;
    let before = gate.passed();
    gate.shut();
    thread::scope(|scope| -> TestResult {
        let mut writers = vec![scope.spawn(|| commit_numbers(&engine, &[(b"first", 1)]))];
        gate.wait_for_a_commit();
        for name in 0..8u8 {
            // Each takes the turn here, and hands its writes over before the next can have it.
            let mut transaction = begin(&engine, Mode::Plain);
            put(&mut transaction, &[name], u64::from(name))?;
            writers.push(scope.spawn(move || transaction.commit(&long()).map(|_| ())));
        }
        // The turn is free again when the last one is queued.
        let mut last = begin(&engine, Mode::Plain);
        last.prepare_to_write(&long())?;
        gate.open();
        drop(last);
        writers.into_iter().try_for_each(|writer| Ok(writer.join().map_err(|_| "a writer panicked")??))
    })?;
    assert_eq!(numbers(&committed(&engine)?)?.len(), 9);
    assert_eq!(gate.passed() - before, 2, "one batch for the first, one for all others");
    Ok(())
}
