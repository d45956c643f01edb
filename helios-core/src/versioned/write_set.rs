//! What a transaction has written and not yet committed.
//!
//! In: puts and deletes, in the order in which statements make them. Out: the last word on every key, as a lookup, as
//! a cursor in key order, and at commit as one sorted list.
//!
//! Each space has a log: bytes of keys and payloads in one arena, positions beside it. While keys come in ascending
//! order, as in a bulk load, the log is its own index and a write is two copies. Once they do not, two indexes are
//! made, each when it is first needed: a hash table for lookups, sorted runs for cursors (see [`super::runs`]). To
//! roll back to a mark is to cut the logs. Nothing here is shared or locked: `transaction` does that.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashTable};

use super::pieces::{Arena, Pieces, Place};
use super::runs::Runs;
use super::write_cursor::{Sorted, WriteCursor};
use super::{BranchId, Key, Space};
use crate::clock::Moment;
use crate::storage::{Direction, KeyRange};

/// The writes of one transaction on one branch.
#[derive(Clone, Debug)]
pub struct WriteSet {
    branch: BranchId,
    spaces: Vec<SpaceWrites>,
    by_space: HashMap<Space, u32, FixedState>,
    /// Which spaces were written to, oldest first, as (place in `spaces`, number of writes).
    undo: Vec<(u32, u32)>,
    writes: usize,
    dropped: Vec<Space>,
    pub(super) versioning: Vec<(Space, bool)>,
    pub(super) merged: Option<(BranchId, Moment)>,
    bytes: usize,
}

/// A point in the life of a [`WriteSet`] to which it can be rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    writes: usize,
    dropped: usize,
    versioning: usize,
}

/// What a transaction last did to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written<'a> {
    /// It wrote this payload.
    Put(&'a [u8]),
    /// It deleted the key.
    Deleted,
}

#[derive(Clone, Debug)]
pub(super) struct SpaceWrites {
    space: Space,
    /// What the driver's keys of this space begin with.
    prefix: Vec<u8>,
    arena: Arena,
    log: Pieces<Entry>,
    /// Every key so far was larger than the one before it.
    ascending: bool,
    latest: Option<HashTable<u32>>,
    runs: Runs,
}

/// One write. The key's bytes (as the driver will see them) stand in the arena at `place`, the payload behind them.
#[derive(Clone, Copy, Debug)]
struct Entry {
    place: Place,
    key_length: u32,
    /// [`DELETED`] for a delete.
    payload_length: u32,
    /// The write before this one of the same key, if the hash table was there to tell; else [`NONE`].
    previous: u32,
}

impl Entry {
    /// Bytes of memory that it takes.
    fn bytes(&self) -> usize {
        let payload = if self.payload_length == DELETED { 0 } else { self.payload_length as usize };
        size_of::<Entry>() + self.key_length as usize + payload
    }
}

const DELETED: u32 = u32::MAX;
const NONE: u32 = u32::MAX;

/// The first bytes of a key as a number that sorts as they do; a shorter key sorts as if zeros followed.
fn prefix_of(key: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let length = key.len().min(16);
    bytes[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(bytes)
}

fn hash(key: &[u8]) -> u64 {
    FixedState::default().hash_one(key)
}

impl WriteSet {
    /// A set without writes, on `branch`.
    pub fn new(branch: BranchId) -> WriteSet {
        WriteSet {
            branch,
            spaces: Vec::new(),
            by_space: HashMap::default(),
            undo: Vec::new(),
            writes: 0,
            dropped: Vec::new(),
            versioning: Vec::new(),
            merged: None,
            bytes: 0,
        }
    }

    /// The branch that the writes are for.
    pub fn branch(&self) -> BranchId {
        self.branch
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.writes == 0 && self.dropped.is_empty() && self.versioning.is_empty() && self.merged.is_none()
    }

    /// How many writes there are, also those that later ones replace.
    pub fn len(&self) -> usize {
        self.writes
    }

    /// Bytes of memory that the writes take, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many writes there were to a space; those of one key count each.
    pub fn writes_to(&self, space: Space) -> usize {
        self.by_space.get(&space).map_or(0, |place| self.spaces[*place as usize].log.len())
    }

    /// Whether anything was written to `space`.
    pub fn touches(&self, space: Space) -> bool {
        self.place_of(space).is_some_and(|place| !self.spaces[place].log.is_empty())
    }

    /// Whether the schema was changed.
    pub fn touches_catalog(&self) -> bool {
        self.spaces.iter().any(|writes| writes.space.is_catalog() && !writes.log.is_empty())
    }

    /// The spaces that were written to, ascending.
    pub fn touched(&self) -> Vec<Space> {
        let written = self.spaces.iter().filter(|writes| !writes.log.is_empty());
        let mut spaces: Vec<Space> = written.map(|writes| writes.space).collect();
        spaces.sort_unstable();
        spaces
    }

    /// Spaces whose table or index was dropped: their entries can go when nobody may ask for them.
    pub fn dropped(&self) -> &[Space] {
        &self.dropped
    }

    /// Writes a payload, which `write_payload` appends to what it is given.
    pub fn put(&mut self, space: Space, key: &[u8], write_payload: impl FnOnce(&mut Vec<u8>)) {
        self.put_written(space, |bytes| bytes.extend_from_slice(key), write_payload);
    }

    /// As [`WriteSet::put`], with a key that `write_key` appends to what it is given.
    #[inline]
    pub fn put_written(
        &mut self,
        space: Space,
        write_key: impl FnOnce(&mut Vec<u8>),
        write_payload: impl FnOnce(&mut Vec<u8>),
    ) {
        self.push(space, write_key, Some(write_payload));
    }

    /// Deletes a key, whether it exists or not.
    pub fn delete(&mut self, space: Space, key: &[u8]) {
        self.push(space, |bytes| bytes.extend_from_slice(key), None::<fn(&mut Vec<u8>)>);
    }

    /// Notes that a space has no owner any more.
    pub fn drop_space(&mut self, space: Space) {
        self.dropped.push(space);
    }

    fn push(
        &mut self,
        space: Space,
        write_key: impl FnOnce(&mut Vec<u8>),
        write_payload: Option<impl FnOnce(&mut Vec<u8>)>,
    ) {
        let place = self.place_for(space);
        self.bytes += self.spaces[place].push(write_key, write_payload);
        self.writes += 1;
        match self.undo.last_mut() {
            Some((last, count)) if *last == place as u32 && *count < u32::MAX => *count += 1,
            _ => self.undo.push((place as u32, 1)),
        }
    }

    fn place_of(&self, space: Space) -> Option<usize> {
        match self.spaces.last() {
            Some(last) if last.space == space => Some(self.spaces.len() - 1),
            _ => self.by_space.get(&space).map(|&place| place as usize),
        }
    }

    fn place_for(&mut self, space: Space) -> usize {
        self.place_of(space).unwrap_or_else(|| {
            let place = self.spaces.len();
            self.by_space.insert(space, place as u32);
            self.spaces.push(SpaceWrites::new(self.branch, space));
            place
        })
    }

    /// The present point, to roll back to.
    pub fn mark(&self) -> Mark {
        Mark { writes: self.writes, dropped: self.dropped.len(), versioning: self.versioning.len() }
    }

    /// Forgets all that was written after `mark`.
    pub fn roll_back_to(&mut self, mark: Mark) {
        self.dropped.truncate(mark.dropped);
        self.versioning.truncate(mark.versioning);
        while self.writes > mark.writes {
            let Some((place, count)) = self.undo.pop() else {
                break;
            };
            let taken = (count as usize).min(self.writes - mark.writes);
            let writes = &mut self.spaces[place as usize];
            self.bytes -= writes.cut(writes.log.len() - taken);
            self.writes -= taken;
            if taken < count as usize {
                self.undo.push((place, count - taken as u32));
            }
        }
    }

    /// Whether [`WriteSet::get`] can answer for `space` without [`WriteSet::index`].
    pub fn is_indexed(&self, space: Space) -> bool {
        self.place_of(space).is_none_or(|place| {
            let writes = &self.spaces[place];
            writes.ascending || writes.latest.is_some() || writes.is_ordered()
        })
    }

    /// Makes lookups in `space` possible.
    pub fn index(&mut self, space: Space) {
        if let Some(place) = self.place_of(space) {
            self.spaces[place].index();
        }
    }

    /// Whether [`WriteSet::cursor`] can answer for `space` without [`WriteSet::order`].
    pub fn is_ordered(&self, space: Space) -> bool {
        self.place_of(space).is_none_or(|place| self.spaces[place].is_ordered())
    }

    /// Makes cursors over `space` possible.
    pub fn order(&mut self, space: Space) {
        if let Some(place) = self.place_of(space) {
            self.spaces[place].order();
        }
    }

    /// Makes lookups and cursors possible everywhere, for readers that cannot change the set any more.
    pub fn order_all(&mut self) {
        for writes in &mut self.spaces {
            writes.order();
        }
    }

    /// The last write of `key`. The space must be indexed.
    pub fn get(&self, space: Space, key: &[u8]) -> Option<Written<'_>> {
        let writes = &self.spaces[self.place_of(space)?];
        let position = writes.find(key)?;
        Some(writes.written(position))
    }

    /// The keys of a range with their last writes. The space must be ordered.
    pub fn cursor(&self, space: Space, range: KeyRange<'_>, direction: Direction) -> WriteCursor<'_> {
        let writes = self.place_of(space).map(|place| &self.spaces[place]);
        WriteCursor::open(writes, range, direction)
    }

    /// Every key of `space` with its last write, in the order of keys. The space must be ordered.
    pub(super) fn sorted(&self, space: Space) -> WriteCursor<'_> {
        self.cursor(space, KeyRange::ALL, Direction::Forward)
    }
}

impl SpaceWrites {
    fn new(branch: BranchId, space: Space) -> SpaceWrites {
        SpaceWrites {
            space,
            prefix: Key::current_prefix(branch, space),
            arena: Arena::default(),
            log: Pieces::default(),
            ascending: true,
            latest: None,
            runs: Runs::default(),
        }
    }

    /// Returns the bytes by which the set has grown.
    fn push(
        &mut self,
        write_key: impl FnOnce(&mut Vec<u8>),
        write_payload: Option<impl FnOnce(&mut Vec<u8>)>,
    ) -> usize {
        let (place, bytes) = self.arena.next();
        let start = bytes.len();
        bytes.extend_from_slice(&self.prefix);
        write_key(bytes);
        let key_length = bytes.len() - start;
        let payload_length = match write_payload {
            Some(write) => {
                write(bytes);
                (bytes.len() - start - key_length) as u32
            }
            None => DELETED,
        };
        let grown = bytes.len() - start + size_of::<Entry>();
        let position = self.log.len() as u32;
        let entry = Entry { place, key_length: key_length as u32, payload_length, previous: NONE };
        if self.ascending && self.log.last().is_some_and(|last| self.full_key(last) >= self.full_key(&entry))
        {
            self.ascending = false;
        }
        self.log.push(entry);
        if self.latest.is_some() {
            self.note_latest(position);
        }
        grown
    }

    fn full_key(&self, entry: &Entry) -> &[u8] {
        self.arena.get(entry.place, 0, entry.key_length as usize)
    }

    pub(super) fn full_key_at(&self, position: u32) -> &[u8] {
        self.full_key(&self.log[position])
    }

    pub(super) fn key_at(&self, position: u32) -> &[u8] {
        &self.full_key_at(position)[self.prefix.len()..]
    }

    pub(super) fn written(&self, position: u32) -> Written<'_> {
        let entry = self.log[position];
        if entry.payload_length == DELETED {
            return Written::Deleted;
        }
        Written::Put(self.arena.get(entry.place, entry.key_length as usize, entry.payload_length as usize))
    }

    /// Puts the write at `position` into the hash table and links it to the one that it replaces there.
    fn note_latest(&mut self, position: u32) {
        let Some(mut latest) = self.latest.take() else {
            return;
        };
        let key = self.key_at(position);
        let hash_of = hash(key);
        let mut previous = NONE;
        match latest.find_mut(hash_of, |&at| self.key_at(at) == key) {
            Some(at) => previous = std::mem::replace(at, position),
            None => {
                latest.insert_unique(hash_of, position, |&at| hash(self.key_at(at)));
            }
        }
        self.log[position].previous = previous;
        self.latest = Some(latest);
    }

    fn index(&mut self) {
        if self.ascending || self.latest.is_some() {
            return;
        }
        self.latest = Some(HashTable::with_capacity(self.log.len()));
        for position in 0..self.log.len() as u32 {
            self.note_latest(position);
        }
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.ascending || self.runs.covered() as usize == self.log.len()
    }

    fn order(&mut self) {
        if self.is_ordered() {
            return;
        }
        let mut runs = std::mem::take(&mut self.runs);
        let prefix = |position| prefix_of(self.key_at(position));
        runs.cover(self.log.len() as u32, prefix, |a, b| self.key_at(a).cmp(self.key_at(b)));
        self.runs = runs;
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        if let Some(latest) = &self.latest {
            return latest.find(hash(key), |&at| self.key_at(at) == key).copied();
        }
        debug_assert!(self.is_ordered(), "lookups need an index");
        self.sources().rev().find_map(|sorted| {
            let at = sorted.partition_point(|position| self.key_at(position) < key);
            let position = sorted.get(at)?;
            (self.key_at(position) == key).then_some(position)
        })
    }

    /// What is sorted by itself, oldest first.
    pub(super) fn sources(&self) -> impl DoubleEndedIterator<Item = Sorted<'_>> {
        let log = self.ascending.then_some(Sorted::Log(self.log.len()));
        let runs: Vec<Sorted<'_>> = match log {
            Some(_) => Vec::new(),
            None => self.runs.slices().map(Sorted::Run).collect(),
        };
        log.into_iter().chain(runs)
    }

    /// Cuts the log to `length` entries and returns the bytes that were given back.
    fn cut(&mut self, length: usize) -> usize {
        let Some(first) = self.log.get(length) else {
            return 0;
        };
        let place = first.place;
        if let Some(mut latest) = self.latest.take() {
            for position in (length as u32..self.log.len() as u32).rev() {
                let key = self.key_at(position);
                let previous = self.log[position].previous;
                if let Ok(mut found) = latest.find_entry(hash(key), |&at| self.key_at(at) == key) {
                    if previous == NONE {
                        found.remove();
                    } else {
                        *found.get_mut() = previous;
                    }
                }
            }
            self.latest = Some(latest);
        }
        let cut = (length as u32..self.log.len() as u32).map(|position| self.log[position].bytes());
        let freed = cut.sum();
        self.runs.cut(length as u32);
        self.log.truncate(length);
        self.arena.truncate(place);
        if self.log.is_empty() {
            self.ascending = true;
            self.latest = None;
        }
        freed
    }
}
