//! [`Store`] on a driver, compared with the [model](crate::model).
//!
//! In: a storage [`Fixture`]. Out: cases with names for the promises of branches and moments, and random programs
//! whose every state is compared with the model's.

pub mod branches;
pub mod compare;
pub mod format;
pub mod moments;
pub mod random;
pub mod segments;

use std::sync::Arc;

use helios_core::Result;
use helios_core::branch::{BranchName, Change, Commit, Store, VersionedStore};
use helios_core::clock::Moment;
use helios_core::storage::{Direction, KeyRange, Storage};
use helios_core::versioned::{BranchId, SegmentSizes, Space, View, WriteSet};

use crate::TestResult;
use crate::clock::{ManualClock, SeededEntropy};
use crate::seed::seed;
use crate::storage::Fixture;

/// When the stores of these tests are made.
pub const CREATED: Moment = Moment(10);
/// The space that cases with names write to.
pub const SPACE: Space = Space::FIRST_USER;

/// Opens a store over a driver.
pub fn open_over(storage: Arc<dyn Storage>) -> Result<Arc<Store>> {
    open_with(storage, SegmentSizes::default())
}

/// Opens the store in `storage`, or makes one, with sizes of segments of its own.
pub fn open_with(storage: Arc<dyn Storage>, sizes: SegmentSizes) -> Result<Arc<Store>> {
    let store = Store::open(storage, &ManualClock::at(CREATED), &SeededEntropy::new(seed()))?;
    Ok(Arc::new(store.with_segments(sizes)))
}

/// Opens the store of a fixture.
pub fn open(fixture: &dyn Fixture) -> TestResult<Arc<Store>> {
    Ok(open_over(fixture.open()?)?)
}

/// A store with commits that can be written down in a line.
#[derive(Debug)]
pub struct Scene {
    /// The store.
    pub store: Arc<Store>,
}

impl Scene {
    /// The empty store of a fixture.
    pub fn new(fixture: &dyn Fixture) -> TestResult<Scene> {
        Ok(Scene { store: open(fixture)? })
    }

    /// Commits writes to one branch: words `key=payload` put, words `key` delete.
    pub fn write(&self, branch: u32, moment: u64, words: &str) -> Result<()> {
        let writes = write_set(branch, words);
        self.store.commit(&[Commit { moment: Moment(moment), change: Change::Write(&writes), base: None }])
    }

    /// Makes a branch.
    pub fn fork(&self, name: &str, parent: u32, moment: u64) -> Result<()> {
        let name = BranchName::new(name)?;
        let change = Change::CreateBranch { name: &name, parent: BranchId(parent), at: None };
        self.store.commit(&[Commit { moment: Moment(moment), change, base: None }])
    }

    /// Begins to keep history.
    pub fn keep_history(&self, moment: u64) -> Result<()> {
        self.store.commit(&[Commit { moment: Moment(moment), change: Change::KeepHistory, base: None }])
    }

    /// A view.
    pub fn view(&self, branch: u32, moment: u64) -> Result<Arc<dyn View>> {
        self.store.state()?.view(BranchId(branch), Moment(moment))
    }

    /// All that a branch shows at a moment, as words `key=payload@begin`.
    pub fn show(&self, branch: u32, moment: u64) -> Result<String> {
        show(&*self.view(branch, moment)?)
    }

    /// All that a branch shows now.
    pub fn now(&self, branch: u32) -> Result<String> {
        self.show(branch, Moment::PRESENT.0)
    }
}

/// Writes in words: `key=payload` puts, `key` deletes. A key is one letter, so that none begins another.
pub fn write_set(branch: u32, words: &str) -> WriteSet {
    let mut writes = WriteSet::new(BranchId(branch));
    for word in words.split_whitespace() {
        match word.split_once('=') {
            Some((key, payload)) => {
                writes.put(SPACE, key.as_bytes(), |out| out.extend_from_slice(payload.as_bytes()));
            }
            None => writes.delete(SPACE, word.as_bytes()),
        }
    }
    writes.order_all();
    writes
}

/// What a view shows of [`SPACE`], as words `key=payload@begin`; the same from both ends.
pub fn show(view: &dyn View) -> Result<String> {
    let mut shown = [Vec::new(), Vec::new()];
    for (words, direction) in shown.iter_mut().zip([Direction::Forward, Direction::Backward]) {
        let mut cursor = view.cursor(SPACE, KeyRange::ALL, direction)?;
        while cursor.advance()? {
            let (key, version) = (String::from_utf8_lossy(cursor.key()), cursor.version());
            let payload = String::from_utf8_lossy(version.payload);
            words.push(format!("{key}={payload}@{}", version.begin.0));
        }
    }
    let [forward, mut backward] = shown;
    backward.reverse();
    assert_eq!(forward, backward, "both directions show the same");
    Ok(forward.join(" "))
}

/// Makes tests of all that versions and branches promise, on a driver.
#[macro_export]
macro_rules! versioned_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases! { $fixture; versioned;
            branches {
                a_child_does_not_see_later_commits_of_its_parent
                a_parent_does_not_see_its_children
                a_grandchild_sees_each_ancestor_as_it_was_at_the_fork
                a_deleted_key_of_the_parent_stays_deleted_on_the_child
                names_are_used_once
                what_does_not_exist_is_an_error
                a_fork_and_writes_in_one_commit_keep_their_order
                a_group_of_commits_happens_or_does_not
                several_forks_and_reservations_in_one_commit_all_count
            }
            moments {
                history_shows_every_moment_since_it_is_kept
                a_gap_between_two_versions_is_shown
                delete_and_reinsert_on_a_child_show_the_gap
                a_moment_before_the_fork_shows_the_parent
                keeping_history_twice_changes_nothing
                the_catalog_always_has_history
                commits_of_one_group_are_moments_of_their_own
                a_key_that_changed_often_is_stepped_over
                a_backward_seek_in_the_past_stops_before_keys_that_begin_with_its_target
                a_dropped_space_is_still_there_for_those_who_may_ask
                changes_are_logged_once_somebody_may_want_them
            }
            format {
                a_store_opens_again_with_all_it_had
                two_who_open_an_empty_store_open_the_same
                foreign_bytes_are_not_a_database
                a_newer_format_is_refused_by_number
            }
            segments {
                what_large_commits_replaced_is_shown_at_every_moment
                segments_that_nobody_asks_for_give_their_space_back
                a_store_of_the_first_format_becomes_one_of_the_second
            }
            random {
                random_programs_do_what_the_model_does
                random_programs_with_history_do_what_the_model_does
            }
        }
    };
}
