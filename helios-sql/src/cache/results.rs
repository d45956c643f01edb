//! Rows of whole queries, kept for whoever runs the same query on the same data again.
//!
//! In: the rows that a query gave, which tables it read, and in which state of the branch. Out: the same rows for the
//! same text and parameters, as long as no table that they were read from has changed between the two states.
//!
//! - Whether a result is right for a reader is decided by the reader's own state, never by a message: commits of this
//!   process note which tables they change before anybody can see it, and commits of other processes are seen by the
//!   number of commits on the branch (see [`tracking`](super::tracking)) and clear what is kept of it.
//! - A query of fixed moments of the past alone reads what nobody changes. Its moments, and the schema that there is now,
//!   are in its key: what takes the place of everything, history and all, is a new schema.
//! - What is dear to compute and small stays longest: a result goes by its microseconds per byte and the time since it
//!   was used (GreedyDual-Size, Cao and Irani 1997). One that is too cheap for its size, beside what is there, is not
//!   kept at all.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::clock::Moment;
use helios_core::transaction::CommitObserver;
use helios_core::versioned::{BranchId, BranchState, Space, WriteSet};
use parking_lot::Mutex;

use super::tracking::{Admission, Tracking};
use crate::chunk::Chunk;

/// A result takes at most this part of the cache.
const LARGEST_PART: usize = 8;

/// What an entry takes besides its rows, its text and its parameters, about.
const ENTRY_BYTES: usize = 200;

/// A query, as far as its result depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResultKey {
    /// The branch.
    pub branch: BranchId,
    /// The text.
    pub text: Arc<str>,
    /// The parameters with their types, the moments of the past, and what the query is compiled for: the schema, settings.
    pub circumstances: Box<[u8]>,
}

/// Where a query reads: tables, and the state of the branch.
#[derive(Clone, Debug)]
pub struct ResultSource {
    /// The rows of these tables as they are now; none, if the query reads fixed moments of the past alone.
    pub spaces: Arc<[Space]>,
    /// The state; `None` where no table is read as it is now.
    pub state: Option<BranchState>,
}

/// Results of queries.
#[derive(Debug, Default)]
pub struct ResultCache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    most_bytes: usize,
    bytes: usize,
    entries: HashMap<ResultKey, Entry>,
    branches: HashMap<BranchId, Changes>,
    /// What the last entry that had to go was worth: all that are used later are worth that much more.
    inflation: f64,
}

/// Which tables of a branch have changed, and when.
#[derive(Debug, Default)]
struct Changes {
    tracking: Tracking,
    /// The last commit that changed a table, of those that results were read from.
    last: HashMap<Space, Moment>,
}

#[derive(Debug)]
struct Entry {
    rows: Arc<[Chunk]>,
    source: ResultSource,
    bytes: usize,
    /// Microseconds per byte that it took to compute.
    density: f64,
    worth: f64,
}

impl ResultCache {
    /// Makes it as large as this, if it is smaller.
    pub fn allow(&self, bytes: usize) {
        let mut kept = self.kept.lock();
        kept.most_bytes = kept.most_bytes.max(bytes);
    }

    /// The largest result that is kept, in bytes.
    pub fn largest(&self) -> usize {
        self.kept.lock().most_bytes / LARGEST_PART
    }

    /// The rows of a query in a state of its branch.
    pub fn get(&self, key: &ResultKey, source: &ResultSource) -> Option<Arc<[Chunk]>> {
        let mut kept = self.kept.lock();
        if source.state.is_some_and(|state| !kept.admits(key.branch, state)) {
            return None;
        }
        let Kept { entries, branches, inflation, .. } = &mut *kept;
        let entry = entries.get_mut(key)?;
        if let (Some(before), Some(now)) = (entry.source.state, source.state) {
            let changes = branches.get(&key.branch)?;
            if !changes.are_none_between(&entry.source.spaces, before, now) {
                return None;
            }
        }
        entry.worth = *inflation + entry.density;
        Some(entry.rows.clone())
    }

    /// Keeps the rows of a query that took so many microseconds.
    pub fn keep(&self, key: ResultKey, source: ResultSource, rows: Arc<[Chunk]>, microseconds: u64) {
        let mut kept = self.kept.lock();
        let rows_bytes: usize = rows.iter().map(Chunk::memory).sum();
        let bytes = rows_bytes + key.text.len() + key.circumstances.len() + ENTRY_BYTES;
        if bytes > kept.most_bytes / LARGEST_PART {
            return;
        }
        if source.state.is_some_and(|state| !kept.watches(key.branch, &source.spaces, state)) {
            return;
        }
        let density = (microseconds + 1) as f64 / bytes as f64;
        let entry = Entry { rows, source, bytes, density, worth: kept.inflation + density };
        kept.bytes += bytes;
        if let Some(before) = kept.entries.insert(key, entry) {
            kept.bytes -= before.bytes;
        }
        kept.make_room();
    }

    /// Bytes of memory that are taken, about.
    pub fn bytes(&self) -> usize {
        self.kept.lock().bytes
    }

    /// How many results are kept.
    pub fn entries(&self) -> usize {
        self.kept.lock().entries.len()
    }
}

impl Kept {
    /// Whether what happened between a state and others that are kept is known.
    fn admits(&mut self, branch: BranchId, state: BranchState) -> bool {
        match self.branches.entry(branch).or_default().tracking.admit(state) {
            Admission::Known => true,
            Admission::Unknown => false,
            Admission::Cleared => {
                self.forget(branch);
                true
            }
        }
    }

    /// Watches tables from a state on; false if something may have changed since that nobody has noted.
    fn watches(&mut self, branch: BranchId, spaces: &[Space], state: BranchState) -> bool {
        if !self.admits(branch, state) {
            return false;
        }
        let Some(changes) = self.branches.get_mut(&branch) else { return false };
        // What has changed since an older state nobody has noted, if nothing was read from the table before.
        let is_watched = spaces.iter().all(|space| changes.last.contains_key(space));
        if !is_watched && !changes.tracking.is_newest(state) {
            return false;
        }
        for space in spaces {
            changes.last.entry(*space).or_default();
        }
        true
    }

    /// Forgets the results of a branch, but for those of fixed moments.
    fn forget(&mut self, branch: BranchId) {
        let bytes = &mut self.bytes;
        self.entries.retain(|key, entry| {
            let stays = key.branch != branch || entry.source.state.is_none();
            *bytes -= if stays { 0 } else { entry.bytes };
            stays
        });
        if let Some(changes) = self.branches.get_mut(&branch) {
            changes.last.clear();
        }
    }

    /// Lets the least worth go; an eighth more than has to, since to look for them takes a look at all.
    fn make_room(&mut self) {
        if self.bytes <= self.most_bytes {
            return;
        }
        let mut all: Vec<(f64, ResultKey)> =
            self.entries.iter().map(|(key, entry)| (entry.worth, key.clone())).collect();
        all.sort_by(|(one, _), (two, _)| one.total_cmp(two));
        for (_, key) in all {
            if self.bytes <= self.most_bytes / 8 * 7 {
                return;
            }
            if let Some(entry) = self.entries.remove(&key) {
                self.inflation = entry.worth;
                self.bytes -= entry.bytes;
            }
        }
    }
}

impl Changes {
    /// Whether none of these tables changed between two states.
    fn are_none_between(&self, spaces: &[Space], one: BranchState, other: BranchState) -> bool {
        let earlier = one.last_commit.min(other.last_commit);
        // The last change alone is known: one after both tells nothing of what was between.
        spaces.iter().all(|space| self.last.get(space).is_some_and(|last| *last <= earlier))
    }
}

impl CommitObserver for ResultCache {
    fn committing(&self, writes: &WriteSet, moment: Moment) {
        let mut kept = self.kept.lock();
        let Some(changes) = kept.branches.get_mut(&writes.branch()) else { return };
        changes.tracking.committing(moment);
        if writes.touches_catalog() {
            // What the text of a query means may change.
            kept.forget(writes.branch());
            return;
        }
        for (space, last) in &mut changes.last {
            if writes.touches(*space) {
                *last = moment;
            }
        }
    }

    fn commit_failed(&self) {
        let mut kept = self.kept.lock();
        *kept = Kept { most_bytes: kept.most_bytes, ..Kept::default() };
    }
}
