//! The driver `postgres` by its settings.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use helios_core::{Error, ErrorKind, Result};
use helios_storage_postgres::{Options, PostgresStorage};

use super::{Request, Store, plain};
use crate::place::Access;

/// Opens a store on a server. It is called what the last part of the path says.
pub(super) fn open(request: Request<'_>) -> Result<Store> {
    let Request { path, access, config, .. } = request;
    let vault = plain("postgres", &request)?;
    let cannot_open =
        |cause: String| Error::new(ErrorKind::CannotOpen, "unable to open database file").caused_by(cause);
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| cannot_open(format!("{} is no name", path.display())))?;
    let settings = &config.postgres;
    let password = match settings.password_env.as_str() {
        "" => None,
        variable => {
            let wrong = |_| cannot_open(format!("the environment variable {variable} is not set"));
            Some(std::env::var(variable).map_err(wrong)?)
        }
    };
    let certificate = Some(&settings.root_certificate).filter(|file| !file.is_empty());
    let options = Options {
        url: settings.url.clone(),
        password,
        root_certificate: certificate.map(PathBuf::from),
        timeout: Duration::from_millis(settings.timeout_ms.into()),
        connections: settings.connections as usize,
        read_only: access == Access::Read,
        create: access == Access::Create,
    };
    Ok(Store { storage: Arc::new(PostgresStorage::open(name, &options)?), vault })
}
