//! The view of a branch at a moment over any driver's snapshot.

use std::sync::Arc;

use super::history::PastCursor;
use super::level::{Found, Level, PresentCursor};
use super::merge::{Live, MergeCursor};
use super::{BranchId, BranchState, Space, Version, VersionCursor, View};
use crate::clock::Moment;
use crate::error::Result;
use crate::storage::{Direction, KeyRange, Snapshot};

/// A branch at a moment, with what shines through from its parents.
///
/// The first level is the branch itself; each further one is the parent of the one before, at the moment of the fork
/// (or of the view, where that is earlier). What a parent commits after the fork is never seen.
#[derive(Debug)]
pub struct StoreView {
    snapshot: Arc<dyn Snapshot>,
    branch: BranchId,
    moment: Moment,
    state: Option<BranchState>,
    levels: Vec<Level>,
}

impl StoreView {
    /// The view of `branch` at `moment` that `levels` describe. The branch itself comes first; where the moment lies
    /// before its fork, it is left out. `state` is the branch's, of a view of the present.
    pub fn new(
        snapshot: Arc<dyn Snapshot>,
        branch: BranchId,
        moment: Moment,
        state: Option<BranchState>,
        levels: Vec<Level>,
    ) -> StoreView {
        StoreView { snapshot, branch, moment, state, levels }
    }
}

impl View for StoreView {
    fn branch(&self) -> BranchId {
        self.branch
    }

    fn moment(&self) -> Moment {
        self.moment
    }

    fn state(&self) -> Option<BranchState> {
        self.state
    }

    fn get(&self, space: Space, key: &[u8], read: &mut dyn FnMut(Version<'_>)) -> Result<bool> {
        for level in &self.levels {
            match level.get(&*self.snapshot, space, key, read)? {
                Found::Live => return Ok(true),
                Found::Deleted => return Ok(false),
                Found::Nothing => {}
            }
        }
        Ok(false)
    }

    fn cursor<'a>(
        &'a self,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<Box<dyn VersionCursor + 'a>> {
        let snapshot = &*self.snapshot;
        if let [level] = self.levels[..] {
            return Ok(if level.moment == Moment::PRESENT {
                Box::new(Live(PresentCursor::open(snapshot, level.branch, space, range, direction)?))
            } else {
                Box::new(Live(PastCursor::open(snapshot, level, space, range, direction)?))
            });
        }
        let levels = self.levels.iter().map(|level| level.cursor(snapshot, space, range, direction));
        Ok(Box::new(MergeCursor::new(levels.collect::<Result<_>>()?, direction)))
    }
}
