//! The driver: redb's database, and the rules of the contract around it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use helios_core::storage::{
    Batch, Capabilities, Coordination, Durability, LocalCoordination, Snapshot, Stats, Storage, cannot_open,
};
use helios_core::{Error, ErrorKind, Result};
use parking_lot::{Mutex, RwLock};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageBackend};

use crate::apply::apply;
use crate::create::create;
use crate::error::from_redb;
use crate::guard::guarded;
use crate::handle::{Handle, Reader, TABLE, closed, read_only};
use crate::options::{Options, Processes};
use crate::replace::remove_left;
use crate::side_file::SideFile;
use crate::snapshot::RedbSnapshot;
use crate::source::{Encryption, Place, Source};
use crate::vault::{check_file, make_head};

/// A store in one file.
#[derive(Debug)]
pub struct RedbStorage {
    pub(crate) source: Source,
    pub(crate) options: Options,
    pub(crate) handle: RwLock<Handle>,
    /// What was open before the first write, as long as there are snapshots of it.
    pub(crate) reader_before: Mutex<Weak<Reader>>,
    /// One thread at a time commits or recovers, so that an odd number of commits means exactly that.
    pub(crate) writer: Mutex<()>,
    is_closed: Arc<AtomicBool>,
    pub(crate) sharing: RwLock<Sharing>,
    local: Arc<LocalCoordination>,
}

/// How this process learns of commits.
#[derive(Debug)]
pub(crate) enum Sharing {
    /// All commits are its own; counted here. The side file, if there is one, keeps others out.
    Alone(AtomicU64, Option<Arc<SideFile>>),
    /// The side file tells.
    Shared(Arc<SideFile>),
    /// Read-only, where no side file can be made: every look may find something new.
    Blind(AtomicU64),
}

impl RedbStorage {
    /// Opens the file at `path`, or makes it.
    ///
    /// # Errors
    /// `NotADatabase` for a file that is something else, `CannotOpen` for what is no file or cannot be opened, `Busy`
    /// naming the process that has the file for itself.
    pub fn open(path: &Path, options: Options) -> Result<RedbStorage> {
        RedbStorage::open_with(path, options, None)
    }

    /// Opens the file at `path`, or makes it, with the means to seal it.
    ///
    /// # Errors
    /// As [`RedbStorage::open`]; `NotADatabase` also if the file is sealed and the key is not the one that opens it, or
    /// if it is not sealed and there is a key.
    pub fn open_with(path: &Path, options: Options, encryption: Option<Encryption>) -> Result<RedbStorage> {
        let source = Source::new(Place::File(path.to_owned()), encryption);
        if !check_file(path, &source, source.key().as_ref())? {
            if options.read_only || !options.create {
                return Err(cannot_open(path, &std::io::ErrorKind::NotFound.into()));
            }
            create(path, &source)?;
        }
        let path = path.canonicalize().map_err(|error| cannot_open(path, &error))?;
        let sharing = match (SideFile::join(&path, options.processes), options.processes) {
            (Ok(side), Processes::Many) => Sharing::Shared(Arc::new(side)),
            (Ok(side), Processes::One) => Sharing::Alone(AtomicU64::new(0), Some(Arc::new(side))),
            (Err(error), _) if options.read_only && error.kind() == ErrorKind::CannotOpen => {
                Sharing::Blind(AtomicU64::new(0))
            }
            (Err(error), _) => return Err(error),
        };
        let source = source.at(&path);
        if let Sharing::Shared(side) = &sharing
            && source.is_sealed()
        {
            // The head of an empty file is written by one process.
            let _committing = side.begin_commit()?;
            make_head(&path, &source)?;
        }
        if !options.read_only {
            remove_left(&path);
        }
        // Whoever had it before may have sealed it.
        check_file(&path, &source, source.key().as_ref())?;
        RedbStorage::start(source, options, sharing)
    }

    /// Opens a store whose bytes are where `make_backend` says: simulated, or in memory. It belongs to this process
    /// alone.
    pub fn open_backend(
        make_backend: impl Fn() -> Result<Box<dyn StorageBackend>> + Send + Sync + 'static,
        options: Options,
    ) -> Result<RedbStorage> {
        RedbStorage::open_backend_with(make_backend, options, None)
    }

    /// As [`RedbStorage::open_backend`], with the means to seal it.
    pub fn open_backend_with(
        make_backend: impl Fn() -> Result<Box<dyn StorageBackend>> + Send + Sync + 'static,
        options: Options,
        encryption: Option<Encryption>,
    ) -> Result<RedbStorage> {
        let options = Options { processes: Processes::One, ..options };
        let sharing = Sharing::Alone(AtomicU64::new(0), None);
        RedbStorage::start(Source::new(Place::Backend(Box::new(make_backend)), encryption), options, sharing)
    }

    fn start(source: Source, options: Options, sharing: Sharing) -> Result<RedbStorage> {
        let handle = Handle::open(&source, &options)?;
        Ok(RedbStorage {
            source,
            options,
            handle: RwLock::new(handle),
            reader_before: Mutex::default(),
            writer: Mutex::new(()),
            is_closed: Arc::default(),
            sharing: RwLock::new(sharing),
            local: Arc::default(),
        })
    }

    /// After a failed write redb refuses everything: opening again brings back the last durable state. So it does where
    /// another file stands in the place of the one that is open.
    pub(crate) fn reopen(&self) -> Result<()> {
        let mut handle = self.handle.write();
        if matches!(*handle, Handle::Closed) {
            return Err(closed());
        }
        if let Handle::Writer(database) = std::mem::replace(&mut *handle, Handle::Failed) {
            // Closed, not dropped: a snapshot that is still held would keep the file's locks. That the last write
            // failed is known.
            let _ = guarded(|| database.close().map_err(from_redb));
        }
        *handle = Handle::open_writer(&self.source, &self.options).map_err(|error| match error.kind() {
            // Where closing failed too, the locks stay with the snapshots that are still held; nobody else is to blame.
            ErrorKind::Busy => Error::new(ErrorKind::Io, "disk I/O error").caused_by(error),
            _ => error,
        })?;
        Ok(())
    }

    /// Opens the database for writing where it is open for reading. The caller is the only writer.
    fn open_for_writing(&self) -> Result<()> {
        let reader = match &*self.handle.read() {
            Handle::Reader(_) if self.options.read_only => return Err(read_only()),
            Handle::Reader(reader) => reader.clone(),
            Handle::Writer(_) | Handle::Failed | Handle::Closed => return Ok(()),
        };
        let writer = reader.open_writer(&self.source, &self.options)?;
        let mut handle = self.handle.write();
        if matches!(*handle, Handle::Closed) {
            return writer.close();
        }
        *self.reader_before.lock() = Arc::downgrade(&reader);
        *handle = writer;
        Ok(())
    }

    /// Opens again where that has failed before. The caller is the only writer.
    pub(crate) fn recover_again(&self) -> Result<()> {
        let has_failed = matches!(&*self.handle.read(), Handle::Failed);
        if has_failed { self.reopen() } else { Ok(()) }
    }

    /// Does `work` so that the version is odd meanwhile and another one afterwards. The caller is the only writer. What
    /// became of a commit whose process died in it is decided before; what became of a commit that has failed, after it,
    /// by who can.
    pub(crate) fn count_commit(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        match &*self.sharing.read() {
            Sharing::Shared(side) => {
                let mut committing = side.begin_commit()?;
                if !committing.is_settled() {
                    self.decide()?;
                }
                let result = work();
                let is_known = !result.as_ref().is_err_and(is_failure);
                committing.settle(is_known || self.decide().is_ok());
                result
            }
            Sharing::Alone(commits, _) | Sharing::Blind(commits) => {
                commits.fetch_add(1, Ordering::SeqCst);
                let result = work();
                commits.fetch_add(1, Ordering::SeqCst);
                result
            }
        }
    }

    /// Decides what became of a commit that has not come to its end. redb shows readers the state before, and makes the
    /// commit count when the next write begins, if it was complete; so one begins here, before anybody builds on what is
    /// shown. The caller is the only writer.
    fn decide(&self) -> Result<()> {
        self.recover_again()?;
        self.open_for_writing()?;
        match &*self.handle.read() {
            Handle::Writer(database) => {
                guarded(|| database.begin_write().map_err(from_redb)?.abort().map_err(from_redb))
            }
            _ => Err(closed()),
        }
    }

    /// Decides what became of a commit whose process died in it, and returns the version then. A reader leaves that to a
    /// writer, and the number odd.
    fn settle(&self, side: &SideFile) -> Result<u64> {
        let _writer = self.writer.lock();
        if !self.options.read_only {
            self.count_commit(|| Ok(()))?;
        }
        Ok(side.commits().load(Ordering::SeqCst))
    }

    /// The state as it is, after a recovery where one is due.
    pub(crate) fn read(&self) -> Result<RedbSnapshot> {
        let (transaction, reader) = loop {
            match &*self.handle.read() {
                Handle::Writer(database) => break (database.begin_read().map_err(from_redb)?, None),
                Handle::Reader(reader) => break (reader.begin_read()?, Some(reader.clone())),
                Handle::Closed => return Err(closed()),
                Handle::Failed => {}
            }
            let _writer = self.writer.lock();
            self.count_commit(|| self.recover_again())?;
        };
        let table = transaction.open_table(TABLE).map_err(from_redb)?;
        Ok(RedbSnapshot::new(table, reader, self.is_closed.clone()))
    }

    fn try_write(&self, batch: &Batch<'_>) -> Result<()> {
        match &*self.handle.read() {
            Handle::Writer(database) => self.write(database, batch),
            Handle::Reader(_) => Err(read_only()),
            Handle::Failed => Err(Error::new(ErrorKind::Io, "disk I/O error")),
            Handle::Closed => Err(closed()),
        }
    }

    fn write(&self, database: &Database, batch: &Batch<'_>) -> Result<()> {
        let mut transaction = database.begin_write().map_err(from_redb)?;
        if self.options.durability == Durability::Off && self.options.processes == Processes::One {
            transaction.set_durability(redb::Durability::None).map_err(from_redb)?;
        }
        // What a power cut tears is not to be read, not even to see that it is torn: sealed, that is an error.
        transaction.set_two_phase_commit(self.source.is_sealed());
        transaction.set_quick_repair(self.options.quick_repair);
        {
            let mut table = transaction.open_table(TABLE).map_err(from_redb)?;
            for expected in &batch.expected {
                let found = table.get(expected.key).map_err(from_redb)?;
                if found.as_ref().map(redb::AccessGuard::value) != expected.value {
                    return Err(Error::new(ErrorKind::Conflict, "another commit came first"));
                }
            }
            apply(&mut table, batch)?;
        }
        transaction.commit().map_err(from_redb)
    }
}

/// Whether the store may be in the middle of something after an error, unlike after one that says what is not allowed.
fn is_failure(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Io | ErrorKind::Full | ErrorKind::Corrupt)
}

impl Storage for RedbStorage {
    fn snapshot(&self) -> Result<Arc<dyn Snapshot>> {
        Ok(Arc::new(guarded(|| self.read())?))
    }

    fn commit(&self, batch: &Batch<'_>) -> Result<()> {
        debug_assert!(batch.is_sorted(), "the entries of a batch are sorted");
        let _writer = self.writer.lock();
        self.count_commit(|| {
            self.recover_again()?;
            self.open_for_writing()?;
            let result = guarded(|| self.try_write(batch));
            if result.as_ref().is_err_and(is_failure) {
                // The commit's own error is what the caller is told; the next use recovers where this did not.
                let _ = self.reopen();
            }
            result
        })
    }

    fn version(&self) -> Result<u64> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(closed());
        }
        let side = match &*self.sharing.read() {
            Sharing::Shared(side) => match side.version()? {
                Some(commits) => return Ok(commits),
                None => side.clone(),
            },
            Sharing::Alone(commits, _) => return Ok(commits.load(Ordering::SeqCst)),
            Sharing::Blind(looks) => return Ok(looks.fetch_add(2, Ordering::SeqCst)),
        };
        self.settle(&side)
    }

    fn coordination(&self) -> Arc<dyn Coordination> {
        match &*self.sharing.read() {
            Sharing::Shared(side) => side.clone(),
            Sharing::Alone(..) | Sharing::Blind(_) => self.local.clone(),
        }
    }

    fn capabilities(&self) -> Capabilities {
        self.options.capabilities()
    }

    fn stats(&self) -> Result<Stats> {
        let snapshot = guarded(|| self.read())?;
        let table = snapshot.table();
        let sizes = guarded(|| table.stats().map_err(from_redb))?;
        let file_bytes =
            self.source.path().and_then(|path| std::fs::metadata(path).ok()).map(|file| file.len());
        Ok(Stats {
            entries: Some(table.len().map_err(from_redb)?),
            stored_bytes: Some(sizes.stored_bytes()),
            allocated_bytes: file_bytes,
        })
    }

    fn compact(&self) -> Result<()> {
        let _writer = self.writer.lock();
        self.open_for_writing()?;
        match &mut *self.handle.write() {
            Handle::Writer(database) => guarded(|| database.compact().map(|_| ()).map_err(from_redb)),
            Handle::Reader(_) => Err(read_only()),
            Handle::Failed => Err(Error::new(ErrorKind::Io, "disk I/O error")),
            Handle::Closed => Err(closed()),
        }
    }

    fn close(&self) -> Result<()> {
        self.is_closed.store(true, Ordering::Release);
        let handle = std::mem::replace(&mut *self.handle.write(), Handle::Closed);
        let before = self.reader_before.lock().upgrade().map_or(Ok(()), |reader| reader.close());
        let result = handle.close().and(before);
        // The side file goes last: as long as it stands, no other process takes the database for its own.
        let sharing = std::mem::replace(&mut *self.sharing.write(), Sharing::Alone(AtomicU64::new(0), None));
        if let Sharing::Shared(side) | Sharing::Alone(_, Some(side)) = sharing {
            side.leave();
        }
        result
    }
}

impl Drop for RedbStorage {
    fn drop(&mut self) {
        // Nobody is left to be told of an error; `close` tells it.
        let _ = self.close();
    }
}

#[cfg(test)]
mod tests {
    use helios_core::storage::BatchEntry;
    use helios_testkit::TestResult;

    use super::*;

    fn commit(store: &RedbStorage, key: &[u8]) -> Result<()> {
        store.commit(&Batch { entries: vec![BatchEntry::put(key, b"")].into(), ..Batch::default() })
    }

    #[test]
    fn nobody_builds_on_a_commit_of_a_dead_process_that_the_disk_does_not_let_decide() -> TestResult {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("a.db");
        let store = RedbStorage::open(&path, Options { processes: Processes::Many, ..Options::default() })?;
        commit(&store, b"a")?;
        let Sharing::Shared(side) = &*store.sharing.read() else { return Err("it is shared".into()) };
        side.die_in_a_commit();
        let away = directory.path().join("away");
        std::fs::rename(&path, &away)?;
        *store.handle.write() = Handle::Failed;
        commit(&store, b"b").err().ok_or("the file is gone")?;
        store.version().err().ok_or("the file is gone")?;
        assert_eq!(side.version()?, None, "it is open");
        std::fs::rename(&away, &path)?;
        commit(&store, b"c")?;
        assert_eq!(side.version()?, Some(store.version()?));
        let snapshot = store.snapshot()?;
        let mut found = Vec::new();
        for key in [b"a", b"b", b"c"] {
            found.push(snapshot.get(key, &mut |_| {})?);
        }
        assert_eq!(found, [true, false, true]);
        Ok(())
    }
}
