//! Drivers against the contract of [`helios_core::storage`].
//!
//! In: a [`Fixture`]. Out: one case a claim, in modules by subject. Cases look at [`Capabilities`] for what a driver
//! may leave out, and at nothing else.
//!
//! [`Capabilities`]: helios_core::storage::Capabilities

pub mod commits;
pub mod cursors;
pub mod lifetime;
pub mod map;
pub mod random;
pub mod sharing;

use std::sync::Arc;

use helios_core::storage::{Batch, BatchEntry, Direction, KeyRange, Snapshot, Storage};

use crate::TestResult;

/// Where the stores of a driver come from, for one test.
pub trait Fixture: Send + Sync {
    /// Opens the fixture's store: an empty one, the first time.
    fn open(&self) -> TestResult<Arc<dyn Storage>>;

    /// Opens the store again after it was closed. Only asked where [`Fixture::persists`].
    fn reopen(&self) -> TestResult<Arc<dyn Storage>> {
        self.open()
    }

    /// Whether what was committed is there after closing and opening again.
    fn persists(&self) -> bool;
}

/// A driver whose stores are gone when they are closed, by the function that makes one.
#[derive(Clone, Copy, Debug)]
pub struct InMemory<F>(pub F);

impl<S: Storage + 'static, F: Fn() -> S + Send + Sync> Fixture for InMemory<F> {
    fn open(&self) -> TestResult<Arc<dyn Storage>> {
        Ok(Arc::new((self.0)()))
    }

    fn persists(&self) -> bool {
        false
    }
}

/// A key and its value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// Commits entries, which need no order: `None` deletes.
pub fn write(storage: &dyn Storage, entries: &[(&[u8], Option<&[u8]>)]) -> helios_core::Result<()> {
    let mut batch = Batch::default();
    for &(key, value) in entries {
        batch.entries.push(match value {
            Some(value) => BatchEntry::put(key, value),
            None => BatchEntry::delete(key),
        });
    }
    batch.entries.sort();
    storage.commit(&batch)
}

/// The value of a key.
pub fn get(snapshot: &dyn Snapshot, key: &[u8]) -> helios_core::Result<Option<Vec<u8>>> {
    let mut value = None;
    let found = snapshot.get(key, &mut |bytes| value = Some(bytes.to_vec()))?;
    assert_eq!(found, value.is_some(), "`get` says whether it has called the reader");
    Ok(value)
}

/// All entries of a range in the order of the cursor.
pub fn scan(
    snapshot: &dyn Snapshot,
    range: KeyRange<'_>,
    direction: Direction,
) -> helios_core::Result<Vec<Pair>> {
    let mut cursor = snapshot.cursor(range, direction)?;
    let mut pairs = Vec::new();
    while cursor.advance()? {
        let (key, value) = cursor.entry();
        pairs.push((key.to_vec(), value.to_vec()));
    }
    assert!(!cursor.advance()?, "the end is the end for good");
    assert_eq!(cursor.entry(), (&[][..], &[][..]), "there is no entry at the end");
    Ok(pairs)
}

/// All entries.
pub fn all(storage: &dyn Storage) -> helios_core::Result<Vec<Pair>> {
    scan(&*storage.snapshot()?, KeyRange::ALL, Direction::Forward)
}

/// Makes tests of all that a storage driver promises.
#[macro_export]
macro_rules! storage_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases! { $fixture; storage;
            map {
                a_new_store_is_empty
                what_is_put_is_found_until_it_is_deleted
                entries_come_in_the_order_of_their_bytes
                empty_keys_and_values_are_keys_and_values
                large_values_come_back_whole
                get_many_finds_what_get_finds
                values_in_two_parts_are_stored_as_one
                statistics_count_what_is_there
            }
            cursors {
                a_cursor_shows_its_range_and_nothing_else
                seek_finds_the_next_key_within_the_range
                a_cursor_can_be_moved_back_after_its_end
                every_range_and_seek_of_a_small_map_is_right
            }
            commits {
                snapshots_do_not_change
                ranges_are_cleared_before_entries_are_written
                clearing_a_range_leaves_its_bounds_right
                a_batch_with_a_false_expectation_changes_nothing
                a_batch_with_true_expectations_is_applied
                a_batch_copies_what_a_snapshot_shows
                the_version_changes_with_every_commit
                runs_of_new_keys_between_old_ones_are_written
                batches_of_changing_density_do_what_a_map_does
            }
            random {
                random_batches_do_what_a_map_does
                random_large_batches_do_what_a_map_does
            }
            sharing {
                readers_see_whole_batches_while_others_commit
                commits_of_many_threads_all_happen
                an_even_version_promises_a_settled_state
                a_lane_is_had_once_and_given_back
                words_begin_at_zero_and_are_shared
                a_commit_names_the_head_that_it_builds_on
                a_read_tells_of_the_newest_head
            }
            lifetime {
                a_closed_store_refuses_everything
                closing_twice_does_nothing
                closing_gives_all_locks_back
                compacting_changes_nothing
                reopening_keeps_everything
                reopening_after_random_batches_keeps_everything
                a_store_that_was_dropped_opens_again
            }
        }
    };
}
