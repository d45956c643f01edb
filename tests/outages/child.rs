//! A client: until it is told to end, it writes entries, moves parts of the ring, and looks whether the ring is one.
//!
//! In: settings, and the number by which it signs. Out, in words: `entry N` for an entry that was acknowledged, `doubt N` for one
//! whose transaction has failed with an error of the network, `finding` for what must not be.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use helios::{Config, Connection, Database, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, seed};
use helios_tests::child::{say, told};

use crate::ledger::{DATABASE, LONG, RING};

#[test]
fn work() -> TestResult {
    let Some((role, settings)) = told() else { return Ok(()) };
    let client: i64 = role.parse()?;
    let is_over = Arc::new(AtomicBool::new(false));
    std::thread::spawn({
        let is_over = is_over.clone();
        move || {
            // Nothing comes but the end.
            let _ = std::io::stdin().read(&mut [0]);
            is_over.store(true, Ordering::SeqCst);
        }
    });
    let database = Database::open_with(DATABASE, &Config::loader().file(settings).load()?)?;
    let connection = database.connect()?;
    connection.busy_timeout(LONG)?;
    let mut numbers = Numbers::new(seed().wrapping_add(client as u64));
    let mut number = 0;
    while !is_over.load(Ordering::SeqCst) {
        // The others do nothing else than write: they are not to keep anybody out.
        if client % 2 == 0 {
            std::thread::sleep(Duration::from_millis(numbers.below(80) as u64));
        }
        let done = one(&connection, client, number, &mut numbers);
        number += 1;
        if let Err(error) = done {
            say(format!("finding {error}").replace('\n', " "))?;
            return Err(error);
        }
    }
    drop(connection);
    Ok(database.close()?)
}

/// Writes an entry, then does something with the ring.
fn one(connection: &Connection, client: i64, number: i64, numbers: &mut Numbers) -> TestResult {
    let written = transact(connection, numbers, |connection| {
        connection.execute("UPDATE total SET entries = entries + 1", ())?;
        connection.execute("INSERT INTO entry VALUES (?, ?)", [client, number]).map(drop)
    })?;
    say(format_args!("{} {number}", if written.is_some() { "entry" } else { "doubt" }))?;
    if numbers.one_in(2) {
        let first = numbers.below(RING as usize) as i64;
        transact(connection, numbers, |connection| turn(connection, first))?;
    }
    if numbers.one_in(4) {
        look(connection, numbers)?;
    }
    Ok(())
}

/// Runs a transaction, again where another process was faster. `None` if the network has failed.
fn transact<T>(
    connection: &Connection,
    numbers: &mut Numbers,
    work: impl Fn(&Connection) -> helios::Result<T>,
) -> TestResult<Option<T>> {
    let begin = *numbers.pick(&["BEGIN", "BEGIN IMMEDIATE", "BEGIN CONCURRENT"]);
    loop {
        let whole = || {
            connection.execute_batch(begin)?;
            let done = work(connection)?;
            connection.execute_batch("COMMIT")?;
            Ok(done)
        };
        let result: helios::Result<T> = whole();
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK")?;
        }
        match result {
            Ok(done) => return Ok(Some(done)),
            Err(error) if error.kind() == ErrorKind::BusySnapshot => {}
            Err(error) if error.kind() == ErrorKind::Io => return Ok(None),
            Err(error) => return Err(format!("{begin}: {error:?}").into()),
        }
    }
}

/// The parts a, b, c, d that follow each other follow as a, c, b, d from then on.
fn turn(connection: &Connection, first: i64) -> helios::Result<()> {
    let next =
        |part| connection.query_row("SELECT next FROM ring WHERE id = ?", [part], |row| row.get::<i64>(0));
    let second = next(first)?;
    let third = next(second)?;
    let fourth = next(third)?;
    for pair in [[third, first], [second, third], [fourth, second]] {
        connection.execute("UPDATE ring SET next = ? WHERE id = ?", pair)?;
    }
    Ok(())
}

/// Looks at the ring: by one statement, or part by part in one transaction.
fn look(connection: &Connection, numbers: &mut Numbers) -> TestResult {
    let order = if numbers.one_in(2) {
        let all = connection.query("SELECT next FROM ring ORDER BY id", (), |row| row.get::<i64>(0));
        match all {
            Ok(next) => Some(follow(|part| Ok(next.get(part as usize).copied().unwrap_or(-1)))?),
            Err(error) if error.kind() == ErrorKind::Io => None,
            Err(error) => return Err(error.into()),
        }
    } else {
        transact(connection, numbers, |connection| {
            let next = "SELECT next FROM ring WHERE id = ?";
            follow(|part| connection.query_row(next, [part], |row| row.get(0)))
        })?
    };
    match order {
        Some(order) if !is_whole(&order) => Err(format!("the ring is {order:?}").into()),
        _ => Ok(()),
    }
}

/// The parts in their order, from the first one on.
pub(crate) fn follow(next: impl Fn(i64) -> helios::Result<i64>) -> helios::Result<Vec<i64>> {
    let mut order = vec![0];
    for _ in 0..RING {
        order.push(next(order[order.len() - 1])?);
    }
    Ok(order)
}

/// Whether all parts are there once, and the last one is followed by the first.
pub(crate) fn is_whole(order: &[i64]) -> bool {
    let mut parts: Vec<i64> = order[1..].to_vec();
    parts.sort_unstable();
    order.last() == Some(&0) && parts.iter().copied().eq(0..RING)
}
