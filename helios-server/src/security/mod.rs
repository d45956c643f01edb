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
pub(crate) use users::UserChange;

/// What a server needs to know whom it speaks with.
pub(crate) struct Security {
    pub(crate) tls: Option<Tls>,
    authentication: Authentication,
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
            let password = Some(Some(password.clone()));
            users::set(database, name, &UserChange { password, may_write: None })?;
        }
        Ok(Security { tls, authentication: options.authentication, seed: random_bytes()? })
    }

    /// Whether somebody who was let in by this name may write, if that may be another answer than at the state `seen`;
    /// the inner `None` where nobody of this name is let in any more. Who changes users may be another process.
    ///
    /// # Errors
    /// Users cannot be read.
    pub(crate) fn may_write_since(
        &self,
        database: &Database,
        name: &str,
        seen: &mut Option<u64>,
    ) -> Result<Option<Option<bool>>> {
        // Only passwords need a user; other names are those of users who may do everything.
        let unknown = (self.authentication != Authentication::Password).then_some(true);
        let found = database.user_since(name, seen)?;
        Ok(found.map(|user| user.map_or(unknown, |user| Some(user.may_write))))
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

    /// Makes a user, or gives one another password or other rights.
    pub(crate) fn set_user(
        &self,
        database: &Database,
        name: &str,
        change: &UserChange,
        creates: bool,
    ) -> std::result::Result<(), Failure> {
        let exists = database.user(name)?.is_some();
        if creates && exists {
            return Err(Failure::new(sqlstate::DUPLICATE_OBJECT, format!("role \"{name}\" already exists")));
        }
        if !creates && !exists {
            return Err(no_user(name));
        }
        users::set(database, name, change).map_err(Failure::from)
    }

    /// Removes a user.
    pub(crate) fn drop_user(
        &self,
        database: &Database,
        name: &str,
        if_exists: bool,
    ) -> std::result::Result<(), Failure> {
        let was_there = database.set_user(name, None)?;
        if was_there || if_exists { Ok(()) } else { Err(no_user(name)) }
    }
}

fn no_user(name: &str) -> Failure {
    Failure::new(sqlstate::UNDEFINED_OBJECT, format!("role \"{name}\" does not exist"))
}
