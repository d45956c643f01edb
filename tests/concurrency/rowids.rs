//! Automatic rowids of transactions that run side by side: they are no reason for a conflict, and none comes twice.

use helios::ErrorKind;
use helios_testkit::TestResult;

use crate::stage::{connect, on_each};

const TRANSACTIONS: i64 = 40;

#[test]
fn transactions_that_only_insert_do_not_conflict() -> TestResult {
    on_each(|database| {
        let setup = connect(database)?;
        setup.execute_batch(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, who INTEGER); INSERT INTO t VALUES (100, 0)",
        )?;
        let work = |who: i64| -> helios::Result<()> {
            let connection = connect(database)?;
            for _ in 0..TRANSACTIONS {
                connection.execute_batch("BEGIN CONCURRENT")?;
                for _ in 0..3 {
                    connection.execute("INSERT INTO t (who) VALUES (?)", helios::params![who])?;
                }
                connection.execute_batch("COMMIT")?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (1..=4).map(|who| scope.spawn(move || work(who))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("a thread ends"))
        })?;
        let counts: Vec<i64> =
            setup.query("SELECT count(*) FROM t WHERE id > 100 GROUP BY who", (), |row| row.get(0))?;
        assert_eq!(counts, [3 * TRANSACTIONS; 4]);
        Ok(())
    })
}

#[test]
fn rowids_follow_the_highest_when_nobody_is_under_way() -> TestResult {
    on_each(|database| {
        let (one, other) = (connect(database)?, connect(database)?);
        one.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (7)")?;
        for connection in [&one, &other] {
            connection.execute_batch("BEGIN CONCURRENT; INSERT INTO t DEFAULT VALUES")?;
        }
        one.execute_batch("ROLLBACK")?;
        other.execute_batch("COMMIT; INSERT INTO t DEFAULT VALUES; DELETE FROM t WHERE id = 10")?;
        one.execute_batch("BEGIN CONCURRENT; INSERT INTO t DEFAULT VALUES; COMMIT")?;
        let ids: Vec<i64> = one.query("SELECT id FROM t ORDER BY id", (), |row| row.get(0))?;
        assert_eq!(ids, [7, 9, 10]);
        Ok(())
    })
}

#[test]
fn a_rowid_that_two_have_named_is_a_conflict() -> TestResult {
    on_each(|database| {
        let (one, other) = (connect(database)?, connect(database)?);
        one.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, who TEXT)")?;
        one.execute_batch("BEGIN CONCURRENT; INSERT INTO t (who) VALUES ('automatic')")?;
        let taken: Vec<i64> = one.query("SELECT id FROM t", (), |row| row.get(0))?;
        other.execute("INSERT INTO t VALUES (?, 'named')", helios::params![taken[0]])?;
        let kind = one.execute_batch("COMMIT").expect_err("the row is there").kind();
        assert_eq!(kind, ErrorKind::BusySnapshot);
        let rows: Vec<String> = one.query("SELECT who FROM t", (), |row| row.get(0))?;
        assert_eq!(rows, ["named"]);
        Ok(())
    })
}
