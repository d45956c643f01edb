//! A process whose files may not grow: see [`crate::full`]; one that may have little memory: see [`crate::memory`].

use helios::{Config, Connection, Database, ErrorKind};
use helios_testkit::TestResult;
use helios_tests::child::{say, told};

/// Settings with one process or many.
pub(crate) fn config(processes: &str) -> helios::Result<Config> {
    Config::loader().argument("storage.redb.processes", processes).argument("storage.cache_mb", 4).load()
}

#[test]
fn work() -> TestResult {
    let Some((processes, path)) = told() else { return Ok(()) };
    if processes == "little memory" {
        return crate::memory::work(&path);
    }
    let database = Database::open_with(path, &config(&processes)?)?;
    let connection = database.connect()?;
    connection.execute_batch(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, a BLOB, b); CREATE INDEX i ON t (b); CREATE TABLE last (k)",
    )?;
    say(0)?;
    let error = fill(&connection)?;
    assert_eq!((error.kind(), error.message()), (ErrorKind::Full, "database or disk is full"));
    assert!(connection.is_autocommit(), "the transaction is gone");
    // It goes on: it reads, and what makes nothing larger fits.
    let last: i64 = connection.query_row("SELECT count(*) FROM t", (), |row| row.get(0))?;
    let from_index: i64 =
        connection.query_row("SELECT count(*) FROM t WHERE b >= 0", (), |row| row.get(0))?;
    assert_eq!(last, from_index);
    match connection.execute_batch("DELETE FROM t WHERE k % 2 = 0; INSERT INTO last VALUES (0)") {
        Ok(()) => say("deleted")?,
        Err(error) => assert_eq!(error.kind(), ErrorKind::Full, "{error:?}"),
    }
    Ok(database.close()?)
}

/// Commits rows until one is refused, and says the number of each.
fn fill(connection: &Connection) -> TestResult<helios::Error> {
    for row in 1_i64.. {
        let insert = || -> helios::Result<()> {
            connection.execute_batch("BEGIN")?;
            connection
                .execute("INSERT INTO t VALUES (?, zeroblob(20000), ?)", helios::params![row, row % 7])?;
            connection.execute("INSERT INTO last VALUES (?)", [row])?;
            connection.execute_batch("COMMIT")
        };
        match insert() {
            Ok(()) => say(row)?,
            Err(error) => return Ok(error),
        }
    }
    Err("the file grew and grew".into())
}
