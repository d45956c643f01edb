//! How long the driver takes beside a client that asks PostgreSQL itself, on a server that this program starts.
//!
//! `cargo run --release -p helios-storage-postgres --example latency`

#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::time::{Duration, Instant};

use helios_core::storage::{Batch, BatchEntry, Direction, HeadChange, KeyRange, Storage};
use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::postgres::PostgresServer;

const ROWS: u32 = 100_000;

/// The time of the run in the middle.
fn median(runs: usize, mut work: impl FnMut(u32) -> TestResult) -> TestResult<Duration> {
    let mut times = Vec::new();
    for run in 0..runs as u32 {
        let started = Instant::now();
        work(run)?;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn key(number: u32) -> [u8; 4] {
    (number % ROWS).to_be_bytes()
}

fn report(what: &str, helios: Duration, direct: Duration) {
    let ratio = helios.as_secs_f64() / direct.as_secs_f64();
    println!(
        "{what:<28} {:>9.3} ms {:>9.3} ms   {ratio:.2}",
        helios.as_secs_f64() * 1e3,
        direct.as_secs_f64() * 1e3
    );
}

fn main() -> TestResult {
    let Some(server) = PostgresServer::start_durable()? else { return Ok(()) };
    let storage = PostgresStorage::open("app", &Options { url: server.url(), ..Options::default() })?;
    let keys: Vec<[u8; 4]> = (0..ROWS).map(key).collect();
    let entries = keys.iter().map(|key| BatchEntry::put(key, &[7; 100])).collect();
    storage.commit(&Batch { entries, ..Batch::default() })?;
    server.psql("CREATE TABLE kv (key bytea PRIMARY KEY, value bytea); INSERT INTO kv SELECT key, value FROM app_entry; ANALYZE")?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (client, connection) =
        runtime.block_on(tokio_postgres::connect(&server.url(), tokio_postgres::NoTls))?;
    runtime.spawn(connection);
    let get = runtime.block_on(client.prepare("SELECT value FROM kv WHERE key = $1"))?;
    let range = runtime
        .block_on(client.prepare("SELECT key, value FROM kv WHERE key >= $1 ORDER BY key LIMIT $2"))?;
    let put = runtime.block_on(client.prepare(
        "INSERT INTO kv SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    ))?;

    println!("{:<28} {:>12} {:>12}   ratio", "", "helios", "direct");
    let coordination = storage.coordination();
    let network = coordination.reach().network().ok_or("it is a network")?;
    let (_, snapshot) = network.snapshot()?;
    // In no order, so that nothing is read along.
    let helios = median(2000, |run| {
        snapshot.get(&key(run.wrapping_mul(2_654_435_761)), &mut |_| {})?;
        Ok(())
    })?;
    let direct = median(2000, |run| {
        runtime.block_on(client.query_one(&get, &[&&key(run.wrapping_mul(2_654_435_761))[..]]))?;
        Ok(())
    })?;
    report("one key", helios, direct);
    for rows in [300, 10_000] {
        let helios = median(30, |run| {
            // A snapshot that has read nothing yet.
            let (_, snapshot) = network.snapshot()?;
            let from = key(run * 2003 % (ROWS - rows));
            let mut cursor = snapshot.cursor(KeyRange::new(&from, None), Direction::Forward)?;
            for _ in 0..rows {
                cursor.advance()?;
            }
            Ok(())
        })?;
        let direct = median(30, |run| {
            let from = key(run * 2003 % (ROWS - rows));
            runtime.block_on(client.query(&range, &[&&from[..], &i64::from(rows)]))?;
            Ok(())
        })?;
        report(&format!("a range of {rows}"), helios, direct);
    }
    for size in [1, 10, 100, 1000] {
        let helios = median(200, |run| {
            let mut written: Vec<[u8; 4]> = (0..size).map(|at| key(run * 7919 + at * 13)).collect();
            written.sort_unstable();
            let head = network.heard().head();
            let change = HeadChange { version: head.version, above: head.floor + 1, floor: head.floor + 1 };
            let entries = written.iter().map(|key| BatchEntry::put(key, &[8; 100])).collect();
            Ok(storage.commit(&Batch { entries, head: Some(change), ..Batch::default() })?)
        })?;
        let direct = median(200, |run| {
            let written: Vec<[u8; 4]> = (0..size).map(|at| key(run * 7919 + at * 13)).collect();
            let keys: Vec<&[u8]> = written.iter().map(|key| &key[..]).collect();
            let values: Vec<&[u8]> = written.iter().map(|_| &[8; 100][..]).collect();
            runtime.block_on(client.execute(&put, &[&keys, &values]))?;
            Ok(())
        })?;
        report(&format!("a commit of {size}"), helios, direct);
    }
    Ok(())
}
