//! What the other processes do: see [`crate::processes`], [`crate::merges`] and [`crate::past`].

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_tests::child::{say, told};

use crate::counting::{WHOLE, increment};
use crate::merges::{hold_until_gone, insert_pairs};
use crate::past::write_a_branch;
use crate::stage::{connect, number, open};
use crate::transfers::{audit, transfer};

#[test]
fn work() -> TestResult {
    let Some((role, path)) = told() else { return Ok(()) };
    let words: Vec<&str> = role.split(' ').collect();
    let [kind, argument, seed] = words[..] else { return Err(format!("no role: {role}").into()) };
    let database = open(&path, "many")?;
    let connection = connect(&database)?;
    let mut numbers = Numbers::new(seed.parse()?);
    match kind {
        "count" => count(&connection, argument.parse()?, numbers.next_u64() as i64 & 0xffff_ffff)?,
        "transfer" => {
            let begin = ["BEGIN IMMEDIATE", "BEGIN CONCURRENT", "BEGIN"][numbers.below(3)];
            (0..argument.parse()?).try_for_each(|_| transfer(&connection, begin, &mut numbers))?;
            say("done")?;
        }
        "audit" => loop {
            audit(&connection, &mut numbers)?;
            say("audited")?;
        },
        "hold" => hold(&connection)?,
        "define" => define(&connection, argument.parse()?)?,
        "branch" => {
            let connection = database.connect_to(argument)?;
            connection.busy_timeout(crate::stage::LONG)?;
            (0..30).try_for_each(|time| increment(&connection, WHOLE[time % WHOLE.len()], 1, time as i64))?;
            say("done")?;
        }
        "past" => write_a_branch(&database.connect_to(argument)?, &mut numbers)?,
        "pairs" | "hold-until-gone" => {
            let connection = database.connect_to(argument)?;
            connection.busy_timeout(crate::stage::LONG)?;
            if kind == "pairs" {
                insert_pairs(&connection, seed.parse()?)?;
            } else {
                hold_until_gone(&connection, &path.with_extension("deleted"))?;
            }
        }
        _ => return Err(format!("no role: {role}").into()),
    }
    drop(connection);
    Ok(database.close()?)
}

fn count(connection: &Connection, times: i64, who: i64) -> TestResult {
    for time in 0..times {
        increment(connection, WHOLE[(who + time) as usize % WHOLE.len()], who, time)?;
    }
    say("done")
}

/// Takes the turn, writes, and waits to be killed.
fn hold(connection: &Connection) -> TestResult {
    connection
        .execute_batch("BEGIN IMMEDIATE; UPDATE counter SET value = value + 1000; CREATE TABLE half (a)")?;
    say("held")?;
    loop {
        std::thread::park();
    }
}

/// Makes and drops tables that another process uses.
fn define(connection: &Connection, times: usize) -> TestResult {
    for time in 0..times {
        connection.execute_batch(&format!(
            "BEGIN; CREATE TABLE come (k INTEGER PRIMARY KEY, a{time}, a UNIQUE); CREATE INDEX by_a ON come (a, k);
             INSERT INTO come VALUES (1, 0, {time}), (2, 0, -1); COMMIT"
        ))?;
        say(format!("made {time}"))?;
        // Until the parent has seen it.
        while number(connection, "SELECT count(*) FROM come")? == 2 {
            std::thread::yield_now();
        }
        let found = number(connection, &format!("SELECT a FROM come WHERE k = {}", 1000 + time))?;
        assert_eq!(found, 1000 + time as i64);
        connection.execute_batch("DROP TABLE come")?;
        say(format!("dropped {time}"))?;
        loop {
            match number(connection, "SELECT count(*) FROM answered") {
                Ok(count) if count == time as i64 + 1 => break,
                Ok(_) => std::thread::yield_now(),
                Err(error) => {
                    assert_eq!((error.kind(), error.message()), (ErrorKind::Sql, "no such table: answered"));
                }
            }
        }
    }
    Ok(())
}
