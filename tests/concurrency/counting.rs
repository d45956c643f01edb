//! Many who count together lose nothing, however they count.

use helios::{Connection, Database, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::repeats;

use crate::stage::{assert_whole, connect, in_threads, number, on_each};

/// How one is added to the counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// `BEGIN IMMEDIATE`, read, write: never refused.
    Immediate,
    /// `BEGIN`, read, write: begins again where somebody was faster.
    Deferred,
    /// A lone UPDATE: never refused.
    Alone,
    /// `BEGIN CONCURRENT`, read, write: begins again where somebody was faster.
    Concurrent,
    /// `BEGIN CONCURRENT` and an UPDATE that reads for itself.
    ConcurrentUpdate,
}

pub(crate) const WAYS: [Way; 5] =
    [Way::Immediate, Way::Deferred, Way::Alone, Way::Concurrent, Way::ConcurrentUpdate];

/// Those that change the counter and add the row in one transaction.
pub(crate) const WHOLE: [Way; 4] = [Way::Immediate, Way::Deferred, Way::Concurrent, Way::ConcurrentUpdate];

/// Makes the counter. Each increment also writes a row, so that what is counted is there twice.
pub(crate) fn prepare(connection: &Connection) -> helios::Result<()> {
    connection.execute_batch(
        "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER); INSERT INTO counter VALUES ('c', 0);
         CREATE TABLE tick (who INTEGER, value INTEGER, UNIQUE (who, value)); CREATE INDEX by_value ON tick (value)",
    )
}

/// Adds one, trying again as long as others are faster. `who` has added `times` before.
pub(crate) fn increment(connection: &Connection, way: Way, who: i64, times: i64) -> helios::Result<()> {
    loop {
        let result = increment_once(connection, way, who, times);
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK")?;
        }
        match result {
            Err(error) if error.kind() == ErrorKind::BusySnapshot && way.may_be_refused() => {}
            result => return result,
        }
    }
}

impl Way {
    fn may_be_refused(self) -> bool {
        !matches!(self, Way::Immediate | Way::Alone)
    }
}

fn increment_once(connection: &Connection, way: Way, who: i64, times: i64) -> helios::Result<()> {
    let add = "UPDATE counter SET value = value + 1 WHERE name = 'c'";
    let begin = match way {
        Way::Alone => {
            connection.execute(add, ())?;
            connection.execute("INSERT INTO tick VALUES (?, ?)", [who, times])?;
            return Ok(());
        }
        Way::Immediate => "BEGIN IMMEDIATE",
        Way::Deferred => "BEGIN",
        Way::Concurrent | Way::ConcurrentUpdate => "BEGIN CONCURRENT",
    };
    connection.execute_batch(begin)?;
    if way == Way::ConcurrentUpdate {
        connection.execute(add, ())?;
    } else {
        let before = number(connection, "SELECT value FROM counter WHERE name = 'c'")?;
        connection.execute("UPDATE counter SET value = ? WHERE name = 'c'", [before + 1])?;
    }
    connection.execute("INSERT INTO tick VALUES (?, ?)", [who, times])?;
    connection.execute_batch("COMMIT")
}

/// Checks that the counter shows this many, each by its row.
pub(crate) fn check(connection: &Connection, expected: i64) -> TestResult {
    assert_eq!(number(connection, "SELECT value FROM counter")?, expected);
    assert_eq!(number(connection, "SELECT count(*) FROM tick")?, expected);
    assert_eq!(number(connection, "SELECT count(*) FROM tick WHERE value >= 0")?, expected);
    assert_whole(connection)
}

fn run(database: &Database, ways: &[Way]) -> TestResult {
    const THREADS: usize = 8;
    let times = repeats(15, 300) as i64;
    prepare(&connect(database)?)?;
    in_threads(database, THREADS, |thread, connection| {
        let way = ways[thread % ways.len()];
        Ok((0..times).try_for_each(|time| increment(connection, way, thread as i64, time))?)
    })?;
    check(&connect(database)?, THREADS as i64 * times)
}

#[test]
fn immediate_transactions_of_eight_threads_lose_nothing() -> TestResult {
    on_each(|database| run(database, &[Way::Immediate]))
}

#[test]
fn deferred_transactions_of_eight_threads_lose_nothing() -> TestResult {
    on_each(|database| run(database, &[Way::Deferred]))
}

#[test]
fn lone_statements_of_eight_threads_lose_nothing() -> TestResult {
    on_each(|database| run(database, &[Way::Alone]))
}

#[test]
fn concurrent_transactions_of_eight_threads_lose_nothing() -> TestResult {
    on_each(|database| run(database, &[Way::Concurrent, Way::ConcurrentUpdate]))
}

#[test]
fn all_ways_beside_each_other_lose_nothing() -> TestResult {
    on_each(|database| run(database, &WAYS))
}

/// Statements are compiled once; the schema changes under them all the while.
#[test]
fn prepared_statements_count_while_the_schema_changes() -> TestResult {
    on_each(|database| {
        let times = repeats(20, 400) as i64;
        prepare(&connect(database)?)?;
        in_threads(database, 5, |thread, connection| {
            if thread == 0 {
                for time in 0..times {
                    connection.execute_batch(&format!(
                        "CREATE TABLE other{time} (a); CREATE INDEX i{time} ON counter (value)"
                    ))?;
                    connection.execute_batch(&format!("DROP INDEX i{time}; DROP TABLE other{time}"))?;
                }
                return Ok(());
            }
            let mut add = connection.prepare("UPDATE counter SET value = value + 1 WHERE name = ?")?;
            let mut tick = connection.prepare("INSERT INTO tick VALUES (?, ?)")?;
            for time in 0..times {
                assert_eq!(add.execute(["c"])?, 1);
                assert_eq!(tick.execute([thread as i64, time])?, 1);
            }
            Ok(())
        })?;
        check(&connect(database)?, 4 * times)
    })
}
