//! Branches: every version lives on one, and a view looks through a branch at its parents.
//!
//! ```text
//! main   --o----o----o---------o----->      commits of main
//!                    \ fork
//!                     x----o----o---->      commits of a child; it sees main as it was at the fork
//! ```
//! In: commits with their moments. Out: [`Branching`], one consistent state of all branches, with views of any branch
//! at any moment. Two implementations: [`Store`] over any driver, and the model in `helios-testkit`, which keeps every
//! state there ever was and is what the store is compared with.
//!
//! - A branch is one small record; making one costs one key, whatever the parent holds.
//! - A child never sees what its parent commits after the fork, nor the other way round.
//! - Nothing here waits: who may commit when is decided in [`crate::transaction`].

pub mod copy;
mod meta;
mod name;
mod record;
mod state;
mod store;

use std::fmt;
use std::sync::Arc;

use crate::clock::Moment;
use crate::error::Result;
use crate::storage::Coordination;
use crate::versioned::{BranchId, Space, View, WriteSet};

pub use name::BranchName;
pub use record::{BranchRecord, Fork};
pub use store::{FORMAT_VERSION, Store};

/// What is stored, by branch and moment.
pub trait VersionedStore: fmt::Debug + Send + Sync {
    /// Everything that has been committed, as one consistent state.
    fn state(&self) -> Result<Arc<dyn Branching>>;

    /// Makes commits durable, all or none, in their order. Their moments are ascending and above those of all commits
    /// before. Only one caller at a time may be in here, of all processes; [`crate::transaction`] sees to it.
    fn commit(&self, commits: &[Commit<'_>]) -> Result<()>;

    /// A number that changes with every commit of any process; odd while one is on its way (see
    /// [`crate::storage::Storage::version`]).
    fn version(&self) -> Result<u64>;

    /// The means by which processes take turns.
    fn coordination(&self) -> Arc<dyn Coordination>;
}

/// One change of the whole, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// The moment that it is stamped with.
    pub moment: Moment,
    /// What it changes.
    pub change: Change<'a>,
}

/// What a commit changes.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// Keys on a branch. All spaces of the set are ordered.
    Write(&'a WriteSet),
    /// A new branch that sees its parent as it is before this commit.
    CreateBranch {
        /// Its name.
        name: &'a BranchName,
        /// Its parent.
        parent: BranchId,
    },
    /// All tables keep their history from this moment on. Stays as it is where it is so already.
    KeepHistory,
    /// Numbers of spaces below this one are given away.
    ReserveSpaces(Space),
}

/// One consistent state of all branches.
pub trait Branching: fmt::Debug + Send + Sync {
    /// All branches, by their numbers.
    fn branches(&self) -> Vec<&BranchRecord>;

    /// The branch with a number.
    fn branch(&self, id: BranchId) -> Option<&BranchRecord>;

    /// The branch with a name.
    fn branch_named(&self, name: &str) -> Option<&BranchRecord> {
        self.branches().into_iter().find(|branch| branch.name.as_str() == name)
    }

    /// A branch at a moment. A moment before the fork shows the parent then. History that was not kept is not missed
    /// here: ask [`Branching::history_since`] first.
    fn view(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>>;

    /// Since when the history of a space is complete on a branch; `None` if it keeps none.
    fn history_since(&self, branch: BranchId, space: Space) -> Option<Moment>;

    /// The first number that no space has.
    fn next_space(&self) -> Space;
}

/// The error for a branch that does not exist.
pub fn no_such_branch(name: impl fmt::Display) -> crate::Error {
    crate::Error::sql(format!("no such branch: {name}"))
}
