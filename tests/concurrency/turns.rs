//! Whose turn it is to write: plain transactions wait for theirs up to their timeout, readers never.

use std::sync::mpsc::channel;
use std::time::Duration;

use helios::ErrorKind;
use helios_testkit::TestResult;

use crate::stage::{assert_locked, connect, number, on_each};

const SHORT: Duration = Duration::from_millis(30);

#[test]
fn writers_wait_up_to_their_timeout_and_readers_do_not_wait() -> TestResult {
    on_each(|database| {
        let holder = connect(database)?;
        let other = connect(database)?;
        holder.execute_batch(
            "CREATE TABLE t (a); INSERT INTO t VALUES (1); BEGIN IMMEDIATE; UPDATE t SET a = 2",
        )?;
        for timeout in [Duration::ZERO, SHORT] {
            other.busy_timeout(timeout)?;
            for sql in [
                "BEGIN IMMEDIATE",
                "BEGIN EXCLUSIVE",
                "UPDATE t SET a = 3",
                "INSERT INTO t VALUES (3)",
                "DELETE FROM t",
                "CREATE TABLE u (a)",
                "DROP TABLE t",
                "CREATE INDEX i ON t (a)",
                "PRAGMA user_version = 3",
                "BEGIN; UPDATE t SET a = 3",
                "SAVEPOINT s; INSERT INTO t VALUES (3)",
                "BEGIN CONCURRENT; UPDATE t SET a = 3; COMMIT",
            ] {
                assert_locked(other.execute_batch(sql), ErrorKind::Busy, sql);
                if !other.is_autocommit() {
                    other.execute_batch("ROLLBACK")?;
                }
                assert_eq!(number(&other, "SELECT a FROM t")?, 1, "{sql}");
            }
            other.execute_batch(
                "BEGIN; SELECT * FROM t; COMMIT; BEGIN CONCURRENT; UPDATE t SET a = 9; ROLLBACK",
            )?;
        }
        holder.execute_batch("COMMIT")?;
        assert_eq!(number(&other, "SELECT a FROM t")?, 2);
        other.execute_batch("UPDATE t SET a = 4; BEGIN IMMEDIATE; COMMIT")?;
        Ok(())
    })
}

/// Definitions that have nothing to do, or are wrong, need no turn and take none.
#[test]
fn definitions_that_write_nothing_do_not_wait_for_a_writer() -> TestResult {
    on_each(|database| {
        let (holder, other) = (connect(database)?, connect(database)?);
        other.busy_timeout(Duration::ZERO)?;
        other
            .execute_batch("CREATE TABLE t (a); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t")?;
        let idle = "CREATE TABLE IF NOT EXISTS t (a); CREATE INDEX IF NOT EXISTS i ON t (a);
                    CREATE VIEW IF NOT EXISTS v AS SELECT 1; DROP TABLE IF EXISTS u; DROP INDEX IF EXISTS u;
                    DROP VIEW IF EXISTS u; DROP TRIGGER IF EXISTS u";
        holder.execute_batch("BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")?;
        other.execute_batch(idle)?;
        for (sql, message) in [
            ("CREATE TABLE t (a)", "table t already exists"),
            ("DROP TABLE u", "no such table: u"),
            ("ALTER TABLE t RENAME COLUMN b TO c", "no such column: \"b\""),
        ] {
            assert_eq!(
                other.execute_batch(sql).err().map(|error| error.message().to_owned()).as_deref(),
                Some(message)
            );
        }
        assert_locked(other.execute_batch("CREATE TABLE u (a)"), ErrorKind::Busy, "CREATE TABLE u (a)");
        holder.execute_batch("COMMIT")?;
        other.execute_batch("BEGIN")?;
        other.execute_batch(idle)?;
        holder.busy_timeout(Duration::ZERO)?;
        holder.execute_batch("INSERT INTO t VALUES (2)")?;
        other.execute_batch("COMMIT")?;
        Ok(())
    })
}

/// A transaction that was refused its turn is open and may ask again.
#[test]
fn a_refused_writer_may_try_again() -> TestResult {
    on_each(|database| {
        let (holder, other) = (connect(database)?, connect(database)?);
        other.busy_timeout(Duration::ZERO)?;
        holder.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1); BEGIN IMMEDIATE")?;
        other.execute_batch("BEGIN")?;
        assert_locked(other.execute_batch("UPDATE t SET a = 5"), ErrorKind::Busy, "UPDATE t SET a = 5");
        assert!(!other.is_autocommit(), "the transaction is open");
        holder.execute_batch("ROLLBACK")?;
        other.execute_batch("UPDATE t SET a = a + 5; COMMIT")?;
        assert_eq!(number(&holder, "SELECT a FROM t")?, 6);
        // A concurrent transaction's commit too.
        other.execute_batch("BEGIN CONCURRENT; UPDATE t SET a = a + 1")?;
        holder.execute_batch("BEGIN IMMEDIATE")?;
        assert_locked(other.execute_batch("COMMIT"), ErrorKind::Busy, "COMMIT");
        holder.execute_batch("ROLLBACK")?;
        other.execute_batch("COMMIT")?;
        assert_eq!(number(&holder, "SELECT a FROM t")?, 7);
        Ok(())
    })
}

#[test]
fn a_writer_that_waits_is_let_in_when_the_turn_is_given_back() -> TestResult {
    on_each(|database| {
        for end in ["COMMIT", "ROLLBACK"] {
            let holder = connect(database)?;
            holder.execute_batch(
                "DROP TABLE IF EXISTS t; CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)",
            )?;
            let (begins, has_begun) = channel();
            std::thread::scope(|scope| -> TestResult {
                let waiter = scope.spawn(move || -> TestResult {
                    let other = connect(database)?;
                    begins.send(())?;
                    Ok(other.execute_batch("INSERT INTO t SELECT count(*) FROM t")?)
                });
                has_begun.recv()?;
                holder.execute_batch(end)?;
                waiter.join().map_err(|_| "the waiter panicked")?
            })?;
            let rows: Vec<i64> = holder.query("SELECT a FROM t ORDER BY rowid", (), |row| row.get(0))?;
            assert_eq!(rows, if end == "COMMIT" { vec![1, 1] } else { vec![0] }, "{end}");
        }
        Ok(())
    })
}

/// Whoever goes away with the turn gives it back.
#[test]
fn a_connection_that_is_dropped_gives_its_turn_back() -> TestResult {
    on_each(|database| {
        let holder = connect(database)?;
        holder.execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)")?;
        drop(holder);
        let other = connect(database)?;
        other.busy_timeout(Duration::ZERO)?;
        other.execute_batch("INSERT INTO t VALUES (2)")?;
        assert_eq!(number(&other, "SELECT sum(a) FROM t")?, 2);
        Ok(())
    })
}

#[test]
fn an_interrupt_ends_the_waiting() -> TestResult {
    on_each(|database| {
        let holder = connect(database)?;
        holder.execute_batch("CREATE TABLE t (a); BEGIN IMMEDIATE")?;
        let (sends, handles) = channel();
        std::thread::scope(|scope| -> TestResult {
            let waiter = scope.spawn(move || -> TestResult<ErrorKind> {
                let other = connect(database)?;
                sends.send(other.interrupt_handle())?;
                let error = other.execute_batch("INSERT INTO t VALUES (1)").err().ok_or("it was written")?;
                Ok(error.kind())
            });
            let handle = handles.recv()?;
            // A statement that begins lowers the flag, so it is raised until it has been seen.
            while !waiter.is_finished() {
                handle.raise();
                std::thread::yield_now();
            }
            assert_eq!(waiter.join().map_err(|_| "the waiter panicked")??, ErrorKind::Interrupted);
            Ok(())
        })?;
        Ok(holder.execute_batch("COMMIT")?)
    })
}
