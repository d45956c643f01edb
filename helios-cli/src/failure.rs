//! How a command fails: a sentence for people, and what the process ends with.

use std::fmt;
use std::io;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    /// Whether nobody reads the output any more, so that there is nobody to be told of it.
    is_broken_pipe: bool,
}

/// What a command gives, or why it failed.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure that says `message`.
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), is_broken_pipe: false }
    }

    /// Whether the reader of the output has gone.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.is_broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<helios::Error> for Failure {
    fn from(error: helios::Error) -> Failure {
        let mut message = error.message().to_owned();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            let said = cause.to_string();
            // Many messages have what the cause says in them.
            if !message.contains(&said) {
                message.push_str(&format!(": {said}"));
            }
            source = cause.source();
        }
        Failure::new(message)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        let is_broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Failure { message: error.to_string(), is_broken_pipe }
    }
}

#[cfg(feature = "parquet")]
impl From<parquet::errors::ParquetError> for Failure {
    fn from(error: parquet::errors::ParquetError) -> Failure {
        Failure::new(error.to_string())
    }
}

/// A failure about a file, with its name.
pub(crate) fn about(path: impl fmt::Display, error: &io::Error) -> Failure {
    Failure::new(format!("{path}: {error}"))
}
