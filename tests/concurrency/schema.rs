//! Changes of the schema by one connection, seen by the others.

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::repeats;

use crate::stage::{assert_whole, connect, in_threads, number, on_each};

#[test]
fn prepared_statements_follow_the_schema() -> TestResult {
    on_each(|database| {
        let (user, changer) = (connect(database)?, connect(database)?);
        changer.execute_batch("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)")?;
        let mut query = user.prepare("SELECT b FROM t WHERE a = 1")?;
        let mut insert = user.prepare("INSERT INTO t (a, b) VALUES (?, ?)")?;
        let read = |row: &helios::Row<'_>| row.get::<i64>(0);
        assert_eq!(query.query_map((), read)?, [2]);
        changer.execute_batch("CREATE INDEX i ON t (a)")?;
        insert.execute([1, 3])?;
        assert_eq!(query.query_map((), read)?, [2, 3]);
        assert_whole(&changer)?;
        changer.execute_batch("DROP INDEX i")?;
        insert.execute([1, 4])?;
        assert_eq!(query.query_map((), read)?, [2, 3, 4]);
        changer.execute_batch("DROP TABLE t")?;
        let gone = |error: helios::Error| (error.kind(), error.message().to_owned());
        let expected = (ErrorKind::Sql, "no such table: t".to_owned());
        assert_eq!(query.query_map((), read).map_err(gone), Err(expected.clone()));
        assert_eq!(insert.execute([1, 5]).map_err(gone), Err(expected));
        // Another table of the name, with its columns in another order.
        changer.execute_batch("CREATE TABLE t (c, b UNIQUE, a); INSERT INTO t VALUES (7, 8, 1)")?;
        insert.execute([1, 9])?;
        assert_eq!(query.query_map((), read)?, [8, 9]);
        let error = insert.execute([1, 9]).unwrap_err();
        assert_eq!(error.message(), "UNIQUE constraint failed: t.b");
        assert_whole(&changer)
    })
}

#[test]
fn a_schema_that_is_not_committed_is_nobody_elses() -> TestResult {
    on_each(|database| {
        let (user, changer) = (connect(database)?, connect(database)?);
        changer.execute_batch(
            "CREATE TABLE t (a); BEGIN; CREATE TABLE u (a); INSERT INTO u VALUES (1); DROP TABLE t",
        )?;
        assert_eq!(number(&changer, "SELECT a FROM u")?, 1);
        changer.execute_batch("CREATE INDEX i ON u (a)")?;
        assert_whole(&changer)?;
        assert_eq!(number(&user, "SELECT count(*) FROM t")?, 0);
        assert_eq!(number(&user, "SELECT count(*) FROM u").unwrap_err().message(), "no such table: u");
        changer.execute_batch("SAVEPOINT s; CREATE TABLE v (a); ROLLBACK TO s; RELEASE s")?;
        assert_eq!(number(&changer, "SELECT count(*) FROM v").unwrap_err().message(), "no such table: v");
        changer.execute_batch("ROLLBACK")?;
        for connection in [&user, &changer] {
            assert_eq!(number(connection, "SELECT count(*) FROM t")?, 0);
            assert_eq!(
                number(connection, "SELECT count(*) FROM u").unwrap_err().message(),
                "no such table: u"
            );
        }
        changer.execute_batch("BEGIN; CREATE TABLE u (a); INSERT INTO u VALUES (2); COMMIT")?;
        assert_eq!(number(&user, "SELECT a FROM u")?, 2);
        Ok(())
    })
}

/// Tables come and go while others use them: every answer is of a schema that was there.
#[test]
fn tables_that_come_and_go_are_there_whole_or_not_at_all() -> TestResult {
    on_each(|database| {
        connect(database)?.execute_batch("CREATE TABLE log (a)")?;
        let times = repeats(25, 500);
        in_threads(database, 6, |thread, connection| {
            for time in 0..times {
                match thread {
                    0 | 1 => {
                        let (begin, table) = (["BEGIN", "BEGIN IMMEDIATE"][time % 2], ["x", "y"][thread]);
                        connection.execute_batch(&format!(
                            "{begin}; CREATE TABLE {table} (k INTEGER PRIMARY KEY, a UNIQUE); CREATE INDEX i{table} ON {table} (a, k);
                             INSERT INTO {table} VALUES (1, {time}), (2, -1); INSERT INTO log VALUES ({time}); COMMIT"
                        ))?;
                        connection.execute_batch(&format!("DROP TABLE {table}"))?;
                    }
                    _ => use_table(connection, ["x", "y"][thread % 2], time)?,
                }
            }
            Ok(())
        })?;
        let connection = connect(database)?;
        assert_eq!(number(&connection, "SELECT count(*) FROM sqlite_schema")?, 1);
        assert_eq!(number(&connection, "SELECT count(*) FROM log")?, 2 * times as i64);
        assert_whole(&connection)
    })
}

fn use_table(connection: &Connection, table: &str, time: usize) -> TestResult {
    let sql = match time % 4 {
        0 => {
            format!("SELECT count(*) + (SELECT count(*) FROM {table} WHERE a = -1) FROM {table} WHERE k < 3")
        }
        1 => format!("SELECT count(*) FROM {table} WHERE k < 3 AND a >= -1"),
        2 => format!("INSERT OR IGNORE INTO {table} VALUES (9, 9)"),
        _ => format!("UPDATE {table} SET a = a + 1000 WHERE k = 1"),
    };
    let result =
        if time % 4 < 2 { number(connection, &sql) } else { connection.execute(&sql, ()).map(|_| 0) };
    match result {
        Ok(found) => assert!([0, 2, 3].contains(&found), "{sql}: {found}"),
        Err(error) => assert_eq!(error.message(), format!("no such table: {table}"), "{sql}: {error:?}"),
    }
    Ok(())
}

/// Definitions that are refused before anything is written, and such as SQLite finds wrong only when it has the turn.
const REFUSED: [&[&str]; 2] = [
    &[
        "ALTER TABLE nosuch RENAME TO b",
        "ALTER TABLE t RENAME COLUMN nosuch TO b",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t DROP COLUMN nosuch",
        "ALTER TABLE t DROP COLUMN k",
        "ALTER TABLE t ADD COLUMN a",
        "ALTER TABLE t ADD COLUMN z UNIQUE",
        "ALTER TABLE v RENAME TO w",
        "ALTER TABLE v ADD COLUMN z",
        "ALTER TABLE own RENAME COLUMN nosuch TO b",
        "ALTER TABLE own ADD COLUMN z NOT NULL",
        "CREATE TABLE t (a)",
        "CREATE TABLE z (a, a)",
        "CREATE TABLE z AS SELECT nosuch",
        "CREATE TEMP TABLE z (a CHECK (nosuch))",
        "CREATE VIEW t AS SELECT 1",
        "CREATE INDEX j ON nosuch (a)",
        "CREATE TRIGGER g AFTER INSERT ON v BEGIN SELECT 1; END",
        "DROP INDEX nosuch",
        "DROP TABLE nosuch",
        "DROP VIEW t",
        "DROP TRIGGER nosuch",
        "REINDEX nosuch",
        "ANALYZE nosuch",
    ],
    &[
        "ALTER TABLE t DROP COLUMN a",
        "ALTER TABLE t RENAME TO b",
        "ALTER TABLE t RENAME COLUMN a TO b",
        "ALTER TABLE t ADD COLUMN z NOT NULL",
        "ALTER TABLE t ADD COLUMN z CHECK (z > 1) DEFAULT 0",
        "ALTER TABLE t ADD COLUMN z AS (nosuch)",
        "CREATE UNIQUE INDEX j ON t (c)",
        "CREATE TABLE z AS SELECT abs(-9223372036854775808)",
    ],
];

/// A definition that is refused decides neither which state a transaction sees, nor who may write; one that had the turn
/// to write keeps it.
#[test]
fn a_transaction_goes_on_behind_a_definition_that_failed() -> TestResult {
    on_each(|database| {
        let (user, other) = (connect(database)?, connect(database)?);
        other.busy_timeout(std::time::Duration::ZERO)?;
        user.execute_batch(
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a, c); CREATE TABLE u (x); CREATE INDEX i ON t (a);
             INSERT INTO t (a, c) VALUES (2, 3), (2, 3); CREATE VIEW v AS SELECT a FROM t;
             CREATE VIEW broken AS SELECT nosuch FROM t; CREATE TEMP TABLE own (a, b); INSERT INTO own VALUES (1, 2)",
        )?;
        for (definitions, takes_turn) in REFUSED.iter().zip([false, true]) {
            for definition in *definitions {
                user.execute_batch("BEGIN")?;
                assert!(user.execute(definition, ()).is_err(), "{definition}");
                let written = other.execute("INSERT INTO u VALUES (8)", ()).map_err(|error| error.kind());
                let expected = if takes_turn { Err(ErrorKind::Busy) } else { Ok(1) };
                assert_eq!(written, expected, "{definition}");
                let went_on = user.execute_batch("INSERT INTO u VALUES (9); COMMIT");
                assert_eq!(went_on.map_err(|error| error.kind()), Ok(()), "{definition}");
            }
        }
        assert_whole(&user)
    })
}
