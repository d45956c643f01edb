//! What stands at a path, and opening it. RocksDB makes its files in whatever folder it is given, so one that has other
//! things in it is refused before.

use std::fs;
use std::path::Path;

use helios_core::storage::{cannot_open, has_store, held_elsewhere};
use helios_core::{ErrorKind, Result};
use rocksdb::{BlockBasedOptions, Cache, DB, DBCompressionType, LogLevel};

use crate::error::from_rocksdb;
use crate::log;
use crate::options::{Compression, Options};

/// The file that whoever has the store open keeps locked.
const LOCK: &str = "LOCK";
/// Bits of a filter for each key: one look in a hundred into a file that has not the key.
const FILTER_BITS: f64 = 10.0;

/// Opens the store at `path`, or makes it.
pub(crate) fn open(path: &Path, options: &Options) -> Result<DB> {
    if !has_store(path, "RocksDB", &["CURRENT"])? {
        if options.read_only || !options.create {
            return Err(cannot_open(path, &std::io::ErrorKind::NotFound.into()));
        }
        fs::create_dir_all(path).map_err(|error| cannot_open(path, &error))?;
    }
    log::check(path)?;
    let mut blocks = BlockBasedOptions::default();
    if options.cache_bytes > 0 {
        blocks.set_block_cache(&Cache::new_lru_cache(options.cache_bytes).map_err(from_rocksdb)?);
    } else {
        blocks.disable_cache();
    }
    blocks.set_bloom_filter(FILTER_BITS, false);
    let mut settings = rocksdb::Options::default();
    settings.create_if_missing(true);
    settings.set_block_based_table_factory(&blocks);
    settings.set_write_buffer_size(options.write_buffer_bytes);
    settings.set_compression_type(match options.compression {
        Compression::None => DBCompressionType::None,
        Compression::Lz4 => DBCompressionType::Lz4,
        Compression::Zstd => DBCompressionType::Zstd,
    });
    settings.set_log_level(LogLevel::Warn);
    settings.set_keep_log_file_num(1);
    DB::open(&settings, path).map_err(from_rocksdb).map_err(|error| match error.kind() {
        ErrorKind::Busy => held_elsewhere(&path.join(LOCK), "RocksDB").caused_by(error),
        _ => error,
    })
}
