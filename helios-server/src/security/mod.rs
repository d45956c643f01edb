//! Who clients are: passwords that are kept as verifiers, certificates, TLS.
//!
//! Verifiers are kept beside the database's contents, not in a table: no query reads them, no branch and no moment has
//! others.

mod certificate;
mod scram;
mod tls;
mod users;

use std::fmt;
use std::io;

use helios::{Database, Error, ErrorKind, Result};

use crate::failure::Failure;
use crate::options::{Authentication, Options};
use crate::server::Shared;
use crate::sqlstate;
use crate::wire::{Channel, Stream};
pub(crate) use tls::Tls;

/// What a server needs to know whom it speaks with.
pub(crate) struct Security {
    pub(crate) tls: Option<Tls>,
    authentication: Authentication,
    is_read_only: bool,
    /// Makes up what users that do not exist would have.
    seed: [u8; 32],
}

impl fmt::Debug for Security {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Security").field("authentication", &self.authentication).finish_non_exhaustive()
    }
}

/// Bytes that nobody can guess.
pub(super) fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, format!("no random numbers: {error}")))?;
    Ok(bytes)
}

impl Security {
    pub(crate) fn new(database: &Database, options: &Options) -> Result<Security> {
        let needs_authority = options.authentication == Authentication::Certificate;
        let tls = match &options.tls {
            Some(files) => Some(Tls::of_files(files, needs_authority)?),
            None if needs_authority => {
                return Err(Error::new(ErrorKind::Misuse, "certificates of clients need TLS"));
            }
            None => None,
        };
        for (name, password) in &options.users {
            users::set(database, name, Some(password))?;
        }
        Ok(Security {
            tls,
            authentication: options.authentication,
            is_read_only: false,
            seed: random_bytes()?,
        })
    }

    /// Whether nobody may write.
    pub(crate) fn is_read_only(&self) -> bool {
        self.is_read_only
    }

    /// A number that nobody can guess.
    pub(crate) fn random_number(&self) -> i32 {
        random_bytes().map_or(0, i32::from_be_bytes)
    }

    /// Has a client show that it is who it says it is.
    pub(crate) fn authenticate(
        &self,
        shared: &Shared,
        channel: &mut Channel,
        user: &str,
    ) -> io::Result<std::result::Result<(), Failure>> {
        match self.authentication {
            Authentication::Trust => Ok(Ok(())),
            Authentication::Password => {
                let known = match shared.database().and_then(|database| users::verifier(&database, user)) {
                    Ok(known) => known,
                    Err(error) => return Ok(Err(error.into())),
                };
                scram::authenticate(channel, user, known, &self.seed)
            }
            Authentication::Certificate => {
                let name = match channel.stream() {
                    Stream::Tls(tls) => tls
                        .conn
                        .peer_certificates()
                        .and_then(|chain| certificate::common_name(chain.first()?.as_ref())),
                    Stream::Plain(_) => None,
                };
                Ok(match name {
                    Some(name) if name == user => Ok(()),
                    _ => {
                        let message = format!("certificate authentication failed for user \"{user}\"");
                        Err(Failure::fatal(sqlstate::NOT_ALLOWED, message))
                    }
                })
            }
        }
    }

    /// Makes a user, or gives one another password.
    pub(crate) fn set_user(
        &self,
        database: &Database,
        name: &str,
        password: Option<&str>,
        creates: bool,
    ) -> std::result::Result<(), Failure> {
        let exists = users::exists(database, name)?;
        if creates && exists {
            return Err(Failure::new(sqlstate::DUPLICATE_OBJECT, format!("role \"{name}\" already exists")));
        }
        if !creates && !exists {
            return Err(no_user(name));
        }
        Ok(users::set(database, name, password)?)
    }

    /// Removes a user.
    pub(crate) fn drop_user(
        &self,
        database: &Database,
        name: &str,
        if_exists: bool,
    ) -> std::result::Result<(), Failure> {
        match users::remove(database, name)? {
            true => Ok(()),
            false if if_exists => Ok(()),
            false => Err(no_user(name)),
        }
    }
}

fn no_user(name: &str) -> Failure {
    Failure::new(sqlstate::UNDEFINED_OBJECT, format!("role \"{name}\" does not exist"))
}
