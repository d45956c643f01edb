//! What holds at every moment, at moments of the past, on every branch, while all of them are written: money that is
//! moved about is the same sum, and a ring whose members change their places is one ring.

use helios::{Connection, Database};
use helios_core::clock::Clock;
use helios_testkit::TestResult;
use helios_testkit::clock::WallClock;
use helios_testkit::seed::{Numbers, repeats, with_seed};

use crate::stage::{LONG, assert_whole, connect, number, on_each};
use crate::transfers::{self, SUM, transfer};

const BRANCHES: [&str; 3] = ["main", "one", "two"];
const MEMBERS: i64 = 12;

fn connect_to(database: &Database, branch: &str) -> helios::Result<Connection> {
    let connection = database.connect_to(branch)?;
    connection.busy_timeout(LONG)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> helios::Result<()> {
    transfers::prepare(connection)?;
    connection.execute_batch("BEGIN; CREATE TABLE ring (id INTEGER PRIMARY KEY, next INTEGER)")?;
    for id in 0..MEMBERS {
        connection.execute("INSERT INTO ring VALUES (?, ?)", [id, (id + 1) % MEMBERS])?;
    }
    connection.execute_batch("COMMIT")?;
    ["account", "entry", "ring"]
        .iter()
        .try_for_each(|table| connection.execute_batch(&format!("ALTER TABLE {table} ADD SYSTEM VERSIONING")))
}

/// Puts the member after one behind the one after that.
fn turn(connection: &Connection, after: i64) -> helios::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let next =
        |id: i64| connection.query_row("SELECT next FROM ring WHERE id = ?", [id], |row| row.get::<i64>(0));
    let moved = next(after)?;
    let before = next(moved)?;
    let last = next(before)?;
    for (id, next) in [(after, before), (before, moved), (moved, last)] {
        connection.execute("UPDATE ring SET next = ? WHERE id = ?", [next, id])?;
    }
    connection.execute_batch("COMMIT")
}

/// Looks at a moment in one of several ways: whole tables, by an index, row after row.
fn audit(connection: &Connection, moment: u64, numbers: &mut Numbers) -> TestResult {
    let at = format!("AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000);
    let ring = format!(
        "WITH RECURSIVE walk (id, steps) AS (SELECT 0, 0 UNION ALL
         SELECT ring.next, steps + 1 FROM walk JOIN ring {at} ON ring.id = walk.id WHERE steps < {MEMBERS})
         SELECT count(DISTINCT id) * 100 + (SELECT id FROM walk WHERE steps = {MEMBERS}) FROM walk"
    );
    let (sql, expected) = match numbers.below(5) {
        0 => (format!("SELECT sum(balance) FROM account {at}"), SUM),
        1 => (format!("SELECT sum(amount) FROM entry {at}"), SUM),
        2 => (format!("SELECT sum(balance) FROM account WHERE balance >= -1000000 {at}"), SUM),
        3 => (format!("SELECT count(DISTINCT next) FROM ring {at}"), MEMBERS),
        _ => (ring, MEMBERS * 100),
    };
    assert_eq!(number(connection, &sql)?, expected, "{} {sql}", connection.branch());
    Ok(())
}

fn work(database: &Database, numbers: &mut Numbers) -> TestResult {
    let start = WallClock.now().0;
    let times = repeats(25, 400);
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for branch in BRANCHES {
            let mut numbers = numbers.fork();
            threads.push(scope.spawn(move || -> TestResult {
                let connection = connect_to(database, branch)?;
                (0..times).try_for_each(|_| {
                    transfer(&connection, "BEGIN IMMEDIATE", &mut numbers)?;
                    turn(&connection, numbers.below(MEMBERS as usize) as i64)
                })?;
                Ok(())
            }));
        }
        for _ in 0..2 {
            let mut numbers = numbers.fork();
            threads.push(scope.spawn(move || -> TestResult {
                let connections: Vec<Connection> = BRANCHES
                    .iter()
                    .map(|branch| connect_to(database, branch))
                    .collect::<helios::Result<_>>()?;
                for _ in 0..2 * times {
                    let since = WallClock.now().0 - start;
                    let moment = start + numbers.below(since as usize + 1) as u64;
                    audit(numbers.pick(&connections), moment, &mut numbers.clone())?;
                    numbers.next_u64();
                }
                Ok(())
            }));
        }
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    // Once more, when all is still.
    for branch in BRANCHES {
        let connection = connect_to(database, branch)?;
        let end = WallClock.now().0;
        for _ in 0..2 * times {
            let moment = start + numbers.below((end - start) as usize) as u64;
            audit(&connection, moment, numbers)?;
        }
        assert_whole(&connection)?;
    }
    Ok(())
}

#[test]
fn what_holds_at_every_moment_holds_in_the_past_of_every_branch() -> TestResult {
    on_each(|database| {
        prepare(&connect(database)?)?;
        database.create_branch("one", "main")?;
        database.create_branch("two", "one")?;
        with_seed(|numbers| work(database, numbers))
    })
}
