//! Connections that wait for work, and what is done when one is lost.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use crate::link::{Failure, Link};
use crate::options::Options;
use crate::tls::Tls;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Reading, and what is one row.
    Read,
    /// Commits.
    Commit,
    /// What is done beside, and is no journey of a statement.
    Upkeep,
}

/// The connections of one handle.
pub(crate) struct Pool {
    config: Config,
    tls: Option<Tls>,
    timeout: Duration,
    most: usize,
    reading: Mutex<Vec<Link>>,
    committing: Mutex<Vec<Link>>,
    is_closed: AtomicBool,
    journeys: AtomicU64,
}

impl Pool {
    pub(crate) fn new(options: &Options) -> Result<Pool> {
        Ok(Pool {
            config: options.config()?,
            tls: options.root_certificate.as_deref().map(Tls::of_file).transpose()?,
            timeout: options.timeout,
            most: options.connections.max(1),
            reading: Mutex::default(),
            committing: Mutex::default(),
            is_closed: AtomicBool::new(false),
            journeys: AtomicU64::new(0),
        })
    }

    /// How long a lost connection is tried to be made again.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many questions were asked since the last call, without those of upkeep.
    pub(crate) fn take_journeys(&self) -> u64 {
        self.journeys.swap(0, Ordering::SeqCst)
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        match self.is_closed.load(Ordering::SeqCst) {
            true => Err(Error::new(ErrorKind::Misuse, "the store is closed")),
            false => Ok(()),
        }
    }

    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.reading.lock().clear();
        self.committing.lock().clear();
    }

    fn waiting(&self, purpose: Use) -> &Mutex<Vec<Link>> {
        match purpose {
            Use::Read | Use::Upkeep => &self.reading,
            Use::Commit => &self.committing,
        }
    }

    /// Asks once, on a connection that waits or on a new one.
    pub(crate) fn once<T>(
        &self,
        purpose: Use,
        ask: impl FnOnce(&mut Link) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.check_open().map_err(|error| Failure::Refused(error, SqlState::SUCCESSFUL_COMPLETION))?;
        let waiting = self.waiting(purpose).lock().pop();
        let mut link = match waiting {
            Some(link) => link,
            None => Link::connect(&self.config, self.tls.as_ref(), purpose == Use::Commit, self.timeout)?,
        };
        if purpose != Use::Upkeep {
            self.journeys.fetch_add(1, Ordering::SeqCst);
        }
        let answer = ask(&mut link);
        let mut waiting = self.waiting(purpose).lock();
        if let Err(Failure::Lost(_)) = answer {
            // Most likely the others are lost, too.
            waiting.clear();
        } else if waiting.len() < self.most && !self.is_closed.load(Ordering::SeqCst) {
            waiting.push(link);
        }
        answer
    }

    /// Asks for something that does no harm when it is done twice, until there is an answer or the time is up.
    pub(crate) fn ask<T>(
        &self,
        purpose: Use,
        mut ask: impl FnMut(&mut Link) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut patience = Patience::new(self.timeout);
        loop {
            match self.once(purpose, &mut ask) {
                Ok(answer) => return Ok(answer),
                Err(Failure::Refused(error, _)) => return Err(error),
                Err(failure) => patience.wait(failure)?,
            }
        }
    }
}

/// Growing pauses, until the time is up.
pub(crate) struct Patience {
    deadline: Instant,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new(timeout: Duration) -> Patience {
        Patience { deadline: Instant::now() + timeout, pause: Duration::from_millis(1) }
    }

    /// Waits a little after a failure; the failure when the time is up.
    pub(crate) fn wait(&mut self, failure: Failure) -> Result<()> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(failure.into_error());
        }
        std::thread::sleep(self.pause.min(left));
        self.pause = (self.pause * 2).min(Duration::from_millis(200));
        Ok(())
    }
}
