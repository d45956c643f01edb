//! Opening databases: the options that commands share, and what they open.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use helios::config::EncryptionKey;
use helios::sql::Session;
use helios::{Access, Config, Database, Error, ErrorKind, Place, Result};

/// How a database is opened. The environment and the file of settings are read as everywhere.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct OpenArguments {
    /// A file of settings.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The storage driver, in the place of storage.backend.
    #[arg(long, value_name = "NAME")]
    pub(crate) backend: Option<String>,
    /// A passphrase, or x'…' with 64 hexadecimal digits. Others of this machine may see it; --key-env hides it.
    #[arg(long, value_name = "KEY", conflicts_with = "key_env")]
    pub(crate) encryption_key: Option<String>,
    /// The environment variable that holds the key.
    #[arg(long, value_name = "VARIABLE")]
    pub(crate) key_env: Option<String>,
}

impl OpenArguments {
    /// The settings.
    pub(crate) fn config(&self) -> Result<Config> {
        let mut loader = Config::loader().environment();
        if let Some(path) = &self.config {
            loader = loader.file(path);
        }
        if let Some(backend) = &self.backend {
            loader = loader.argument("storage.backend", backend.as_str());
        }
        if let Some(variable) = &self.key_env {
            loader = loader.argument("encryption.key_env", variable.as_str());
        }
        let mut config = loader.load()?;
        if let Some(key) = &self.encryption_key {
            config.set_encryption_key(Some(EncryptionKey::of_text(key)?));
        }
        Ok(config)
    }
}

/// The branch that every database has.
const MAIN: &str = "main";

/// Where a whole database of a name is: a path, `:memory:`, or a `file:` URI that names no branch.
pub(crate) fn place_of(name: &Path, is_read_only: bool) -> Result<Place> {
    let branch = Place::branch_of_uri(name.as_os_str().as_bytes(), MAIN)?;
    if branch != MAIN {
        return Err(Error::sql(format!("a branch is not named in the URI here: {branch}")));
    }
    place_with_branch(name, is_read_only)
}

fn place_with_branch(name: &Path, is_read_only: bool) -> Result<Place> {
    Ok(match Place::of_uri(name.as_os_str().as_bytes())? {
        Place::File(path, _) if is_read_only => Place::File(path, Access::Read),
        place => place,
    })
}

/// Opens a database, with what to do in the error about a file of SQLite.
pub(crate) fn open(place: &Place, config: &Config) -> Result<Database> {
    Database::open_place(place, config).map_err(|error| match place {
        Place::File(path, _) => about_file(&error, path),
        Place::Private | Place::Nothing | Place::Shared(_) => error,
    })
}

/// Opens a database that has to be there.
pub(crate) fn open_existing(name: &Path, access: Access, config: &Config) -> Result<Database> {
    let place = match place_of(name, false)? {
        Place::File(path, Access::Create) => Place::File(path, access),
        place => place,
    };
    open(&place, config)
}

fn about_file(error: &Error, path: &Path) -> Error {
    let path = path.display();
    match error.kind() {
        ErrorKind::NotADatabase if error.message() == "file is a database of SQLite" => error
            .duplicate()
            .in_context(format!("{path}: `helios import {path}` turns it into one of helios")),
        ErrorKind::CannotOpen => error.duplicate().in_context(format!("unable to open database \"{path}\"")),
        _ => error.duplicate().in_context(path),
    }
}

/// An open database and a session on one of its branches.
#[derive(Debug)]
pub(crate) struct Opened {
    // Before the database: its transaction is undone while the engine is open.
    pub(crate) session: Session,
    pub(crate) database: Database,
    /// The name that it was opened by.
    pub(crate) name: PathBuf,
    pub(crate) config: Config,
    pub(crate) is_read_only: bool,
}

impl Opened {
    /// Opens the database of a name, and a branch of it.
    pub(crate) fn new(name: &Path, is_read_only: bool, config: Config, branch: &str) -> Result<Opened> {
        let database = open(&place_with_branch(name, is_read_only)?, &config)?;
        let branch = Place::branch_of_uri(name.as_os_str().as_bytes(), branch)?;
        let session = database.session(&branch)?;
        Ok(Opened { session, database, name: name.to_owned(), config, is_read_only })
    }
}
