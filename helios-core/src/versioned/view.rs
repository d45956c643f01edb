//! The view of a branch at a moment over any driver's snapshot.

use std::sync::Arc;

use super::history::PastCursor;
use super::level::{Found, KeptHistory, Level, PresentCursor, Stored};
use super::merge::{Live, MergeCursor};
use super::{BranchId, BranchState, Key, Space, Version, VersionCursor, View};
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
    history: Arc<dyn KeptHistory>,
    branch: BranchId,
    moment: Moment,
    state: Option<BranchState>,
    levels: Vec<Level>,
}

impl StoreView {
    /// The view of `branch` at `moment` that `levels` describe. The branch itself comes first; where the moment lies
    /// before its fork, it is left out. `history` is what the snapshot has, `state` is the branch's, of a view of the
    /// present.
    pub fn new(
        (snapshot, history): (Arc<dyn Snapshot>, Arc<dyn KeptHistory>),
        branch: BranchId,
        moment: Moment,
        state: Option<BranchState>,
        levels: Vec<Level>,
    ) -> StoreView {
        StoreView { snapshot, history, branch, moment, state, levels }
    }

    fn stored(&self) -> Stored<'_> {
        Stored { snapshot: &*self.snapshot, history: &*self.history }
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
            match level.get(self.stored(), space, key, read)? {
                Found::Live => return Ok(true),
                Found::Deleted => return Ok(false),
                Found::Nothing => {}
            }
        }
        Ok(false)
    }

    fn may_expect(&self) -> bool {
        self.snapshot.remembers()
    }

    fn expect(&self, space: Space, keys: &[&[u8]]) -> Result<()> {
        let of_level = |level: &Level| {
            let prefix = Key::current_prefix(level.branch, space);
            keys.iter().map(move |key| [&prefix[..], key].concat())
        };
        let all: Vec<Vec<u8>> = self.levels.iter().flat_map(of_level).collect();
        let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
        self.snapshot.get_many(&all, &mut |_, _| {})
    }

    fn cursor<'a>(
        &'a self,
        space: Space,
        range: KeyRange<'_>,
        direction: Direction,
    ) -> Result<Box<dyn VersionCursor + 'a>> {
        let stored = self.stored();
        if let [level] = self.levels[..] {
            return Ok(if level.moment == Moment::PRESENT {
                Box::new(Live(PresentCursor::open(stored.snapshot, level.branch, space, range, direction)?))
            } else {
                Box::new(Live(PastCursor::open(stored, level, space, range, direction)?))
            });
        }
        let levels = self.levels.iter().map(|level| level.cursor(stored, space, range, direction));
        Ok(Box::new(MergeCursor::new(levels.collect::<Result<_>>()?, direction)))
    }
}
