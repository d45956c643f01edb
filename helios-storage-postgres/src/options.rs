//! Where the server is, and how it is reached.

use std::path::PathBuf;
use std::time::Duration;

use helios_core::storage::{Capabilities, Limits};
use helios_core::{Error, ErrorKind, Result};
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

/// The options of the driver: `[storage.postgres]` of `helios.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The server and the database, as `postgres://user:password@host:port/database` or as `host=… user=…`.
    pub url: String,
    /// The password, if it does not stand in the URL.
    pub password: Option<String>,
    /// A file with the certificates of those who may have signed the server's. With it, the connection is sealed.
    pub root_certificate: Option<PathBuf>,
    /// How long a lost connection is tried to be made again before an error is given.
    pub timeout: Duration,
    /// So many connections wait for work at most.
    pub connections: usize,
    /// Refuse commits.
    pub read_only: bool,
    /// Make the tables if they do not exist.
    pub create: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            url: String::new(),
            password: None,
            root_certificate: None,
            timeout: Duration::from_secs(10),
            connections: 8,
            read_only: false,
            create: true,
        }
    }
}

/// A key of an index of PostgreSQL has less than a third of a page.
pub(crate) const MOST_KEY_BYTES: usize = 2560;

/// A value of PostgreSQL has less than a gigabyte, written as text or not.
pub(crate) const MOST_VALUE_BYTES: usize = 256 << 20;

impl Options {
    /// What the driver can do.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            persistent: true,
            durable: true,
            many_processes: true,
            online_compaction: true,
            page_encryption: false,
            limits: Limits { key_bytes: MOST_KEY_BYTES, value_bytes: MOST_VALUE_BYTES, ..Limits::NONE },
        }
    }

    /// How the client reaches the server.
    ///
    /// # Errors
    /// The URL says nothing that a server could be found by, or asks for TLS without certificates to compare with.
    pub(crate) fn config(&self) -> Result<Config> {
        let wrong =
            |what: String| Error::new(ErrorKind::CannotOpen, "unable to open database file").caused_by(what);
        if self.url.is_empty() {
            return Err(wrong("[storage.postgres] url is not set".to_owned()));
        }
        let mut config: Config =
            self.url.parse().map_err(|error| wrong(format!("[storage.postgres] url: {error}")))?;
        if let Some(password) = &self.password {
            config.password(password);
        }
        match (&self.root_certificate, config.get_ssl_mode()) {
            (Some(_), SslMode::Disable) => {
                return Err(wrong("sslmode=disable, and a root_certificate".to_owned()));
            }
            (Some(_), _) => config.ssl_mode(SslMode::Require),
            (None, SslMode::Require) => {
                return Err(wrong("sslmode=require needs [storage.postgres] root_certificate".to_owned()));
            }
            (None, _) => config.ssl_mode(SslMode::Disable),
        };
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(self.timeout);
        }
        if config.get_application_name().is_none() {
            config.application_name("helios");
        }
        Ok(config)
    }
}
