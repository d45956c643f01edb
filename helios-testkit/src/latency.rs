//! How long a driver takes beside a client that asks the same engine for the same bytes by itself.
//!
//! In: a store over a network, and somebody who asks directly. Out: lines of a table, with the medians of both and their ratio.
//! The two take turns after each question, so that whatever else the machine does meanwhile hits both alike.

use std::io::Write;
use std::time::{Duration, Instant};

use helios_core::storage::{Batch, BatchEntry, Direction, HeadChange, KeyRange, Storage};

use crate::TestResult;

/// So many rows there are. Each has a value of [`VALUE_BYTES`].
pub const ROWS: u32 = 100_000;

/// The bytes of a value.
pub const VALUE_BYTES: usize = 100;

/// So many rows are written by one commit when the store is filled.
pub const ROWS_OF_A_COMMIT: u32 = 2000;

/// Who asks the engine directly. Rows have numbers from 0 to before [`ROWS`].
pub trait Direct {
    /// The value of a row.
    fn get(&self, number: u32) -> TestResult;
    /// So many rows from one on.
    fn range(&self, from: u32, rows: u32) -> TestResult;
    /// The last row of all.
    fn last(&self) -> TestResult;
    /// Writes values of rows, all or none.
    fn put(&self, numbers: &[u32], value: &[u8]) -> TestResult;
}

/// The key of a row, as rows of a table have it.
pub fn key(number: u32) -> Vec<u8> {
    [TABLE, &[0x84], &number.to_be_bytes()].concat()
}

/// What keys of the table begin with, and what comes after all of them.
const TABLE: &[u8] = &[1, 2, 3];
const AFTER_TABLE: &[u8] = &[1, 2, 4];

/// Fills the store; whoever asks directly fills what is his.
///
/// # Errors
/// Those of the driver.
pub fn fill(storage: &dyn Storage) -> TestResult {
    for first in (0..ROWS).step_by(ROWS_OF_A_COMMIT as usize) {
        let keys: Vec<Vec<u8>> = (first..first + ROWS_OF_A_COMMIT).map(key).collect();
        let entries = keys.iter().map(|key| BatchEntry::put(key, &[7; VALUE_BYTES])).collect();
        storage.commit(&Batch { entries, ..Batch::default() })?;
    }
    Ok(())
}

/// Measures look-ups, ranges and commits of a store that is filled, and prints what it has found.
///
/// # Errors
/// Those of the driver and of who asks directly; the store is not reached over a network.
pub fn compare(storage: &dyn Storage, direct: &impl Direct) -> TestResult {
    let coordination = storage.coordination();
    let network = coordination.reach().network().ok_or("it is not reached over a network")?;
    print(format_args!("{:<20} {:>12} {:>12}   ratio", "", "helios", "direct"))?;
    let (_, snapshot) = network.snapshot()?;
    // In no order, so that nothing is read along.
    let scattered = |run: u32| run.wrapping_mul(2_654_435_761) % ROWS;
    measure(
        "one key",
        5000,
        |run| Ok(snapshot.get(&key(scattered(run)), &mut |_| {}).map(drop)?),
        |run| direct.get(scattered(run)),
    )?;
    for rows in [300, 10_000] {
        let first = |run: u32| run * 2003 % (ROWS - rows);
        let scan = |run| {
            // A snapshot that has read nothing yet.
            let (_, snapshot) = network.snapshot()?;
            let from = key(first(run));
            let mut cursor = snapshot.cursor(KeyRange::new(&from, None), Direction::Forward)?;
            for _ in 0..rows {
                cursor.advance()?;
            }
            Ok(())
        };
        measure(&format!("a range of {rows}"), 40, scan, |run| direct.range(first(run), rows))?;
    }
    let last = |_| {
        let (_, snapshot) = network.snapshot()?;
        let all = KeyRange::new(TABLE, Some(AFTER_TABLE));
        snapshot.cursor(all, Direction::Backward)?.advance()?;
        Ok(())
    };
    measure("the last row", 20, last, |_| direct.last())?;
    for size in [1, 10, 100, 1000] {
        let numbers = |run: u32| -> Vec<u32> {
            let mut numbers: Vec<u32> = (0..size).map(|at| (run * 7919 + at * 13) % ROWS).collect();
            numbers.sort_unstable();
            numbers
        };
        let commit = |run| {
            let keys: Vec<Vec<u8>> = numbers(run).into_iter().map(key).collect();
            let head = network.heard().head();
            let change = HeadChange { version: head.version, above: head.floor + 1, floor: head.floor + 1 };
            let entries = keys.iter().map(|key| BatchEntry::put(key, &[8; VALUE_BYTES])).collect();
            Ok(storage.commit(&Batch { entries, head: Some(change), ..Batch::default() })?)
        };
        let put = |run| direct.put(&numbers(run), &[8; VALUE_BYTES]);
        measure(&format!("a commit of {size}"), 200, commit, put)?;
    }
    Ok(())
}

/// Runs both in turns, first one and then the other first.
fn measure(
    what: &str,
    runs: u32,
    helios: impl Fn(u32) -> TestResult,
    direct: impl Fn(u32) -> TestResult,
) -> TestResult {
    let timed = |work: &dyn Fn(u32) -> TestResult, run, times: &mut Vec<Duration>| -> TestResult {
        let started = Instant::now();
        work(run)?;
        times.push(started.elapsed());
        Ok(())
    };
    let (mut of_helios, mut of_direct) = (Vec::new(), Vec::new());
    for run in 0..runs {
        if run % 2 == 0 {
            timed(&helios, run, &mut of_helios)?;
            timed(&direct, run, &mut of_direct)?;
        } else {
            timed(&direct, run, &mut of_direct)?;
            timed(&helios, run, &mut of_helios)?;
        }
    }
    let [helios, direct] = [of_helios, of_direct].map(|times| median(times).as_secs_f64() * 1e3);
    let ratio = helios / direct;
    print(format_args!("{what:<20} {helios:>9.3} ms {direct:>9.3} ms   {ratio:.2}"))
}

/// The time in the middle of some.
fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn print(line: impl std::fmt::Display) -> TestResult {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}
