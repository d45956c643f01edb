//! Slow statements, for Python's `logging`.
//!
//! In: statements as the engine tells them. Out: warnings of one logger. Those of a connection are logged in the thread that
//! runs them. Those of a server's clients wait for a thread of the server's own: a client waits neither for the
//! interpreter nor for what a program's handlers do.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use helios::sql::{SlowLog, SlowStatement};
use pyo3::prelude::*;

use super::Caller;

/// The logger.
const LOGGER: &str = "heliosdb_sqlite.slow_queries";

/// So many statements of a server's clients may wait to be logged; what comes then is only counted.
const MOST_WAITING: usize = 1000;

/// Tells a slow statement as a warning.
pub(crate) fn tell_slow(caller: &Caller, statement: &SlowStatement<'_>) {
    caller.call_alone(|py| {
        if let Err(exception) = warn(py, statement) {
            exception.write_unraisable(py, None);
        }
    });
}

fn warn(py: Python<'_>, statement: &SlowStatement<'_>) -> PyResult<()> {
    let SlowStatement { text, branch, took, rows, failed, .. } = *statement;
    let milliseconds = took.as_micros() as f64 / 1000.0;
    let message = if failed { "%.3f ms, %d rows, failed, on %s: %s" } else { "%.3f ms, %d rows, on %s: %s" };
    logger(py)?.call_method1("warning", (message, milliseconds, rows, branch, text))?;
    Ok(())
}

fn logger(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("logging")?.call_method1("getLogger", (LOGGER,))
}

/// A slow statement that waits to be logged.
#[derive(Debug)]
struct Told {
    text: String,
    branch: String,
    took: Duration,
    rows: u64,
    failed: bool,
}

/// The thread that logs the slow statements of a server's clients. It ends when nobody is left who tells any.
#[derive(Debug)]
pub(crate) struct SlowLogger {
    sender: Mutex<Option<SyncSender<Told>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Statements that found no room among those that wait.
    lost: Arc<AtomicU64>,
}

impl SlowLogger {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(crate) fn start() -> std::io::Result<Arc<SlowLogger>> {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = lost.clone();
        let builder = std::thread::Builder::new().name("helios-slow-queries".to_owned());
        let thread = builder.spawn(move || log_all(&receiver, &counted))?;
        Ok(Arc::new(SlowLogger { sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), lost }))
    }

    /// What the sessions of a server tell.
    pub(crate) fn log(self: &Arc<SlowLogger>) -> Arc<SlowLog> {
        let logger = self.clone();
        Arc::new(move |statement| logger.tell(statement))
    }

    fn tell(&self, statement: &SlowStatement<'_>) {
        let SlowStatement { text, branch, took, rows, failed, .. } = *statement;
        let told = Told { text: text.to_owned(), branch: branch.to_owned(), took, rows, failed };
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        if sender.as_ref().is_some_and(|sender| sender.try_send(told).is_err()) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes no more.
    pub(crate) fn end(&self) {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// Takes no more, and waits until what was told is logged. The interpreter must be free meanwhile.
    pub(crate) fn finish(&self) {
        self.end();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A handler may be what stops the server.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _panicked = thread.join();
        }
    }
}

/// Logs what is told until nobody is left. Where the interpreter is about to end, nothing is logged any more.
fn log_all(told: &Receiver<Told>, lost: &AtomicU64) {
    while let Ok(Told { text, branch, took, rows, failed }) = told.recv() {
        let attached = Python::try_attach(|py| {
            let statement = SlowStatement { text: &text, branch: &branch, took, rows, failed };
            if let Err(exception) = warn(py, &statement).and_then(|()| warn_of_lost(py, lost)) {
                exception.write_unraisable(py, None);
            }
        });
        if attached.is_none() {
            return;
        }
    }
}

fn warn_of_lost(py: Python<'_>, lost: &AtomicU64) -> PyResult<()> {
    match lost.swap(0, Ordering::Relaxed) {
        0 => Ok(()),
        count => {
            let message = "%d slow statements came too fast to be logged";
            logger(py)?.call_method1("warning", (message, count)).map(drop)
        }
    }
}
