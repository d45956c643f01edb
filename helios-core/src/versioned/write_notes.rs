//! What a write set says besides its writes: which spaces begin or cease to keep their history, and whose work it brings.

use super::{BranchId, Space, WriteSet};
use crate::clock::Moment;

impl WriteSet {
    /// Spaces that begin to keep their history with this commit, or stop and lose it.
    pub fn versioning(&self) -> &[(Space, bool)] {
        &self.versioning
    }

    /// The branch whose work this commit brings, and up to which moment.
    pub fn merged(&self) -> Option<(BranchId, Moment)> {
        self.merged
    }

    /// Notes that a space begins to keep its history, or stops.
    pub fn set_versioning(&mut self, space: Space, keeps: bool) {
        self.versioning.push((space, keeps));
    }

    /// Notes that this commit brings the work of a branch up to a moment.
    pub fn set_merged(&mut self, source: BranchId, at: Moment) {
        self.merged = Some((source, at));
    }
}
