//! How long the driver takes beside a client that asks PostgreSQL itself, on a server that this program starts.
//!
//! `cargo run --release -p helios-storage-postgres --example latency`

use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::latency::{self, compare, fill, key};
use helios_testkit::postgres::PostgresServer;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Statement};

/// A client of PostgreSQL with a plain table.
struct Direct {
    runtime: Runtime,
    client: Client,
    get: Statement,
    range: Statement,
    last: Statement,
    put: Statement,
}

impl Direct {
    fn connect(url: &str) -> TestResult<Direct> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (client, connection) = runtime.block_on(tokio_postgres::connect(url, NoTls))?;
        runtime.spawn(connection);
        runtime.block_on(client.batch_execute("CREATE TABLE kv (key bytea PRIMARY KEY, value bytea)"))?;
        let prepare = |sql| runtime.block_on(client.prepare(sql));
        let get = prepare("SELECT value FROM kv WHERE key = $1")?;
        let range = prepare("SELECT key, value FROM kv WHERE key >= $1 ORDER BY key LIMIT $2")?;
        let last = prepare("SELECT key, value FROM kv ORDER BY key DESC LIMIT 1")?;
        let put = prepare(
            "INSERT INTO kv SELECT * FROM unnest($1::bytea[], $2::bytea[])
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?;
        Ok(Direct { runtime, client, get, range, last, put })
    }
}

impl latency::Direct for Direct {
    fn get(&self, number: u32) -> TestResult {
        Ok(self.runtime.block_on(self.client.query_one(&self.get, &[&key(number)])).map(drop)?)
    }

    fn range(&self, from: u32, rows: u32) -> TestResult {
        let asking = self.runtime.block_on(self.client.query(&self.range, &[&key(from), &i64::from(rows)]));
        Ok(asking.map(drop)?)
    }

    fn last(&self) -> TestResult {
        Ok(self.runtime.block_on(self.client.query_one(&self.last, &[])).map(drop)?)
    }

    fn put(&self, numbers: &[u32], value: &[u8]) -> TestResult {
        let keys: Vec<Vec<u8>> = numbers.iter().map(|number| key(*number)).collect();
        let values = vec![value; keys.len()];
        Ok(self.runtime.block_on(self.client.execute(&self.put, &[&keys, &values])).map(drop)?)
    }
}

fn main() -> TestResult {
    let Some(server) = PostgresServer::start_durable()? else { return Ok(()) };
    let storage = PostgresStorage::open("app", &Options { url: server.url(), ..Options::default() })?;
    let direct = Direct::connect(&server.url())?;
    fill(&storage)?;
    for first in (0..latency::ROWS).step_by(latency::ROWS_OF_A_COMMIT as usize) {
        let numbers: Vec<u32> = (first..first + latency::ROWS_OF_A_COMMIT).collect();
        latency::Direct::put(&direct, &numbers, &[7; latency::VALUE_BYTES])?;
    }
    server.psql("VACUUM ANALYZE")?;
    compare(&storage, &direct)
}
