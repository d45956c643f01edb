//! The key records at the head of a file.
//!
//! There are two, in sectors of their own, and the same while nothing happens: one that is damaged is made good by the
//! other. Another lock on the keys is written to one and synced before it is written to the other, so that an
//! interruption leaves the one before or the new one. The record with the highest number is the one that holds.

use helios_cipher_keys::{KeyRecord, Keyring, RECORD_BYTES, StoreKeys};
use helios_core::cipher::{UserKey, wrong_key};
use helios_core::{Error, Result};
use redb::StorageBackend;

use super::{BLOCK, BLOCKS_AT, failed};

/// Writes the head of an empty file, with new keys.
pub(crate) fn create(inner: &dyn StorageBackend, keyring: &Keyring, key: &UserKey) -> Result<StoreKeys> {
    let (record, keys) = keyring.make(key)?;
    inner.set_len(BLOCKS_AT).map_err(failed)?;
    put(inner, 0, &record)?;
    put(inner, 1, &record)?;
    inner.sync_data().map_err(failed)?;
    Ok(keys)
}

/// The record that holds.
///
/// # Errors
/// `NotADatabase` for what has no records, `Corrupt` where both are damaged.
pub(crate) fn read_record(inner: &dyn StorageBackend) -> Result<KeyRecord> {
    let (at, records) = records(inner)?;
    records[at].clone().ok_or_else(wrong_key)
}

/// Puts a lock in the place of the one that holds, which then opens nothing any more.
pub(crate) fn replace_record(
    inner: &dyn StorageBackend,
    make: impl FnOnce(&KeyRecord) -> Result<KeyRecord>,
) -> Result<()> {
    let (at, records) = records(inner)?;
    let record = make(records[at].as_ref().ok_or_else(wrong_key)?)?;
    if records[0] != records[1] {
        // An interruption came before: what holds may not be on the disk.
        inner.sync_data().map_err(failed)?;
    }
    for place in [1 - at, at] {
        put(inner, place, &record)?;
        inner.sync_data().map_err(failed)?;
    }
    Ok(())
}

/// Both records, `None` for a damaged one, and which of them holds.
fn records(inner: &dyn StorageBackend) -> Result<(usize, [Option<KeyRecord>; 2])> {
    if inner.len().map_err(failed)? < BLOCKS_AT {
        return Err(wrong_key());
    }
    let mut records = [None, None];
    for (at, record) in records.iter_mut().enumerate() {
        let mut bytes = [0; RECORD_BYTES];
        inner.read((at * BLOCK) as u64, &mut bytes).map_err(failed)?;
        *record = KeyRecord::of_bytes(&bytes)?;
    }
    let number = |at: usize| records[at].as_ref().map(|record| record.number);
    match number(0).max(number(1)) {
        None => Err(Error::corrupt("both key records")),
        newest if newest == number(0) => Ok((0, records)),
        _ => Ok((1, records)),
    }
}

fn put(inner: &dyn StorageBackend, at: usize, record: &KeyRecord) -> Result<()> {
    inner.write((at * BLOCK) as u64, &record.to_bytes()).map_err(failed)
}
