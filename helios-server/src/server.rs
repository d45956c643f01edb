//! Listening, accepting, stopping.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use helios::{Database, Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::advisory::AdvisoryLocks;
use crate::connection;
use crate::failure::Failure;
use crate::http;
use crate::options::{Authentication, Options};
use crate::security::Security;
use crate::sqlstate;
use crate::status::{Registry, Status};
use crate::wire::Reply;

/// Connections besides those that are let in: of clients that are about to be, or about to be told why not.
const WAITING_CONNECTIONS: usize = 100;
/// Of these, those that are only told why they are not let in.
const REFUSED_CONNECTIONS: usize = 20;
/// How long these may take to ask.
const REFUSED_PATIENCE: Duration = Duration::from_secs(5);
/// How long connections may take to end.
const FAREWELL: Duration = Duration::from_secs(5);
/// How often it is looked at whether statements have run for too long.
const WATCH: Duration = Duration::from_millis(50);

/// What connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Until the server has stopped.
    database: Mutex<Option<Database>>,
    /// What clients call the database.
    pub(crate) name: String,
    pub(crate) options: Options,
    pub(crate) security: Security,
    pub(crate) registry: Registry,
    pub(crate) advisory: Arc<AdvisoryLocks>,
}

impl Shared {
    /// The database.
    ///
    /// # Errors
    /// `Misuse`: the server has stopped, and has closed it.
    pub(crate) fn database(&self) -> Result<Database> {
        self.database.lock().clone().ok_or_else(|| Error::new(ErrorKind::Misuse, "the server has stopped"))
    }
}

/// A server. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// The process that it runs in: a fork of that has none of its threads.
    process: u32,
    shared: Arc<Shared>,
    address: SocketAddr,
    threads: Mutex<Vec<JoinHandle<()>>>,
    http: Option<http::Endpoint>,
}

impl Server {
    /// Listens for clients of a database, which they call `name`.
    ///
    /// ```
    /// use helios_server::{Options, Server};
    ///
    /// let database = helios::Database::open_in_memory()?;
    /// let server = Server::start(database, "app", Options { port: 0, ..Options::default() })?;
    /// assert_ne!(server.port(), 0);
    /// server.stop();
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// `CannotOpen`: the port is taken, or is nobody's; the files of TLS are not right.
    pub fn start(database: Database, name: &str, options: Options) -> Result<Server> {
        let security = Security::new(&database, &options)?;
        let (host, port) = (&options.host, options.port);
        let cannot = |error: std::io::Error| {
            let why = match error.kind() {
                std::io::ErrorKind::AddrInUse => "the port is taken".to_owned(),
                std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                _ => error.to_string(),
            };
            Error::new(ErrorKind::CannotOpen, format!("cannot listen at {host}:{port}: {why}"))
                .caused_by(error)
        };
        let addresses: Vec<SocketAddr> = (host.as_str(), port).to_socket_addrs().map_err(cannot)?.collect();
        let listener = TcpListener::bind(&addresses[..]).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let http = options.http;
        let shared = Arc::new(Shared {
            database: Mutex::new(Some(database)),
            name: name.to_owned(),
            options,
            security,
            registry: Registry::new(),
            advisory: Arc::default(),
        });
        let http = http.map(|address| http::Endpoint::start(address, shared.clone())).transpose()?;
        let spawned = |error| Error::new(ErrorKind::CannotOpen, "cannot start a thread").caused_by(error);
        let for_accepting = shared.clone();
        let accepting = thread::Builder::new()
            .name("helios-accept".to_owned())
            .spawn(move || accept(&listener, &for_accepting))
            .map_err(spawned)?;
        let for_watching = shared.clone();
        let watching = thread::Builder::new()
            .name("helios-watch".to_owned())
            .spawn(move || {
                while !for_watching.registry.is_stopping() {
                    for_watching.registry.stop_due();
                    thread::park_timeout(WATCH);
                }
            })
            .map_err(spawned)?;
        Ok(Server {
            process: std::process::id(),
            shared,
            address,
            threads: Mutex::new(vec![accepting, watching]),
            http,
        })
    }

    /// The port that it listens at.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What it was told to listen at.
    pub fn host(&self) -> &str {
        &self.shared.options.host
    }

    /// Where clients of this machine, or of others if it listens for them, find it.
    pub fn url(&self) -> String {
        let host = match self.shared.options.host.as_str() {
            "0.0.0.0" | "::" | "" => "localhost",
            host => host,
        };
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("postgresql://{host}:{}/{}", self.port(), self.shared.name)
    }

    /// Where metrics and health are told, if they are.
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http.as_ref().map(http::Endpoint::address)
    }

    /// The name of the database.
    pub fn database_name(&self) -> &str {
        &self.shared.name
    }

    /// Its figures.
    pub fn status(&self) -> Status {
        self.shared.registry.status()
    }

    /// Stops: takes no more clients, stops what runs, undoes what is not committed, and says good-bye to all. Once it
    /// has returned, nothing of the server is left, and the database is closed unless somebody else has it open. Stopping
    /// again does nothing.
    pub fn stop(&self) {
        if std::process::id() != self.process {
            return;
        }
        let threads = std::mem::take(&mut *self.threads.lock());
        if threads.is_empty() {
            return;
        }
        self.shared.registry.stop(FAREWELL);
        self.http.iter().for_each(http::Endpoint::stop);
        wake(self.address);
        for thread in threads {
            thread.thread().unpark();
            let _panicked = thread.join();
        }
        // Whoever came while the others went.
        self.shared.registry.stop(FAREWELL);
        drop(self.shared.database.lock().take());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Has a thread that waits for connections at an address look around.
pub(crate) fn wake(address: SocketAddr) {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    let _nobody = TcpStream::connect_timeout(&SocketAddr::new(ip, address.port()), Duration::from_secs(1));
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if shared.registry.is_stopping() {
            return;
        }
        let Ok((socket, peer)) = accepted else {
            // No descriptors are left, or the peer has gone again. The others go on.
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        match check_peer(shared, peer.ip()) {
            Ok(()) => serve(shared, socket, peer, None),
            Err(failure) if may_listen_to_refused(shared) => serve(shared, socket, peer, Some(failure)),
            Err(failure) => refuse(shared, socket, &failure),
        }
    }
}

/// Whether a client may speak at all.
fn check_peer(shared: &Shared, peer: IpAddr) -> Result<(), Failure> {
    let options = &shared.options;
    let refused = |message: String| Err(Failure::fatal(sqlstate::NOT_ALLOWED, message));
    if !options.allowed_ips.is_empty() && !options.allowed_ips.iter().any(|network| network.contains(peer)) {
        return refused(format!("connections from {peer} are not allowed (allowed_ips)"));
    }
    if options.authentication == Authentication::Trust && !peer.to_canonical().is_loopback() {
        return refused(format!(
            "connections from {peer} are not allowed: without auth_method only this machine may connect"
        ));
    }
    if shared.registry.count() >= options.max_connections + WAITING_CONNECTIONS {
        return Err(too_many());
    }
    Ok(())
}

/// Whether there is room for one more client that is told why it is not let in once it has asked, as it expects.
fn may_listen_to_refused(shared: &Shared) -> bool {
    let registry = &shared.registry;
    let is_room = registry.count() < shared.options.max_connections + WAITING_CONNECTIONS;
    is_room && registry.refusing.load(Ordering::Relaxed) < REFUSED_CONNECTIONS
}

pub(crate) fn too_many() -> Failure {
    Failure::fatal(sqlstate::TOO_MANY_CONNECTIONS, "sorry, too many clients already")
}

/// Tells a client why it may not connect, without reading anything of it and without waiting for it.
fn refuse(shared: &Shared, mut socket: TcpStream, failure: &Failure) {
    shared.registry.rejected.fetch_add(1, Ordering::Relaxed);
    let mut reply = Reply::default();
    reply.failure(failure);
    let _gone = socket.set_nonblocking(true);
    let _gone = socket.write(reply.bytes());
    let _gone = socket.shutdown(Shutdown::Write);
}

/// Serves a client in a thread of its own, or tells it there why it is refused.
fn serve(shared: &Arc<Shared>, socket: TcpStream, peer: SocketAddr, refusal: Option<Failure>) {
    let Ok(copy) = socket.try_clone() else { return };
    let secret = shared.security.random_number();
    let number = shared.registry.enter(secret, copy);
    let is_refused = refusal.is_some();
    shared.registry.refusing.fetch_add(usize::from(is_refused), Ordering::Relaxed);
    let left = Leave { shared: shared.clone(), number, is_refused };
    let for_client = shared.clone();
    let name = format!("helios-client-{number}");
    let spawned = thread::Builder::new().name(name).spawn(move || {
        let _left = left;
        match refusal {
            Some(failure) => connection::refuse(&for_client, socket, &failure, REFUSED_PATIENCE),
            None => connection::run(&for_client, socket, peer, number, secret),
        }
    });
    if spawned.is_err() {
        shared.registry.rejected.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes note that a connection has ended, however it did.
struct Leave {
    shared: Arc<Shared>,
    number: i32,
    is_refused: bool,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.shared.advisory.leave(self.number);
        let registry = &self.shared.registry;
        registry.refusing.fetch_sub(usize::from(self.is_refused), Ordering::Relaxed);
        registry.leave(self.number);
    }
}
