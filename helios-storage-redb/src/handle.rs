//! redb's database as it is open: for reading, or for writing as well.
//!
//! Opening for writing marks the file and syncs it, and closing it again writes and syncs several times more. Who only
//! reads does not pay for that: a file that many processes may share is opened for reading, and for writing when the
//! first write comes. Snapshots taken before go on reading through what was open then.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use helios_core::storage::cannot_open;
use helios_core::{Error, Result};
use parking_lot::Mutex;
use redb::{
    Builder, ConcurrencyMode, Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, TableDefinition,
    TableError,
};

use crate::error::from_redb;
use crate::guard::guarded;
use crate::options::{Options, Processes};
use crate::snapshot::Bytes;
use crate::source::{Place, Source};

/// The table that the whole store is.
pub(crate) const TABLE: TableDefinition<'static, Bytes, Bytes> = TableDefinition::new("helios");

pub(crate) enum Handle {
    Writer(Database),
    Reader(Arc<Reader>),
    /// A write failed and opening again failed too. The next use tries once more.
    Failed,
    Closed,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Handle::Writer(_) => "Writer",
            Handle::Reader(_) => "Reader",
            Handle::Failed => "Failed",
            Handle::Closed => "Closed",
        })
    }
}

/// A database that is open for reading. Its snapshots share it, so that it can be closed under them.
pub(crate) struct Reader {
    database: Mutex<Option<ReadOnlyDatabase>>,
    file: Identity,
}

/// A file, whatever its name is: device and number.
type Identity = (u64, u64);

impl Reader {
    fn open(path: &Path, source: &Source, options: &Options) -> Result<Reader> {
        let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
        let identity = identity(&file).map_err(|error| cannot_open(path, &error))?;
        let database = guarded(|| {
            let backend = source.file_backend(file)?;
            let database = builder(options).open_read_only_with_backend(backend).map_err(from_redb)?;
            database.begin_read().map_err(from_redb)?.open_table(TABLE).map_err(from_redb)?;
            Ok(database)
        })?;
        Ok(Reader { database: Mutex::new(Some(database)), file: identity })
    }

    pub(crate) fn begin_read(&self) -> Result<ReadTransaction> {
        match &*self.database.lock() {
            Some(database) => database.begin_read().map_err(from_redb),
            None => Err(closed()),
        }
    }

    /// The same file for writing. One that must not be written, or that was moved, is read-only, as it is in SQLite
    /// (`SQLITE_READONLY_DBMOVED`).
    pub(crate) fn open_writer(&self, source: &Source, options: &Options) -> Result<Handle> {
        if let Place::File(path) = source.place() {
            let file = open_file(path).map_err(|error| match error.kind() {
                ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    read_only().caused_by(error)
                }
                _ => cannot_open(path, &error),
            })?;
            if identity(&file).map_err(|error| cannot_open(path, &error))? != self.file {
                return Err(read_only().caused_by(format!("{} is another file now", path.display())));
            }
            return write_to(file, source, options);
        }
        Handle::open_writer(source, options)
    }

    /// Gives the file and its locks back. Snapshots that are still held cannot read any more.
    pub(crate) fn close(&self) -> Result<()> {
        match self.database.lock().take() {
            Some(database) => guarded(|| database.close().map_err(from_redb)),
            None => Ok(()),
        }
    }
}

impl Handle {
    /// As far open as it needs to be as long as nobody writes.
    pub(crate) fn open(source: &Source, options: &Options) -> Result<Handle> {
        let reader =
            |path| Reader::open(path, source, options).map(|reader| Handle::Reader(Arc::new(reader)));
        match source.place() {
            Place::File(path) if options.read_only => reader(path),
            // What a reader cannot open is for a writer to mend, or to say what is wrong with it.
            Place::File(path) if options.processes == Processes::Many => {
                reader(path).or_else(|_| Handle::open_writer(source, options))
            }
            Place::File(_) | Place::Backend(_) => Handle::open_writer(source, options),
        }
    }

    /// Open for writing.
    pub(crate) fn open_writer(source: &Source, options: &Options) -> Result<Handle> {
        match source.place() {
            Place::File(path) => {
                write_to(open_file(path).map_err(|error| cannot_open(path, &error))?, source, options)
            }
            Place::Backend(make) => guarded(|| {
                let database = builder(options).create_with_backend(source.sealed(make()?)?);
                writer(database.map_err(from_redb)?, source)
            }),
        }
    }

    pub(crate) fn close(self) -> Result<()> {
        match self {
            Handle::Writer(database) => guarded(|| database.close().map_err(from_redb)),
            Handle::Reader(reader) => reader.close(),
            Handle::Failed | Handle::Closed => Ok(()),
        }
    }
}

fn open_file(path: &Path) -> std::io::Result<File> {
    File::options().read(true).write(true).open(path)
}

fn identity(file: &File) -> std::io::Result<Identity> {
    file.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

fn write_to(file: File, source: &Source, options: &Options) -> Result<Handle> {
    guarded(|| {
        let backend = source.file_backend(file)?;
        writer(builder(options).create_with_backend(backend).map_err(from_redb)?, source)
    })
}

fn writer(database: Database, source: &Source) -> Result<Handle> {
    make_table(&database, source.is_sealed())?;
    Ok(Handle::Writer(database))
}

fn builder(options: &Options) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(options.cache_bytes);
    builder.set_concurrency_mode(match options.processes {
        Processes::Many => ConcurrencyMode::MultiWriter,
        Processes::One => ConcurrencyMode::ExclusiveWriter,
    });
    builder
}

/// Makes the table that the whole store is, if it is not there.
pub(crate) fn make_table(database: &Database, is_sealed: bool) -> Result<()> {
    let table = database.begin_read().map_err(from_redb)?.open_table(TABLE);
    if let Err(TableError::TableDoesNotExist(_)) = table {
        let mut transaction = database.begin_write().map_err(from_redb)?;
        transaction.set_two_phase_commit(is_sealed);
        transaction.open_table(TABLE).map_err(from_redb)?;
        return transaction.commit().map_err(from_redb);
    }
    table.map(|_| ()).map_err(from_redb)
}

pub(crate) fn read_only() -> Error {
    Error::new(helios_core::ErrorKind::ReadOnly, "attempt to write a readonly database")
}

pub(crate) fn closed() -> Error {
    Error::new(helios_core::ErrorKind::Misuse, "the store is closed")
}
