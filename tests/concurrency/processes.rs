//! Several processes on one file: this test binary starts itself again as the others.

use std::time::Duration;

use helios::ErrorKind;
use helios_testkit::TestResult;
use helios_testkit::seed::{repeats, with_seed};
use helios_tests::child::Child;

use crate::counting;
use crate::stage::{assert_locked, assert_whole, connect, number, open};
use crate::transfers::{self, audit};

#[test]
fn four_processes_count_together_and_lose_nothing() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let times = repeats(60, 1500) as i64;
    let database = open(&path, "many")?;
    let connection = connect(&database)?;
    counting::prepare(&connection)?;
    with_seed(|numbers| {
        let start = |seed| Child::start(&format!("count {times} {seed}"), &path);
        let children = (0..4).map(|_| start(numbers.next_u64())).collect::<TestResult<Vec<_>>>()?;
        let mut last = 0;
        while last < 4 * times {
            let sql = "SELECT value || ' ' || (SELECT count(*) FROM tick) FROM counter";
            let both: String = connection.query_row(sql, (), |row| row.get(0))?;
            let (counted, ticks) = both.split_once(' ').ok_or("two numbers")?;
            assert_eq!(counted, ticks, "half a transaction");
            let counted: i64 = counted.parse()?;
            assert!(counted >= last, "{counted} after {last}");
            last = counted;
        }
        children.into_iter().try_for_each(|child| child.finish().map(drop))
    })?;
    counting::check(&connection, 4 * times)?;
    drop(connection);
    database.close()?;
    assert_eq!(std::fs::read_dir(directory.path())?.count(), 1, "the last to close leaves one file");
    Ok(())
}

#[test]
fn processes_that_read_never_see_half_a_transaction() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let times = repeats(60, 1500);
    let database = open(&path, "many")?;
    let connection = connect(&database)?;
    transfers::prepare(&connection)?;
    with_seed(|numbers| {
        let readers = (0..2)
            .map(|_| Child::start(&format!("audit 0 {}", numbers.next_u64()), &path))
            .collect::<TestResult<Vec<_>>>()?;
        for reader in &readers {
            reader.next()?;
        }
        let writers = (0..2)
            .map(|_| Child::start(&format!("transfer {times} {}", numbers.next_u64()), &path))
            .collect::<TestResult<Vec<_>>>()?;
        let expected = transfers::ACCOUNTS + 4 * times as i64;
        while number(&connection, "SELECT count(*) FROM entry")? < expected {
            audit(&connection, numbers)?;
        }
        for writer in writers {
            writer.finish()?;
        }
        for reader in readers {
            // One more audit after all, then it is told to end.
            reader.next()?;
            reader.kill()?;
        }
        audit(&connection, numbers)
    })?;
    assert_whole(&connection)
}

/// A writer in another process is waited for up to the timeout; killed, it leaves its turn and nothing else.
#[test]
fn a_process_that_dies_with_the_turn_gives_it_back() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let database = open(&path, "many")?;
    let connection = connect(&database)?;
    counting::prepare(&connection)?;
    for round in 0..repeats(4, 40) as i64 {
        let child = Child::start("hold 0 0", &path)?;
        child.next()?;
        for timeout in [Duration::ZERO, Duration::from_millis(30)] {
            connection.busy_timeout(timeout)?;
            for sql in ["BEGIN IMMEDIATE", "UPDATE counter SET value = 5", "CREATE TABLE half (b)"] {
                assert_locked(connection.execute_batch(sql), ErrorKind::Busy, sql);
            }
            assert_eq!(number(&connection, "SELECT value FROM counter")?, round, "readers do not wait");
        }
        connection.busy_timeout(crate::stage::LONG)?;
        child.kill()?;
        counting::increment(&connection, counting::Way::Immediate, 0, round)?;
        counting::check(&connection, round + 1)?;
        assert_eq!(number(&connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'")?, 0);
    }
    Ok(())
}

#[test]
fn tables_made_by_one_process_are_seen_by_another() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let database = open(&path, "many")?;
    let connection = connect(&database)?;
    connection.execute_batch("CREATE TABLE answered (time)")?;
    let times = repeats(10, 200);
    let child = Child::start(&format!("define {times} 0"), &path)?;
    let mut answer = connection.prepare("INSERT INTO answered VALUES (?)")?;
    for time in 0..times as i64 {
        assert_eq!(child.next()?, format!("made {time}"));
        // One prepared statement sees a table with other columns each time.
        let columns = connection.prepare("SELECT * FROM come")?.columns().to_vec();
        assert_eq!(&*columns[1].name, format!("a{time}"));
        assert_eq!(number(&connection, "SELECT k FROM come WHERE a = -1")?, 2);
        connection.execute("INSERT INTO come VALUES (?1, 0, ?1)", [1000 + time])?;
        assert_eq!(child.next()?, format!("dropped {time}"));
        let error = number(&connection, "SELECT count(*) FROM come").unwrap_err();
        assert_eq!(error.message(), "no such table: come");
        answer.execute([time])?;
    }
    child.finish()?;
    drop(answer);
    assert_whole(&connection)
}

#[test]
fn processes_on_branches_count_by_themselves() -> TestResult {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("test.db");
    let database = open(&path, "many")?;
    counting::prepare(&connect(&database)?)?;
    let names = ["main", "one", "two"];
    for name in &names[1..] {
        database.create_branch(name, "main")?;
    }
    let children = names
        .iter()
        .map(|name| Child::start(&format!("branch {name} 0"), &path))
        .collect::<TestResult<Vec<_>>>()?;
    // A branch that is made meanwhile.
    database.create_branch("late", "one")?;
    for child in children {
        child.finish()?;
    }
    for name in names {
        counting::check(&database.connect_to(name)?, 30)?;
    }
    let late = database.connect_to("late")?;
    counting::check(&late, number(&late, "SELECT value FROM counter")?)
}
