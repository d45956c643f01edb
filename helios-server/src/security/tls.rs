//! TLS.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use helios::{Error, ErrorKind, Result};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::options::TlsFiles;
use crate::wire::{Channel, Stream};

/// What the server shows to clients, and what it wants to see of them.
#[derive(Debug)]
pub(crate) struct Tls(Arc<ServerConfig>);

fn wrong(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::CannotOpen, format!("{}: {why}", path.display()))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let file = File::open(path).map_err(|error| wrong(path, error))?;
    let found: Vec<_> = CertificateDer::pem_reader_iter(BufReader::new(file))
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| wrong(path, error))?;
    if found.is_empty() { Err(wrong(path, "there is no certificate in it")) } else { Ok(found) }
}

impl Tls {
    /// TLS with the certificates of files. With an authority, clients may show certificates that it has signed; they
    /// have to, where that is how they show who they are.
    pub(super) fn of_files(files: &TlsFiles, needs_authority: bool) -> Result<Tls> {
        let chain = certificates(&files.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| wrong(&files.key, error))?;
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        let builder = match &files.authority {
            Some(path) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path)? {
                    roots.add(certificate).map_err(|error| wrong(path, error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::new(default_provider()),
                );
                let verifier = if needs_authority { verifier } else { verifier.allow_unauthenticated() };
                builder.with_client_cert_verifier(verifier.build().map_err(|error| wrong(path, error))?)
            }
            None if needs_authority => {
                return Err(Error::new(
                    ErrorKind::Misuse,
                    "certificates of clients need ssl_ca, the certificate that signs them",
                ));
            }
            None => builder.with_no_client_auth(),
        };
        let mut config =
            builder.with_single_cert(chain, key).map_err(|error| wrong(&files.certificate, error))?;
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Tls(Arc::new(config)))
    }

    /// Shakes hands over a stream that has said nothing else yet.
    pub(crate) fn accept(&self, stream: Stream, patience: Duration) -> io::Result<Channel> {
        let Stream::Plain(socket) = stream else { return Err(io::ErrorKind::InvalidInput.into()) };
        let connection = ServerConnection::new(self.0.clone()).map_err(io::Error::other)?;
        let mut tls = StreamOwned::new(connection, socket);
        let until = Instant::now() + patience;
        while tls.conn.is_handshaking() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            tls.sock.set_read_timeout(Some(left))?;
            tls.conn.complete_io(&mut tls.sock)?;
        }
        let mut channel = Channel::new(Stream::Tls(Box::new(tls)));
        channel.expect_within(Some(patience))?;
        Ok(channel)
    }
}
