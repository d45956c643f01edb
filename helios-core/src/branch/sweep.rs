//! Giving back what nobody may ask for any more: after history was forgotten or a branch was deleted.
//!
//! In: where an earlier step stopped. Out: a batch of deletions and smaller blocks, bounded in size, so that commits of others come between
//! two steps. What goes and what stays, [`Keepers`] says, by the newest records; a step that is repeated or left out does
//! no harm, because views never show what a sweep takes away.

use std::collections::BTreeMap;

use super::state::State;
use super::store::Store;
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Batch, BatchEntry, Cursor, Direction, KeyRange, Snapshot};
use crate::versioned::{BranchId, Ended, Keepers, Key, Segments, Space, Stamp, StoredBlock, history_begin};

/// So many versions are looked at in one step, and half as many entries deleted.
const STEP: usize = 20_000;

/// How far a sweep is.
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// Branches that are still to be swept.
    branches: Vec<BranchId>,
    /// Of the first of them: which part, and where in it.
    part: usize,
    position: Vec<u8>,
}

/// The parts of a branch: history, segments, change log, dropped spaces, the present.
const PARTS: usize = 5;

/// Whether an entry, key and value, may go.
type Goes = dyn Fn(&Keepers, &[u8], &[u8]) -> Result<bool>;

/// One step's work.
struct Step<'a> {
    snapshot: &'a dyn Snapshot,
    branch: BranchId,
    keepers: Keepers,
    segments: &'a Segments,
    changes: Changes,
    looked_at: usize,
}

/// What a step does: the new value of a key, or that it goes.
type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

impl Sweep {
    /// A sweep of some branches.
    pub fn of(mut branches: Vec<BranchId>) -> Sweep {
        branches.reverse();
        Sweep { branches, ..Sweep::default() }
    }

    /// Whether everything was looked at.
    pub fn is_done(&self) -> bool {
        self.branches.is_empty()
    }
}

impl Store {
    /// Does the next step of a sweep. Nobody may commit meanwhile.
    pub fn sweep(&self, sweep: &mut Sweep) -> Result<()> {
        let begun = sweep.clone();
        self.commit_on_newest(|state, storage| {
            sweep.clone_from(&begun);
            let (changes, head) = (sweep.step(&state)?, state.head_change());
            // An open snapshot makes the commit dearer.
            drop(state);
            if changes.is_empty() {
                return Ok(());
            }
            let entries = changes
                .iter()
                .map(|(key, value)| match value {
                    Some(value) => BatchEntry::put(key, value),
                    None => BatchEntry::delete(key),
                })
                .collect();
            storage.commit(&Batch { entries, head, ..Batch::default() })
        })
    }
}

impl Sweep {
    /// Goes on, and answers with what changes.
    fn step(&mut self, state: &State) -> Result<Changes> {
        let mut changes = Changes::new();
        let mut looked_at = 0;
        while looked_at < STEP && changes.len() < STEP / 2 {
            let Some(&branch) = self.branches.last() else { break };
            let keepers = state.meta.keepers(branch);
            let (snapshot, segments) = (&*state.snapshot, &*state.meta.segments);
            let mut step = Step { snapshot, branch, keepers, segments, changes, looked_at };
            let next = if state.meta.branches.contains_key(&branch) {
                step.part(self.part, &self.position)?
            } else {
                None
            };
            (changes, looked_at) = (step.changes, step.looked_at + 1);
            if let Some(next) = next {
                self.position = next;
                break;
            }
            self.position.clear();
            self.part = (self.part + 1) % PARTS;
            if self.part == 0 || !state.meta.branches.contains_key(&branch) {
                self.part = 0;
                self.branches.pop();
            }
        }
        Ok(changes)
    }
}

impl Step<'_> {
    /// Looks at one part from a position on. Answers with the next position, if there is more.
    fn part(&mut self, part: usize, position: &[u8]) -> Result<Option<Vec<u8>>> {
        let [present, history, blocks, changes, ..] = Key::branch_prefixes(self.branch);
        match part {
            0 => self.each(&history, position, &|keepers, key, value| {
                let (space, _) = Key::read_space(key)?;
                let end = Stamp::split(value)?.0.moment;
                Ok(!keepers.may_ask(space, history_begin(key)?, end))
            }),
            1 => self.blocks(&blocks, position),
            2 => self.each(&changes, position, &|keepers, key, _| {
                Ok(!keepers.may_ask_for_changes(Key::read_commit(key)?))
            }),
            3 => self.dropped().map(|()| None),
            // What a deleted branch wrote after the last fork.
            _ if self.keepers.until.is_some() => self.each(&present, position, &|keepers, key, value| {
                let (space, _) = Key::read_space(key)?;
                Ok(!keepers.may_ask(space, Stamp::split(value)?.0.moment, Moment::PRESENT))
            }),
            _ => Ok(None),
        }
    }

    fn each(&mut self, prefix: &[u8], position: &[u8], goes: &Goes) -> Result<Option<Vec<u8>>> {
        let mut cursor = from(self.snapshot, prefix, position)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            if self.is_full() {
                return Ok(Some(key.to_vec()));
            }
            self.looked_at += 1;
            if goes(&self.keepers, key, value)? {
                self.changes.insert(key.to_vec(), None);
            }
        }
        Ok(None)
    }

    fn is_full(&self) -> bool {
        self.looked_at >= STEP || self.changes.len() >= STEP / 2
    }

    /// Takes versions out of the blocks of segments, and, at the end, segments without blocks out of their lists.
    fn blocks(&mut self, prefix: &[u8], position: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut cursor = from(self.snapshot, prefix, position)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            if self.is_full() {
                return Ok(Some(key.to_vec()));
            }
            let block = StoredBlock::read(key, value)?;
            self.looked_at += block.len();
            let asked = |version: &Ended<'_>| self.keepers.may_ask(block.space, version.begin, version.end);
            let kept: Vec<Ended<'_>> = block.versions().filter(asked).collect();
            if kept.len() < block.len() {
                self.changes.insert(key.to_vec(), None);
                self.changes
                    .extend(block.with_versions(self.branch, &kept).map(|(key, block)| (key, Some(block))));
            }
        }
        self.empty_segments()?;
        Ok(None)
    }

    fn empty_segments(&mut self) -> Result<()> {
        for (space, segments) in self.segments.of_branch(self.branch) {
            let mut left = Vec::with_capacity(segments.len());
            for segment in segments {
                if self.has_blocks(&Key::segment_prefix(self.branch, space, segment.end))? {
                    left.push(*segment);
                }
            }
            if left.len() < segments.len() {
                let list = (!left.is_empty()).then(|| Segments::to_bytes(&left));
                self.changes.insert(Key::Segments(self.branch, space).to_bytes(), list);
            }
        }
        Ok(())
    }

    /// Whether there will be a block of a segment after this step.
    fn has_blocks(&self, prefix: &[u8]) -> Result<bool> {
        let end = after_prefix(prefix);
        let mut cursor = self.snapshot.cursor(KeyRange::new(prefix, end.as_deref()), Direction::Forward)?;
        while cursor.advance()? {
            if !matches!(self.changes.get(cursor.entry().0), Some(None)) {
                return Ok(true);
            }
        }
        let mut written =
            self.changes.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
        Ok(written.any(|(_, block)| block.is_some()))
    }

    /// What is left of dropped spaces.
    fn dropped(&mut self) -> Result<()> {
        let mut spaces: Vec<(Space, Moment)> = Vec::new();
        super::meta::for_each_with_prefix(self.snapshot, &Key::dropped_prefix(), |key, value| {
            let (branch, space) = Key::read_pair(key)?;
            if BranchId(branch) == self.branch {
                let moment = value.try_into().map_err(|_| Error::corrupt("a dropped space has no moment"))?;
                spaces.push((Space(space), Moment(u64::from_le_bytes(moment))));
            }
            Ok(())
        })?;
        for (space, moment) in spaces {
            let prefix = Key::current_prefix(self.branch, space);
            let end = after_prefix(&prefix);
            let mut cursor =
                self.snapshot.cursor(KeyRange::new(&prefix, end.as_deref()), Direction::Forward)?;
            let mut kept = false;
            while cursor.advance()? {
                let (key, value) = cursor.entry();
                self.looked_at += 1;
                if self.changes.len() >= STEP {
                    kept = true;
                    break;
                }
                if self.keepers.may_ask(space, Stamp::split(value)?.0.moment, moment) {
                    kept = true;
                } else {
                    self.changes.insert(key.to_vec(), None);
                }
            }
            if !kept {
                let derived = Key::derived_prefix(self.branch, space);
                super::meta::for_each_with_prefix(self.snapshot, &derived, |key, _| {
                    self.changes.insert(key.to_vec(), None);
                    Ok(())
                })?;
                self.changes.insert(Key::Dropped(self.branch, space).to_bytes(), None);
            }
        }
        Ok(())
    }
}

/// The entries of a prefix from a position on; from the first, if the position is empty.
fn from<'a>(snapshot: &'a dyn Snapshot, prefix: &[u8], position: &[u8]) -> Result<Box<dyn Cursor + 'a>> {
    let end = after_prefix(prefix);
    let start = if position.is_empty() { prefix } else { position };
    snapshot.cursor(KeyRange::new(start, end.as_deref()), Direction::Forward)
}
