//! Who may write when, and how long others wait.

use std::collections::BTreeSet;
use std::time::Duration;

use helios_core::ErrorKind;
use helios_core::transaction::{Interrupt, Mode, Patience, Transaction};
use helios_core::versioned::BranchId;
use parking_lot::Mutex;

use super::counter::in_threads;
use super::{
    begin, commit_numbers, committed, engine, engine_over, long, number, numbers, put, put_with, short,
};
use crate::TestResult;
use crate::storage::Fixture;

/// Busy when the patience is at its end; the transaction is still open and may try again.
pub fn a_plain_writer_waits_as_long_as_its_patience(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut first = begin(&engine, Mode::Plain);
    put(&mut first, b"a", 1)?;
    assert!(first.has_turn());
    let mut second = begin(&engine, Mode::Plain);
    for _ in 0..2 {
        let kind = put_with(&mut second, b"b", 2, &short()).err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Busy));
        assert!(!second.has_turn() && !second.has_writes());
    }
    assert_eq!(numbers(&committed(&engine)?)?, [], "readers do not wait");
    first.commit(&long())?;
    put_with(&mut second, b"b", 2, &short())?;
    assert_eq!(number(&second.reader()?, b"a")?, 1, "it sees the newest state");
    second.commit(&long())?;
    assert_eq!(numbers(&committed(&engine)?)?.len(), 2);
    Ok(())
}

/// A raised flag ends waiting at once.
pub fn an_interrupt_ends_waiting(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut first = begin(&engine, Mode::Plain);
    put(&mut first, b"a", 1)?;
    let interrupt = Interrupt::default();
    let patience = Patience::new(Duration::from_secs(120), interrupt.clone());
    let kind = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut second = begin(&engine, Mode::Plain);
            put_with(&mut second, b"b", 2, &patience).err().map(|error| error.kind())
        });
        interrupt.raise();
        waiting.join()
    });
    assert_eq!(kind.map_err(|_| "the waiting thread panicked")?, Some(ErrorKind::Interrupted));
    interrupt.clear();
    first.roll_back();
    commit_numbers(&engine, &[(b"c", 3)])?;
    Ok(())
}

/// As in SQLite's WAL mode: who has read and then wants to write on top of another's commit must begin again.
pub fn a_commit_after_reading_is_busy_snapshot_at_the_first_write(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 1)])?;
    let mut reader = begin(&engine, Mode::Plain);
    assert_eq!(number(&reader.reader()?, b"a")?, 1);
    commit_numbers(&engine, &[(b"b", 1)])?;
    for _ in 0..2 {
        let kind = put(&mut reader, b"a", 2).err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::BusySnapshot));
    }
    assert!(!reader.has_turn());
    assert_eq!(numbers(&reader.reader()?)?, [(b"a".to_vec(), 1)], "it goes on reading what it read");
    commit_numbers(&engine, &[(b"c", 1)])?;
    reader.roll_back();
    let mut again = begin(&engine, Mode::Plain);
    assert_eq!(number(&again.reader()?, b"c")?, 1);
    put(&mut again, b"a", 2)?;
    again.commit(&long())?;
    assert_eq!(number(&committed(&engine)?, b"a")?, 2);
    Ok(())
}

/// By commit, by rollback, by being dropped, by an empty commit.
pub fn a_turn_comes_back_however_a_transaction_ends(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let ends: [fn(Transaction) -> helios_core::Result<()>; 4] = [
        |mut transaction| {
            put(&mut transaction, b"a", 1).and_then(|()| transaction.commit(&long())).map(|_| ())
        },
        |mut transaction| put(&mut transaction, b"a", 2).map(|()| transaction.roll_back()),
        |mut transaction| put(&mut transaction, b"a", 3).map(|()| drop(transaction)),
        |mut transaction| transaction.commit(&long()).map(|_| ()),
    ];
    for end in ends {
        let mut transaction = begin(&engine, Mode::Plain);
        transaction.prepare_to_write(&short())?;
        end(transaction)?;
    }
    let mut last = begin(&engine, Mode::Plain);
    last.prepare_to_write(&short())?;
    assert_eq!(number(&last.reader()?, b"a")?, 1);
    Ok(())
}

/// A concurrent transaction that cannot have the turn in time is still open.
pub fn a_concurrent_commit_waits_for_the_turn_and_may_try_again(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut holder = begin(&engine, Mode::Plain);
    put(&mut holder, b"a", 1)?;
    let mut apart = begin(&engine, Mode::Concurrent);
    let mut against = begin(&engine, Mode::Concurrent);
    for (transaction, key) in [(&mut apart, b"b"), (&mut against, b"a")] {
        assert_eq!(number(&transaction.reader()?, key)?, 0);
        put(transaction, b"own", 0)?;
        put(transaction, key, 2)?;
        let kind = transaction.commit(&short()).err().map(|error| error.kind());
        assert_eq!(kind, Some(ErrorKind::Busy));
    }
    holder.commit(&long())?;
    assert!(apart.commit(&long())?.is_some());
    let kind = against.commit(&long()).err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::BusySnapshot), "a turn holder's commit comes first and cannot conflict");
    let expected = [(b"a".to_vec(), 1), (b"b".to_vec(), 2), (b"own".to_vec(), 0)];
    assert_eq!(numbers(&committed(&engine)?)?, expected);
    Ok(())
}

/// A writer on one branch keeps nobody waiting on another.
pub fn branches_have_turns_of_their_own(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let child = engine.create_branch("child", BranchId::MAIN, None)?.id;
    let mut on_main = begin(&engine, Mode::Plain);
    put(&mut on_main, b"a", 1)?;
    let mut on_child = Transaction::begin(&engine, child, Mode::Plain);
    put_with(&mut on_child, b"a", 2, &short())?;
    on_child.commit(&long())?;
    on_main.commit(&long())?;
    assert_eq!(number(&committed(&engine)?, b"a")?, 1);
    assert_eq!(number(&Transaction::begin(&engine, child, Mode::Plain).reader()?, b"a")?, 2);
    Ok(())
}

/// Where nothing was written, nothing reaches the store.
pub fn a_commit_of_nothing_is_no_commit(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let before = engine.present()?.branch(BranchId::MAIN)?.clone();
    for mode in [Mode::Plain, Mode::Concurrent] {
        let mut transaction = begin(&engine, mode);
        transaction.prepare_to_write(&long())?;
        let mark = transaction.mark();
        put(&mut transaction, b"a", 1)?;
        transaction.roll_back_to(mark);
        assert_eq!(transaction.commit(&long())?, None);
    }
    assert_eq!(engine.present()?.branch(BranchId::MAIN)?, &before);
    Ok(())
}

/// By threads, and by an engine that comes after.
pub fn numbers_of_spaces_are_given_once(fixture: &dyn Fixture) -> TestResult {
    let storage = fixture.open()?;
    let given = Mutex::new(BTreeSet::new());
    for _ in 0..2 {
        let engine = engine_over(storage.clone())?;
        in_threads(4, |_| {
            for _ in 0..50 {
                let space = engine.reserve_space()?;
                assert!(!space.is_catalog());
                assert!(given.lock().insert(space), "{space:?} was given twice");
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Each new branch shows a state that its parent had, while writers go on.
pub fn branches_are_made_beside_writers(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 0), (b"b", 0)])?;
    in_threads(3, |thread| {
        for round in 1..=12u64 {
            if thread == 0 {
                engine.create_branch(&format!("branch-{round}"), BranchId::MAIN, None)?;
                continue;
            }
            let mut transaction = begin(&engine, Mode::Plain);
            transaction.prepare_to_write(&long())?;
            let before = number(&transaction.reader()?, b"a")?;
            put(&mut transaction, b"a", before + 1)?;
            put(&mut transaction, b"b", before + 1)?;
            transaction.commit(&long())?;
        }
        Ok(())
    })?;
    let present = engine.present()?;
    let mut last = 0;
    for branch in present.state().branches().into_iter().skip(1) {
        let reader = super::Reader::of_view(present.view(branch.id)?);
        let (a, b) = (number(&reader, b"a")?, number(&reader, b"b")?);
        assert_eq!(a, b, "half a transaction on {}", branch.name);
        assert!(a >= last, "later branches show later states");
        last = a;
    }
    assert_eq!(present.state().branches().len(), 13);
    assert_eq!(number(&committed(&engine)?, b"a")?, 24);
    Ok(())
}
