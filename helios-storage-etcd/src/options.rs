//! Where the cluster is, and how it is reached.

use std::path::PathBuf;
use std::time::Duration;

use helios_core::storage::{Capabilities, Limits};
use helios_core::{Error, ErrorKind, Result};

/// The options of the driver: `[storage.etcd]` of `helios.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The members of the cluster, as `http://host:2379` or `https://host:2379`. One that answers is enough.
    pub endpoints: Vec<String>,
    /// All keys begin with it.
    pub prefix: String,
    /// The user, where the cluster asks for one.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<String>,
    /// A file with the certificates of those who may have signed the members'. Needed for `https`.
    pub root_certificate: Option<PathBuf>,
    /// A file with the certificate by which we are known, where the cluster asks for one, and a file with its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// How long a lost connection is tried to be made again before an error is given.
    pub timeout: Duration,
    /// So many connections wait for work at most.
    pub connections: usize,
    /// Have the cluster forget what no client reads any more.
    pub compact: bool,
    /// Refuse commits.
    pub read_only: bool,
    /// Make the store if it does not exist.
    pub create: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            endpoints: Vec::new(),
            prefix: "helios/".to_owned(),
            user: None,
            password: None,
            root_certificate: None,
            client_certificate: None,
            timeout: Duration::from_secs(10),
            connections: 8,
            compact: true,
            read_only: false,
            create: true,
        }
    }
}

/// A request has 1.5 MiB at most, if the cluster was not told otherwise (`--max-request-bytes`). What is not entries has its
/// place in the rest.
pub(crate) const MOST_REQUEST_BYTES: usize = (1 << 20) + (256 << 10);
pub(crate) const MOST_KEY_BYTES: usize = 128 << 10;
pub(crate) const MOST_VALUE_BYTES: usize = 1 << 20;

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Its name or address.
    pub(crate) host: String,
    /// With the port.
    pub(crate) authority: String,
    /// Whether connections are sealed.
    pub(crate) is_sealed: bool,
}

/// An error about an option.
pub(crate) fn wrong(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::CannotOpen, "unable to open database file")
        .caused_by(format!("[storage.etcd] {what}"))
}

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

    /// The members to be asked.
    ///
    /// # Errors
    /// There are none, or they cannot be understood, or they are sealed and nobody says who may have signed.
    pub(crate) fn members(&self) -> Result<Vec<Endpoint>> {
        if self.endpoints.is_empty() {
            return Err(wrong("endpoints is not set"));
        }
        let members: Vec<Endpoint> = self.endpoints.iter().map(|url| endpoint(url)).collect::<Result<_>>()?;
        let is_sealed = members.iter().any(|member| member.is_sealed);
        match &self.root_certificate {
            None if is_sealed => Err(wrong("endpoints: https needs root_certificate")),
            Some(_) if members.iter().any(|member| !member.is_sealed) => {
                Err(wrong("endpoints: a root_certificate needs https"))
            }
            None if self.client_certificate.is_some() => {
                Err(wrong("client_certificate needs root_certificate"))
            }
            _ => Ok(members),
        }
    }
}

fn endpoint(url: &str) -> Result<Endpoint> {
    let unclear = || wrong(format!("endpoints: {url:?} is not of the form http://host:port"));
    let (scheme, authority) = url.split_once("://").ok_or_else(unclear)?;
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let is_sealed = match scheme {
        "http" => false,
        "https" => true,
        _ => return Err(unclear()),
    };
    let (host, port) = authority.rsplit_once(':').ok_or_else(unclear)?;
    if host.is_empty() || port.parse::<u16>().is_err() || authority.contains(['/', '@', ' ']) {
        return Err(unclear());
    }
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Endpoint { host, authority: authority.to_owned(), is_sealed })
}
