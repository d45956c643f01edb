//! What a client is told that went wrong.

use std::io;

use helios::sql::BrokenConstraint;
use helios::{Broken, Error};

use crate::sqlstate;
use crate::wire::Severity;

/// An error or a notice on its way to a client.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) severity: Severity,
    /// The SQLSTATE.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
    /// Where it comes from, where that is known.
    pub(crate) origin: Option<Box<Origin>>,
    /// SQLite's code and its name, where it is an error of the engine.
    pub(crate) sqlite: Option<(i32, &'static str)>,
    /// The constraint that does not hold, as the engine tells of it.
    pub(crate) broken: Option<Box<Broken>>,
    /// The constraint as a client of PostgreSQL is told of it.
    pub(crate) constraint: Option<Box<BrokenConstraint>>,
}

/// Where an error comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// The byte of the statement that it is about.
    pub(crate) place: Option<usize>,
    /// The same as the number of a letter in the client's text, from 1 on.
    pub(crate) position: Option<usize>,
    /// What was being done.
    pub(crate) context: Option<String>,
}

impl Failure {
    /// The error with what was being done.
    pub(crate) fn in_context(self, context: Option<String>) -> Failure {
        let known = self.origin.as_deref().cloned().unwrap_or_default();
        Failure { origin: Some(Box::new(Origin { context, ..known })), ..self }
    }

    /// An error of a statement.
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Failure {
        Failure {
            severity: Severity::Error,
            code,
            message: message.into(),
            detail: None,
            origin: None,
            sqlite: None,
            broken: None,
            constraint: None,
        }
    }

    /// An error that ends the connection.
    pub(crate) fn fatal(code: &'static str, message: impl Into<String>) -> Failure {
        Failure { severity: Severity::Fatal, ..Failure::new(code, message) }
    }

    /// What is not there.
    pub(crate) fn unsupported(what: impl Into<String>) -> Failure {
        Failure::new(sqlstate::FEATURE_NOT_SUPPORTED, what)
    }

    /// A message that says what cannot be.
    pub(crate) fn protocol_error(message: impl Into<String>) -> Failure {
        Failure::new(sqlstate::PROTOCOL_VIOLATION, message)
    }

    /// A message that breaks the protocol.
    pub(crate) fn protocol(message: impl Into<String>) -> Failure {
        Failure::fatal(sqlstate::PROTOCOL_VIOLATION, message)
    }

    /// Bytes that could not be read as a message.
    pub(crate) fn of_read(error: &io::Error) -> Option<Failure> {
        (error.kind() == io::ErrorKind::InvalidData).then(|| Failure::protocol(error.to_string()))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let kind = error.kind();
        let sqlite = Some((kind.sqlite_code(), kind.sqlite_name()));
        let broken = error.broken().cloned().map(Box::new);
        let origin = error.place().map(|place| Box::new(Origin { place: Some(place), ..Origin::default() }));
        Failure { sqlite, broken, origin, ..Failure::new(sqlstate::of(&error), error.message()) }
    }
}
