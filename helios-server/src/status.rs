//! What a server counts, and the connections that it has.

use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use helios::Interrupt;
use parking_lot::{Condvar, Mutex};

/// The figures of a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Clients that are connected.
    pub active_connections: usize,
    /// Statements that were run.
    pub total_queries: u64,
    /// Clients that were let in.
    pub total_connections: u64,
    /// Clients that were not.
    pub rejected_connections: u64,
    /// Statements that failed.
    pub failed_queries: u64,
    /// How long it has been running.
    pub uptime: Duration,
    /// The version of helios.
    pub version: &'static str,
}

/// A connection, for others: to stop what it does, and to end it.
#[derive(Debug)]
struct Entry {
    secret: i32,
    interrupt: Option<Interrupt>,
    socket: TcpStream,
    /// When its statement has run for too long.
    due: Option<Instant>,
    /// Whether the statement was stopped because it was due.
    was_due: bool,
}

/// What all connections of a server share about each other.
#[derive(Debug)]
pub(crate) struct Registry {
    started: Instant,
    next_number: AtomicI32,
    entries: Mutex<HashMap<i32, Entry>>,
    /// Told when a connection ends.
    ended: Condvar,
    /// Clients that are let in.
    active: AtomicUsize,
    pub(crate) queries: AtomicU64,
    pub(crate) failures: AtomicU64,
    accepted: AtomicU64,
    pub(crate) rejected: AtomicU64,
    /// Clients that are about to be told why they are not let in.
    pub(crate) refusing: AtomicUsize,
    stopping: AtomicBool,
}

impl Registry {
    pub(crate) fn new() -> Registry {
        Registry {
            started: Instant::now(),
            next_number: AtomicI32::new(1),
            entries: Mutex::default(),
            ended: Condvar::new(),
            active: AtomicUsize::new(0),
            queries: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            refusing: AtomicUsize::new(0),
            stopping: AtomicBool::new(false),
        }
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            active_connections: self.active.load(Ordering::Relaxed),
            total_queries: self.queries.load(Ordering::Relaxed),
            total_connections: self.accepted.load(Ordering::Relaxed),
            rejected_connections: self.rejected.load(Ordering::Relaxed),
            failed_queries: self.failures.load(Ordering::Relaxed),
            uptime: self.started.elapsed(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// How many connections there are, let in or not.
    pub(crate) fn count(&self) -> usize {
        self.entries.lock().len()
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Takes note of a connection; answers with its number.
    pub(crate) fn enter(&self, secret: i32, socket: TcpStream) -> i32 {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed) & i32::MAX;
        let entry = Entry { secret, interrupt: None, socket, due: None, was_due: false };
        self.entries.lock().insert(number, entry);
        number
    }

    /// A connection has ended.
    pub(crate) fn leave(&self, number: i32) {
        self.entries.lock().remove(&number);
        self.ended.notify_all();
    }

    /// Lets a client in, if there are not as many as may be.
    pub(crate) fn admit(&self, most: usize) -> bool {
        let admit = |active: usize| (active < most).then_some(active + 1);
        let admitted = self.active.fetch_update(Ordering::SeqCst, Ordering::SeqCst, admit).is_ok();
        if admitted {
            self.accepted.fetch_add(1, Ordering::Relaxed);
        }
        admitted
    }

    /// A client that was let in has gone.
    pub(crate) fn release(&self) {
        self.active.fetch_sub(1, Ordering::SeqCst);
    }

    /// What stops the statements of a connection.
    pub(crate) fn set_interrupt(&self, number: i32, interrupt: Interrupt) {
        if let Some(entry) = self.entries.lock().get_mut(&number) {
            entry.interrupt = Some(interrupt);
        }
    }

    /// Stops the statement of another connection, if the secret is right.
    pub(crate) fn cancel(&self, number: i32, secret: i32) {
        if let Some(entry) = self.entries.lock().get(&number)
            && entry.secret == secret
            && let Some(interrupt) = &entry.interrupt
        {
            interrupt.raise();
        }
    }

    /// A statement of a connection begins that has to end by then, or one ends.
    pub(crate) fn set_due(&self, number: i32, due: Option<Instant>) {
        if let Some(entry) = self.entries.lock().get_mut(&number) {
            entry.due = due;
            entry.was_due = false;
        }
    }

    /// Whether the statement of a connection was stopped because its time was up.
    pub(crate) fn was_due(&self, number: i32) -> bool {
        self.entries.lock().get(&number).is_some_and(|entry| entry.was_due)
    }

    /// Stops statements whose time is up.
    pub(crate) fn stop_due(&self) {
        let now = Instant::now();
        for entry in self.entries.lock().values_mut() {
            if entry.due.is_some_and(|due| due <= now) {
                entry.due = None;
                entry.was_due = true;
                entry.interrupt.iter().for_each(Interrupt::raise);
            }
        }
    }

    /// Ends all connections: what runs is stopped, and nobody is waited for longer than `patience`.
    pub(crate) fn stop(&self, patience: Duration) {
        self.stopping.store(true, Ordering::SeqCst);
        let until = Instant::now() + patience;
        let mut entries = self.entries.lock();
        for entry in entries.values() {
            entry.interrupt.iter().for_each(Interrupt::raise);
            // Whoever waits for the client sees the end, and tells it good-bye.
            let _gone_already = entry.socket.shutdown(Shutdown::Read);
        }
        while !entries.is_empty() {
            if self.ended.wait_until(&mut entries, until).timed_out() {
                for entry in entries.values() {
                    let _gone_already = entry.socket.shutdown(Shutdown::Both);
                }
                return;
            }
            entries.values().for_each(|entry| entry.interrupt.iter().for_each(Interrupt::raise));
        }
    }
}
