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
use crate::storage::{
    Batch, BatchEntry, Coordination, Direction, Expectation, HeadChange, KeyRange, Network, Reach, Snapshot,
    Storage,
};
use crate::versioned::{BranchId, Key, Past, SegmentSizes, Space, StampedWrites, needs_snapshot, replace};

/// The version of the format that this code writes, and the newest that it reads.
pub const FORMAT_VERSION: u32 = 2;

const MAGIC: &[u8; 8] = b"helios\0\0";

/// The portable store: everything is keys of one [`Storage`].
#[derive(Debug)]
pub struct Store {
    storage: Arc<dyn Storage>,
    identity: [u8; 16],
    /// The newest records and the (even) version that they belong to.
    pub(super) newest: Mutex<Option<(u64, Arc<Meta>)>>,
    coordination: Arc<dyn Coordination>,
    sizes: SegmentSizes,
}

impl Store {
    /// Opens the store that `storage` holds, or makes one if it is empty.
    pub fn open(storage: Arc<dyn Storage>, clock: &dyn Clock, entropy: &dyn Entropy) -> Result<Store> {
        loop {
            if let Some(identity) = read_format(&*storage)? {
                let coordination = storage.coordination();
                return Ok(Store {
                    storage,
                    identity,
                    newest: Mutex::new(None),
                    coordination,
                    sizes: SegmentSizes::default(),
                });
            }
            match create(&*storage, clock.now(), entropy) {
                // Another process was faster: its store is ours.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                result => result?,
            }
        }
    }

    /// Changes what becomes a segment of the history, for tests of small databases.
    #[must_use]
    pub fn with_segments(self, sizes: SegmentSizes) -> Store {
        Store { sizes, ..self }
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
        if let Reach::Network(network) = self.coordination.reach() {
            return self.load_heard(network);
        }
        let before = self.storage.version()?;
        let snapshot = self.storage.snapshot()?;
        let is_settled = before % 2 == 0 && self.storage.version()? == before;
        if is_settled
            && let Some((version, meta)) = &*self.newest.lock()
            && *version == before
        {
            return Ok(State { snapshot, meta: meta.clone(), head: None });
        }
        let meta = Arc::new(Meta::load(&*snapshot)?);
        if is_settled {
            *self.newest.lock() = Some((before, meta.clone()));
        }
        Ok(State { snapshot, meta, head: None })
    }

    /// The newest state that is known without a journey. Its records are read once.
    fn load_heard(&self, network: &dyn Network) -> Result<State> {
        loop {
            let (version, snapshot) = network.snapshot()?;
            let known = self.newest.lock().as_ref().filter(|(known, _)| *known == version).cloned();
            let meta = match known {
                Some((_, meta)) => meta,
                None => match Meta::load(&*snapshot) {
                    Ok(meta) => self.keep_newest(version, Arc::new(meta)),
                    // What was known is too old to be read; by now something newer is.
                    Err(_) if network.heard().head().version > version => continue,
                    Err(error) => return Err(error),
                },
            };
            return Ok(State { snapshot, meta, head: Some(version) });
        }
    }

    /// Keeps records that belong to a version, unless newer ones are kept.
    fn keep_newest(&self, version: u64, meta: Arc<Meta>) -> Arc<Meta> {
        let mut newest = self.newest.lock();
        if newest.as_ref().is_none_or(|(known, _)| *known < version) {
            *newest = Some((version, meta.clone()));
        }
        meta
    }

    /// Commits a batch that is made of a state, and made anew as long as others come first over a network.
    pub(super) fn commit_on_newest(
        &self,
        mut commit: impl FnMut(State, &dyn Storage) -> Result<()>,
    ) -> Result<()> {
        loop {
            let state = self.load()?;
            let head = state.head;
            match (commit(state, &*self.storage), head) {
                (Err(error), Some(version))
                    if error.kind() == ErrorKind::Conflict && self.is_behind(version) => {}
                (result, _) => return result,
            }
        }
    }

    /// Whether the store that is reached over a network is known to have a newer head.
    fn is_behind(&self, version: u64) -> bool {
        let network = self.coordination.reach().network();
        network.is_some_and(|network| network.heard().head().version > version)
    }

    /// The newest records, without holding a snapshot where they are known: an open snapshot makes a driver's commit
    /// dearer.
    fn newest_meta(&self) -> Result<(Arc<Meta>, Option<u64>)> {
        let network = self.coordination.reach().network();
        let version = match network {
            Some(network) => network.heard().head().version,
            None => self.storage.version()?,
        };
        if let Some((known, meta)) = &*self.newest.lock()
            && *known == version
        {
            return Ok((meta.clone(), network.map(|_| version)));
        }
        let state = self.load()?;
        Ok((state.meta, state.head))
    }
}

impl VersionedStore for Store {
    fn state(&self) -> Result<Arc<dyn Branching>> {
        Ok(Arc::new(self.load()?))
    }

    fn commit(&self, commits: &[Commit<'_>]) -> Result<()> {
        let (before, head) = self.newest_meta()?;
        let mut after = Meta::clone(&before);
        let bytes = Bump::new();
        let mut batch = Batch::default();
        for commit in commits {
            change_records(&mut after, commit)?;
        }
        self.write_branches(&mut after, head, commits, &bytes, &mut batch)?;
        if before.segments.all().is_empty() && !after.segments.all().is_empty() {
            // A file of an older version gets what that cannot read.
            let key = bytes.alloc_slice_copy(&Key::Format.to_bytes());
            batch.entries.push(BatchEntry::put(key, bytes.alloc_slice_copy(&format_record(self.identity))));
        }
        clear_branches(&before, &after, &bytes, &mut batch);
        let is_shared = matches!(self.coordination.reach(), Reach::Memory(words) if words.is_shared());
        write_records(&before, &after, is_shared, &bytes, &mut batch);
        batch.entries.sort();
        if let (Some(version), [first, ..], [.., last]) = (head, commits, commits) {
            batch.head = Some(HeadChange { version, above: first.moment.0, floor: last.moment.0 });
            self.storage.commit(&batch)?;
            self.keep_newest(version + 1, Arc::new(after));
            return Ok(());
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
        match self.coordination.reach() {
            Reach::Memory(_) => self.storage.version(),
            // Of a state that was heard of, nothing is on its way.
            Reach::Network(network) => Ok(2 * network.heard().head().version),
        }
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.coordination.clone()
    }
}

impl Store {
    /// The state that a commit builds on.
    fn snapshot_of(&self, head: Option<u64>) -> Result<Arc<dyn Snapshot>> {
        let Some((network, version)) = self.coordination.reach().network().zip(head) else {
            return self.storage.snapshot();
        };
        let (found, snapshot) = network.snapshot()?;
        if found == version {
            Ok(snapshot)
        } else {
            Err(Error::new(ErrorKind::Conflict, "another commit came first"))
        }
    }

    /// The writes of all commits, branch by branch. `after` is what the commits make of the records: who may ask for
    /// what is replaced is told by moments, so a fork between two writes keeps what it must and no more.
    fn write_branches<'a>(
        &self,
        after: &mut Meta,
        head: Option<u64>,
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
            let snapshot = wants_old.then(|| self.snapshot_of(head)).transpose()?;
            let (snapshot, sizes) = (snapshot.as_deref(), self.sizes);
            let past = Past { snapshot, segments: &mut after.segments, sizes };
            replace(branch, &keepers, past, writes, bytes, batch)?;
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

/// What is stored of the format.
pub(super) fn format_record(identity: [u8; 16]) -> Vec<u8> {
    [&MAGIC[..], &FORMAT_VERSION.to_le_bytes(), &identity].concat()
}

/// Writes what every store begins with.
fn create(storage: &dyn Storage, now: Moment, entropy: &dyn Entropy) -> Result<()> {
    let mut identity = [0; 16];
    entropy.fill(&mut identity);
    let format = format_record(identity);
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
    batch.entries.sort();
    storage.commit(&batch)
}
