//! Giving back what nobody may ask for any more: after history was forgotten or a branch was deleted.
//!
//! In: where an earlier step stopped. Out: a batch of deletions, bounded in size, so that commits of others come between
//! two steps. What goes and what stays, [`Keepers`] says, by the newest records; a step that is repeated or left out does
//! no harm, because views never show what a sweep takes away.

use super::state::State;
use super::store::Store;
use crate::clock::Moment;
use crate::encoding::key::after_prefix;
use crate::error::{Error, Result};
use crate::storage::{Batch, BatchEntry, Direction, KeyRange, Snapshot};
use crate::versioned::{BranchId, Keepers, Key, Space, Stamp, history_begin};

/// So many entries are looked at in one step, and half as many deleted.
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

/// The parts of a branch: history, change log, dropped spaces, the present.
const PARTS: usize = 4;

/// Whether an entry, key and value, may go.
type Goes = dyn Fn(&Keepers, &[u8], &[u8]) -> Result<bool>;

/// One step's work.
struct Step<'a> {
    snapshot: &'a dyn Snapshot,
    branch: BranchId,
    keepers: Keepers,
    doomed: Vec<Vec<u8>>,
    looked_at: usize,
}

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
            let (doomed, head) = (sweep.step(&state)?, state.head_change());
            // An open snapshot makes the commit dearer.
            drop(state);
            if doomed.is_empty() {
                return Ok(());
            }
            let entries = doomed.iter().map(|key| BatchEntry::delete(key)).collect();
            storage.commit(&Batch { entries, head, ..Batch::default() })
        })
    }
}

impl Sweep {
    /// Goes on, and answers with the keys that may go, in their order.
    fn step(&mut self, state: &State) -> Result<Vec<Vec<u8>>> {
        let mut doomed = Vec::new();
        let mut looked_at = 0;
        while looked_at < STEP && doomed.len() < STEP / 2 {
            let Some(&branch) = self.branches.last() else { break };
            let keepers = state.meta.keepers(branch);
            let mut step = Step { snapshot: &*state.snapshot, branch, keepers, doomed, looked_at };
            let next = if state.meta.branches.contains_key(&branch) {
                step.part(self.part, &self.position)?
            } else {
                None
            };
            (doomed, looked_at) = (step.doomed, step.looked_at + 1);
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
        doomed.sort_unstable();
        doomed.dedup();
        Ok(doomed)
    }
}

impl Step<'_> {
    /// Looks at one part from a position on. Answers with the next position, if there is more.
    fn part(&mut self, part: usize, position: &[u8]) -> Result<Option<Vec<u8>>> {
        let [present, history, changes, _] = Key::branch_prefixes(self.branch);
        match part {
            0 => self.each(&history, position, &|keepers, key, value| {
                let (space, _) = Key::read_space(key)?;
                let end = Stamp::split(value)?.0.moment;
                Ok(!keepers.may_ask(space, history_begin(key)?, end))
            }),
            1 => self.each(&changes, position, &|keepers, key, _| {
                Ok(!keepers.may_ask_for_changes(Key::read_commit(key)?))
            }),
            2 => self.dropped().map(|()| None),
            // What a deleted branch wrote after the last fork.
            _ if self.keepers.until.is_some() => self.each(&present, position, &|keepers, key, value| {
                let (space, _) = Key::read_space(key)?;
                Ok(!keepers.may_ask(space, Stamp::split(value)?.0.moment, Moment::PRESENT))
            }),
            _ => Ok(None),
        }
    }

    fn each(&mut self, prefix: &[u8], position: &[u8], goes: &Goes) -> Result<Option<Vec<u8>>> {
        let end = after_prefix(prefix);
        let start = if position.is_empty() { prefix } else { position };
        let mut cursor = self.snapshot.cursor(KeyRange::new(start, end.as_deref()), Direction::Forward)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            if self.looked_at >= STEP || self.doomed.len() >= STEP / 2 {
                return Ok(Some(key.to_vec()));
            }
            self.looked_at += 1;
            if goes(&self.keepers, key, value)? {
                self.doomed.push(key.to_vec());
            }
        }
        Ok(None)
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
                if self.doomed.len() >= STEP {
                    kept = true;
                    break;
                }
                if self.keepers.may_ask(space, Stamp::split(value)?.0.moment, moment) {
                    kept = true;
                } else {
                    self.doomed.push(key.to_vec());
                }
            }
            if !kept {
                let derived = Key::derived_prefix(self.branch, space);
                super::meta::for_each_with_prefix(self.snapshot, &derived, |key, _| {
                    self.doomed.push(key.to_vec());
                    Ok(())
                })?;
                self.doomed.push(Key::Dropped(self.branch, space).to_bytes());
            }
        }
        Ok(())
    }
}
