//! The past and branches through connections: scans in several chunks show every row once, whatever became of it later.

use helios::{Config, Connection, Database};
use helios_core::clock::Clock;

/// More rows than a chunk has.
const ROWS: i64 = 5000;

fn filled(config: &Config) -> (tempfile::TempDir, Database) {
    let directory = tempfile::tempdir().expect("there is room for a file");
    let database = Database::open_with(directory.path().join("a.db"), config).expect("the file is new");
    let mut connection = database.connect().expect("main is there");
    connection
        .execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE INDEX i ON t (a)")
        .expect("the table is new");
    let transaction = connection.transaction().expect("nothing is open");
    for id in 0..ROWS {
        transaction.execute("INSERT INTO t VALUES (?, ?)", [id, id % 7]).expect("the row is new");
    }
    transaction.commit().expect("nobody else writes");
    (directory, database)
}

fn numbers(connection: &Connection, sql: &str) -> (i64, i64, i64) {
    connection
        .query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("the query gives one row of numbers")
}

const WHAT: &str = "SELECT count(*), count(DISTINCT id), sum(id) FROM";

#[test]
fn a_scan_of_the_past_shows_every_row_once() {
    let config = Config::loader().argument("time_travel.enabled", true).load().unwrap();
    let (_directory, database) = filled(&config);
    let connection = database.connect().unwrap();
    let moment = helios::SystemClock.now().0 as f64 / 1e6;
    let all = numbers(&connection, &format!("{WHAT} t"));
    connection.execute("DELETE FROM t WHERE a = 1", ()).unwrap();
    connection.execute("UPDATE t SET a = a + 7 WHERE a = 2", ()).unwrap();
    for condition in ["", " WHERE id >= 0", " WHERE a BETWEEN 0 AND 6"] {
        let then = numbers(&connection, &format!("{WHAT} t AS OF TIMESTAMP {moment:.6}{condition}"));
        assert_eq!(then, all, "{condition}");
    }
    let descending =
        format!("{WHAT} (SELECT id FROM t AS OF TIMESTAMP {moment:.6} ORDER BY id DESC LIMIT 99999)");
    assert_eq!(numbers(&connection, &descending), all);
    assert_eq!(numbers(&connection, &format!("{WHAT} t")).0, ROWS - ROWS / 7 - i64::from(ROWS % 7 > 1));
}

#[test]
fn a_branch_shows_every_row_of_its_parent_once() {
    let (_directory, database) = filled(&Config::default());
    database.create_branch("child", "main").unwrap();
    let (main, child) = (database.connect().unwrap(), database.connect_to("child").unwrap());
    let all = numbers(&main, &format!("{WHAT} t"));
    main.execute("UPDATE t SET a = a + 1", ()).unwrap();
    main.execute("DELETE FROM t WHERE a > 3", ()).unwrap();
    for condition in ["", " WHERE id >= 0", " WHERE a BETWEEN 0 AND 6"] {
        assert_eq!(numbers(&child, &format!("{WHAT} t{condition}")), all, "{condition}");
    }
    child.execute_batch("CREATE INDEX j ON t (a, id)").unwrap();
    assert_eq!(numbers(&child, &format!("{WHAT} t INDEXED BY j WHERE a >= 0")), all);
}

#[test]
fn texts_that_go_on_with_a_zero_have_a_past_of_their_own() {
    let config = Config::loader().argument("time_travel.enabled", true).load().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let connection = Database::open_with(directory.path().join("a.db"), &config).unwrap().connect().unwrap();
    connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE)").unwrap();
    for text in ["a", "a\0", "a\0b", "a\0\0", "ab"] {
        connection.execute("INSERT INTO t (a) VALUES (?)", [text]).unwrap();
    }
    let moment = helios::SystemClock.now().0 as f64 / 1e6;
    connection.execute("DELETE FROM t", ()).unwrap();
    connection.execute("INSERT INTO t VALUES (9, 'a')", ()).unwrap();
    let then =
        |condition: &str| numbers(&connection, &format!("{WHAT} t AS OF TIMESTAMP {moment:.6} {condition}"));
    assert_eq!(then(""), (5, 5, 15));
    assert_eq!(then("WHERE a >= 'a'"), (5, 5, 15));
    assert_eq!(then("WHERE a = 'a'"), (1, 1, 1));
    assert_eq!(then("WHERE a > 'a' AND a < 'ab'"), (3, 3, 9));
}

/// The thread that keeps to the retention works beside everybody else.
#[test]
fn what_is_older_than_the_retention_is_forgotten_when_the_database_is_opened() {
    let versioned = Config::loader().argument("time_travel.enabled", true).load().unwrap();
    let (directory, database) = filled(&versioned);
    let before = helios::SystemClock.now().0 as f64 / 1e6;
    let connection = database.connect().unwrap();
    connection.execute("UPDATE t SET a = a + 1", ()).unwrap();
    let as_of = format!("{WHAT} t AS OF TIMESTAMP {before:.6}");
    assert_eq!(numbers(&connection, &as_of).0, ROWS);
    drop(connection);
    database.close().unwrap();

    let kept = Config::loader().argument("time_travel.retention", "0s").load().unwrap();
    let database = Database::open_with(directory.path().join("a.db"), &kept).unwrap();
    let connection = database.connect().unwrap();
    let error = loop {
        connection.execute("UPDATE t SET a = a + 1 WHERE id = 1", ()).unwrap();
        let count = connection.query_row(&as_of, (), |row| row.get::<i64>(0));
        match count {
            Ok(count) => assert_eq!(count, ROWS, "all of it or an error"),
            Err(error) => break error,
        }
    };
    assert!(error.message().starts_with("the history of table t begins at"), "{error}");
    assert_eq!(numbers(&connection, &format!("{WHAT} t")).0, ROWS);
}
