//! The driver `rocksdb` by its settings.

use std::sync::Arc;

use helios_core::Result;
use helios_storage_rocksdb as rocksdb;

use super::{Request, Store, plain};
use crate::config::RocksdbCompression;
use crate::place::Access;

/// Opens a folder.
pub(super) fn open(request: Request<'_>) -> Result<Store> {
    let Request { path, access, config, .. } = request;
    let vault = plain("rocksdb", &request)?;
    let options = rocksdb::Options {
        durability: config.durability.into(),
        cache_bytes: config.cache_mb as usize * (1 << 20),
        write_buffer_bytes: config.rocksdb.write_buffer_mb as usize * (1 << 20),
        compression: match config.rocksdb.compression {
            RocksdbCompression::None => rocksdb::Compression::None,
            RocksdbCompression::Lz4 => rocksdb::Compression::Lz4,
            RocksdbCompression::Zstd => rocksdb::Compression::Zstd,
        },
        read_only: access == Access::Read,
        create: access == Access::Create,
    };
    Ok(Store { storage: Arc::new(rocksdb::RocksStorage::open(path, options)?), vault })
}
