//! The databases that these tests run on, and threads on them.

use std::path::Path;
use std::time::Duration;

use helios::{Config, Connection, Database, ErrorKind};
use helios_testkit::TestResult;

/// Waiting that only a hanging test comes to the end of.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// Runs `test` on each kind of database: in memory, in a file of one process, in a file of many.
pub(crate) fn on_each(test: impl Fn(&Database) -> TestResult) -> TestResult {
    test(&Database::open_in_memory()?)?;
    for processes in ["one", "many"] {
        let directory = tempfile::tempdir()?;
        test(&open(&directory.path().join("test.db"), processes)?)?;
    }
    Ok(())
}

/// The database in a file.
pub(crate) fn open(path: &Path, processes: &str) -> helios::Result<Database> {
    let config = Config::loader()
        .argument("storage.redb.processes", processes)
        .argument("storage.cache_mb", 8)
        .load()?;
    Database::open_with(path, &config)
}

/// A connection that waits for long.
pub(crate) fn connect(database: &Database) -> helios::Result<Connection> {
    let connection = database.connect()?;
    connection.busy_timeout(LONG)?;
    Ok(connection)
}

/// Runs `work` in threads, each with its number and its own connection.
pub(crate) fn in_threads(
    database: &Database,
    threads: usize,
    work: impl Fn(usize, &mut Connection) -> TestResult + Sync,
) -> TestResult {
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || work(thread, &mut connect(database)?))).collect();
        running.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })
}

/// The number that a query gives.
pub(crate) fn number(connection: &Connection, sql: &str) -> helios::Result<i64> {
    connection.query_row(sql, (), |row| row.get(0))
}

/// Checks that the database is whole.
pub(crate) fn assert_whole(connection: &Connection) -> TestResult {
    let found: Vec<String> = connection.query("PRAGMA integrity_check", (), |row| row.get(0))?;
    assert_eq!(found, ["ok"]);
    Ok(())
}

/// Checks that something is refused because another writer has what it needs.
#[track_caller]
pub(crate) fn assert_locked(result: helios::Result<()>, kind: ErrorKind, what: &str) {
    match result {
        Ok(()) => panic!("{what} was not refused"),
        Err(error) => assert_eq!((error.kind(), error.message()), (kind, "database is locked"), "{what}"),
    }
}
