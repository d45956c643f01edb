//! Ctrl-C: what runs is stopped; where nothing runs, the program ends.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use helios::Interrupt;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;

/// What a shell ends with that was interrupted: 128 and the number of the signal.
const INTERRUPTED: i32 = 130;

/// What happens when the program is interrupted.
#[derive(Clone, Debug)]
pub(crate) struct Interrupts {
    running: Arc<Mutex<Option<Interrupt>>>,
    seen: Arc<AtomicBool>,
}

impl Interrupts {
    /// Begins to listen for interrupts.
    pub(crate) fn listen() -> io::Result<Interrupts> {
        let interrupts = Interrupts { running: Arc::default(), seen: Arc::default() };
        let mut signals = Signals::new([SIGINT])?;
        let listening = interrupts.clone();
        std::thread::Builder::new().name("interrupts".to_owned()).spawn(move || {
            for _ in signals.forever() {
                let running = listening.running.lock().unwrap_or_else(PoisonError::into_inner);
                listening.seen.store(true, Ordering::SeqCst);
                match &*running {
                    Some(interrupt) => interrupt.raise(),
                    None => std::process::exit(INTERRUPTED),
                }
            }
        })?;
        Ok(interrupts)
    }

    /// Has interrupts stop what runs with this handle, until what is returned is dropped.
    pub(crate) fn stops(&self, interrupt: Interrupt) -> Running<'_> {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(interrupt);
        Running(self)
    }

    /// Whether there was an interrupt since this was asked last.
    pub(crate) fn take(&self) -> bool {
        self.seen.swap(false, Ordering::SeqCst)
    }
}

/// Something runs that interrupts stop.
#[derive(Debug)]
pub(crate) struct Running<'i>(&'i Interrupts);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        *self.0.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
