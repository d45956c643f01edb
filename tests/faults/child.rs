//! The process that is killed: it commits numbered records, each of several rows in tables with indexes, a document in two
//! indexes of words and a box in a tree, and says
//! the number of each when it is acknowledged. What the database shows after so many is a function of their number.

use std::path::Path;
use std::time::Duration;

use helios::{Config, Connection, Database};
use helios_testkit::TestResult;
use helios_tests::child::{say, told};

/// So many records are kept: each commit also deletes what is older.
const KEPT: i64 = 30;

/// The tables. Each writer uses rows of its own.
const SCHEMA: &str = "BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS last (writer INTEGER PRIMARY KEY, number INTEGER);
    CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, writer INTEGER, number INTEGER, body TEXT);
    CREATE INDEX IF NOT EXISTS by_number ON record (number, writer);
    CREATE TABLE IF NOT EXISTS part (writer INTEGER, number INTEGER, part INTEGER, body BLOB, UNIQUE (writer, number, part));
    CREATE VIRTUAL TABLE IF NOT EXISTS said USING fts5(body);
    CREATE VIRTUAL TABLE IF NOT EXISTS mail USING fts4(body);
    CREATE VIRTUAL TABLE IF NOT EXISTS box USING rtree_i32(id, low, high, +writer);
    COMMIT";

/// Opens the file as one process (`one`), or one of many (`many`), or on another driver, by its name.
pub(crate) fn open(path: &Path, how: &str) -> helios::Result<(Database, Connection)> {
    let loader = Config::loader().argument("storage.cache_mb", 4);
    let config = match how {
        "one" | "many" => loader.argument("storage.redb.processes", how),
        driver => loader.argument("storage.backend", driver),
    }
    .load()?;
    let database = Database::open_with(path, &config)?;
    let connection = database.connect()?;
    connection.busy_timeout(Duration::from_secs(120))?;
    Ok((database, connection))
}

#[test]
fn work() -> TestResult {
    let Some((role, path)) = told() else { return Ok(()) };
    let (processes, writer) = role.split_once(' ').ok_or("no role")?;
    let writer = writer.parse()?;
    let (_database, connection) = open(&path, processes)?;
    connection.execute_batch(SCHEMA)?;
    connection.execute("INSERT OR IGNORE INTO last VALUES (?, 0)", [writer])?;
    say(0)?;
    loop {
        say(commit_one(&connection, writer)?)?;
    }
}

/// Commits the next record.
fn commit_one(connection: &Connection, writer: i64) -> helios::Result<i64> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let number: i64 =
        connection.query_row("SELECT number + 1 FROM last WHERE writer = ?", [writer], |row| row.get(0))?;
    connection.execute("UPDATE last SET number = ? WHERE writer = ?", [number, writer])?;
    let record = helios::params![id(writer, number), writer, number, body(writer, number)];
    connection.execute("INSERT INTO record VALUES (?, ?, ?, ?)", record)?;
    for part in 0..3_i64 {
        let values = helios::params![writer, number, part, body(writer, number + part)];
        connection.execute("INSERT INTO part VALUES (?, ?, ?, CAST(? AS BLOB))", values)?;
    }
    let words = helios::params![key(writer, number), words(writer, number)];
    connection.execute("INSERT INTO said (rowid, body) VALUES (?, ?)", words)?;
    connection.execute("INSERT INTO mail (docid, body) VALUES (?, ?)", words)?;
    connection.execute("INSERT INTO box VALUES (?, ?2, ?2 + 3, ?)", [key(writer, number), number, writer])?;
    if number > KEPT {
        let oldest = key(writer, number - KEPT);
        for table in ["said", "mail", "box"] {
            connection.execute(&format!("DELETE FROM {table} WHERE rowid = ?"), [oldest])?;
        }
    }
    connection.execute("DELETE FROM record WHERE number <= ? AND writer = ?", [number - KEPT, writer])?;
    connection.execute("DELETE FROM part WHERE number <= ? AND writer = ?", [number - KEPT, writer])?;
    match number % 8 {
        3 => connection.execute_batch(&format!("CREATE INDEX extra{writer} ON part (number, body)"))?,
        7 => connection.execute_batch(&format!("DROP INDEX extra{writer}"))?,
        _ => {}
    }
    connection.execute_batch("COMMIT")?;
    Ok(number)
}

fn id(writer: i64, number: i64) -> String {
    format!("{writer}-{number:06}")
}

/// The rowid of what a record has in virtual tables.
fn key(writer: i64, number: i64) -> i64 {
    writer * 1_000_000 + number
}

/// The document of a record: a word that all have, one that few have, and one of its own.
fn words(writer: i64, number: i64) -> String {
    format!("record few{} own{writer}x{number} {}", number % 7, body(writer, number))
}

fn body(writer: i64, number: i64) -> String {
    char::from(b'a' + (writer * 7 + number) as u8 % 26).to_string().repeat((number as usize * 37) % 700)
}

/// Checks that the file shows what it may: for each writer the record that it said last or one more, and all that goes
/// with that, by rows and by indexes.
pub(crate) fn check(path: &Path, processes: &str, said: &[(i64, Option<i64>)]) -> TestResult {
    let (database, connection) = open(path, processes)?;
    let number = |sql: &str| connection.query_row(sql, (), |row| row.get::<i64>(0));
    if number("SELECT count(*) FROM sqlite_schema")? == 0 {
        assert!(said.iter().all(|(_, last)| last.is_none()), "the tables are gone");
        return Ok(());
    }
    let mut rows = 0;
    let mut extra = 0;
    for &(writer, said) in said {
        let last: Vec<i64> =
            connection.query("SELECT number FROM last WHERE writer = ?", [writer], |row| row.get(0))?;
        let Some(&last) = last.first() else {
            assert_eq!(said, None, "writer {writer} is gone");
            continue;
        };
        let said = said.unwrap_or(0);
        assert!(last == said || last == said + 1, "{last} is there, {said} was acknowledged");
        check_writer(&connection, writer, last)?;
        rows += last.min(KEPT);
        extra += i64::from((3..7).contains(&(last % 8)));
    }
    assert_eq!(number("SELECT count(*) FROM record")?, rows, "there is nothing else");
    assert_eq!(number("SELECT count(*) FROM part")?, 3 * rows, "there is nothing else");
    assert_eq!(number("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'extra%'")?, extra);
    for table in ["said", "mail", "box"] {
        assert_eq!(number(&format!("SELECT count(*) FROM {table}"))?, rows, "there is nothing else");
    }
    for table in ["said", "mail"] {
        assert_eq!(number(&format!("SELECT count(*) FROM {table} WHERE {table} MATCH 'record'"))?, rows);
        connection.execute_batch(&format!("INSERT INTO {table} ({table}) VALUES ('integrity-check')"))?;
    }
    let checked: String = connection.query_row("SELECT rtreecheck('box')", (), |row| row.get(0))?;
    assert_eq!(checked, "ok");
    let problems: Vec<String> = connection.query("PRAGMA integrity_check", (), |row| row.get(0))?;
    assert_eq!(problems, ["ok"]);
    drop(connection);
    Ok(database.close()?)
}

fn check_writer(connection: &Connection, writer: i64, last: i64) -> TestResult {
    for record in (last - KEPT + 1).max(1)..=last {
        let found: String =
            connection
                .query_row("SELECT body FROM record WHERE id = ?", [id(writer, record)], |row| row.get(0))?;
        assert!(found == body(writer, record), "record {record} of writer {writer}");
        let parts: Vec<String> = connection.query(
            "SELECT CAST(body AS TEXT) FROM part WHERE writer = ? AND number = ? ORDER BY part",
            [writer, record],
            |row| row.get(0),
        )?;
        assert!(
            parts.into_iter().eq((0..3).map(|part| body(writer, record + part))),
            "parts of record {record}"
        );
        for table in ["said", "mail"] {
            let sql = format!("SELECT rowid, body FROM {table} WHERE {table} MATCH 'own{writer}x{record}'");
            let found =
                connection.query_row(&sql, (), |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)))?;
            assert!(found == (key(writer, record), words(writer, record)), "words of record {record}");
        }
        let boxes = "SELECT id FROM box WHERE low <= ?1 AND high >= ?1 + 3 AND writer = ?2";
        let found: Vec<i64> = connection.query(boxes, [record, writer], |row| row.get(0))?;
        assert_eq!(found, [key(writer, record)], "the box of record {record}");
    }
    Ok(())
}
