//! An open database: what connections are made from.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use helios_core::branch::{BranchRecord, User};
use helios_core::clock::Moment;
use helios_core::transaction::{Interrupt, Patience};
use helios_core::{Error, ErrorKind, Result};
use helios_sql::database::{AttachedKey, Database as Engine, OpenedDatabase};
use helios_sql::session::{Session, SlowLog, SlowStatement, TableDiff, compare, merged_at};

use crate::config::Config;
use crate::connection::Connection;
use crate::contents::Contents;
use crate::encryption::{open_copy, seal_copy};
use crate::open_databases::{Handle, verify};
use crate::place::Place;
use crate::places::SamePlaces;

/// The branch that every database has.
pub(crate) const MAIN: &str = "main";

/// What is known of a branch. Times are in microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Its name.
    pub name: String,
    /// The name of the branch that it was made of; `None` for `main`.
    pub parent: Option<String>,
    /// When it was made.
    pub created_micros: u64,
    /// The last moment of its parent that it sees.
    pub forked_micros: Option<u64>,
    /// Commits made on it.
    pub commits: u64,
    /// Bytes that those commits have written.
    pub written_bytes: u64,
    /// Whether a connection of this process is on it; `main` always is.
    pub is_active: bool,
    /// When its work was last merged into another branch.
    pub merged_micros: Option<u64>,
}

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
#[derive(Clone)]
pub struct Database {
    handle: Arc<Handle>,
    place: Place,
    places: Arc<SamePlaces>,
    /// Where the sessions that are made of it tell slow statements.
    slow_log: Arc<SlowLog>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("place", &self.place).finish_non_exhaustive()
    }
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
        let places = SamePlaces { config: config.clone(), vault: handle.vault().clone() };
        Ok(Database { handle, place: place.clone(), places: Arc::new(places), slow_log: Arc::new(log_slow) })
    }

    /// Whether a file is as its driver has written it: what has sums that are not looked at whenever it is read, is
    /// compared with them. Nobody in this process has it open; commits of other processes wait meanwhile. The file is only
    /// read. To see that all can be read, and that its rows fit their indexes, is another thing.
    ///
    /// ```
    /// let directory = tempfile::tempdir()?;
    /// let path = directory.path().join("a.db");
    /// helios::Database::open(&path)?.close()?;
    /// helios::Database::verify(&path, &helios::Config::default())?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Corrupt` if something is not what was written; else as [`Database::open_with`]; `Busy` if this process has it open.
    pub fn verify(path: impl AsRef<Path>, config: &Config) -> Result<()> {
        verify(path.as_ref(), config)
    }

    /// The engine, where the database was opened for writing too: others may have opened it so.
    fn writable(&self) -> Result<&Arc<Engine>> {
        match self.handle.may_write() {
            true => self.handle.engine(),
            false => Err(Error::new(ErrorKind::ReadOnly, "attempt to write a readonly database")),
        }
    }

    /// Whether this process may use it: a forked child may not use the files of its parent, and opens them again.
    pub fn is_usable(&self) -> bool {
        self.handle.is_usable()
    }

    /// The same database, opened once more.
    ///
    /// # Errors
    /// As [`Database::open_with`].
    pub fn reopen(&self) -> Result<Database> {
        Database::open_place(&self.place, &self.places.config())
    }

    /// In a forked child, a session that goes on where one of the parent's cannot: on this database, which the child
    /// has opened, with the same branch, settings and functions. The parent's session must not be dropped.
    ///
    /// # Errors
    /// As [`Database::connect_to`].
    pub fn succeed(&self, session: &mut Session) -> Result<Session> {
        session.successor(self.handle.engine()?)
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
        session.set_file(self.handle.file());
        let cache = &self.places.config.cache;
        if cache.enabled {
            session.keep_results(Some((cache.size_mb as usize) << 20));
        }
        let monitor = &self.places.config.monitor;
        session.count_statements(monitor.count_statements);
        session.set_slow_after(u64::try_from(monitor.slow_query_ms).ok().map(Duration::from_millis));
        session.set_slow_log(Some(self.slow_log.clone()));
        Ok(session)
    }

    /// Has the sessions that are made of this object, or of clones of it, tell slow statements elsewhere than as events of
    /// `tracing`.
    pub fn set_slow_log(&mut self, log: Arc<SlowLog>) {
        self.slow_log = log;
    }

    /// Moves a session, with its settings and functions, to this database. What it was doing is undone.
    ///
    /// # Errors
    /// As [`Database::connect_to`].
    pub fn take_session(&self, session: &mut Session, branch: &str) -> Result<()> {
        session.move_to(self.handle.engine()?, branch)?;
        session.set_read_only(!self.handle.may_write());
        session.set_file(self.handle.file());
        Ok(())
    }

    /// Has a session go on with this database under the name of a schema that it has attached. False if there is none.
    ///
    /// # Errors
    /// The database is closed.
    pub fn take_schema(&self, session: &mut Session, schema: &str) -> Result<bool> {
        let database = self.handle.engine()?.clone();
        let keeper = Box::new(self.handle.clone());
        session.replace_attached(
            schema,
            OpenedDatabase {
                database,
                branch: MAIN.to_owned(),
                file: String::new(),
                may_write: true,
                keeper,
            },
        )
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
        self.writable()?.create_branch(name, parent)
    }

    /// Makes a branch of what was committed on `parent` at a moment, in microseconds since 1970.
    ///
    /// # Errors
    /// As [`Database::create_branch`]; also if the history of a table does not reach back so far.
    pub fn create_branch_as_of(&self, name: &str, parent: &str, micros: u64) -> Result<()> {
        self.writable()?.create_branch_at(name, parent, Some(Moment(micros)))
    }

    /// Deletes a branch. Its connections get errors from now on; branches that were made of it live on.
    ///
    /// ```
    /// let database = helios::Database::open_in_memory()?;
    /// database.create_branch("experiment", "main")?;
    /// database.delete_branch("experiment")?;
    /// assert!(database.connect_to("experiment").is_err());
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is no such branch, or it is `main`.
    pub fn delete_branch(&self, name: &str) -> Result<()> {
        self.writable()?.delete_branch(name)
    }

    /// The tables that differ between two branches.
    ///
    /// ```
    /// let database = helios::Database::open_in_memory()?;
    /// database.connect()?.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")?;
    /// database.create_branch("side", "main")?;
    /// database.connect_to("side")?.execute("UPDATE t SET a = 2", ())?;
    /// let differences = database.compare_branches("main", "side")?;
    /// assert_eq!((differences[0].name.as_str(), differences[0].rows.len()), ("t", 1));
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// There is no such branch.
    pub fn compare_branches(&self, a: &str, b: &str) -> Result<Vec<TableDiff>> {
        compare(self.handle.engine()?, (a, None), (b, None))
    }

    /// All branches, `main` first.
    ///
    /// # Errors
    /// What the driver says.
    pub fn branches(&self) -> Result<Vec<Branch>> {
        let engine = self.handle.engine()?;
        let records = engine.branches()?;
        let state = engine.engine().present()?.state().clone();
        let name_of = |id| state.ancestor(id).map(|record| &record.name);
        let branch = |(record, is_active): &(BranchRecord, bool)| Branch {
            name: record.name.as_str().to_owned(),
            parent: record.parent.and_then(|fork| name_of(fork.parent)).map(|name| name.as_str().to_owned()),
            created_micros: record.created.0,
            forked_micros: record.parent.map(|fork| fork.moment.0),
            commits: record.commits,
            written_bytes: record.bytes,
            is_active: *is_active,
            merged_micros: merged_at(&*state, record.id).map(|moment| moment.0),
        };
        Ok(records.iter().map(branch).collect())
    }

    /// From now on all tables keep their history; it stays on.
    pub fn keep_history(&self) -> Result<()> {
        self.writable()?.keep_history()
    }

    /// What is kept of a user of the server, if there is such a user. Users are neither versioned nor branched.
    ///
    /// # Errors
    /// What the driver says.
    pub fn user(&self, name: &str) -> Result<Option<User>> {
        let present = self.handle.engine()?.engine().newest()?;
        Ok(present.state().user(name).map(User::of_text))
    }

    /// What is kept of a user of the server by the newest state that this process has heard of, where that is another
    /// state than the one with the number `seen`, which becomes the one of this state.
    ///
    /// # Errors
    /// What the driver says.
    pub fn user_since(&self, name: &str, seen: &mut Option<u64>) -> Result<Option<Option<User>>> {
        let present = self.handle.engine()?.engine().present()?;
        if seen.replace(present.version()) == Some(present.version()) {
            return Ok(None);
        }
        Ok(Some(present.state().user(name).map(User::of_text)))
    }

    /// Makes a user or changes what is kept of one, or removes the user; answers whether there was one.
    ///
    /// ```
    /// let database = helios::Database::open_in_memory()?;
    /// let ada = helios::User { verifier: "a verifier".to_owned(), may_write: false };
    /// assert!(!database.set_user("ada", Some(&ada))?);
    /// assert_eq!(database.user("ada")?, Some(ada));
    /// assert!(database.set_user("ada", None)?);
    /// assert_eq!(database.user("ada")?, None);
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the driver says.
    pub fn set_user(&self, name: &str, user: Option<&User>) -> Result<bool> {
        let was_there = self.user(name)?.is_some();
        self.writable()?.engine().set_user(name, user.map(User::to_text).as_deref())?;
        Ok(was_there)
    }

    /// Puts everything that `source` holds, all branches and all history, in the place of everything that is here, in
    /// one commit. Connections go on with the new contents.
    ///
    /// ```
    /// use helios::{Database, Connection};
    /// use std::time::Duration;
    ///
    /// let (original, copy) = (Database::open_in_memory()?, Database::open_in_memory()?);
    /// original.connect()?.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (5)")?;
    /// copy.copy_from(&original, Duration::from_secs(1))?;
    /// let value: i64 = copy.connect()?.query_row("SELECT a FROM t", (), |row| row.get(0))?;
    /// assert_eq!(value, 5);
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Busy` if a writer does not end within `timeout`; what the drivers say.
    pub fn copy_from(&self, source: &Database, timeout: Duration) -> Result<()> {
        self.copy_contents(&source.contents()?, timeout)
    }

    /// What is in the database, to be copied.
    ///
    /// # Errors
    /// The database is closed.
    pub fn contents(&self) -> Result<Contents> {
        Ok(Contents(self.handle.engine()?.clone()))
    }

    /// As [`Database::copy_from`], for what a session has under the name of a schema.
    ///
    /// # Errors
    /// As [`Database::copy_from`]; the source is encrypted, and this is a plain file.
    pub fn copy_contents(&self, source: &Contents, timeout: Duration) -> Result<()> {
        let engine = self.handle.engine()?;
        let is_plain_file = engine.key().is_none() && engine.storage().capabilities().persistent;
        if is_plain_file && source.0.key().is_some() {
            return Err(Error::sql("an encrypted database is not copied to a plain file"));
        }
        let patience = Patience::new(timeout, Interrupt::default());
        self.writable()?.replace_with(&source.0, &patience)
    }

    /// Everything, all branches and all history, as bytes for [`Database::deserialize`]. The bytes of an encrypted
    /// database are encrypted under its key.
    ///
    /// # Errors
    /// What the driver says.
    pub fn serialize(&self) -> Result<Vec<u8>> {
        self.serialize_contents(&self.contents()?)
    }

    /// As [`Database::serialize`], for what a session has under the name of a schema.
    ///
    /// # Errors
    /// As [`Database::serialize`].
    pub fn serialize_contents(&self, contents: &Contents) -> Result<Vec<u8>> {
        let bytes = contents.0.to_bytes()?;
        match contents.0.key() {
            Some(key) => seal_copy(&self.places.config.encryption, &key, &bytes),
            None => Ok(bytes),
        }
    }

    /// A new database in memory with everything that was serialized. `config` has the key of an encrypted copy, which
    /// the new database is under, too.
    ///
    /// ```
    /// use helios::{Config, Database};
    ///
    /// let original = Database::open_in_memory()?;
    /// original.connect()?.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (5)")?;
    /// let copy = Database::deserialize(&original.serialize()?, &Config::default())?;
    /// let value: i64 = copy.connect()?.query_row("SELECT a FROM t", (), |row| row.get(0))?;
    /// assert_eq!(value, 5);
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// The bytes are no such copy, or were changed; `NotADatabase` if they are encrypted and the key is another one.
    pub fn deserialize(bytes: &[u8], config: &Config) -> Result<Database> {
        let opened = open_copy(&config.encryption, bytes)?;
        let handle =
            Arc::new(Handle::of_copy(opened.as_ref().map_or(bytes, |copy| copy.as_slice()), config)?);
        let places = SamePlaces { config: config.clone(), vault: handle.vault().clone() };
        Ok(Database { handle, place: Place::Private, places: Arc::new(places), slow_log: Arc::new(log_slow) })
    }

    /// As [`Database::deserialize`], with the settings of this database and the key of a schema that a session has, if
    /// there is that schema.
    ///
    /// # Errors
    /// As [`Database::deserialize`].
    pub fn deserialize_as(&self, session: &mut Session, schema: &str, bytes: &[u8]) -> Result<Database> {
        let key = session.database_of(schema).and_then(|database| database.key());
        let key = key.map_or(AttachedKey::None, AttachedKey::Own);
        Database::deserialize(bytes, &self.places.with_key(&key))
    }

    /// Whether this is the database that a session has under the name of a schema.
    pub fn is_same(&self, other: &Contents) -> bool {
        self.handle.engine().is_ok_and(|engine| Arc::ptr_eq(engine, &other.0))
    }

    /// Closes the database if nobody else has it open, and tells of errors that a drop would pass over.
    pub fn close(self) -> Result<()> {
        match Arc::try_unwrap(self.handle) {
            Ok(handle) => handle.close(),
            Err(_) => Ok(()),
        }
    }
}

/// Tells a slow statement as an event of `tracing`.
fn log_slow(statement: &SlowStatement<'_>) {
    let SlowStatement { text, branch, took, rows, failed, .. } = statement;
    let ms = took.as_micros() as f64 / 1000.0;
    tracing::warn!(target: "helios::slow_query", ms, rows, failed, branch, query = text);
}
