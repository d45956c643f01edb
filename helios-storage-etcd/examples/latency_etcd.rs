//! How long the driver takes beside a client that asks etcd itself, on a cluster of one member that this program starts.
//!
//! `cargo run --release -p helios-storage-etcd --example latency_etcd`

use bytes::{BufMut, Bytes, BytesMut};
use h2::client::SendRequest;
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::latency::{self, compare, fill};
use http::Request;
use prost::encoding::{WireType, bytes as bytes_field, encode_key, encode_varint, int64};
use tokio::runtime::Runtime;

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

    fn read(&self, key: &[u8], limit: u32, is_descending: bool) -> TestResult {
        let mut message = Vec::new();
        bytes_field::encode(1, &key.to_vec(), &mut message);
        if limit > 1 || is_descending {
            bytes_field::encode(2, &b"d0".to_vec(), &mut message);
            int64::encode(3, &i64::from(limit), &mut message);
        }
        if is_descending {
            int64::encode(5, &2, &mut message);
        }
        self.ask("Range", &message).map(drop)
    }
}

fn nested(tag: u32, message: &[u8], out: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(message.len() as u64, out);
    out.extend_from_slice(message);
}

/// A transaction that writes rows.
fn transaction(numbers: &[u32], value: &[u8]) -> Vec<u8> {
    let mut message = Vec::new();
    for number in numbers {
        let (mut put, mut operation) = (Vec::new(), Vec::new());
        bytes_field::encode(1, &key(*number), &mut put);
        bytes_field::encode(2, &value.to_vec(), &mut put);
        nested(2, &put, &mut operation);
        nested(2, &operation, &mut message);
    }
    message
}

fn key(number: u32) -> Vec<u8> {
    [&b"d/"[..], &latency::key(number)].concat()
}

impl latency::Direct for Direct {
    fn get(&self, number: u32) -> TestResult {
        self.read(&key(number), 1, false)
    }

    fn range(&self, from: u32, rows: u32) -> TestResult {
        self.read(&key(from), rows, false)
    }

    fn last(&self) -> TestResult {
        self.read(&key(0), 1, true)
    }

    /// In one transaction, which has groups inside where rows are many.
    fn put(&self, numbers: &[u32], value: &[u8]) -> TestResult {
        if numbers.len() <= 100 {
            return self.ask("Txn", &transaction(numbers, value)).map(drop);
        }
        let mut message = Vec::new();
        for group in numbers.chunks(100) {
            let mut operation = Vec::new();
            nested(4, &transaction(group, value), &mut operation);
            nested(2, &operation, &mut message);
        }
        self.ask("Txn", &message).map(drop)
    }
}

fn main() -> TestResult {
    let Some(cluster) = EtcdCluster::start_durable(1)? else { return Ok(()) };
    let endpoints = cluster.endpoints();
    let direct = Direct::connect(&endpoints[0])?;
    let storage = EtcdStorage::open("app", &Options { endpoints, ..Options::default() })?;
    fill(&storage)?;
    for first in (0..latency::ROWS).step_by(latency::ROWS_OF_A_COMMIT as usize) {
        let numbers: Vec<u32> = (first..first + latency::ROWS_OF_A_COMMIT).collect();
        latency::Direct::put(&direct, &numbers, &[7; latency::VALUE_BYTES])?;
    }
    compare(&storage, &direct)
}
