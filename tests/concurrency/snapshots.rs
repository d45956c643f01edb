//! What a reader sees stays as it is, for as long as it reads.

use helios::{ErrorKind, TransactionBehavior};
use helios_testkit::TestResult;

use crate::stage::{assert_locked, connect, number, on_each};

#[test]
fn reading_temporary_tables_alone_begins_no_view_of_the_others() -> TestResult {
    on_each(|database| {
        let writer = connect(database)?;
        writer.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")?;
        let reader = connect(database)?;
        reader.execute_batch("CREATE TEMP TABLE own (a); INSERT INTO own VALUES (5); BEGIN")?;
        assert_eq!(number(&reader, "SELECT a FROM own")?, 5);
        writer.execute_batch("UPDATE t SET a = 2")?;
        assert_eq!(number(&reader, "SELECT t.a FROM own, t")?, 2);
        writer.execute_batch("UPDATE t SET a = 3")?;
        assert_eq!(number(&reader, "SELECT a FROM t")?, 2);
        reader.execute_batch("COMMIT; BEGIN")?;
        assert_eq!(number(&reader, "SELECT count(*) FROM own")?, 1);
        writer.execute_batch("UPDATE t SET a = 4")?;
        reader.execute_batch("UPDATE t SET a = a + 1; COMMIT")?;
        assert_eq!(number(&writer, "SELECT a FROM t")?, 5);
        Ok(())
    })
}

#[test]
fn changing_temporary_tables_alone_begins_no_view_of_the_others() -> TestResult {
    on_each(|database| {
        let (own, other) = (connect(database)?, connect(database)?);
        other.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")?;
        own.execute_batch(
            "CREATE TEMP TABLE p (k INTEGER PRIMARY KEY, a UNIQUE); CREATE TEMP TABLE log (a);
             CREATE TEMP TRIGGER g AFTER INSERT ON p BEGIN INSERT INTO log SELECT max(a) FROM p; END",
        )?;
        for change in [
            "CREATE TEMP TABLE q (a REFERENCES p (a)); INSERT INTO q SELECT 7; DROP TABLE q",
            "INSERT INTO p (a) VALUES (1), (2)",
            "INSERT OR REPLACE INTO p (a) SELECT a + 1 FROM p",
            "INSERT INTO p (a) VALUES (3) ON CONFLICT (a) DO UPDATE SET a = -k RETURNING a",
            "UPDATE p SET a = p.a + 10 FROM log",
            "DELETE FROM p WHERE a IN (SELECT a FROM log)",
            "CREATE INDEX temp.i ON log (a); DROP INDEX i",
            "ALTER TABLE log RENAME COLUMN a TO b; ALTER TABLE log RENAME COLUMN b TO a",
            "CREATE TEMP VIEW v AS SELECT * FROM log; DROP VIEW v",
        ] {
            own.execute_batch(&format!("BEGIN; {change}"))?;
            other.execute_batch("UPDATE t SET a = a + 1")?;
            let seen = number(&other, "SELECT a FROM t")?;
            own.execute_batch("UPDATE t SET a = a + 1; COMMIT")
                .map_err(|error| format!("after {change}: {error}"))?;
            assert_eq!(number(&other, "SELECT a FROM t")?, seen + 1, "{change}");
        }
        // What reads another table, or has a trigger that does, begins to see it.
        own.execute_batch("CREATE TEMP TRIGGER h AFTER DELETE ON log BEGIN SELECT a FROM t; END")?;
        for change in ["INSERT INTO p (a) SELECT a FROM t", "DELETE FROM log"] {
            own.execute_batch(&format!("BEGIN; {change}"))?;
            other.execute_batch("UPDATE t SET a = a + 1")?;
            let error = own.execute_batch("UPDATE t SET a = a + 1").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BusySnapshot, "{change}");
            own.execute_batch("ROLLBACK")?;
        }
        Ok(())
    })
}

#[test]
fn a_transaction_sees_one_moment() -> TestResult {
    on_each(|database| {
        let writer = connect(database)?;
        writer.execute_batch(
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)",
        )?;
        for begin in ["BEGIN", "BEGIN CONCURRENT", "SAVEPOINT s"] {
            writer.execute_batch("DELETE FROM t; INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)")?;
            let reader = connect(database)?;
            reader.execute_batch(begin)?;
            // It begins with the first read.
            writer.execute_batch("UPDATE t SET a = 10 WHERE k = 1")?;
            let see = |sql: &str| number(&reader, sql);
            assert_eq!(see("SELECT sum(a) FROM t")?, 15);
            for change in [
                "UPDATE t SET a = 99",
                "DELETE FROM t WHERE k = 2",
                "INSERT INTO t VALUES (4, 4)",
                "CREATE INDEX by_a ON t (a)",
                "DROP TABLE t",
                "CREATE TABLE t (k INTEGER PRIMARY KEY, a, more); INSERT INTO t VALUES (7, 7, 7)",
            ] {
                writer.execute_batch(change)?;
                assert_eq!(see("SELECT sum(a) FROM t")?, 15, "{begin}, after {change}");
                assert_eq!(
                    see("SELECT count(*) FROM t WHERE a >= 2 AND k > 0")?,
                    3,
                    "{begin}, after {change}"
                );
                assert_eq!(see("SELECT count(*) FROM sqlite_schema")?, 1, "{begin}, after {change}");
            }
            reader.execute_batch(if begin == "SAVEPOINT s" { "RELEASE s" } else { "COMMIT" })?;
            assert_eq!(number(&reader, "SELECT sum(more) FROM t")?, 7);
            writer.execute_batch("DROP TABLE t; CREATE TABLE t (k INTEGER PRIMARY KEY, a)")?;
        }
        Ok(())
    })
}

/// The first write of a plain transaction that has read an older state is refused; it can go on reading.
#[test]
fn a_reader_that_was_overtaken_cannot_write() -> TestResult {
    on_each(|database| {
        let (mut reader, writer) = (connect(database)?, connect(database)?);
        writer.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")?;
        let transaction = reader.transaction_with(TransactionBehavior::Deferred)?;
        assert_eq!(number(&transaction, "SELECT a FROM t")?, 1);
        writer.execute_batch("UPDATE t SET a = 2")?;
        for sql in ["UPDATE t SET a = a + 1", "INSERT INTO t VALUES (5)", "CREATE TABLE u (a)"] {
            assert_locked(transaction.execute_batch(sql), ErrorKind::BusySnapshot, sql);
            assert!(!transaction.is_autocommit());
            assert_eq!(number(&transaction, "SELECT a FROM t")?, 1);
        }
        transaction.commit()?;
        reader.execute_batch("UPDATE t SET a = a + 1")?;
        assert_eq!(number(&writer, "SELECT a FROM t")?, 3);
        Ok(())
    })
}

/// A plain transaction that has read nothing begins where it first writes.
#[test]
fn a_transaction_that_writes_first_is_never_overtaken() -> TestResult {
    on_each(|database| {
        let (first, writer) = (connect(database)?, connect(database)?);
        writer.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)")?;
        first.execute_batch("BEGIN")?;
        let mut update = first.prepare("UPDATE t SET a = a + 1")?;
        writer.execute_batch("UPDATE t SET a = 10")?;
        update.execute(())?;
        first.execute_batch("COMMIT")?;
        assert_eq!(number(&writer, "SELECT a FROM t")?, 11);
        Ok(())
    })
}

/// A SELECT that is under way sees what it began with, whoever writes meanwhile: others, or its own connection.
#[test]
fn a_query_under_way_sees_what_it_began_with() -> TestResult {
    on_each(|database| {
        let (reader, other) = (connect(database)?, connect(database)?);
        other
            .execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE INDEX by_a ON t (a); BEGIN")?;
        for row in 0..10_000_i64 {
            other.execute("INSERT INTO t VALUES (?, ?)", [row, row % 10])?;
        }
        other.execute_batch("COMMIT")?;
        for writer in [&other, &reader] {
            for sql in [
                "SELECT k, 1 FROM t",
                "SELECT k, 1 FROM t WHERE a >= 0",
                "SELECT k, a FROM t ORDER BY k DESC",
            ] {
                let mut statement = reader.prepare(sql)?;
                let mut rows = statement.query(())?;
                let mut sum = 0;
                for at in 0.. {
                    let Some(row) = rows.next()? else { break };
                    sum += row.get::<i64>(0)?;
                    if at == 5 {
                        writer.execute_batch("UPDATE t SET a = a + 1; DELETE FROM t WHERE k >= 5000")?;
                        writer.execute_batch("INSERT INTO t VALUES (100000, 1)")?;
                    }
                }
                assert_eq!(sum, 49_995_000, "{sql}");
                drop(rows);
                other.execute_batch("BEGIN; DELETE FROM t WHERE k = 100000")?;
                for row in 5000..10_000_i64 {
                    other.execute("INSERT INTO t VALUES (?, ?)", [row, row % 10])?;
                }
                other.execute_batch("COMMIT")?;
            }
        }
        Ok(())
    })
}

/// INSERT … SELECT from the same table, and an UPDATE that moves rows along the index that it reads, end.
#[test]
fn a_statement_does_not_see_its_own_work() -> TestResult {
    on_each(|database| {
        let connection = connect(database)?;
        connection.execute_batch("CREATE TABLE t (k INTEGER PRIMARY KEY, a); CREATE INDEX by_a ON t (a); INSERT INTO t VALUES (1, 1), (2, 2)")?;
        for doubled in 2..13 {
            connection.execute_batch("INSERT INTO t (a) SELECT a + 1 FROM t WHERE a > 0")?;
            assert_eq!(number(&connection, "SELECT count(*) FROM t")?, 1 << doubled);
        }
        let sum = number(&connection, "SELECT sum(a) FROM t")?;
        for sql in ["UPDATE t SET a = a + 10 WHERE a > 0", "UPDATE t SET k = k + 100000 WHERE k > 0"] {
            assert_eq!(connection.execute(sql, ())?, 4096, "{sql}");
        }
        assert_eq!(number(&connection, "SELECT sum(a) FROM t")?, sum + 40_960);
        connection.execute_batch("DELETE FROM t WHERE a IN (SELECT a FROM t)")?;
        assert_eq!(number(&connection, "SELECT count(*) FROM t")?, 0);
        Ok(())
    })
}
