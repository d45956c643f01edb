//! A set of keys.
//!
//! The newest keys lie one behind the other, and a hash table has their places beside a part of their hashes: a look that
//! finds nothing reads no key, and neither does the table's growth. When they do not fit, they are sorted and written as a run, and four runs of one
//! size become one of the next, so that few have to be asked. A filter in memory tells of most keys that they are in no
//! run at all.

use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use helios_core::Result;

use super::filter::Filter;
use super::memory::{Account, Workspace};
use super::merge::Merge;
use super::store::{SortedStore, StoreWriter};
use crate::chunk::{CHUNK_ROWS, Chunk, Column, Strings};

/// Bytes that a key takes besides its own: its end, and its place in the hash table, which is half full on average.
const KEY_BYTES: usize = 32;
/// So many runs of one size become one.
const RUNS: usize = 4;
/// The part of the memory that a filter takes at most.
const FILTER_PART: usize = 32;

/// Keys that were seen.
#[derive(Debug)]
pub struct KeySet {
    workspace: Workspace,
    account: Account,
    keys: Strings,
    places: HashTable<Place>,
    bytes: usize,
    runs: Vec<Run>,
    hasher: RandomState,
}

/// Where a key lies.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// A part of its hash.
    tag: u32,
    /// Its number.
    key: u32,
}

/// A hash of 64 bits that is told by the part that is kept.
#[inline]
fn spread(tag: u32) -> u64 {
    u64::from(tag).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Keys on disk.
#[derive(Debug)]
struct Run {
    /// How often it was merged.
    level: u32,
    keys: usize,
    store: SortedStore,
    filter: Filter,
}

impl KeySet {
    /// No keys.
    pub fn new(workspace: &Workspace) -> KeySet {
        KeySet {
            workspace: workspace.clone(),
            account: workspace.account(),
            keys: Strings::default(),
            places: HashTable::new(),
            bytes: 0,
            runs: Vec::new(),
            hasher: RandomState::default(),
        }
    }

    /// Adds a key. Whether it is new.
    #[inline]
    pub fn insert(&mut self, key: &[u8]) -> Result<bool> {
        let hash = self.hasher.hash_one(key);
        if self.has(hash, key) || !self.runs.is_empty() && self.is_in_runs(hash, key)? {
            return Ok(false);
        }
        self.bytes += key.len() + KEY_BYTES;
        let place = Place { tag: hash as u32, key: self.keys.len() as u32 };
        self.keys.push(key);
        self.places.insert_unique(spread(place.tag), place, |place| spread(place.tag));
        Ok(true)
    }

    /// Whether a key was added.
    #[inline]
    pub fn contains(&mut self, key: &[u8]) -> Result<bool> {
        let hash = self.hasher.hash_one(key);
        Ok(self.has(hash, key) || !self.runs.is_empty() && self.is_in_runs(hash, key)?)
    }

    /// Whether it is among the newest keys.
    #[inline]
    fn has(&self, hash: u64, key: &[u8]) -> bool {
        let tag = hash as u32;
        let is_it = |place: &Place| place.tag == tag && self.keys.get(place.key as usize) == key;
        self.places.find(spread(tag), is_it).is_some()
    }

    fn is_in_runs(&mut self, hash: u64, key: &[u8]) -> Result<bool> {
        for run in self.runs.iter_mut().rev() {
            if run.filter.may_contain(hash) && run.store.contains(key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// To be called after each batch of keys: writes them if they do not fit.
    pub fn settle(&mut self) -> Result<()> {
        // Numbers of keys have 32 bits.
        let is_full = self.keys.len() > u32::MAX as usize - CHUNK_ROWS;
        if !is_full && (self.bytes == self.account.held() || self.account.hold(self.bytes)) {
            return Ok(());
        }
        let all = std::mem::take(&mut self.keys);
        self.places = HashTable::new();
        let mut keys: Vec<&[u8]> = all.iter().collect();
        keys.sort_unstable();
        let mut run = RunWriter::new(self, 0, keys.len())?;
        for keys in keys.chunks(CHUNK_ROWS) {
            self.workspace.check()?;
            let column = Column::blobs(keys.iter().copied());
            run.push(&Chunk::new(vec![Arc::new(column)], keys.len()))?;
        }
        self.runs.push(run.finish()?);
        self.bytes = 0;
        self.account.hold(0);
        self.merge_runs()
    }

    fn merge_runs(&mut self) -> Result<()> {
        while let Some(first) = self.runs.len().checked_sub(RUNS)
            && self.runs[first..].iter().all(|run| run.level == self.runs[first].level)
        {
            let level = self.runs[first].level + 1;
            let keys = self.runs[first..].iter().map(|run| run.keys).sum();
            let mut merged = RunWriter::new(self, level, keys)?;
            let streams = self.runs.drain(first..).map(|run| run.store.into_stream()).collect();
            let mut merge = Merge::new(&self.workspace, streams, 0, true)?;
            let mut chunk = Chunk::default();
            while merge.next(&mut chunk)? {
                merged.push(&chunk)?;
            }
            self.runs.push(merged.finish()?);
        }
        Ok(())
    }
}

struct RunWriter {
    level: u32,
    keys: usize,
    writer: StoreWriter,
    filter: Filter,
    hasher: RandomState,
}

impl RunWriter {
    fn new(set: &KeySet, level: u32, keys: usize) -> Result<RunWriter> {
        let limit = set.workspace.memory.limit() / FILTER_PART;
        Ok(RunWriter {
            level,
            keys,
            writer: StoreWriter::new(set.workspace.file()?, 0),
            filter: Filter::new(keys, limit),
            hasher: set.hasher.clone(),
        })
    }

    fn push(&mut self, chunk: &Chunk) -> Result<()> {
        for row in 0..chunk.rows() {
            self.filter.insert(self.hasher.hash_one(chunk.column(0).bytes(row)));
        }
        self.writer.push(chunk)
    }

    fn finish(self) -> Result<Run> {
        Ok(Run { level: self.level, keys: self.keys, store: self.writer.finish()?, filter: self.filter })
    }
}
