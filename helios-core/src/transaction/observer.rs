//! Who is told of commits: caches that keep what readers have seen.

use std::fmt;

use crate::clock::Moment;
use crate::versioned::WriteSet;

/// Told of every commit of this process. Commits of other processes are seen by their number (see
/// [`BranchState`](crate::versioned::BranchState)).
pub trait CommitObserver: fmt::Debug + Send + Sync {
    /// `writes`, of which all spaces are ordered, are about to become durable at `moment`; from now on there may be
    /// readers that see them.
    fn committing(&self, writes: &WriteSet, moment: Moment);

    /// The commits that were told of last have failed, or it is not known whether they have.
    fn commit_failed(&self);
}
