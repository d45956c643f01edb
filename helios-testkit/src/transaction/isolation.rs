//! What transactions see of each other.

use std::sync::atomic::{AtomicBool, Ordering};

use helios_core::ErrorKind;
use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Mode, Reader, Transaction};
use helios_core::versioned::{BranchId, Space};

use super::counter::in_threads;
use super::{begin, commit_numbers, committed, engine, long, number, numbers, put};
use crate::TestResult;
use crate::seed::{Numbers, repeats, seed, with_seed};
use crate::storage::Fixture;

fn commit_kind(transaction: &mut Transaction) -> Option<ErrorKind> {
    transaction.commit(&long()).err().map(|error| error.kind())
}

/// Look-ups and cursors show own writes at once; others see them after the commit.
pub fn a_transaction_sees_its_own_writes_and_nobody_else_does(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 1), (b"b", 1), (b"d", 1)])?;
    for mode in [Mode::Plain, Mode::Concurrent] {
        let before = numbers(&committed(&engine)?)?;
        let mut transaction = begin(&engine, mode);
        put(&mut transaction, b"c", 2)?;
        put(&mut transaction, b"a", 2)?;
        transaction.writes().delete(super::SPACE, b"b");
        let own = [(b"a".to_vec(), 2), (b"c".to_vec(), 2), (b"d".to_vec(), 1)];
        let reader = transaction.reader()?;
        assert_eq!(numbers(&reader)?, own);
        assert_eq!((number(&reader, b"a")?, number(&reader, b"b")?, number(&reader, b"c")?), (2, 0, 2));
        assert_eq!(numbers(&committed(&engine)?)?, before);
        transaction.commit(&long())?;
        assert_eq!(numbers(&committed(&engine)?)?, own);
        commit_numbers(&engine, &[(b"b", 1)])?;
    }
    Ok(())
}

/// What was read once is read again, whatever others commit.
pub fn a_transaction_reads_the_same_again(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 1)])?;
    let mut open = [begin(&engine, Mode::Plain), begin(&engine, Mode::Concurrent)];
    for transaction in &mut open {
        assert_eq!(number(&transaction.reader()?, b"a")?, 1);
    }
    commit_numbers(&engine, &[(b"a", 2), (b"b", 2)])?;
    for transaction in &mut open {
        assert_eq!(numbers(&transaction.reader()?)?, [(b"a".to_vec(), 1)]);
        // A transaction that has only read has nothing that could conflict.
        assert_eq!(transaction.commit(&long())?, None);
        assert_eq!(number(&transaction.reader()?, b"a")?, 2, "it begins anew");
    }
    Ok(())
}

/// Rolled back or dropped: as if it had never been.
pub fn a_rolled_back_transaction_leaves_nothing(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 1)])?;
    for mode in [Mode::Plain, Mode::Concurrent] {
        let mut transaction = begin(&engine, mode);
        put(&mut transaction, b"a", 7)?;
        put(&mut transaction, b"b", 7)?;
        transaction.roll_back();
        let mut dropped = begin(&engine, mode);
        put(&mut dropped, b"c", 7)?;
        drop(dropped);
        assert_eq!(numbers(&committed(&engine)?)?, [(b"a".to_vec(), 1)]);
    }
    Ok(())
}

/// Savepoints at random, against a stack of maps.
pub fn marks_take_back_what_came_after_them(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    with_seed(|random| {
        for _ in 0..repeats(20, 400) {
            let mut transaction = begin(&engine, *random.pick(&[Mode::Plain, Mode::Concurrent]));
            let mut expected: std::collections::BTreeMap<_, _> =
                numbers(&transaction.reader()?)?.into_iter().collect();
            let mut marks = Vec::new();
            for _ in 0..60 {
                let key = [b'a' + random.below(8) as u8];
                match random.below(8) {
                    0 => marks.push((transaction.mark(), expected.clone())),
                    1 if !marks.is_empty() => {
                        let at = random.below(marks.len());
                        marks.truncate(at + 1);
                        let (mark, then) = &marks[at];
                        transaction.roll_back_to(*mark);
                        expected.clone_from(then);
                    }
                    2 => {
                        transaction.prepare_to_write(&long())?;
                        transaction.writes().delete(super::SPACE, &key);
                        expected.remove(&key[..]);
                    }
                    3 => {
                        let found = numbers(&transaction.reader()?)?;
                        assert!(found.into_iter().eq(expected.clone()));
                    }
                    _ => {
                        let value = random.next_u64();
                        put(&mut transaction, &key, value)?;
                        expected.insert(key.to_vec(), value);
                    }
                }
            }
            transaction.commit(&long())?;
            assert!(numbers(&committed(&engine)?)?.into_iter().eq(expected));
        }
        Ok(())
    })
}

/// Two transactions read both numbers and each writes one of them: only one of them may commit.
pub fn write_skew_is_caught_in_concurrent_mode(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 1), (b"b", 1)])?;
    let mut first = begin(&engine, Mode::Concurrent);
    let mut second = begin(&engine, Mode::Concurrent);
    for transaction in [&mut first, &mut second] {
        let reader = transaction.reader()?;
        assert_eq!(number(&reader, b"a")? + number(&reader, b"b")?, 2);
    }
    put(&mut first, b"a", 0)?;
    put(&mut second, b"b", 0)?;
    assert_eq!(commit_kind(&mut first), None);
    assert_eq!(commit_kind(&mut second), Some(ErrorKind::BusySnapshot));
    let reader = committed(&engine)?;
    assert_eq!((number(&reader, b"a")?, number(&reader, b"b")?), (0, 1));
    Ok(())
}

/// A scan counts as reading what it did not find.
pub fn a_key_that_appears_in_a_range_that_was_read_is_a_conflict(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    commit_numbers(&engine, &[(b"a", 1), (b"c", 1), (b"x", 1)])?;
    for (key, conflict) in [(b"b", true), (b"y", false)] {
        let mut transaction = begin(&engine, Mode::Concurrent);
        {
            let reader = transaction.reader()?;
            let scan = reader.scan(super::SPACE);
            let mut cursor = scan.cursor(KeyRange::new(b"a", Some(b"d")), Direction::Forward)?;
            while cursor.advance()? {}
        }
        put(&mut transaction, b"z", 1)?;
        commit_numbers(&engine, &[(key, 5)])?;
        let expected = conflict.then_some(ErrorKind::BusySnapshot);
        assert_eq!(commit_kind(&mut transaction), expected, "{key:?}");
    }
    Ok(())
}

/// So does a look-up in vain.
pub fn a_key_that_was_missed_and_then_written_is_a_conflict(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut transaction = begin(&engine, Mode::Concurrent);
    assert_eq!(number(&transaction.reader()?, b"a")?, 0);
    put(&mut transaction, b"b", 1)?;
    commit_numbers(&engine, &[(b"a", 1)])?;
    assert_eq!(commit_kind(&mut transaction), Some(ErrorKind::BusySnapshot));
    assert_eq!(numbers(&committed(&engine)?)?, [(b"a".to_vec(), 1)]);
    Ok(())
}

/// Two transactions that have both begun and write the same key.
pub fn the_same_key_written_by_two_is_a_conflict(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut first = begin(&engine, Mode::Concurrent);
    let mut second = begin(&engine, Mode::Concurrent);
    for (transaction, value) in [(&mut first, 1), (&mut second, 2)] {
        number(&transaction.reader()?, b"elsewhere")?;
        put(transaction, b"a", value)?;
    }
    assert_eq!(commit_kind(&mut first), None);
    assert_eq!(commit_kind(&mut second), Some(ErrorKind::BusySnapshot));
    assert_eq!(number(&committed(&engine)?, b"a")?, 1);
    Ok(())
}

/// Eight transactions, begun before any of them commits, each with keys of its own.
pub fn concurrent_transactions_apart_from_each_other_all_commit(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut open = Vec::new();
    for name in 0..8u8 {
        let mut transaction = begin(&engine, Mode::Concurrent);
        assert_eq!(number(&transaction.reader()?, &[name])?, 0);
        put(&mut transaction, &[name], u64::from(name) + 1)?;
        open.push(transaction);
    }
    for mut transaction in open {
        assert_eq!(commit_kind(&mut transaction), None);
    }
    assert_eq!(numbers(&committed(&engine)?)?.len(), 8);
    Ok(())
}

/// What was compiled against an old schema must not be committed under a new one.
pub fn a_schema_change_conflicts_with_every_concurrent_transaction(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let mut concurrent = begin(&engine, Mode::Concurrent);
    number(&concurrent.reader()?, b"a")?;
    put(&mut concurrent, b"a", 1)?;
    let schema = concurrent.schema()?;
    let mut change = begin(&engine, Mode::Plain);
    change.prepare_to_write(&long())?;
    change.writes().put(Space::SCHEMA, b"t", |_| {});
    let moment = change.commit(&long())?;
    assert_eq!(commit_kind(&mut concurrent), Some(ErrorKind::BusySnapshot));
    let newest = begin(&engine, Mode::Plain).schema()?;
    assert!(newest > schema && Some(newest) == moment);
    Ok(())
}

const ACCOUNTS: u8 = 12;
const BALANCE: u64 = 100;

/// Money moves between accounts; the sum stays, for every reader at every time, and nobody is overdrawn.
pub fn readers_never_see_half_a_transaction(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    let names: Vec<[u8; 1]> = (0..ACCOUNTS).map(|name| [name]).collect();
    commit_numbers(&engine, &names.iter().map(|name| (&name[..], BALANCE)).collect::<Vec<_>>())?;
    let check = |reader: &Reader| -> TestResult {
        let accounts = numbers(reader)?;
        assert_eq!(accounts.len(), usize::from(ACCOUNTS));
        assert_eq!(accounts.iter().map(|(_, balance)| balance).sum::<u64>(), u64::from(ACCOUNTS) * BALANCE);
        Ok(())
    };
    let is_done = AtomicBool::new(false);
    let transfers = repeats(25, 500);
    in_threads(6, |thread| {
        if thread >= 4 {
            while !is_done.load(Ordering::SeqCst) {
                check(&committed(&engine)?)?;
                check(&begin(&engine, Mode::Concurrent).reader()?)?;
            }
            return Ok(());
        }
        let mut random = Numbers::new(seed() + thread as u64);
        let mut result = Ok(());
        for _ in 0..transfers {
            let mode = if thread % 2 == 0 { Mode::Plain } else { Mode::Concurrent };
            result = transfer(&mut begin(&engine, mode), &mut random);
            if result.as_ref().is_err_and(|error| error.kind() != ErrorKind::BusySnapshot) {
                break;
            }
            result = Ok(());
        }
        if thread == 0 {
            is_done.store(true, Ordering::SeqCst);
        }
        Ok(result?)
    })?;
    check(&committed(&engine)?)
}

fn transfer(transaction: &mut Transaction, random: &mut Numbers) -> helios_core::Result<()> {
    let (from, to) = (random.below(ACCOUNTS.into()) as u8, random.below(ACCOUNTS.into()) as u8);
    if transaction.mode() == Mode::Plain {
        transaction.prepare_to_write(&long())?;
    }
    let (there, here) = (number(&transaction.reader()?, &[from])?, number(&transaction.reader()?, &[to])?);
    if from == to || there == 0 {
        return Ok(());
    }
    let amount = 1 + random.below(there as usize) as u64;
    put(transaction, &[from], there - amount)?;
    put(transaction, &[to], here + amount)?;
    transaction.commit(&long()).map(|_| ())
}

/// Whoever has seen a branch as of a moment sees the same again, while others commit.
pub fn a_moment_that_was_seen_stays_as_it_was_seen(fixture: &dyn Fixture) -> TestResult {
    let engine = engine(fixture)?;
    engine.keep_history()?;
    commit_numbers(&engine, &[(b"a", 0)])?;
    let is_done = AtomicBool::new(false);
    let rounds = repeats(40, 800) as u64;
    in_threads(4, |thread| {
        if thread == 0 {
            let result = (1..=rounds).try_for_each(|round| commit_numbers(&engine, &[(b"a", round)]));
            is_done.store(true, Ordering::SeqCst);
            return Ok(result?);
        }
        let mut seen: Vec<(Moment, u64)> = Vec::new();
        while !is_done.load(Ordering::SeqCst) {
            let asked = engine.clock().now();
            let (present, moment) = engine.as_of(asked)?;
            assert!(moment <= asked);
            let view = present.state().view(BranchId::MAIN, moment)?;
            seen.push((moment, number(&Reader::of_view(view), b"a")?));
        }
        let present = engine.present()?;
        for (moment, expected) in seen {
            let view = present.state().view(BranchId::MAIN, moment)?;
            assert_eq!(number(&Reader::of_view(view), b"a")?, expected, "as of {moment:?}");
        }
        Ok(())
    })
}
