//! Settings of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use helios::config::{AuthMethod, ServerConfig, TlsConfig};
use helios::{Error, ErrorKind, Result};

use crate::Network;

/// How clients show who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Authentication {
    /// Not at all: only clients of this machine may connect, by any name.
    #[default]
    Trust,
    /// With a password (SCRAM-SHA-256).
    Password,
    /// With a certificate, whose common name is the user's.
    Certificate,
}

/// Files with what TLS needs, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate, and those above it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The certificates that sign those of clients.
    pub authority: Option<PathBuf>,
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address or the name to listen at.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// How many clients may be connected at once.
    pub max_connections: usize,
    /// How long a client may take to connect.
    pub connection_timeout: Duration,
    /// How clients show who they are.
    pub authentication: Authentication,
    /// TLS, which clients must use where it is given and they are of another machine.
    pub tls: Option<TlsFiles>,
    /// The networks that clients may be of; empty for all.
    pub allowed_ips: Vec<Network>,
    /// How long a client may do nothing within a transaction; zero for ever.
    pub idle_in_transaction_timeout: Duration,
    /// How long a statement may run where the client says nothing of it; zero for ever.
    pub statement_timeout: Duration,
    /// How long a writer waits for another.
    pub lock_timeout: Duration,
    /// Users that are made or get this password when the server starts.
    pub users: Vec<(String, String)>,
    /// Where metrics and health are told.
    pub http: Option<SocketAddr>,
}

impl Options {
    /// The settings of `[server]`.
    ///
    /// # Errors
    /// A network or an address that is none.
    pub fn of_config(config: &ServerConfig) -> Result<Options> {
        let wrong =
            |key: &str, error: String| Error::new(ErrorKind::Misuse, format!("server.{key}: {error}"));
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        let allowed = config.allowed_ips.iter().map(|network| network.parse());
        let http = match config.http.as_str() {
            "" => None,
            address => Some(address.parse().map_err(|_| {
                wrong("http", format!("no address with a port such as 127.0.0.1:8080: {address:?}"))
            })?),
        };
        Ok(Options {
            host: config.host.clone(),
            port: config.port,
            max_connections: config.max_connections as usize,
            connection_timeout: seconds(config.connection_timeout),
            authentication: match config.auth_method {
                AuthMethod::Password => Authentication::Password,
                AuthMethod::Certificate => Authentication::Certificate,
                _ => Authentication::Trust,
            },
            tls: tls_files(&config.tls)?,
            allowed_ips: allowed
                .collect::<std::result::Result<_, _>>()
                .map_err(|error| wrong("allowed_ips", error))?,
            idle_in_transaction_timeout: seconds(config.idle_in_transaction_timeout),
            statement_timeout: seconds(config.statement_timeout),
            http,
            ..Options::default()
        })
    }
}

/// The files that are named; none or both of certificate and key.
fn tls_files(config: &TlsConfig) -> Result<Option<TlsFiles>> {
    if config.cert.is_empty() && config.key.is_empty() && config.ca.is_empty() {
        return Ok(None);
    }
    if config.cert.is_empty() || config.key.is_empty() {
        return Err(Error::new(ErrorKind::Misuse, "server.tls: TLS needs both cert and key"));
    }
    Ok(Some(TlsFiles {
        certificate: config.cert.clone().into(),
        key: config.key.clone().into(),
        authority: Some(&config.ca).filter(|ca| !ca.is_empty()).map(PathBuf::from),
    }))
}

impl Default for Options {
    fn default() -> Options {
        Options {
            host: "127.0.0.1".to_owned(),
            port: 5432,
            max_connections: 100,
            connection_timeout: Duration::from_secs(30),
            authentication: Authentication::Trust,
            tls: None,
            allowed_ips: Vec::new(),
            idle_in_transaction_timeout: Duration::from_secs(60),
            statement_timeout: Duration::ZERO,
            lock_timeout: Duration::from_secs(5),
            users: Vec::new(),
            http: None,
        }
    }
}
