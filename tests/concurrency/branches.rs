//! Branches that are written at the same time: each counts for itself, and turns are the branch's own.

use helios::Database;
use helios_testkit::TestResult;
use helios_testkit::seed::repeats;

use crate::counting::{WAYS, WHOLE, check, increment, prepare};
use crate::stage::{LONG, assert_whole, connect, number, on_each};

fn connect_to(database: &Database, branch: &str) -> helios::Result<helios::Connection> {
    let connection = database.connect_to(branch)?;
    connection.busy_timeout(LONG)?;
    Ok(connection)
}

#[test]
fn branches_count_by_themselves() -> TestResult {
    on_each(|database| {
        const NAMES: [&str; 3] = ["main", "one", "two"];
        let times = repeats(12, 300) as i64;
        prepare(&connect(database)?)?;
        database.create_branch("one", "main")?;
        database.create_branch("two", "main")?;
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6_usize)
                .map(|thread| {
                    scope.spawn(move || -> TestResult {
                        let connection = connect_to(database, NAMES[thread % 3])?;
                        let way = WAYS[thread % WAYS.len()];
                        Ok((0..times)
                            .try_for_each(|time| increment(&connection, way, thread as i64, time))?)
                    })
                })
                .collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
        })?;
        NAMES.iter().try_for_each(|name| check(&connect_to(database, name)?, 2 * times))
    })
}

#[test]
fn a_writer_on_one_branch_does_not_hold_up_another() -> TestResult {
    on_each(|database| {
        let main = connect(database)?;
        main.execute_batch(
            "CREATE TABLE t (k INTEGER PRIMARY KEY, a UNIQUE); INSERT INTO t VALUES (1, 1), (2, 2)",
        )?;
        database.create_branch("child", "main")?;
        let child = connect_to(database, "child")?;
        child.busy_timeout(std::time::Duration::ZERO)?;
        main.execute_batch("BEGIN IMMEDIATE; DELETE FROM t WHERE k = 1; INSERT INTO t VALUES (3, 3)")?;
        child.execute_batch("UPDATE t SET a = 10 WHERE k = 1; INSERT INTO t VALUES (3, 30)")?;
        child.execute_batch("CREATE TABLE only_here (a); CREATE INDEX i ON t (k, a)")?;
        // A branch can be made meanwhile, of what is committed.
        database.create_branch("another", "main")?;
        main.execute_batch("COMMIT")?;
        let another = connect_to(database, "another")?;
        let sums = [(&main, 5), (&child, 42), (&another, 3)];
        for (connection, sum) in sums {
            assert_eq!(number(connection, "SELECT sum(a) FROM t")?, sum, "{}", connection.branch());
            assert_eq!(
                number(connection, "SELECT sum(a) FROM t WHERE a > 0")?,
                sum,
                "{}",
                connection.branch()
            );
            assert_whole(connection)?;
        }
        assert_eq!(
            number(&main, "SELECT 1 FROM only_here").unwrap_err().message(),
            "no such table: only_here"
        );
        Ok(())
    })
}

/// Branches are made all the while; each is a moment of its parent.
#[test]
fn branches_made_beside_writers_show_whole_transactions() -> TestResult {
    on_each(|database| {
        let times = repeats(12, 200) as i64;
        prepare(&connect(database)?)?;
        std::thread::scope(|scope| {
            let writers = (0..3_i64).map(|thread| {
                scope.spawn(move || -> TestResult {
                    let connection = connect(database)?;
                    let way = WHOLE[thread as usize];
                    Ok((0..times).try_for_each(|time| increment(&connection, way, thread, time))?)
                })
            });
            let mut threads: Vec<_> = writers.collect();
            threads.push(scope.spawn(move || -> TestResult {
                let mut before = 0;
                for at in 0..times {
                    let name = format!("b{at}");
                    database.create_branch(&name, "main")?;
                    let connection = connect_to(database, &name)?;
                    let count = number(&connection, "SELECT value FROM counter")?;
                    assert_eq!(number(&connection, "SELECT count(*) FROM tick")?, count);
                    assert!(count >= before, "{count} after {before}");
                    before = count;
                    increment(&connection, WAYS[at as usize % WAYS.len()], 100, at)?;
                    check(&connection, count + 1)?;
                }
                Ok(())
            }));
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
        })?;
        check(&connect(database)?, 3 * times)
    })
}
