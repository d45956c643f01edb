//! The driver `etcd` by its settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use helios_core::{Error, ErrorKind, Result};
use helios_storage_etcd::{EtcdStorage, Options};

use super::{Request, Store, plain};
use crate::place::Access;

/// Opens a store in a cluster. It is called what the last part of the path says.
pub(super) fn open(request: Request<'_>) -> Result<Store> {
    let Request { path, access, config, .. } = request;
    let vault = plain("etcd", &request)?;
    let cannot_open =
        |cause: String| Error::new(ErrorKind::CannotOpen, "unable to open database file").caused_by(cause);
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| cannot_open(format!("{} is no name", path.display())))?;
    let settings = &config.etcd;
    let password = match settings.password_env.as_str() {
        "" => None,
        variable => {
            let wrong = |_| cannot_open(format!("the environment variable {variable} is not set"));
            Some(std::env::var(variable).map_err(wrong)?)
        }
    };
    let file = |name: &String| Some(name).filter(|name| !name.is_empty()).map(PathBuf::from);
    let client_certificate = match (file(&settings.client_certificate), file(&settings.client_key)) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => {
            let cause = "[storage.etcd] client_certificate and client_key need each other";
            return Err(cannot_open(cause.to_owned()));
        }
    };
    let options = Options {
        endpoints: settings.endpoints.clone(),
        prefix: settings.prefix.clone(),
        user: Some(settings.user.clone()).filter(|user| !user.is_empty()),
        password,
        root_certificate: file(&settings.root_certificate),
        client_certificate,
        timeout: Duration::from_millis(settings.timeout_ms.into()),
        connections: settings.connections as usize,
        compact: settings.compact,
        read_only: access == Access::Read,
        create: access == Access::Create,
    };
    Ok(Store { storage: Arc::new(EtcdStorage::open(name, &options)?), vault })
}
