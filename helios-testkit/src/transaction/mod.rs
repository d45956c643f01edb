//! The transaction engine on a driver.
//!
//! In: a storage [`Fixture`]. Out: cases for what [`helios_core::transaction`] promises: nothing is lost, nobody sees
//! half a transaction, waiting ends, and a failing disk leaves the state before a commit or the one after it.

pub mod counter;
pub mod faults;
mod gate;
pub mod isolation;
pub mod ledger;
pub mod queue;
pub mod turns;

use std::sync::Arc;
use std::time::Duration;

use helios_core::Result;
use helios_core::storage::{Direction, KeyRange, Storage};
use helios_core::transaction::{Engine, Interrupt, Mode, Patience, Reader, Transaction};
use helios_core::versioned::{BranchId, Space};

use crate::TestResult;
use crate::clock::TickingClock;
use crate::storage::Fixture;
use crate::versioned::open_over;

/// The space that these tests write to.
pub const SPACE: Space = Space::FIRST_USER;

/// An engine over a driver.
pub fn engine_over(storage: Arc<dyn Storage>) -> Result<Arc<Engine>> {
    Engine::new(open_over(storage)?, Arc::new(TickingClock::default()))
}

/// An engine over the store of a fixture.
pub fn engine(fixture: &dyn Fixture) -> TestResult<Arc<Engine>> {
    Ok(engine_over(fixture.open()?)?)
}

/// Patience that a test never comes to the end of, unless it hangs.
pub fn long() -> Patience {
    Patience::new(Duration::from_secs(120), Interrupt::default())
}

/// Patience that ends soon.
pub fn short() -> Patience {
    Patience::new(Duration::from_millis(30), Interrupt::default())
}

/// Begins a transaction on `main`.
pub fn begin(engine: &Arc<Engine>, mode: Mode) -> Transaction {
    Transaction::begin(engine, BranchId::MAIN, mode)
}

/// The number that stands under a key; 0 where nothing does.
pub fn number(reader: &Reader, key: &[u8]) -> Result<u64> {
    let mut number = 0;
    reader.get(SPACE, key, &mut |version| {
        number = version.payload.try_into().map_or(u64::MAX, u64::from_le_bytes);
    })?;
    Ok(number)
}

/// All keys with their numbers, in the order of keys.
pub fn numbers(reader: &Reader) -> Result<Vec<(Vec<u8>, u64)>> {
    let scan = reader.scan(SPACE);
    let mut cursor = scan.cursor(KeyRange::ALL, Direction::Forward)?;
    let mut found = Vec::new();
    while cursor.advance()? {
        let payload = cursor.version().payload;
        found.push((cursor.key().to_vec(), payload.try_into().map_or(u64::MAX, u64::from_le_bytes)));
    }
    Ok(found)
}

/// Writes a number under a key; takes the turn first, where the transaction needs it.
pub fn put(transaction: &mut Transaction, key: &[u8], number: u64) -> Result<()> {
    put_with(transaction, key, number, &long())
}

/// Writes a number under a key, with some patience for the turn.
pub fn put_with(transaction: &mut Transaction, key: &[u8], number: u64, patience: &Patience) -> Result<()> {
    transaction.prepare_to_write(patience)?;
    transaction.writes().put(SPACE, key, |out| out.extend_from_slice(&number.to_le_bytes()));
    Ok(())
}

/// Writes numbers in a transaction of their own.
pub fn commit_numbers(engine: &Arc<Engine>, numbers: &[(&[u8], u64)]) -> Result<()> {
    let mut transaction = begin(engine, Mode::Plain);
    for &(key, number) in numbers {
        put(&mut transaction, key, number)?;
    }
    transaction.commit(&long()).map(|_| ())
}

/// A reader of what is committed on `main`.
pub fn committed(engine: &Arc<Engine>) -> Result<Reader> {
    Ok(Reader::of_view(engine.present()?.view(BranchId::MAIN)?))
}

/// Makes tests of all that transactions promise, on a driver.
#[macro_export]
macro_rules! transaction_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases! { $fixture; transaction;
            counter {
                plain_increments_of_many_threads_are_all_kept
                plain_increments_that_read_first_are_all_kept
                concurrent_increments_of_many_threads_are_all_kept
                mixed_increments_of_many_threads_are_all_kept
                branches_count_by_themselves
            }
            isolation {
                a_transaction_sees_its_own_writes_and_nobody_else_does
                a_transaction_reads_the_same_again
                a_rolled_back_transaction_leaves_nothing
                marks_take_back_what_came_after_them
                write_skew_is_caught_in_concurrent_mode
                a_key_that_appears_in_a_range_that_was_read_is_a_conflict
                a_key_that_was_missed_and_then_written_is_a_conflict
                the_same_key_written_by_two_is_a_conflict
                concurrent_transactions_apart_from_each_other_all_commit
                a_schema_change_conflicts_with_every_concurrent_transaction
                readers_never_see_half_a_transaction
                a_moment_that_was_seen_stays_as_it_was_seen
            }
            turns {
                a_plain_writer_waits_as_long_as_its_patience
                an_interrupt_ends_waiting
                a_commit_after_reading_is_busy_snapshot_at_the_first_write
                a_turn_comes_back_however_a_transaction_ends
                a_concurrent_commit_waits_for_the_turn_and_may_try_again
                branches_have_turns_of_their_own
                a_commit_of_nothing_is_no_commit
                numbers_of_spaces_are_given_once
                branches_are_made_beside_writers
            }
            queue {
                the_next_writer_sees_a_queued_commit_and_readers_do_not
                the_end_of_a_transaction_waits_for_what_it_has_seen
                a_failed_commit_takes_those_that_build_on_it_along
                what_is_queued_together_is_written_together
            }
            faults {
                a_failing_operation_leaves_the_state_before_or_after
                increments_under_faults_are_kept_once_acknowledged
                a_full_store_goes_on_when_there_is_room_again
            }
        }
    };
}

/// Makes tests of the whole of a driver: [`crate::storage_conformance!`], [`crate::versioned_conformance!`] and
/// [`transaction_conformance!`].
#[macro_export]
macro_rules! driver_conformance {
    ($fixture:expr) => {
        $crate::storage_conformance!($fixture);
        $crate::versioned_conformance!($fixture);
        $crate::transaction_conformance!($fixture);
    };
}
