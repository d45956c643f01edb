//! The databases that this process has open: one engine for each, shared by all its connections.
//!
//! In: a place and settings. Out: a [`Handle`] on the engine. A file is known by its device and inode, so that its
//! names do not matter. The engine closes with its last handle, and a file can be opened again only when that is done.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use helios_cipher_keys::Keyring;
use helios_core::branch::copy;
use helios_core::cipher::{UserKey, Vault};
use helios_core::process::{InProcess, PerProcess};
use helios_core::{Error, ErrorKind, Result};
use helios_sql::database::{Database as Engine, Encryption, Settings};
use helios_sql::vector::VectorLimits;
use parking_lot::{Mutex, RwLock};

use crate::clock::{SystemClock, SystemEntropy};
use crate::config::{CacheConfig, Config, Processes, SqlConfig, StorageConfig, VectorConfig};
use crate::drivers::{Driver, Open, Request, Store, driver, instead};
use crate::encryption::{key, keyring};
use crate::place::{Access, Place};
use crate::retention::keep_pruned;
use crate::temporary::temporary_folder;
use crate::vault::{MemoryVault, OpenVault};
use crate::vector_kinds::vector_kinds;

static OPEN: PerProcess<Registry> = PerProcess::new();

#[derive(Default)]
struct Registry {
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
    /// Held while a file is made, which has no inode before.
    making_file: Mutex<()>,
    /// Held while another file takes the name of one that is open; shared by those who look for files by their names.
    replacing_file: RwLock<()>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    File { device: u64, inode: u64 },
    Memory(PathBuf),
    Server { url: String, name: OsString },
}

/// The place of one database. Its lock is held while the engine is opened or closed.
#[derive(Debug)]
pub(crate) struct Slot {
    key: Mutex<Key>,
    /// The file's name; `None` in memory.
    path: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug)]
enum State {
    Empty,
    Open {
        shared: Shared,
        handles: usize,
        storage: Box<StorageConfig>,
        /// How long history is kept, once somebody has said it.
        retention: Option<Duration>,
    },
    /// Taken out of the registry; another slot may have its place.
    Gone,
}

/// The settings that an engine is opened with.
#[derive(Clone, Debug)]
struct How {
    storage: StorageConfig,
    cache: CacheConfig,
    sql: SqlConfig,
    vector: VectorConfig,
    retention: Option<Duration>,
    keyring: Option<Keyring>,
    key: Option<UserKey>,
}

impl How {
    fn of(config: &Config) -> Result<How> {
        Ok(How {
            storage: config.storage.clone(),
            cache: config.cache.clone(),
            sql: config.sql.clone(),
            vector: config.vector.clone(),
            retention: config.time_travel.retention.0,
            keyring: keyring(&config.encryption)?,
            key: key(&config.encryption)?,
        })
    }

    fn open_engine(&self, opened: Opened) -> Result<Shared> {
        let Opened { store, may_write } = opened;
        let vault = OpenVault::new(store.vault);
        let encryption = self.keyring.as_ref().map(|keyring| Encryption {
            vault: vault.clone(),
            ciphers: keyring.ciphers,
            cipher: keyring.cipher,
        });
        let settings = Settings {
            memory_bytes: (self.sql.memory_mb as usize) << 20,
            temporary_folder: temporary_folder(),
            column_cache_bytes: (self.cache.column_mb as usize) << 20,
            vectors: VectorLimits {
                kinds: vector_kinds(&self.vector)?,
                most_bytes: (self.vector.memory_mb as usize) << 20,
                ..VectorLimits::default()
            },
            encryption,
        };
        let engine = Engine::open(store.storage, Arc::new(SystemClock), Arc::new(SystemEntropy), &settings)?;
        Ok(Shared { engine, vault, may_write })
    }
}

/// An open engine, and whether its store takes writes.
#[derive(Clone, Debug)]
struct Shared {
    engine: Arc<Engine>,
    vault: Arc<OpenVault>,
    may_write: bool,
}

/// An open store, and whether it takes writes.
#[derive(Clone)]
struct Opened {
    store: Store,
    may_write: bool,
}

/// A share in an open engine.
#[derive(Debug)]
pub(crate) struct Handle(InProcess<Share>);

#[derive(Debug)]
struct Share {
    engine: Arc<Engine>,
    vault: Arc<OpenVault>,
    /// `None` for a private database.
    slot: Option<Arc<Slot>>,
    may_write: bool,
    /// The path of the file; empty if there is none.
    file: String,
    is_given_back: bool,
}

impl Handle {
    /// Opens a database, or takes a share in it if it is open.
    pub(crate) fn open(place: &Place, config: &Config) -> Result<Handle> {
        // Also where the place decides: a name that nobody knows is a mistake.
        driver(&config.storage.backend)?;
        let how = How::of(config)?;
        let (shared, slot) = match place {
            Place::Private | Place::Nothing => (how.open_engine(writable(memory_store(&how)?))?, None),
            Place::Shared(name) => {
                let key = Key::Memory(PathBuf::from(format!(":memory:{name}")));
                let open = || memory_store(&how).map(writable);
                let (shared, slot) = share(&key, None, &how, Access::Create, open)?;
                (shared, Some(slot))
            }
            Place::File(path, access) => {
                let (shared, slot) = open_path(path, *access, &how)?;
                (shared, Some(slot))
            }
        };
        let may_write = shared.may_write && !matches!(place, Place::File(_, Access::Read) | Place::Nothing);
        let Shared { engine, vault, .. } = shared;
        let file = match place {
            Place::File(path, _) => {
                fs::canonicalize(path).unwrap_or_else(|_| path.clone()).to_string_lossy().into_owned()
            }
            Place::Private | Place::Nothing | Place::Shared(_) => String::new(),
        };
        let is_memory = !engine.storage().capabilities().persistent;
        let share = Share { engine, vault, slot, may_write, file, is_given_back: false };
        let handle = Handle(if is_memory { InProcess::everywhere(share) } else { InProcess::new(share) });
        if config.time_travel.enabled {
            let engine = handle.engine()?;
            if !may_write && !engine.keeps_history()? {
                return Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database"));
            }
            engine.keep_history()?;
        }
        Ok(handle)
    }

    /// A new private database that holds what a copy says.
    pub(crate) fn of_copy(bytes: &[u8], config: &Config) -> Result<Handle> {
        let how = How::of(config)?;
        let store = memory_store(&how)?;
        copy::from_bytes(bytes, &*store.storage)?;
        let Shared { engine, vault, may_write } = how.open_engine(writable(store))?;
        let share = Share { engine, vault, slot: None, may_write, file: String::new(), is_given_back: false };
        Ok(Handle(InProcess::everywhere(share)))
    }

    /// The engine. An error in a forked child, where it is another process's.
    pub(crate) fn engine(&self) -> Result<&Arc<Engine>> {
        if self.0.is_at_home() { Ok(&self.0.get().engine) } else { Err(forked()) }
    }

    /// Whether this process may use it: what a forked child has of its parent's files, it may not.
    pub(crate) fn is_usable(&self) -> bool {
        self.0.is_at_home()
    }

    /// The keys of the database.
    pub(crate) fn vault(&self) -> &Arc<OpenVault> {
        &self.0.get().vault
    }

    /// Whether the database was opened for writing too.
    pub(crate) fn may_write(&self) -> bool {
        self.0.get().may_write
    }

    /// The path of the file; empty if there is none.
    pub(crate) fn file(&self) -> &str {
        &self.0.get().file
    }

    /// Gives the share back, and tells what came of closing the engine if it was the last.
    pub(crate) fn close(mut self) -> Result<()> {
        if self.0.is_at_home() { self.0.get_mut().give_back() } else { Ok(()) }
    }
}

/// Compares all that is stored in a file with its sums, where reading it does not do that. The file is only read.
pub(crate) fn verify(path: &Path, config: &Config) -> Result<()> {
    let how = How::of(config)?;
    let Some(verify) = driver(&how.storage.backend)?.verify else { return Ok(()) };
    let (keyring, key) = (how.keyring.as_ref(), how.key.as_ref());
    verify(Request { path, access: Access::Read, config: &how.storage, keyring, key })
        .map_err(|error| instead(path, &how.storage.backend, error))
}

/// What is said to a forked child that uses what its parent opened.
pub(crate) fn forked() -> Error {
    Error::new(
        ErrorKind::Misuse,
        "this connection was opened before the process forked; open another one in the child",
    )
}

impl Share {
    fn give_back(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.is_given_back, true) {
            return Ok(());
        }
        match &self.slot {
            Some(slot) => slot.give_back(),
            None => self.engine.close(),
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // Nobody is left to be told of an error; `Handle::close` tells it.
        let _ = self.give_back();
    }
}

impl Slot {
    /// The engine, opened with `open` if it is not. `None` if the slot is out of use.
    fn take(
        self: &Arc<Slot>,
        how: &How,
        prunes: bool,
        open: impl FnOnce() -> Result<Opened>,
    ) -> Result<Option<Shared>> {
        let mut state = self.state.lock();
        match &mut *state {
            State::Gone => Ok(None),
            State::Open { shared, handles, storage, retention: existing } => {
                if **storage != how.storage {
                    let message = "the database is open in this process with other settings of [storage]";
                    return Err(Error::new(ErrorKind::CannotOpen, message));
                }
                shared.vault.check(how.key.as_ref())?;
                if let Some(retention) = how.retention.filter(|_| prunes) {
                    if existing.is_some_and(|existing| existing != retention) {
                        let message =
                            "the database is open in this process with another retention of history";
                        return Err(Error::new(ErrorKind::CannotOpen, message));
                    }
                    shared.keep_pruned_as(retention, existing);
                }
                *handles += 1;
                Ok(Some(shared.clone()))
            }
            State::Empty => {
                let opened = open().and_then(|opened| how.open_engine(opened));
                match &opened {
                    Ok(shared) => {
                        shared.vault.belongs_to(self);
                        let mut kept = None;
                        if let Some(retention) = how.retention.filter(|_| prunes) {
                            shared.keep_pruned_as(retention, &mut kept);
                        }
                        let (shared, storage) = (shared.clone(), Box::new(how.storage.clone()));
                        *state = State::Open { shared, handles: 1, storage, retention: kept };
                    }
                    Err(_) => self.leave_registry(&mut state),
                }
                opened.map(Some)
            }
        }
    }

    fn give_back(&self) -> Result<()> {
        let mut state = self.state.lock();
        let State::Open { shared, handles, .. } = &mut *state else { return Ok(()) };
        *handles -= 1;
        if *handles > 0 {
            return Ok(());
        }
        let closed = shared.engine.close();
        self.leave_registry(&mut state);
        closed
    }

    fn leave_registry(&self, state: &mut State) {
        *state = State::Gone;
        OPEN.get().slots.lock().remove(&self.key.lock());
    }

    /// Does `work`, which may put another file in the place of this one; the database is known by that one then.
    pub(crate) fn replace_file(self: &Arc<Slot>, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let _replacing = OPEN.get().replacing_file.write();
        work()?;
        let Some(new) = self.path.as_deref().and_then(key_of) else { return Ok(()) };
        let mut slots = OPEN.get().slots.lock();
        let old = std::mem::replace(&mut *self.key.lock(), new.clone());
        slots.remove(&old);
        slots.insert(new, self.clone());
        Ok(())
    }
}

impl Shared {
    /// Keeps history only for `retention` from now on, where nobody has asked for that before.
    fn keep_pruned_as(&self, retention: Duration, kept: &mut Option<Duration>) {
        if self.may_write && kept.is_none() {
            keep_pruned(&self.engine, retention);
            *kept = Some(retention);
        }
    }
}

/// The engine of a key, opened with `open` if it is not.
fn share(
    key: &Key,
    path: Option<&Path>,
    how: &How,
    access: Access,
    open: impl Fn() -> Result<Opened>,
) -> Result<(Shared, Arc<Slot>)> {
    loop {
        let slot = {
            let mut slots = OPEN.get().slots.lock();
            let empty = || {
                let (key, path) = (Mutex::new(key.clone()), path.map(Path::to_owned));
                Arc::new(Slot { key, path, state: Mutex::new(State::Empty) })
            };
            slots.entry(key.clone()).or_insert_with(empty).clone()
        };
        if let Some(shared) = slot.take(how, access != Access::Read, &open)? {
            return Ok((shared, slot));
        }
    }
}

fn open_path(path: &Path, access: Access, how: &How) -> Result<(Shared, Arc<Slot>)> {
    let Driver { open, .. } = driver(&how.storage.backend)?;
    let open = match open {
        Open::Memory(_) => {
            let path = std::path::absolute(path).map_err(|error| cannot_open(path, &error))?;
            return share(&Key::Memory(path), None, how, access, || memory_store(how).map(writable));
        }
        Open::Server(open) => {
            let (url, name) = (server_of(&how.storage), path.file_name().unwrap_or_default());
            let key = Key::Server { url, name: name.to_owned() };
            return share(&key, None, how, access, || open_for_all(*open, path, access, how));
        }
        Open::File(open) => open,
    };
    let open_file =
        || open_for_all(*open, path, access, how).map_err(|error| instead(path, &how.storage.backend, error));
    let _nobody_replaces = OPEN.get().replacing_file.read();
    let making_file = OPEN.get().making_file.lock();
    if let Some(key) = key_of(path) {
        drop(making_file);
        return share(&key, canonical(path).as_deref(), how, access, open_file);
    }
    // There is no file: the driver makes it, and then it has an inode.
    let opened = open_file()?;
    let key = key_of(path).ok_or_else(|| cannot_open(path, &std::io::ErrorKind::NotFound.into()))?;
    share(&key, canonical(path).as_deref(), how, access, || Ok(opened.clone()))
}

/// Where the server of a driver is that keeps its stores on one.
fn server_of(storage: &StorageConfig) -> String {
    match storage.backend.as_str() {
        "etcd" => format!("{} {}", storage.etcd.prefix, storage.etcd.endpoints.join(" ")),
        _ => storage.postgres.url.clone(),
    }
}

/// Opens a file for whoever comes: for writing where that can be, also if the first to open it only reads, because what
/// a session may do, it knows itself. A file that nobody here may write to is read, as in SQLite. A process that has
/// files for itself marks them when it opens them for writing, so there what only reads is opened for reading.
fn open_for_all(
    open: fn(Request<'_>) -> Result<Store>,
    path: &Path,
    access: Access,
    how: &How,
) -> Result<Opened> {
    let config = &how.storage;
    let request =
        |access| Request { path, access, config, keyring: how.keyring.as_ref(), key: how.key.as_ref() };
    let reading = || Ok(Opened { store: open(request(Access::Read))?, may_write: false });
    let writing = match access {
        Access::Read if config.redb.processes == Processes::One => return reading(),
        Access::Read => Access::Write,
        Access::Write | Access::Create => access,
    };
    let error = match open(request(writing)) {
        Ok(store) => return Ok(writable(store)),
        Err(error) => error,
    };
    if !matches!(error.kind(), ErrorKind::CannotOpen | ErrorKind::ReadOnly | ErrorKind::Io) {
        return Err(error);
    }
    reading().map_err(|_| error)
}

fn writable(store: Store) -> Opened {
    Opened { store, may_write: true }
}

/// The name of a file that stays the same wherever the process goes.
fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

fn key_of(path: &Path) -> Option<Key> {
    let found = fs::metadata(path).ok()?;
    Some(Key::File { device: found.dev(), inode: found.ino() })
}

fn cannot_open(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::CannotOpen, "unable to open database file")
        .caused_by(format!("{}: {error}", path.display()))
}

fn memory_store(how: &How) -> Result<Store> {
    match driver("memory")?.open {
        Open::Memory(open) => {
            Ok(Store { storage: open(), vault: Arc::new(MemoryVault::new(how.key.clone())) })
        }
        Open::File(_) | Open::Server(_) => {
            Err(Error::new(ErrorKind::Internal, "the driver of memory is none of files"))
        }
    }
}
