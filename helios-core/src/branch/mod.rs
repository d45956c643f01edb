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

pub mod ancestry;
mod change;
pub mod copy;
mod derived;
mod merges;
mod meta;
mod name;
mod record;
mod state;
mod store;
mod sweep;
mod user;

use std::fmt;
use std::sync::Arc;

use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{Coordination, KeyRange};
use crate::versioned::{BranchId, ChangedKey, Space, TakeLifetime, View, WriteSet};

pub use derived::{DerivedChange, DerivedParts, DerivedPlace};
pub use name::BranchName;
pub use record::{BranchRecord, Fork};
pub use store::{FORMAT_VERSION, Store};
pub use sweep::Sweep;
pub use user::User;

/// What is stored, by branch and moment.
pub trait VersionedStore: fmt::Debug + Send + Sync {
    /// Everything that has been committed, as one consistent state.
    fn state(&self) -> Result<Arc<dyn Branching>>;

    /// Makes commits durable, all or none, in their order. Their moments are ascending and above those of all commits
    /// before. Only one caller at a time may be in here, of all processes; [`crate::transaction`] sees to it. Over a network
    /// only of this process: if another has committed meanwhile, that is a `Conflict`.
    fn commit(&self, commits: &[Commit<'_>]) -> Result<()>;

    /// A number that changes with every commit of any process; odd while one is on its way (see
    /// [`crate::storage::Storage::version`]).
    fn version(&self) -> Result<u64>;

    /// The means by which processes get along with each other.
    fn coordination(&self) -> Arc<dyn Coordination>;
}

/// One change of the whole, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Commit<'a> {
    /// The moment that it is stamped with.
    pub moment: Moment,
    /// What it changes.
    pub change: Change<'a>,
    /// What it builds on, where that is not seen to by turns. If it is something else by then, that is `BusySnapshot`.
    pub base: Option<Base>,
}

/// What a commit builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The last commit of the branch that it writes on.
    LastCommit(Moment),
    /// The first number that no space has.
    NextSpace(Space),
    /// The highest automatic rowid of the table that was given away.
    Rowids(Option<i64>),
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
        /// The last moment of the parent that it sees, if not that of the commit. A moment before the parent's own fork
        /// makes it a child of the parent's parent.
        at: Option<Moment>,
    },
    /// A branch goes. What its children see of it stays.
    DeleteBranch(BranchId),
    /// All tables keep their history from this moment on. Stays as it is where it is so already.
    KeepHistory,
    /// Nobody asks any more for what was true before a moment: on all branches, or in some spaces of one.
    Forget {
        /// The spaces, with their branch.
        of: Option<(BranchId, &'a [Space])>,
        /// The first moment that can be asked for.
        before: Moment,
    },
    /// Of the automatic rowids of a table, or the numbers of a sequence, this is the last that is given away.
    ReserveRowids(Space, i64),
    /// Numbers of spaces below this one are given away.
    ReserveSpaces(Space),
    /// There is a user of this name from now on, with this verifier of a password; or none.
    SetUser(&'a str, Option<&'a str>),
}

/// A branch at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// The branch.
    pub branch: BranchId,
    /// The moment; [`Moment::PRESENT`] for the newest state.
    pub moment: Moment,
}

/// The work of one branch in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The branch that got it.
    pub target: BranchId,
    /// The branch that it is from.
    pub source: BranchId,
    /// The commit that brought it.
    pub moment: Moment,
    /// Up to which moment of the source.
    pub at: Moment,
}

/// One consistent state of all branches.
pub trait Branching: fmt::Debug + Send + Sync {
    /// All branches, by their numbers.
    fn branches(&self) -> Vec<&BranchRecord>;

    /// Whether there is any branch besides `main`.
    fn is_branched(&self) -> bool {
        self.branches().len() > 1
    }

    /// What is kept of a user ([`User::to_text`]), if there is such a user: of the newest state, whatever branch or moment.
    fn user(&self, name: &str) -> Option<&str>;

    /// The names of all users, in order.
    fn users(&self) -> Vec<&str>;

    /// The branch with a number.
    fn branch(&self, id: BranchId) -> Option<&BranchRecord>;

    /// The branch with a number, also if it was deleted and has children.
    fn ancestor(&self, id: BranchId) -> Option<&BranchRecord>;

    /// What was merged into what, by target, source and moment: the last merge of each branch into each other, and those
    /// before it that are the last at a point that somebody may ask for.
    fn merges(&self) -> Vec<Merge>;

    /// What the commits of a branch after `from` and up to `to` wrote, as far as somebody may ask for it: from a fork, a
    /// merge base or the beginning of history on.
    fn changes(&self, branch: BranchId, from: Moment, to: Moment) -> Result<Vec<ChangedKey>>;

    /// All versions of the keys of a range that a branch has or had, key after key, each key's oldest first. What a
    /// parent had before the fork is among them. Before [`Branching::history_since`], some are missing.
    fn versions(
        &self,
        branch: BranchId,
        space: Space,
        range: KeyRange<'_>,
        take: &mut TakeLifetime<'_>,
    ) -> Result<()>;

    /// The branch with a name.
    fn branch_named(&self, name: &str) -> Option<&BranchRecord> {
        self.branches().into_iter().find(|branch| branch.name.as_str() == name)
    }

    /// A branch at a moment. A moment before the fork shows the parent then. History that was not kept is not missed
    /// here: ask [`Branching::history_since`] first.
    fn view(&self, branch: BranchId, moment: Moment) -> Result<Arc<dyn View>>;

    /// Since when the history of a space is complete on a branch, its parent's before the fork included; `None` if it
    /// keeps none.
    fn history_since(&self, branch: BranchId, space: Space) -> Option<Moment>;

    /// The first number that no space has.
    fn next_space(&self) -> Space;

    /// The last automatic rowid of a table, or number of a sequence, that was given away by [`Change::ReserveRowids`].
    fn reserved_rowids(&self, space: Space) -> Option<i64>;

    /// Whether numbers of any space were given away by it.
    fn reserves_rowids(&self) -> bool;
}

/// The error for a branch that does not exist.
pub fn no_such_branch(name: impl fmt::Display) -> crate::Error {
    crate::Error::sql(format!("no such branch: {name}"))
}
