//! An open database: what connections are made from.

use std::path::Path;
use std::sync::Arc;

use helios_core::Result;
use helios_sql::session::Session;

use crate::config::Config;
use crate::connection::Connection;
use crate::open_databases::Handle;
use crate::place::Place;
use crate::places::SamePlaces;

/// The branch that every database has.
pub(crate) const MAIN: &str = "main";

/// An open database. Clones are the same database; it closes with the last clone and the last connection.
///
/// ```
/// use helios::{Database, params};
///
/// let database = Database::open_in_memory()?;
/// let connection = database.connect()?;
/// connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)", ())?;
/// connection.execute("INSERT INTO person (name) VALUES (?)", params!["Ada"])?;
/// let name: String =
///     connection.query_row("SELECT name FROM person WHERE id = ?", params![1], |row| row.get(0))?;
/// assert_eq!(name, "Ada");
/// # Ok::<(), helios::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Database {
    handle: Arc<Handle>,
    places: Arc<SamePlaces>,
}

impl Database {
    /// Opens the file at `path`, or makes it, with default settings. All who open one file in a process share one
    /// engine.
    ///
    /// # Errors
    /// What stands there is no database, or cannot be opened, or another process has it for itself.
    pub fn open(path: impl AsRef<Path>) -> Result<Database> {
        Database::open_with(path, &Config::default())
    }

    /// A new database in memory, which nobody else can open.
    pub fn open_in_memory() -> Result<Database> {
        Database::open_place(&Place::Private, &Config::default())
    }

    /// Opens the file at `path`, or makes it. `:memory:` and an empty path are new databases in memory.
    ///
    /// ```
    /// let directory = tempfile::tempdir()?;
    /// let config = helios::Config::loader().argument("storage.redb.processes", "one").load()?;
    /// let database = helios::Database::open_with(directory.path().join("a.db"), &config)?;
    /// # database.close()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Database::open`]; also if the file is open in this process with other settings of `[storage]`.
    pub fn open_with(path: impl AsRef<Path>, config: &Config) -> Result<Database> {
        Database::open_place(&Place::of_name(path.as_ref()), config)
    }

    /// Opens what is at a place.
    ///
    /// # Errors
    /// As [`Database::open_with`].
    pub fn open_place(place: &Place, config: &Config) -> Result<Database> {
        let handle = Arc::new(Handle::open(place, config)?);
        Ok(Database { handle, places: Arc::new(SamePlaces(config.clone())) })
    }

    /// A connection to the branch `main`.
    pub fn connect(&self) -> Result<Connection> {
        self.connect_to(MAIN)
    }

    /// A connection to a branch.
    ///
    /// # Errors
    /// `no such branch`; the process is a fork of the one that opened the database.
    pub fn connect_to(&self, branch: &str) -> Result<Connection> {
        Ok(Connection::new(self.clone(), self.session(branch)?))
    }

    /// A session of the SQL engine on a branch: what connections, also those of other languages, are built on. Keep a
    /// clone of the database as long as the session is used.
    ///
    /// # Errors
    /// As [`Database::connect_to`].
    pub fn session(&self, branch: &str) -> Result<Session> {
        let mut session = self.handle.engine()?.connect(branch)?;
        session.set_read_only(!self.handle.may_write());
        session.set_places(self.places.clone());
        Ok(session)
    }

    /// Makes a branch of what is committed on `parent`.
    ///
    /// ```
    /// let database = helios::Database::open_in_memory()?;
    /// database.create_branch("experiment", "main")?;
    /// let connection = database.connect_to("experiment")?;
    /// assert_eq!(connection.branch(), "experiment");
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// The name is taken or no name of a branch; there is no such parent.
    pub fn create_branch(&self, name: &str, parent: &str) -> Result<()> {
        self.handle.engine()?.create_branch(name, parent)
    }

    /// From now on all tables keep their history; it stays on.
    pub fn keep_history(&self) -> Result<()> {
        self.handle.engine()?.keep_history()
    }

    /// Closes the database if nobody else has it open, and tells of errors that a drop would pass over.
    pub fn close(self) -> Result<()> {
        match Arc::try_unwrap(self.handle) {
            Ok(handle) => handle.close(),
            Err(_) => Ok(()),
        }
    }
}
