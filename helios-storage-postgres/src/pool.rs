//! Connections that wait for work, and what is done when one is lost.

use std::time::Duration;

use helios_core::Result;
use helios_core::storage::remote::{Connections, Pauses};
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
    reading: Connections<Link>,
    committing: Connections<Link>,
}

impl Pool {
    pub(crate) fn new(options: &Options) -> Result<Pool> {
        Ok(Pool {
            config: options.config()?,
            tls: options.root_certificate.as_deref().map(Tls::of_file).transpose()?,
            timeout: options.timeout,
            reading: Connections::new(options.connections),
            committing: Connections::new(options.connections),
        })
    }

    /// How long a lost connection is tried to be made again.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many questions were asked since the last call, without those of upkeep.
    pub(crate) fn take_journeys(&self) -> u64 {
        self.reading.take_journeys() + self.committing.take_journeys()
    }

    pub(crate) fn check_open(&self) -> Result<()> {
        self.reading.check_open()
    }

    pub(crate) fn close(&self) {
        self.committing.close();
        self.reading.close();
    }

    fn connections(&self, purpose: Use) -> &Connections<Link> {
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
        let connections = self.connections(purpose);
        let mut link = match connections.take() {
            Some(link) => link,
            None => Link::connect(&self.config, self.tls.as_ref(), purpose == Use::Commit, self.timeout)?,
        };
        if purpose != Use::Upkeep {
            connections.count_journey();
        }
        let answer = ask(&mut link);
        if let Err(Failure::Lost(_)) = answer {
            connections.forget();
        } else {
            connections.give_back(link);
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
                Err(Failure::Refused(error, _)) => return Err(error),
                Err(failure) => pauses.wait(failure)?,
            }
        }
    }
}
