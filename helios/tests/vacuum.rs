//! VACUUM INTO: a new file with what there is at present.

use helios::{Connection, Result, params};

fn message(result: Result<()>) -> String {
    result.err().map_or_else(String::new, |error| error.message().to_owned())
}

#[test]
fn a_copy_has_everything_that_there_is_at_present() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let connection = Connection::open(folder.path().join("first.db")).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, gone, b DEFAULT 7);
             CREATE INDEX i ON t(b, a);
             CREATE VIEW v AS SELECT a, b FROM t;
             CREATE TRIGGER r AFTER DELETE ON t BEGIN INSERT INTO t(a) VALUES (old.id || ' went'); END;
             INSERT INTO t(a, gone) VALUES ('x', 1), ('y', 2), ('z', 3);
             ALTER TABLE t DROP COLUMN gone;
             CREATE TABLE k(a, b, PRIMARY KEY (b, a)) WITHOUT ROWID;
             INSERT INTO k VALUES (1, 2), (3, 1);
             CREATE VIRTUAL TABLE c USING csv(data='1,2');
             PRAGMA user_version = 42;
             DELETE FROM t WHERE a = 'y'",
        )
        .unwrap();
    connection.execute("VACUUM INTO ?", params![copy.to_string_lossy().into_owned()]).unwrap();
    let other = Connection::open(&copy).unwrap();
    let dump = |connection: &Connection| -> Vec<String> {
        let rows = |sql: &str| -> Vec<String> { connection.query(sql, (), |row| row.get(0)).unwrap() };
        [
            rows("SELECT type || name || tbl_name || coalesce(sql, '') FROM sqlite_schema"),
            rows("SELECT id || a || b FROM t ORDER BY a"),
            rows("SELECT a || b FROM v"),
            rows("SELECT a || ' ' || b FROM k"),
            rows("SELECT c0 || c1 FROM c"),
            rows("SELECT seq || name FROM sqlite_sequence"),
            rows("PRAGMA integrity_check"),
        ]
        .concat()
    };
    assert_eq!(dump(&other), dump(&connection));
    let version: i64 = other.query_row("PRAGMA user_version", (), |row| row.get(0)).unwrap();
    assert_eq!(version, 42);
    other.execute_batch("INSERT INTO t(a) VALUES ('new'); DELETE FROM t WHERE a = 'x'").unwrap();
}

#[test]
fn vacuum_into_refuses_what_sqlite_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    let connection = Connection::open_in_memory().unwrap();
    let into = format!("VACUUM INTO '{}'", copy.display());
    connection.execute_batch(&into).unwrap();
    assert_eq!(message(connection.execute_batch(&into)), "output file already exists");
    assert_eq!(message(connection.execute_batch("VACUUM INTO 7")), "non-text filename");
    assert_eq!(message(connection.execute_batch("VACUUM nothere INTO 'x'")), "unknown database nothere");
    connection.execute_batch("BEGIN").unwrap();
    assert_eq!(message(connection.execute_batch(&into)), "cannot VACUUM from within a transaction");
}
