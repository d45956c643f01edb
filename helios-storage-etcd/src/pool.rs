//! Connections that wait for work, and what is done when one is lost.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use helios_core::Result;
use helios_core::storage::remote::{Connections, Pauses};

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
    connections: Connections<Link>,
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
            connections: Connections::new(options.connections),
        })
    }

    /// How long a lost connection is tried to be made again.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many questions were asked since the last call, without those of upkeep.
    pub(crate) fn take_journeys(&self) -> u64 {
        self.connections.take_journeys()
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        self.connections.check_open()
    }

    pub(crate) fn close(&self) {
        self.connections.close();
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
        let (member, waiting) = (self.member.load(Ordering::SeqCst), self.connections.take());
        let mut link = match waiting {
            Some(link) => link,
            None => self.connect()?,
        };
        if purpose == Use::Statement {
            self.connections.count_journey();
        }
        let answer = ask(&mut link);
        if let Err(Failure::Lost(_) | Failure::Again(_)) = answer {
            self.connections.forget();
            self.turn_to_next(member);
        } else {
            self.connections.give_back(link);
        }
        answer
    }

    /// Asks for something that does no harm when it is done twice, until there is an answer or the time is up.
    pub(crate) fn ask<T>(
        &self,
        purpose: Use,
        mut ask: impl FnMut(&mut Link) -> Result<T, Failure>,
    ) -> Result<T> {
        let mut pauses = Pauses::new(self.timeout);
        loop {
            match self.once(purpose, &mut ask) {
                Ok(answer) => return Ok(answer),
                Err(failure @ (Failure::Lost(_) | Failure::Again(_))) => pauses.wait(failure)?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }
}
