//! The driver `redb` by its settings.

use std::sync::Arc;

use helios_core::Result;
use helios_storage_redb as redb;

use super::{Request, Store};
use crate::config::Processes;
use crate::place::Access;

/// Compares the pages of a file with their sums.
pub(super) fn verify(request: Request<'_>) -> Result<()> {
    let cache_bytes = request.config.cache_mb as usize * (1 << 20);
    redb::verify(request.path, cache_bytes, encryption(&request)?)
}

fn encryption(request: &Request<'_>) -> Result<Option<redb::Encryption>> {
    match (request.keyring, request.key) {
        (Some(keyring), key) => Ok(Some(redb::Encryption { keyring: keyring.clone(), key: key.cloned() })),
        (None, Some(_)) => Err(crate::encryption::no_cipher()),
        (None, None) => Ok(None),
    }
}

/// Opens a file.
pub(super) fn open(request: Request<'_>) -> Result<Store> {
    let Request { path, access, config, .. } = request;
    let options = redb::Options {
        durability: config.durability.into(),
        processes: match config.redb.processes {
            Processes::Many => redb::Processes::Many,
            Processes::One => redb::Processes::One,
        },
        cache_bytes: config.cache_mb as usize * (1 << 20),
        quick_repair: config.redb.quick_repair,
        read_only: access == Access::Read,
        create: access == Access::Create,
    };
    let storage = Arc::new(redb::RedbStorage::open_with(path, options, encryption(&request)?)?);
    Ok(Store { vault: storage.clone(), storage })
}
