//! The driver `sled` by its settings.

use std::sync::Arc;

use helios_core::Result;
use helios_storage_sled as sled;

use super::{Request, Store, plain};
use crate::config::SledMode;
use crate::place::Access;

/// Opens a folder.
pub(super) fn open(request: Request<'_>) -> Result<Store> {
    let Request { path, access, config, .. } = request;
    let vault = plain("sled", &request)?;
    let options = sled::Options {
        durability: config.durability.into(),
        cache_bytes: config.cache_mb as usize * (1 << 20),
        mode: match config.sled.mode {
            SledMode::Space => sled::Mode::Space,
            SledMode::Time => sled::Mode::Time,
        },
        flush_milliseconds: config.sled.flush_every_ms,
        read_only: access == Access::Read,
        create: access == Access::Create,
    };
    Ok(Store { storage: Arc::new(sled::SledStorage::open(path, options)?), vault })
}
