//! TLS for connections, by rustls: the member's certificate is always verified.

use std::path::Path;
use std::sync::Arc;

use helios_core::Result;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use crate::options::{Options, wrong};

/// Makes connections that are sealed for a member whose certificate somebody has signed who is known.
#[derive(Clone)]
pub(crate) struct Tls(pub(crate) TlsConnector);

impl Tls {
    /// As the options say; `None` where they ask for none.
    pub(crate) fn new(options: &Options) -> Result<Option<Tls>> {
        let Some(path) = &options.root_certificate else { return Ok(None) };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(path)? {
            roots.add(certificate).map_err(|error| told(path, &error))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| told(path, &error))?
            .with_root_certificates(roots);
        let mut config = match &options.client_certificate {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| told(key, &error))?;
                config
                    .with_client_auth_cert(certificates(certificate)?, secret)
                    .map_err(|error| told(certificate, &error))?
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Some(Tls(TlsConnector::from(Arc::new(config)))))
    }
}

fn told(path: &Path, error: &dyn std::fmt::Display) -> helios_core::Error {
    wrong(format!("{}: {error}", path.display()))
}

/// The certificates of a file: one at least.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(path).map_err(|error| told(path, &error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| told(path, &error))?;
    match found.is_empty() {
        true => Err(told(path, &"no certificates")),
        false => Ok(found),
    }
}
