//! Write skew: two who each read what the other is about to change. Under `BEGIN CONCURRENT` one of them is refused,
//! however it has read.

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;

use crate::stage::{assert_locked, assert_whole, connect, on_each};

const SCHEMA: &str = "DROP TABLE IF EXISTS t; DROP TABLE IF EXISTS u;
    CREATE TABLE t (k INTEGER PRIMARY KEY, a INTEGER, b TEXT UNIQUE); CREATE INDEX by_a ON t (a);
    CREATE TABLE u (k INTEGER PRIMARY KEY, a INTEGER);
    INSERT INTO t VALUES (1, 10, 'one'), (2, 20, 'two'), (3, 30, 'three'); INSERT INTO u VALUES (1, 1), (2, 2)";

/// What a transaction reads, and what another changes so that it would read something else.
const READS: [(&str, &str); 24] = [
    ("SELECT a FROM t WHERE k = 1", "UPDATE t SET a = 11 WHERE k = 1"),
    ("SELECT a FROM t WHERE k = 9", "INSERT INTO t VALUES (9, 9, 'nine')"),
    ("SELECT a FROM t WHERE k = 2", "DELETE FROM t WHERE k = 2"),
    ("SELECT sum(a) FROM t", "UPDATE t SET a = a + 1 WHERE k = 3"),
    ("SELECT count(*) FROM t", "INSERT INTO t VALUES (7, 70, 'seven')"),
    ("SELECT max(k) FROM t", "INSERT INTO t VALUES (8, 80, 'eight')"),
    ("SELECT k FROM t WHERE a BETWEEN 15 AND 25", "UPDATE t SET a = 16 WHERE k = 1"),
    ("SELECT k FROM t WHERE a > 100", "INSERT INTO t VALUES (4, 101, 'four')"),
    ("SELECT k FROM t WHERE a = 20", "UPDATE t SET a = 21 WHERE k = 2"),
    ("SELECT k FROM t WHERE b = 'four'", "INSERT INTO t VALUES (4, 40, 'four')"),
    ("SELECT k FROM t WHERE b = 'one'", "UPDATE t SET b = 'uno' WHERE k = 1"),
    ("SELECT a FROM t WHERE k > 1 ORDER BY k LIMIT 1", "DELETE FROM t WHERE k = 2"),
    ("SELECT a FROM t ORDER BY a DESC LIMIT 1", "INSERT INTO t VALUES (5, 500, 'five')"),
    ("SELECT t.a FROM t JOIN u ON t.k = u.a", "UPDATE u SET a = 3 WHERE k = 1"),
    ("SELECT t.a FROM u LEFT JOIN t ON t.k = u.a + 8", "INSERT INTO t VALUES (9, 1, 'z')"),
    ("SELECT 1 WHERE EXISTS (SELECT 1 FROM t WHERE a = 77)", "INSERT INTO t VALUES (77, 77, 'x')"),
    ("SELECT 1 WHERE 5 IN (SELECT a FROM u)", "UPDATE u SET a = 5 WHERE k = 2"),
    ("SELECT (SELECT min(a) FROM t)", "INSERT INTO t VALUES (0, 0, 'zero')"),
    ("SELECT a FROM t UNION SELECT a FROM u", "DELETE FROM u WHERE k = 1"),
    ("WITH c AS (SELECT a FROM t WHERE a > 25) SELECT count(*) FROM c", "UPDATE t SET a = 26 WHERE k = 1"),
    ("SELECT a, count(*) FROM t GROUP BY a", "UPDATE t SET a = 10 WHERE k = 2"),
    ("SELECT DISTINCT a FROM u", "INSERT INTO u VALUES (3, 3)"),
    ("INSERT OR IGNORE INTO t VALUES (20, 1, 'two')", "DELETE FROM t WHERE b = 'two'"),
    ("UPDATE t SET a = a WHERE a > 1000", "INSERT INTO t VALUES (6, 1001, 'six')"),
];

/// Opens two concurrent transactions that both see what stands there.
fn open_two(first: &Connection, second: &Connection) -> helios::Result<()> {
    first.execute_batch(SCHEMA)?;
    for connection in [first, second] {
        connection.execute_batch("BEGIN CONCURRENT; SELECT 1 FROM sqlite_schema WHERE 0")?;
    }
    Ok(())
}

#[test]
fn what_was_read_and_changed_by_another_is_a_conflict() -> TestResult {
    on_each(|database| {
        let (reader, writer) = (connect(database)?, connect(database)?);
        for (read, change) in READS {
            for begin in ["BEGIN CONCURRENT", "BEGIN IMMEDIATE", ""] {
                reader.execute_batch(SCHEMA)?;
                reader.execute_batch("BEGIN CONCURRENT")?;
                reader.execute_batch(read)?;
                writer.execute_batch(&format!(
                    "{begin}; {change}; {}",
                    if begin.is_empty() { "" } else { "COMMIT" }
                ))?;
                reader.execute_batch("INSERT INTO u VALUES (100, 100)")?;
                assert_locked(
                    reader.execute_batch("COMMIT"),
                    ErrorKind::BusySnapshot,
                    &format!("{read} before {change}"),
                );
                assert!(reader.is_autocommit(), "{read}: the transaction is gone");
                assert_whole(&reader)?;
            }
        }
        Ok(())
    })
}

/// The same with both reading and both writing: never do both commit.
#[test]
fn of_two_that_read_what_the_other_writes_one_commits() -> TestResult {
    on_each(|database| {
        let (first, second) = (connect(database)?, connect(database)?);
        open_two(&first, &second)?;
        for (connection, own) in [(&first, 1), (&second, 2)] {
            let sum: i64 =
                connection.query_row("SELECT sum(a) FROM t WHERE k IN (1, 2)", (), |row| row.get(0))?;
            assert_eq!(sum, 30);
            connection.execute("UPDATE t SET a = a - 30 WHERE k = ?", [own])?;
        }
        first.execute_batch("COMMIT")?;
        assert_locked(second.execute_batch("COMMIT"), ErrorKind::BusySnapshot, "COMMIT");
        let sum: i64 = second.query_row("SELECT sum(a) FROM t WHERE k IN (1, 2)", (), |row| row.get(0))?;
        assert_eq!(sum, 0, "the sum would be below zero if both had committed");
        Ok(())
    })
}

#[test]
fn those_that_stay_apart_both_commit() -> TestResult {
    on_each(|database| {
        let (first, second) = (connect(database)?, connect(database)?);
        for (one, other) in [
            ("UPDATE t SET a = a + 1 WHERE k = 1", "UPDATE t SET a = a + 1 WHERE k = 2"),
            ("DELETE FROM t WHERE k = 1", "UPDATE u SET a = 0 WHERE k = 1"),
            ("INSERT INTO t VALUES (50, 5000, 'fifty')", "DELETE FROM t WHERE k = 3"),
            ("UPDATE t SET b = 'x' WHERE k = 1", "INSERT INTO u VALUES (60, 1)"),
            ("INSERT INTO t (a) VALUES (1)", "INSERT INTO t (a) VALUES (2)"),
        ] {
            open_two(&first, &second)?;
            first.execute_batch(one)?;
            second.execute_batch(other)?;
            first.execute_batch("COMMIT")?;
            second
                .execute_batch("COMMIT")
                .map_err(|error| error.in_context(format!("{one} beside {other}")))?;
            assert_whole(&first)?;
        }
        Ok(())
    })
}

#[test]
fn the_same_unique_key_is_taken_once() -> TestResult {
    on_each(|database| {
        let (first, second) = (connect(database)?, connect(database)?);
        for (one, other) in [
            ("INSERT INTO t VALUES (10, 1, 'same')", "INSERT INTO t VALUES (11, 2, 'same')"),
            ("UPDATE t SET b = 'same' WHERE k = 1", "UPDATE t SET b = 'same' WHERE k = 2"),
            ("INSERT INTO t VALUES (10, 1, 'x')", "INSERT OR REPLACE INTO t VALUES (10, 1, 'y')"),
            ("CREATE TABLE v (a)", "CREATE TABLE v (b)"),
            ("CREATE INDEX by_b ON u (a)", "INSERT INTO u VALUES (9, 9)"),
            ("DROP TABLE u", "INSERT INTO u VALUES (9, 9)"),
            ("INSERT INTO u VALUES (9, 9)", "CREATE INDEX by_b ON u (a)"),
        ] {
            first.execute_batch("DROP TABLE IF EXISTS v")?;
            open_two(&first, &second)?;
            first.execute_batch(one)?;
            second.execute_batch(other)?;
            first.execute_batch("COMMIT")?;
            assert_locked(
                second.execute_batch("COMMIT"),
                ErrorKind::BusySnapshot,
                &format!("{other} after {one}"),
            );
            assert_whole(&first)?;
        }
        Ok(())
    })
}

/// What is temporary belongs to the transaction, too: it goes with it, and the connection goes on.
#[test]
fn a_refused_commit_leaves_no_transaction_open_in_any_schema() -> TestResult {
    on_each(|database| {
        let (first, second) = (connect(database)?, connect(database)?);
        first.execute_batch("DROP TABLE IF EXISTS t; CREATE TABLE t (a)")?;
        first.execute_batch(
            "BEGIN CONCURRENT; SELECT count(*) FROM t; INSERT INTO t VALUES (1); CREATE TEMP TABLE kept AS SELECT * FROM t",
        )?;
        second.execute_batch("INSERT INTO t VALUES (2)")?;
        assert_locked(first.execute_batch("COMMIT"), ErrorKind::BusySnapshot, "COMMIT");
        assert!(first.is_autocommit());
        first.execute_batch("BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM t; COMMIT")?;
        let kept: i64 = first.query_row("SELECT sum(a) FROM kept", (), |row| row.get(0))?;
        assert_eq!(kept, 2);
        assert_whole(&first)
    })
}
