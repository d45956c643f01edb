//! A proxy between clients and a server, both on the loopback interface: it cuts connections in the middle of what they say,
//! is slow, or says nothing at all.
//!
//! In: the port of a server, and faults, which may change at any time. Out: a port for clients. Where a connection is cut
//! follows from a seed and from the order in which connections were made.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use crate::TestResult;
use crate::seed::Numbers;

/// What is wrong with a network. Nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A connection is cut after so many bytes on the average, those of both directions; never if 0.
    pub cut_after_bytes: usize,
    /// Each piece of what is said takes so much longer.
    pub delay: Duration,
    /// Connections stay, but nobody hears the other.
    pub is_silent: bool,
}

/// A proxy, which ends with its owner.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    server: u16,
    faults: Mutex<Faults>,
    numbers: Mutex<Numbers>,
    /// What connections say before they are cut, in bytes.
    left: Mutex<Vec<Weak<AtomicI64>>>,
    is_over: AtomicBool,
}

/// How often a thread that waits for something to be said looks whether it is over.
const TICK: Duration = Duration::from_millis(20);

/// So many bytes are a piece at most.
const PIECE_BYTES: usize = 4096;

impl Proxy {
    /// A proxy in front of a port, without faults.
    ///
    /// # Errors
    /// There is no free port.
    pub fn start(server: u16, seed: u64) -> TestResult<Proxy> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let numbers = Mutex::new(Numbers::new(seed));
        let shared = Arc::new(Shared {
            server,
            faults: Mutex::default(),
            numbers,
            left: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let listening = std::thread::spawn({
            let shared = shared.clone();
            move || listen(&listener, &shared)
        });
        Ok(Proxy { port, shared, listening: Some(listening) })
    }

    /// The port for clients.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, this is wrong, with connections that are there and with new ones.
    pub fn set(&self, faults: Faults) {
        *self.shared.faults.lock() = faults;
        let mut all = self.shared.left.lock();
        all.retain(|left| left.strong_count() > 0);
        for left in all.iter().filter_map(Weak::upgrade) {
            left.store(self.shared.draw(), Ordering::SeqCst);
        }
    }
}

impl Shared {
    /// What a connection says before it is cut, in bytes.
    fn draw(&self) -> i64 {
        match self.faults.lock().cut_after_bytes {
            0 => i64::MAX,
            average => self.numbers.lock().below(2 * average) as i64,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        // One more connection, so that the listener looks.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming().flatten() {
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        // A server that is not there looks to the client like a connection that is cut at once.
        let Ok(server) = TcpStream::connect(("127.0.0.1", shared.server)) else { continue };
        let left = Arc::new(AtomicI64::new(shared.draw()));
        shared.left.lock().push(Arc::downgrade(&left));
        let both = || Ok::<_, std::io::Error>((client.try_clone()?, server.try_clone()?));
        let Ok((client_out, server_out)) = both() else { continue };
        for (from, to) in [(client, server_out), (server, client_out)] {
            let (shared, left) = (shared.clone(), left.clone());
            std::thread::spawn(move || {
                if forward(&from, &to, &shared, &left).is_ok_and(|is_ended| is_ended) {
                    let _ = to.shutdown(Shutdown::Write);
                } else {
                    // Both sides hear of it.
                    let _ = from.shutdown(Shutdown::Both);
                    let _ = to.shutdown(Shutdown::Both);
                }
            });
        }
    }
}

/// Hands on what one side says, until it says no more, or, which is false, the connection is cut.
fn forward(
    mut from: &TcpStream,
    mut to: &TcpStream,
    shared: &Shared,
    left: &AtomicI64,
) -> std::io::Result<bool> {
    from.set_read_timeout(Some(TICK))?;
    to.set_nodelay(true)?;
    let mut piece = [0; PIECE_BYTES];
    while !shared.is_over.load(Ordering::SeqCst) {
        let length = match from.read(&mut piece) {
            Ok(0) => return Ok(true),
            Ok(length) => length,
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => continue,
            Err(error) => return Err(error),
        };
        std::thread::sleep(shared.faults.lock().delay);
        while shared.faults.lock().is_silent && !shared.is_over.load(Ordering::SeqCst) {
            std::thread::sleep(TICK);
        }
        let before = left.fetch_sub(length as i64, Ordering::SeqCst);
        if before < length as i64 {
            // In the middle of what it says.
            to.write_all(&piece[..before.max(0) as usize])?;
            return Ok(false);
        }
        to.write_all(&piece[..length])?;
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that answers with what it hears.
    fn echo() -> TestResult<u16> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let Ok(mut out) = client.try_clone() else { return };
                    let _ = std::io::copy(&mut &client, &mut out);
                    let _ = client.shutdown(Shutdown::Both);
                });
            }
        });
        Ok(port)
    }

    /// So many of 1000 bytes come back.
    fn come_back(proxy: &Proxy) -> TestResult<usize> {
        let mut client = TcpStream::connect(("127.0.0.1", proxy.port()))?;
        let mut back = Vec::new();
        if client.write_all(&[7; 1000]).and_then(|()| client.shutdown(Shutdown::Write)).is_ok() {
            // A connection that is cut may be an error to who reads.
            let _ = client.read_to_end(&mut back);
        }
        Ok(back.len())
    }

    #[test]
    fn connections_are_cut_where_the_seed_says() -> TestResult {
        let server = echo()?;
        let run = || -> TestResult<Vec<bool>> {
            let proxy = Proxy::start(server, 3)?;
            proxy.set(Faults { cut_after_bytes: 2000, ..Faults::default() });
            (0..20).map(|_| Ok(come_back(&proxy)? == 1000)).collect()
        };
        let whole = run()?;
        assert!(whole.contains(&true) && whole.contains(&false), "{whole:?}");
        assert_eq!(whole, run()?);
        Ok(())
    }
}
