//! Metrics and health over HTTP.
//!
//! In: `GET /metrics`, `GET /health`. Out: figures in Prometheus' text format, `ok`. Anything else is not there.
//! Requests are answered one after the other, each within a second.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use helios::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::server::{Shared, wake};

/// The longest request.
const MAX_REQUEST_BYTES: usize = 8192;
/// How long a request may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    address: SocketAddr,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Endpoint {
    pub(crate) fn start(address: SocketAddr, shared: Arc<Shared>) -> Result<Endpoint> {
        let cannot = |error: std::io::Error| {
            Error::new(ErrorKind::CannotOpen, format!("cannot listen at {address} (http): {error}"))
        };
        let listener = TcpListener::bind(address).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let thread = thread::Builder::new()
            .name("helios-http".to_owned())
            .spawn(move || {
                for socket in listener.incoming() {
                    if shared.registry.is_stopping() {
                        return;
                    }
                    if let Ok(socket) = socket {
                        answer(socket, &shared);
                    }
                }
            })
            .map_err(cannot)?;
        Ok(Endpoint { address, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops. The server has been told that it is stopping.
    pub(crate) fn stop(&self) {
        let Some(thread) = self.thread.lock().take() else { return };
        wake(self.address);
        let _panicked = thread.join();
    }
}

fn answer(mut socket: TcpStream, shared: &Shared) {
    let Some(request) = request(&mut socket) else { return };
    let (status, kind, body) = match request.as_str() {
        "GET /metrics" => ("200 OK", "text/plain; version=0.0.4", metrics(shared)),
        "GET /health" => ("200 OK", "text/plain", "ok\n".to_owned()),
        _ => ("404 Not Found", "text/plain", "there are /metrics and /health\n".to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _gone = socket.set_write_timeout(Some(PATIENCE));
    let _gone = socket.write_all(head.as_bytes()).and_then(|()| socket.write_all(body.as_bytes()));
}

/// Method and path of a request; `None` if none came in time.
fn request(socket: &mut TcpStream) -> Option<String> {
    let until = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    while !bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || bytes.len() > MAX_REQUEST_BYTES {
            return None;
        }
        socket.set_read_timeout(Some(left)).ok()?;
        match socket.read(&mut piece).ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&piece[..count]),
        }
    }
    let line = String::from_utf8_lossy(&bytes);
    let mut words = line.lines().next()?.split(' ');
    Some(format!("{} {}", words.next()?, words.next()?))
}

fn metrics(shared: &Shared) -> String {
    let status = shared.registry.status();
    let mut out = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, value: String| {
        out.push_str(&format!(
            "# HELP helios_{name} {help}\n# TYPE helios_{name} {kind}\nhelios_{name} {value}\n"
        ));
    };
    metric(
        "connections_active",
        "gauge",
        "Clients that are connected.",
        status.active_connections.to_string(),
    );
    metric("connections_total", "counter", "Clients that were let in.", status.total_connections.to_string());
    metric(
        "connections_rejected_total",
        "counter",
        "Clients that were not let in.",
        status.rejected_connections.to_string(),
    );
    metric("queries_total", "counter", "Statements that were run.", status.total_queries.to_string());
    metric("queries_failed_total", "counter", "Statements that failed.", status.failed_queries.to_string());
    metric(
        "uptime_seconds",
        "gauge",
        "How long the server has been running.",
        status.uptime.as_secs_f64().to_string(),
    );
    out
}
