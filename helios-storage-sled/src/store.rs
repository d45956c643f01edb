//! The driver: sled's tree, and the rules of the contract around it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::storage::{
    Batch, Capabilities, Coordination, Direction, Durability, KeyRange, LocalCoordination, Snapshot, Stats,
    Storage,
};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};
use sled::IVec;

use crate::count::{self, Count};
use crate::error::guarded;
use crate::folder;
use crate::key::stored;
use crate::options::Options;
use crate::snapshot::SledSnapshot;
use crate::sync::Files;
use crate::undo::Undo;

/// A store in a folder.
#[derive(Debug)]
pub struct SledStorage {
    inner: Arc<Inner>,
    options: Options,
    /// One thread at a time commits.
    writer: Mutex<Option<Writer>>,
    version: AtomicU64,
    coordination: Arc<LocalCoordination>,
}

/// What whoever commits writes besides the tree.
#[derive(Debug)]
struct Writer {
    files: Files,
    count: Count,
}

/// What snapshots share.
#[derive(Debug)]
pub(crate) struct Inner {
    /// Shared while something is read, alone while a commit is applied.
    pub(crate) state: RwLock<State>,
}

/// The tree, and what was in it.
#[derive(Debug)]
pub(crate) struct State {
    database: Option<sled::Db>,
    pub(crate) undo: Undo,
}

impl State {
    /// sled's tree: the first of the database, which is the whole store.
    pub(crate) fn tree(&self) -> Result<&sled::Db> {
        self.database.as_ref().ok_or_else(|| Error::new(ErrorKind::Misuse, "the store is closed"))
    }
}

impl SledStorage {
    /// Opens the folder at `path`, or makes it.
    ///
    /// # Errors
    /// `NotADatabase` for what is no folder of sled, `Busy` if another process has it open, `CannotOpen` if it cannot be
    /// opened.
    pub fn open(path: &Path, options: Options) -> Result<SledStorage> {
        let database = folder::open(path, &options)?;
        let files = Files::new(path)?;
        let count = Count::open(&database, files.folder(), options.read_only)?;
        let state = State { database: Some(database), undo: Undo::default() };
        Ok(SledStorage {
            inner: Arc::new(Inner { state: RwLock::new(state) }),
            options,
            writer: Mutex::new(Some(Writer { files, count })),
            version: AtomicU64::new(0),
            coordination: Arc::default(),
        })
    }

    /// Applies a batch and makes it durable. The caller is the only writer.
    fn write(&self, batch: &Batch<'_>, writer: &mut Writer) -> Result<()> {
        let changes = {
            let state = self.inner.state.read();
            let tree = state.tree()?;
            for expected in &batch.expected {
                if guarded(|| tree.get(stored(expected.key)))?.as_deref() != expected.value {
                    return Err(Error::new(ErrorKind::Conflict, "another commit came first"));
                }
            }
            changes(tree, batch)?
        };
        let mut applied = sled::Batch::default();
        applied.insert(&count::KEY, &writer.count.next());
        for (key, value) in &changes {
            match value {
                Some(value) => applied.insert(key, value),
                None => applied.remove(key),
            }
        }
        {
            let mut state = self.inner.state.write();
            let State { database: Some(tree), undo } = &mut *state else { return state.tree().map(|_| ()) };
            for (key, _) in &changes {
                undo.keep(key, guarded(|| tree.get(key))?);
            }
            guarded(|| tree.apply_batch(applied))?;
            writer.count.raise();
        }
        self.make_durable(writer)
    }

    fn make_durable(&self, Writer { files, count }: &mut Writer) -> Result<()> {
        if self.options.durability == Durability::Off {
            return Ok(());
        }
        let tree = self.inner.state.read().tree()?.clone();
        guarded(|| tree.flush())?;
        if self.options.durability == Durability::Full {
            files.sync()?;
            count.note(files.folder())?;
        }
        Ok(())
    }
}

/// The changes of a batch to what is stored, one a key, the later ones of the contract's order winning.
fn changes(tree: &sled::Tree, batch: &Batch<'_>) -> Result<Vec<(IVec, Option<IVec>)>> {
    let mut changes: Vec<(IVec, Option<IVec>)> = Vec::with_capacity(batch.entries.len_at_most());
    for range in batch.cleared.iter().filter(|range| !range.is_empty()) {
        let start = stored(range.start);
        let mut found = match range.end {
            Some(end) => tree.range(start..stored(end)),
            None => tree.range(start..IVec::from(&count::KEY)),
        };
        while let Some((key, _)) = guarded(|| found.next().transpose())? {
            changes.push((key, None));
        }
    }
    if let Some(source) = batch.copied {
        let mut cursor = source.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let (key, value) = cursor.entry();
            changes.push((stored(key), Some(value.into())));
        }
    }
    for entry in batch.entries.iter() {
        let value = entry.value.map(|[head, body]| match body {
            [] => IVec::from(head),
            body => IVec::from([head, body].concat()),
        });
        changes.push((stored(entry.key), value));
    }
    // The sort keeps the order of what is equal: of one key the last change counts.
    changes.reverse();
    changes.sort_by(|(a, _), (b, _)| a.cmp(b));
    changes.dedup_by(|(later, _), (kept, _)| later == kept);
    Ok(changes)
}

impl Storage for SledStorage {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        let mut state = self.inner.state.write();
        state.tree()?;
        let number = state.undo.take_snapshot();
        drop(state);
        Ok(Arc::new(SledSnapshot::new(self.inner.clone(), number)))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        let mut writer = self.writer.lock();
        let Some(writer) = writer.as_mut() else { return self.inner.state.read().tree().map(|_| ()) };
        if self.options.read_only {
            return Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database"));
        }
        self.version.fetch_add(1, Ordering::SeqCst);
        let result = self.write(batch, writer);
        self.inner.state.write().undo.show_next();
        self.version.fetch_add(1, Ordering::SeqCst);
        result
    }

    fn version(&self) -> Result<u64> {
        self.inner.state.read().tree()?;
        Ok(self.version.load(Ordering::SeqCst))
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        self.coordination.clone()
    }

    fn capabilities(&self) -> Capabilities {
        self.options.capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        let state = self.inner.state.read();
        let tree = state.tree()?;
        let allocated = guarded(|| tree.size_on_disk())?;
        Ok(Stats { allocated_bytes: Some(allocated), ..Stats::default() })
    }

    fn compact(&self) -> Result<()> {
        // sled moves pages and gives segments back by itself.
        self.inner.state.read().tree().map(|_| ())
    }

    fn close(&self) -> Result<()> {
        let mut writer = self.writer.lock();
        let Some(Writer { mut files, mut count }) = writer.take() else { return Ok(()) };
        let Some(database) = self.inner.state.write().database.take() else { return Ok(()) };
        let flushed = guarded(|| database.flush()).map(|_| ());
        drop(database);
        flushed.and_then(|()| files.sync())?;
        if self.options.read_only { Ok(()) } else { count.note(files.folder()) }
    }
}

impl Drop for SledStorage {
    fn drop(&mut self) {
        // Nobody is left to be told of an error.
        let _ = self.close();
    }
}
