//! What holds at every moment, at moments of the past, on every branch, while all of them are written, by threads and by
//! processes: money that is moved about is the same sum, and a ring whose members change their places is one ring.

use helios::{Connection, Database};
use helios_core::clock::Clock;
use helios_testkit::TestResult;
use helios_testkit::clock::WallClock;
use helios_testkit::seed::{Numbers, repeats, with_seed};

use helios_tests::child::{Child, say};

use crate::stage::{LONG, assert_whole, connect, number, on_each, open};
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

/// Moves money between all accounts at once, so much that what is replaced is kept packed.
fn shift(connection: &Connection) -> helios::Result<()> {
    let each = "UPDATE account SET balance = balance + CASE id % 2 WHEN 0 THEN 3 ELSE -3 END";
    connection.execute_batch(each)
}

/// What a writer does, again and again, on the branch of its connection.
fn write(connection: &Connection, numbers: &mut Numbers) -> TestResult {
    connection.busy_timeout(LONG)?;
    for _ in 0..times() {
        transfer(connection, "BEGIN IMMEDIATE", numbers)?;
        turn(connection, numbers.below(MEMBERS as usize) as i64)?;
        if numbers.one_in(4) {
            shift(connection)?;
        }
    }
    Ok(())
}

fn times() -> usize {
    repeats(25, 400)
}

/// Looks at a moment in one of several ways: whole tables, by an index, from the end, row after row.
fn audit(connection: &Connection, moment: u64, numbers: &mut Numbers) -> TestResult {
    let at = format!("AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000);
    let ring = format!(
        "WITH RECURSIVE walk (id, steps) AS (SELECT 0, 0 UNION ALL
         SELECT ring.next, steps + 1 FROM walk JOIN ring {at} ON ring.id = walk.id WHERE steps < {MEMBERS})
         SELECT count(DISTINCT id) * 100 + (SELECT id FROM walk WHERE steps = {MEMBERS}) FROM walk"
    );
    let from_the_end = |order| {
        format!("SELECT sum(balance) FROM (SELECT balance FROM account {at} ORDER BY {order} DESC LIMIT 99)")
    };
    let (sql, expected) = match numbers.below(7) {
        0 => (format!("SELECT sum(balance) FROM account {at}"), SUM),
        1 => (format!("SELECT sum(amount) FROM entry {at}"), SUM),
        2 => (format!("SELECT sum(balance) FROM account WHERE balance >= -1000000 {at}"), SUM),
        3 => (format!("SELECT count(DISTINCT next) FROM ring {at}"), MEMBERS),
        4 => (from_the_end("id"), SUM),
        5 => (from_the_end("balance"), SUM),
        _ => (ring, MEMBERS * 100),
    };
    assert_eq!(number(connection, &sql)?, expected, "{} {sql}", connection.branch());
    Ok(())
}

fn connections(database: &Database) -> helios::Result<Vec<Connection>> {
    BRANCHES.iter().map(|branch| connect_to(database, branch)).collect()
}

/// Looks at moments between `start` and now, on all branches.
fn audit_all(connections: &[Connection], start: u64, numbers: &mut Numbers) -> TestResult {
    for _ in 0..2 * times() {
        let since = WallClock.now().0 - start;
        let moment = start + numbers.below(since as usize + 1) as u64;
        audit(numbers.pick(connections), moment, numbers)?;
    }
    Ok(())
}

/// Once more, when all is still.
fn audit_at_rest(database: &Database, start: u64, numbers: &mut Numbers) -> TestResult {
    for connection in connections(database)? {
        let end = WallClock.now().0;
        for _ in 0..2 * times() {
            let moment = start + numbers.below((end - start) as usize) as u64;
            audit(&connection, moment, numbers)?;
        }
        assert_whole(&connection)?;
    }
    Ok(())
}

fn work(database: &Database, numbers: &mut Numbers) -> TestResult {
    let start = WallClock.now().0;
    std::thread::scope(|scope| {
        let mut threads = Vec::new();
        for branch in BRANCHES {
            let mut numbers = numbers.fork();
            threads.push(scope.spawn(move || write(&connect_to(database, branch)?, &mut numbers)));
        }
        for _ in 0..2 {
            let mut numbers = numbers.fork();
            threads.push(scope.spawn(move || audit_all(&connections(database)?, start, &mut numbers)));
        }
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread panicked")?)
    })?;
    audit_at_rest(database, start, numbers)
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

/// A process for each branch; this one looks, and makes branches of the past, which hold what held then.
#[test]
fn what_holds_at_every_moment_holds_while_processes_write_the_branches() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let database = open(&path, "many")?;
    prepare(&connect(&database)?)?;
    database.create_branch("one", "main")?;
    database.create_branch("two", "one")?;
    let start = WallClock.now().0;
    with_seed(|numbers| {
        let mut begin = |branch| Child::start(&format!("past {branch} {}", numbers.next_u64()), &path);
        let children = BRANCHES.iter().map(&mut begin).collect::<TestResult<Vec<_>>>()?;
        let connections = connections(&database)?;
        for round in 0..3 {
            audit_all(&connections, start, numbers)?;
            let moment = start + numbers.below((WallClock.now().0 - start) as usize) as u64;
            let (name, parent) = (format!("late{round}"), *numbers.pick(&BRANCHES));
            let at = format!("AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000);
            connections[0].execute_batch(&format!("CREATE BRANCH {name} FROM {parent} {at}"))?;
            let late = connect_to(&database, &name)?;
            for _ in 0..10 {
                audit(&late, WallClock.now().0, numbers)?;
                audit(&late, start + numbers.below((moment - start) as usize + 1) as u64, numbers)?;
            }
            shift(&late)?;
            assert_whole(&late)?;
        }
        children.into_iter().try_for_each(|child| child.finish().map(drop))?;
        audit_at_rest(&database, start, numbers)
    })
}

/// What such a process does.
pub(crate) fn write_a_branch(connection: &Connection, numbers: &mut Numbers) -> TestResult {
    write(connection, numbers)?;
    say("done")
}
