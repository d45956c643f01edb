//! How long the driver takes beside a client that asks etcd itself, on a cluster of one member that this program starts.
//!
//! `cargo run --release -p helios-storage-etcd --example latency_etcd`

#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use helios_core::storage::{Batch, BatchEntry, Direction, HeadChange, KeyRange, Storage};
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use http::Request;
use prost::encoding::{WireType, bytes as bytes_field, encode_key, encode_varint, int64};
use tokio::runtime::Runtime;

const ROWS: u32 = 100_000;

/// A client of etcd that does no more than is needed.
struct Direct {
    runtime: Runtime,
    sender: SendRequest<Bytes>,
    authority: String,
}

impl Direct {
    fn connect(endpoint: &str) -> TestResult<Direct> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let authority = endpoint.trim_start_matches("http://").to_owned();
        let sender = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(&authority).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = h2::client::Builder::new()
                .initial_window_size(16 << 20)
                .initial_connection_window_size(16 << 20)
                .handshake(stream)
                .await?;
            tokio::spawn(connection);
            TestResult::Ok(sender)
        })?;
        Ok(Direct { runtime, sender, authority })
    }

    /// The answer to a message, as it comes.
    fn ask(&self, method: &str, message: &[u8]) -> TestResult<Bytes> {
        let mut body = BytesMut::new();
        body.put_u8(0);
        body.put_u32(message.len() as u32);
        body.extend_from_slice(message);
        let request = Request::post(format!("http://{}/etcdserverpb.KV/{method}", self.authority))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())?;
        self.runtime.block_on(async {
            let mut sender = self.sender.clone().ready().await?;
            let (response, mut stream) = sender.send_request(request, false)?;
            stream.send_data(body.freeze(), true)?;
            let mut incoming = response.await?.into_body();
            let mut answer = BytesMut::new();
            while let Some(piece) = incoming.data().await {
                let piece = piece?;
                incoming.flow_control().release_capacity(piece.len())?;
                answer.extend_from_slice(&piece);
            }
            let trailers = incoming.trailers().await?.ok_or("no trailers")?;
            match trailers.get("grpc-status").map(http::HeaderValue::as_bytes) {
                Some(b"0") => Ok(answer.freeze()),
                _ => Err("etcd refuses".into()),
            }
        })
    }

    fn range(&self, key: &[u8], limit: u32, is_descending: bool) -> TestResult<usize> {
        let mut message = Vec::new();
        bytes_field::encode(1, &key.to_vec(), &mut message);
        if limit > 1 || is_descending {
            bytes_field::encode(2, &b"d0".to_vec(), &mut message);
            int64::encode(3, &i64::from(limit), &mut message);
        }
        if is_descending {
            int64::encode(5, &2, &mut message);
        }
        Ok(self.ask("Range", &message)?.len())
    }

    /// Writes keys in one transaction, which has groups inside where they are many.
    fn put(&self, keys: &[Vec<u8>]) -> TestResult {
        let nested = |tag: u32, message: &[u8], out: &mut Vec<u8>| {
            encode_key(tag, WireType::LengthDelimited, out);
            encode_varint(message.len() as u64, out);
            out.extend_from_slice(message);
        };
        let transaction = |keys: &[Vec<u8>]| {
            let mut message = Vec::new();
            for key in keys {
                let (mut put, mut operation) = (Vec::new(), Vec::new());
                bytes_field::encode(1, key, &mut put);
                bytes_field::encode(2, &vec![8; 100], &mut put);
                nested(2, &put, &mut operation);
                nested(2, &operation, &mut message);
            }
            message
        };
        if keys.len() <= 100 {
            return self.ask("Txn", &transaction(keys)).map(drop);
        }
        let mut message = Vec::new();
        for group in keys.chunks(100) {
            let mut operation = Vec::new();
            nested(4, &transaction(group), &mut operation);
            nested(2, &operation, &mut message);
        }
        self.ask("Txn", &message).map(drop)
    }
}

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

/// A key as rows of a table have it.
fn key(number: u32) -> Vec<u8> {
    [&[1, 2, 3, 0x84][..], &(number % ROWS).to_be_bytes()].concat()
}

fn direct_key(number: u32) -> Vec<u8> {
    [&b"d/"[..], &key(number)].concat()
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
    let Some(cluster) = EtcdCluster::start_durable(1)? else { return Ok(()) };
    let endpoints = cluster.endpoints();
    let direct = Direct::connect(&endpoints[0])?;
    let storage = EtcdStorage::open("app", &Options { endpoints, ..Options::default() })?;
    let keys: Vec<Vec<u8>> = (0..ROWS).map(key).collect();
    for keys in keys.chunks(2000) {
        let entries = keys.iter().map(|key| BatchEntry::put(key, &[7; 100])).collect();
        storage.commit(&Batch { entries, ..Batch::default() })?;
    }
    for from in (0..ROWS).step_by(2000) {
        direct.put(&(from..from + 2000).map(direct_key).collect::<Vec<_>>())?;
    }

    println!("{:<28} {:>12} {:>12}   ratio", "", "helios", "direct");
    let coordination = storage.coordination();
    let network = coordination.reach().network().ok_or("it is a network")?;
    let (_, snapshot) = network.snapshot()?;
    // In no order, so that nothing is read along.
    let helios = median(1000, |run| {
        snapshot.get(&key(run.wrapping_mul(2_654_435_761)), &mut |_| {})?;
        Ok(())
    })?;
    let plain =
        median(1000, |run| direct.range(&direct_key(run.wrapping_mul(2_654_435_761)), 1, false).map(drop))?;
    report("one key", helios, plain);
    for rows in [300, 10_000] {
        let helios = median(20, |run| {
            // A snapshot that has read nothing yet.
            let (_, snapshot) = network.snapshot()?;
            let from = key(run * 2003 % (ROWS - rows));
            let mut cursor = snapshot.cursor(KeyRange::new(&from, None), Direction::Forward)?;
            for _ in 0..rows {
                cursor.advance()?;
            }
            Ok(())
        })?;
        let direct =
            median(20, |run| direct.range(&direct_key(run * 2003 % (ROWS - rows)), rows, false).map(drop))?;
        report(&format!("a range of {rows}"), helios, direct);
    }
    let helios = median(20, |_| {
        let (_, snapshot) = network.snapshot()?;
        let mut cursor = snapshot.cursor(KeyRange::new(&[1, 2, 3], Some(&[1, 2, 4])), Direction::Backward)?;
        cursor.advance()?;
        Ok(())
    })?;
    report("the last of all", helios, median(20, |_| direct.range(&direct_key(0), 64, true).map(drop))?);
    for size in [1, 100, 1000] {
        let helios = median(50, |run| {
            let mut written: Vec<Vec<u8>> = (0..size).map(|at| key(run * 7919 + at * 13)).collect();
            written.sort_unstable();
            let head = network.heard().head();
            let change = HeadChange { version: head.version, above: head.floor + 1, floor: head.floor + 1 };
            let entries = written.iter().map(|key| BatchEntry::put(key, &[8; 100])).collect();
            Ok(storage.commit(&Batch { entries, head: Some(change), ..Batch::default() })?)
        })?;
        let direct = median(50, |run| {
            let written: Vec<Vec<u8>> = (0..size).map(|at| direct_key(run * 7919 + at * 13)).collect();
            direct.put(&written)
        })?;
        report(&format!("a commit of {size}"), helios, direct);
    }
    Ok(())
}
