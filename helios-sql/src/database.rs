//! A database: one engine and the catalogs of its branches.

use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use helios_core::branch::{BranchRecord, Store, copy, no_such_branch};
use helios_core::cipher::{CipherMaker, SecretKey, UserKey, Vault};
use helios_core::clock::{Clock, Entropy, Moment};
use helios_core::storage::Storage;
use helios_core::transaction::{Engine, Patience, Present, Reader};
use helios_core::versioned::BranchId;
use helios_core::{Error, Result};
use parking_lot::Mutex;

use crate::cache::{Caches, ColumnCache, ResultCache};
use crate::catalog::{Catalog, Ciphers};
use crate::exec::Resources;
use crate::monitor::StatementCounts;
use crate::spill::Memory;
use crate::table::Samples;
use crate::vector::{VectorIndexes, VectorLimits};
use crate::write::ConcurrentRowids;

/// How much a database may use.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bytes that sorts, hash tables and collected rows of all statements may take in memory; the rest of them is in
    /// temporary files.
    pub memory_bytes: usize,
    /// Where temporary files are made. They have no names there.
    pub temporary_folder: PathBuf,
    /// Bytes of decoded columns that are kept in memory; 0 for none.
    pub column_cache_bytes: usize,
    /// Indexes of vectors.
    pub vectors: VectorLimits,
    /// What seals; without it, nothing is sealed.
    pub encryption: Option<Encryption>,
}

/// The means to seal.
#[derive(Clone, Debug)]
pub struct Encryption {
    /// Who keeps the keys of the store.
    pub vault: Arc<dyn Vault>,
    /// The ciphers there are.
    pub ciphers: &'static [CipherMaker],
    /// The one for what is new.
    pub cipher: CipherMaker,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            memory_bytes: 256 << 20,
            temporary_folder: std::env::temp_dir(),
            column_cache_bytes: 256 << 20,
            vectors: VectorLimits::default(),
            encryption: None,
        }
    }
}

/// Where databases beside the first one come from.
pub trait Places: std::fmt::Debug + Send + Sync {
    /// A new database that nobody else sees and that goes with its last user.
    fn temporary(&self) -> Result<OpenedDatabase>;

    /// The database of this name, as ATTACH gives it.
    fn open(&self, name: &str, key: &AttachedKey) -> Result<OpenedDatabase>;

    /// A new database of this name, as VACUUM INTO gives it.
    ///
    /// # Errors
    /// There is one already.
    fn create(&self, name: &str) -> Result<OpenedDatabase>;
}

/// What opens an attached database.
#[derive(Clone, Debug, Default)]
pub enum AttachedKey {
    /// What opens the first one.
    #[default]
    Same,
    /// No key.
    None,
    /// A key of its own.
    Own(UserKey),
}

/// A database, and what keeps it open.
pub struct OpenedDatabase {
    /// The database.
    pub database: Arc<Database>,
    /// The branch of it that is meant.
    pub branch: String,
    /// The path of its file; empty if it has none.
    pub file: String,
    /// Whether it was opened for writing, too.
    pub may_write: bool,
    /// Dropped with the last use.
    pub keeper: Box<dyn std::any::Any + Send + Sync>,
}

/// A branch at a moment of the past.
#[derive(Debug)]
pub(crate) struct PastState {
    /// The state that it is read from.
    pub(crate) present: Arc<Present>,
    /// The moment.
    pub(crate) moment: Moment,
    /// The tables that there were, as a schema that is kept: the same one as long as nothing of it changed.
    pub(crate) catalog: Arc<Catalog>,
    /// What it is read with.
    pub(crate) reader: Reader,
}

/// So many catalogs are kept of moments before a schema changed.
const KEPT_PASTS: usize = 16;

/// An open database, shared by its sessions.
#[derive(Debug)]
pub struct Database {
    engine: Arc<Engine>,
    storage: Arc<dyn Storage>,
    resources: Arc<Resources>,
    results: Arc<ResultCache>,
    encryption: Option<Encryption>,
    samples: Samples,
    /// The newest catalog of each branch that anybody asked for, with the moment of its schema.
    catalogs: Mutex<HashMap<BranchId, (Moment, Arc<Catalog>)>>,
    /// Catalogs of moments before the last change of a schema, those that were asked for last.
    pasts: Mutex<VecDeque<(BranchId, Moment, Arc<Catalog>)>>,
    /// How many sessions are on each branch.
    sessions: Mutex<HashMap<BranchId, usize>>,
    statements: Arc<StatementCounts>,
    /// What concurrent transactions have their rowids from, as long as one is open.
    concurrent_rowids: Mutex<Weak<ConcurrentRowids>>,
}

/// A session on a branch, counted as long as this lives.
#[derive(Debug)]
pub(crate) struct Visit {
    database: Arc<Database>,
    branch: BranchId,
}

impl Visit {
    pub(crate) fn new(database: Arc<Database>, branch: BranchId) -> Visit {
        *database.sessions.lock().entry(branch).or_default() += 1;
        Visit { database, branch }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if let Some(count) = self.database.sessions.lock().get_mut(&self.branch) {
            *count -= 1;
        }
    }
}

impl Database {
    /// Opens the database that `storage` holds, or makes one there.
    pub fn open(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        settings: &Settings,
    ) -> Result<Arc<Database>> {
        let store = Arc::new(Store::open(storage.clone(), &*clock, &*entropy)?);
        let engine = Engine::new(store.clone(), clock)?;
        let is_stored = storage.capabilities().persistent;
        let columns = ColumnCache::new(settings.column_cache_bytes);
        let results = Arc::new(ResultCache::default());
        engine.set_observer(Arc::new(Caches { columns: columns.clone(), results: results.clone() }));
        let temporary_cipher = settings.encryption.as_ref().map(|encryption| {
            let key = SecretKey::filled(|bytes| entropy.fill(bytes));
            (encryption.cipher.make)(&key, entropy.clone())
        });
        let folder = settings.temporary_folder.clone();
        let resources = Resources {
            entropy,
            columns,
            vectors: Arc::new(VectorIndexes::new(settings.vectors.clone(), is_stored)),
            store,
            memory: Memory::new(settings.memory_bytes, folder, temporary_cipher),
        };
        Ok(Arc::new(Database {
            engine,
            storage,
            resources: Arc::new(resources),
            results,
            encryption: settings.encryption.clone(),
            samples: Samples::default(),
            catalogs: Mutex::default(),
            pasts: Mutex::default(),
            sessions: Mutex::default(),
            statements: Arc::default(),
            concurrent_rowids: Mutex::default(),
        }))
    }

    /// What a concurrent transaction has its automatic rowids from, to be held until its end.
    pub(crate) fn concurrent_rowids(&self) -> Arc<ConcurrentRowids> {
        let mut known = self.concurrent_rowids.lock();
        known.upgrade().unwrap_or_else(|| {
            let rowids = Arc::default();
            *known = Arc::downgrade(&rowids);
            rowids
        })
    }

    /// All branches by their numbers, each with whether a session of this process is on it. `main` always counts.
    pub fn branches(&self) -> Result<Vec<(BranchRecord, bool)>> {
        let present = self.engine.newest()?;
        let sessions = self.sessions.lock();
        let is_active = |branch: &BranchRecord| {
            branch.id == BranchId::MAIN || sessions.get(&branch.id).is_some_and(|count| *count > 0)
        };
        Ok(present.state().branches().into_iter().map(|branch| (branch.clone(), is_active(branch))).collect())
    }

    /// The record of a branch.
    pub fn branch(&self, name: &str) -> Result<BranchRecord> {
        let present = self.engine.newest()?;
        present.state().branch_named(name).cloned().ok_or_else(|| no_such_branch(name))
    }

    /// Makes a branch of the present of `parent`.
    pub fn create_branch(&self, name: &str, parent: &str) -> Result<()> {
        self.create_branch_at(name, parent, None)
    }

    /// What opens it; `None` where it is plain.
    pub fn key(&self) -> Option<UserKey> {
        self.encryption.as_ref()?.vault.key()
    }

    /// The ciphers of encrypted columns.
    pub(crate) fn ciphers(&self) -> Ciphers {
        let makers = self.encryption.as_ref().map_or(&[][..], |encryption| encryption.ciphers);
        Ciphers { makers, entropy: self.resources.entropy.clone() }
    }

    /// What seals, if there is anything.
    pub(crate) fn encryption(&self) -> Option<&Encryption> {
        self.encryption.as_ref()
    }

    /// What its indexes look like.
    pub(crate) fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The indexes of vectors.
    pub fn vectors(&self) -> &Arc<VectorIndexes> {
        &self.resources.vectors
    }

    /// What statements took, of the sessions that count it.
    pub(crate) fn statements(&self) -> &Arc<StatementCounts> {
        &self.statements
    }

    /// The versions of everything, by branch.
    pub(crate) fn store(&self) -> &Arc<Store> {
        &self.resources.store
    }

    /// Forgets what is kept in memory of a branch that is gone.
    pub(crate) fn forget_catalog(&self, branch: BranchId) {
        self.catalogs.lock().remove(&branch);
    }

    /// Puts everything that `source` holds, all branches and all history, in the place of everything that is here, in
    /// one commit. Waits for writers as `patience` says.
    pub fn replace_with(&self, source: &Database, patience: &Patience) -> Result<()> {
        let snapshot = source.storage.snapshot()?;
        let above = source.newest_commit()?;
        let store = self.resources.store.clone();
        let work = Box::new(move |moment| store.replace_all(&*snapshot, moment));
        self.engine.exclusively(above, patience, work).map(drop)
    }

    /// The moment of the newest commit on any branch.
    pub fn newest_commit(&self) -> Result<Moment> {
        let present = self.engine.newest()?;
        let moments = present.state().branches().into_iter().map(|branch| branch.last_commit);
        Ok(moments.max().unwrap_or_default())
    }

    /// How many tables and indexes `main` has that keep something, that of the schema included.
    pub fn stored_objects(&self) -> Result<usize> {
        let present = self.engine.newest()?;
        let schema = present.branch(BranchId::MAIN)?.schema;
        let reader = Reader::of_view(present.view(BranchId::MAIN)?);
        let catalog = self.catalog(BranchId::MAIN, schema, &reader)?;
        Ok(catalog.tables().map(|table| 1 + table.indexes.len()).sum())
    }

    /// Everything, all branches and all history, as one string for [`helios_core::branch::copy::from_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        copy::to_bytes(&*self.storage.snapshot()?)
    }

    /// From now on all tables keep their history.
    pub fn keep_history(&self) -> Result<()> {
        self.engine.keep_history()
    }

    /// Whether new tables keep their history.
    pub fn keeps_history(&self) -> Result<bool> {
        self.engine.keeps_history()
    }

    /// What runs transactions.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The columns that scans have kept.
    pub fn columns(&self) -> &Arc<ColumnCache> {
        &self.resources.columns
    }

    /// The results of queries that are kept.
    pub fn results(&self) -> &Arc<ResultCache> {
        &self.results
    }

    /// What statements may keep in memory.
    pub fn memory(&self) -> &Memory {
        &self.resources.memory
    }

    /// What all executions work with.
    pub(crate) fn resources(&self) -> &Arc<Resources> {
        &self.resources
    }

    /// Where random numbers come from.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.resources.entropy
    }

    /// The driver.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// The newest catalog of a branch that anybody has asked for.
    pub(crate) fn known_catalog(&self, branch: BranchId) -> Option<Arc<Catalog>> {
        self.catalogs.lock().get(&branch).map(|(_, catalog)| catalog.clone())
    }

    /// The committed catalog of a branch, whose schema is of the moment `schema`.
    pub(crate) fn catalog(&self, branch: BranchId, schema: Moment, reader: &Reader) -> Result<Arc<Catalog>> {
        if let Some((moment, catalog)) = self.catalogs.lock().get(&branch)
            && *moment == schema
        {
            return Ok(catalog.clone());
        }
        let before = self.known_catalog(branch);
        let catalog = Arc::new(Catalog::load(reader, before.as_deref(), &self.ciphers())?);
        let mut catalogs = self.catalogs.lock();
        // Somebody may have read a newer one meanwhile.
        if catalogs.get(&branch).is_none_or(|(moment, _)| *moment < schema) {
            catalogs.insert(branch, (schema, catalog.clone()));
        }
        Ok(catalog)
    }

    /// A branch as it was at a moment; one in the future means now.
    pub(crate) fn past(&self, branch: BranchId, moment: Moment) -> Result<PastState> {
        let (present, moment) = self.engine.as_of(moment)?;
        let reader = Reader::of_view(present.view_at(branch, moment)?);
        if let Ok(record) = present.branch(branch)
            && record.schema <= moment
        {
            let catalog = self.catalog(branch, record.schema, &reader)?;
            return Ok(PastState { present, moment, catalog, reader });
        }
        let is_wanted = |known: &(BranchId, Moment, Arc<Catalog>)| (known.0, known.1) == (branch, moment);
        let known = self.pasts.lock().iter().find(|known| is_wanted(known)).map(|known| known.2.clone());
        let catalog = match known {
            Some(catalog) => catalog,
            None => {
                let catalog = Arc::new(Catalog::load(&reader, None, &self.ciphers())?);
                let mut pasts = self.pasts.lock();
                if pasts.len() == KEPT_PASTS {
                    pasts.pop_front();
                }
                pasts.push_back((branch, moment, catalog.clone()));
                catalog
            }
        };
        Ok(PastState { present, moment, catalog, reader })
    }

    /// A branch as it was at a moment in the past, for one who has seen it so in the state `seen`; `None` if something was
    /// committed since.
    pub(crate) fn same_past(
        &self,
        branch: BranchId,
        moment: Moment,
        seen: &Weak<Present>,
    ) -> Result<Option<Reader>> {
        let (present, moment) = self.engine.as_of(moment)?;
        // Weak references keep the place of what they refer to, so nothing else is ever at it.
        let is_same = std::ptr::eq(Arc::as_ptr(&present), seen.as_ptr());
        is_same.then(|| present.view_at(branch, moment).map(Reader::of_view)).transpose()
    }

    /// Closes the database. Everything on it fails afterwards.
    pub fn close(&self) -> Result<()> {
        self.storage.close().map_err(|error: Error| error.in_context("closing the database"))
    }
}
