//! Versions and branches over any driver.

use std::collections::BTreeMap;
use std::sync::Arc;

use bumpalo::Bump;
use parking_lot::Mutex;

use super::change::{change_records, clear_branches, write_records};
use super::meta::Meta;
use super::state::State;
use super::{BranchRecord, Branching, Change, Commit, VersionedStore};
use crate::clock::{Clock, Entropy, Moment};
use crate::error::{Error, ErrorKind, Result};
use crate::storage::{Batch, BatchEntry, Coordination, Direction, Expectation, KeyRange, Storage};
use crate::versioned::{BranchId, Key, Space, StampedWrites, needs_snapshot, replace};

/// The version of the format that this code writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"helios\0\0";

/// The portable store: everything is keys of one [`Storage`].
#[derive(Debug)]
pub struct Store {
    storage: Arc<dyn Storage>,
    identity: [u8; 16],
    /// The newest records and the (even) version that they belong to.
    pub(super) newest: Mutex<Option<(u64, Arc<Meta>)>>,
}

impl Store {
    /// Opens the store that `storage` holds, or makes one if it is empty.
    pub fn open(storage: Arc<dyn Storage>, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Store> {
        loop {
            if let Some(identity) = read_format(&*storage)? {
                return Ok(Store { storage, identity, newest: Mutex::new(None) });
            }
            match create(&*storage, clock.now(), entropy) {
                // Another process was faster: its store is ours.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                result => result?,
            }
        }
    }

    /// A number that no other database has.
    pub fn identity(&self) -> [u8; 16] {
        self.identity
    }

    /// The driver underneath.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    pub(super) fn load(&self) -> Result<State> {
        let before = self.storage.version()?;
        let snapshot = self.storage.snapshot()?;
        let is_settled = before % 2 == 0 && self.storage.version()? == before;
        if is_settled
            && let Some((version, meta)) = &*self.newest.lock()
            && *version == before
        {
            return Ok(State { snapshot, meta: meta.clone() });
        }
        let meta = Arc::new(Meta::load(&*snapshot)?);
        if is_settled {
            *self.newest.lock() = Some((before, meta.clone()));
        }
        Ok(State { snapshot, meta })
    }

    /// The newest records, without holding a snapshot where they are known: an open snapshot makes a driver's commit
    /// dearer.
    fn newest_meta(&self) -> Result<Arc<Meta>> {
        let version = self.storage.version()?;
        if let Some((known, meta)) = &*self.newest.lock()
            && *known == version
        {
            return Ok(meta.clone());
        }
        Ok(self.load()?.meta)
    }
}

impl VersionedStore for Store {
    fn state(&self) -> Result<Arc<dyn Branching>> {
        Ok(Arc::new(self.load()?))
    }

    fn commit(&self, commits: &[Commit<'_>]) -> Result<()> {
        let before = self.newest_meta()?;
        let mut after = Meta::clone(&before);
        let bytes = Bump::new();
        let mut batch = Batch::default();
        for commit in commits {
            change_records(&mut after, commit)?;
        }
        self.write_branches(&after, commits, &bytes, &mut batch)?;
        clear_branches(&before, &after, &bytes, &mut batch);
        write_records(&before, &after, self.coordination().is_shared(), &bytes, &mut batch);
        if !batch.is_sorted() {
            batch.entries.sort_unstable_by_key(|entry| entry.key);
        }
        *self.newest.lock() = None;
        self.storage.commit(&batch)?;
        let version = self.storage.version()?;
        if version % 2 == 0 {
            *self.newest.lock() = Some((version, Arc::new(after)));
        }
        Ok(())
    }

    fn version(&self) -> Result<u64> {
        self.storage.version()
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.storage.coordination()
    }
}

impl Store {
    /// The writes of all commits, branch by branch. `after` is what the commits make of the records: who may ask for
    /// what is replaced is told by moments, so a fork between two writes keeps what it must and no more.
    fn write_branches<'a>(
        &self,
        after: &Meta,
        commits: &[Commit<'a>],
        bytes: &'a Bump,
        batch: &mut Batch<'a>,
    ) -> Result<()> {
        let mut by_branch: BTreeMap<BranchId, Vec<StampedWrites<'a>>> = BTreeMap::new();
        for commit in commits {
            if let Change::Write(writes) = commit.change
                && after.branches.contains_key(&writes.branch())
            {
                let stamped = StampedWrites { writes, moment: commit.moment };
                by_branch.entry(writes.branch()).or_default().push(stamped);
            }
        }
        for (branch, writes) in by_branch {
            let writes = &*bytes.alloc_slice_copy(&writes);
            let keepers = after.keepers(branch);
            let wants_old = writes.iter().any(|commit| needs_snapshot(&keepers, commit.writes));
            batch.entries.reserve(writes.iter().map(|commit| commit.writes.len()).sum());
            let snapshot = wants_old.then(|| self.storage.snapshot()).transpose()?;
            replace(branch, &keepers, snapshot.as_deref(), writes, bytes, batch)?;
        }
        Ok(())
    }
}

/// The identity of the database in `storage`; `None` if there is nothing in it.
fn read_format(storage: &dyn Storage) -> Result<Option<[u8; 16]>> {
    let snapshot = storage.snapshot()?;
    let mut format = None;
    snapshot.get(&Key::Format.to_bytes(), &mut |value| format = Some(value.to_vec()))?;
    let Some(format) = format else {
        let is_empty = !snapshot.cursor(KeyRange::ALL, Direction::Forward)?.advance()?;
        return if is_empty { Ok(None) } else { Err(not_a_database()) };
    };
    let rest = format.strip_prefix(MAGIC).ok_or_else(not_a_database)?;
    let (version, rest) = rest.split_first_chunk().ok_or_else(not_a_database)?;
    let version = u32::from_le_bytes(*version);
    if version > FORMAT_VERSION {
        return Err(Error::new(
            ErrorKind::NotADatabase,
            format!("the file has format {version}, this version of helios reads up to {FORMAT_VERSION}"),
        ));
    }
    rest.first_chunk().copied().map(Some).ok_or_else(not_a_database)
}

fn not_a_database() -> Error {
    Error::new(ErrorKind::NotADatabase, "file is not a database")
}

/// Writes what every store begins with.
fn create(storage: &dyn Storage, now: Moment, entropy: &dyn Entropy) -> Result<()> {
    let mut identity = [0; 16];
    entropy.fill(&mut identity);
    let format = [&MAGIC[..], &FORMAT_VERSION.to_le_bytes(), &identity].concat();
    let main = BranchRecord::main(now)?.to_bytes();
    let next_space = u64::from(Space::FIRST_USER.0).to_le_bytes();
    let next_branch = 1u64.to_le_bytes();
    let keys =
        [Key::Branch(BranchId::MAIN), Key::Format, Key::NextBranch, Key::NextSpace].map(|key| key.to_bytes());
    let values: [&[u8]; 4] = [&main, &format, &next_branch, &next_space];
    let mut batch = Batch {
        expected: vec![Expectation { key: &keys[1], value: None }],
        entries: keys.iter().zip(values).map(|(key, value)| BatchEntry::put(key, value)).collect(),
        ..Batch::default()
    };
    batch.entries.sort_unstable_by_key(|entry| entry.key);
    storage.commit(&batch)
}
