//! SIGKILL at random moments, on files of one process and of several, and on other drivers.

use std::path::Path;

use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, seed, with_seed};
use helios_tests::child::{Child, note};

use crate::child::check;

/// The last number that a child said before it died; `None` if it died before it said anything.
fn kill_somewhere(child: Child, last: Option<i64>, numbers: &mut Numbers) -> TestResult<Option<i64>> {
    let mut last = last;
    let number = |words: &str| words.parse().ok();
    // One in six dies while it opens the file or makes the tables.
    let is_early = numbers.one_in(6);
    if !is_early {
        last = number(&child.next()?);
        for _ in 0..numbers.below(10) {
            last = number(&child.next()?);
        }
    }
    // Spins, not sleeps: a point inside a commit or inside opening.
    for _ in 0..numbers.below(if is_early { 2_000_000 } else { 200_000 }) {
        std::hint::spin_loop();
    }
    // What it said before it died counts, whether it was listened to or not.
    Ok(child.kill()?.last().and_then(|words| number(words)).or(last))
}

/// A child says 0 when it begins: that it goes on from where it was.
fn furthest(before: Option<i64>, said: Option<i64>) -> Option<i64> {
    before.max(said)
}

fn kill_alone(processes: &str, kills: usize) -> TestResult {
    note(format_args!("the moments of the kills come from HELIOS_SEED={}", seed()))?;
    let directory = tempfile::tempdir()?;
    with_seed(|numbers| {
        for file in 0..5 {
            let path = directory.path().join(format!("{file}.db"));
            let mut last = None;
            for _ in 0..kills / 5 {
                let child = Child::start(&format!("{processes} 1"), &path)?;
                last = furthest(last, kill_somewhere(child, last, numbers)?);
                last = certain(&path, processes, last)?;
            }
        }
        Ok(())
    })
}

/// Checks the file, and returns what is certain from then on: a record that was not acknowledged may be there.
fn certain(path: &Path, processes: &str, said: Option<i64>) -> TestResult<Option<i64>> {
    check(path, processes, &[(1, said)])?;
    let (_database, connection) = crate::child::open(path, processes)?;
    let last = connection.query_row("SELECT number FROM last WHERE writer = 1", (), |row| row.get(0));
    Ok(last.ok())
}

#[test]
fn fifty_kills_of_a_process_that_was_alone_lose_nothing() -> TestResult {
    kill_alone("one", repeats(50, 400))
}

#[test]
fn fifty_kills_of_one_of_many_processes_lose_nothing() -> TestResult {
    kill_alone("many", repeats(50, 400))
}

#[test]
fn kills_of_a_process_on_another_driver_lose_nothing() -> TestResult {
    let mut others = helios::driver_names().filter(|name| ["sled", "rocksdb"].contains(name));
    others.try_for_each(|driver| kill_alone(driver, repeats(20, 200)))
}

/// Two processes at work on one file. One is killed, the other goes on; then it is killed too.
#[test]
fn a_hundred_kills_of_two_processes_lose_nothing_and_stop_nobody() -> TestResult {
    note(format_args!("the moments of the kills come from HELIOS_SEED={}", seed()))?;
    let directory = tempfile::tempdir()?;
    with_seed(|numbers| {
        for file in 0..5 {
            let path = directory.path().join(format!("{file}.db"));
            let mut last = [None, None];
            for round in 0..repeats(10, 80) {
                let start = |writer: usize| Child::start(&format!("many {writer}"), &path);
                let children = [start(0)?, start(1)?];
                let [first, second] = children;
                // Each is the first to go in turn.
                let (first, second, ids) =
                    if round % 2 == 0 { (first, second, [0, 1]) } else { (second, first, [1, 0]) };
                last[ids[0]] = furthest(last[ids[0]], kill_somewhere(first, last[ids[0]], numbers)?);
                for _ in 0..5 {
                    let said = second.next()?.parse().ok();
                    last[ids[1]] = furthest(last[ids[1]], said);
                }
                last[ids[1]] = furthest(last[ids[1]], kill_somewhere(second, last[ids[1]], numbers)?);
                check(&path, "many", &[(0, last[0]), (1, last[1])])?;
                let (_database, connection) = crate::child::open(&path, "many")?;
                for (writer, last) in (0_i64..).zip(&mut last) {
                    let found =
                        connection.query_row("SELECT number FROM last WHERE writer = ?", [writer], |row| {
                            row.get(0)
                        });
                    *last = found.ok();
                }
            }
        }
        Ok(())
    })
}
