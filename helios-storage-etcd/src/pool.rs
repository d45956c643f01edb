//! Connections that wait for work, and what is done when one is lost.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

use crate::link::{Failure, Link};
use crate::options::{Endpoint, Options, wrong};
use crate::tls::Tls;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// What a statement waits for.
    Statement,
    /// What is done beside, and is no journey of a statement.
    Upkeep,
}

/// What lets us in.
pub(crate) struct Access {
    pub(crate) tls: Option<Tls>,
    /// Name and password.
    pub(crate) user: Option<(String, String)>,
}

/// The connections of one handle.
pub(crate) struct Pool {
    members: Vec<Endpoint>,
    /// The member that is asked first: the last one that has answered.
    member: AtomicUsize,
    access: Access,
    timeout: Duration,
    most: usize,
    waiting: Mutex<Vec<Link>>,
    is_closed: AtomicBool,
    journeys: AtomicU64,
}

/// One attempt takes so long at most: others may answer.
const ATTEMPT: Duration = Duration::from_secs(4);

impl Pool {
    pub(crate) fn new(options: &Options) -> Result<Pool> {
        let user = match (&options.user, &options.password) {
            (Some(user), Some(password)) => Some((user.clone(), password.clone())),
            (None, None) => None,
            (Some(_), None) => return Err(wrong("user needs a password")),
            (None, Some(_)) => return Err(wrong("a password needs user")),
        };
        Ok(Pool {
            members: options.members()?,
            member: AtomicUsize::new(0),
            access: Access { tls: Tls::new(options)?, user },
            timeout: options.timeout,
            most: options.connections.max(1),
            waiting: Mutex::default(),
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
        self.waiting.lock().clear();
    }

    /// A new connection, to the member whose turn it is.
    fn connect(&self) -> Result<Link, Failure> {
        let member = self.member.load(Ordering::SeqCst);
        let link = Link::connect(
            &self.members[member % self.members.len()],
            &self.access,
            self.timeout.min(ATTEMPT),
        );
        if let Err(Failure::Lost(_) | Failure::Again(_)) = link {
            self.turn_to_next(member);
        }
        link
    }

    fn turn_to_next(&self, from: usize) {
        // If somebody else has turned already, that is enough.
        let next = from.wrapping_add(1);
        let _ = self.member.compare_exchange(from, next, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Asks once, on a connection that waits or on a new one.
    pub(crate) fn once<T>(
        &self,
        purpose: Use,
        ask: impl FnOnce(&mut Link) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.check_open().map_err(Failure::Refused)?;
        let (member, waiting) = (self.member.load(Ordering::SeqCst), self.waiting.lock().pop());
        let mut link = match waiting {
            Some(link) => link,
            None => self.connect()?,
        };
        if purpose == Use::Statement {
            self.journeys.fetch_add(1, Ordering::SeqCst);
        }
        let answer = ask(&mut link);
        let mut waiting = self.waiting.lock();
        if let Err(Failure::Lost(_) | Failure::Again(_)) = answer {
            // Most likely the others are lost, too.
            waiting.clear();
            self.turn_to_next(member);
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
                Err(failure @ (Failure::Lost(_) | Failure::Again(_))) => patience.wait(failure)?,
                Err(failure) => return Err(failure.into_error()),
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
