//! Looks at the log of writes before RocksDB reads it.
//!
//! RocksDB takes the first record that is not as it was written for the end of the log: that is right after a power cut, which
//! tears what was written last. A bit that has rotted looks the same, and would take every commit behind it away. In: a folder.
//! Out: an error where records follow that are whole, which nothing can that was never written.
//!
//! The log has blocks of 32 KiB. A record has a checksum, a length, a kind and its bytes; one that does not fit into a block goes
//! on in the next one, as first, middle and last part.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use helios_core::storage::cannot_open;
use helios_core::{Error, Result};

const BLOCK_BYTES: usize = 32 << 10;
const HEAD_BYTES: usize = 7;
/// A whole record.
const WHOLE: u8 = 1;
/// The first part of one.
const FIRST: u8 = 2;
/// Its last part.
const LAST: u8 = 4;

/// An error if a log in a folder of RocksDB has damage that whole records follow.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let failed = |path: &Path, error: &std::io::Error| cannot_open(path, error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(folder, &error)),
    };
    for entry in entries {
        let path = entry.map_err(|error| failed(folder, &error))?.path();
        if path.extension().is_some_and(|extension| extension == "log") {
            let file = File::open(&path).map_err(|error| failed(&path, &error))?;
            if has_rotted(file).map_err(|error| failed(&path, &error))? {
                return Err(Error::corrupt("the log of writes is damaged, and commits follow the damage")
                    .caused_by(path.display().to_string()));
            }
        }
    }
    Ok(())
}

/// Whether a log has damage that whole records follow.
fn has_rotted(mut log: impl Read) -> std::io::Result<bool> {
    let table = checksums();
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut is_damaged = false;
    loop {
        block.clear();
        log.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block)?;
        if block.is_empty() {
            return Ok(false);
        }
        if is_damaged {
            if has_beginning(&table, &block) {
                return Ok(true);
            }
            continue;
        }
        if let Some(damage) = damage(&table, &block) {
            let begins = |at: usize| record(&table, &block[at..]).is_some_and(|(kind, _)| kind <= FIRST);
            if (damage + 1..block.len()).any(begins) {
                return Ok(true);
            }
            is_damaged = true;
        }
    }
}

/// Whether another record begins in a block, behind what goes on in it.
fn has_beginning(table: &[u32; 256], block: &[u8]) -> bool {
    let mut at = 0;
    while let Some((kind, length)) = record(table, &block[at..]) {
        if kind <= FIRST {
            return true;
        }
        at += length;
    }
    false
}

/// Where the first record of a block stands that is not whole.
fn damage(table: &[u32; 256], block: &[u8]) -> Option<usize> {
    let mut at = 0;
    while block.len() - at >= HEAD_BYTES {
        match record(table, &block[at..]) {
            Some((_, length)) => at += length,
            None => return Some(at),
        }
    }
    None
}

/// The kind and the length of a record that is whole.
fn record(table: &[u32; 256], bytes: &[u8]) -> Option<(u8, usize)> {
    let (head, rest) = bytes.split_first_chunk::<HEAD_BYTES>()?;
    let [c0, c1, c2, c3, l0, l1, kind] = *head;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let body = rest.get(..length).filter(|_| (WHOLE..=LAST).contains(&kind))?;
    let sum = std::iter::once(&kind)
        .chain(body)
        .fold(!0_u32, |sum, byte| (sum >> 8) ^ table[usize::from((sum as u8) ^ byte)]);
    // Kept in another form, because logs may have logs in them.
    let kept = (!sum).rotate_right(15).wrapping_add(0xa282_ead8);
    (kept == u32::from_le_bytes([c0, c1, c2, c3])).then_some((kind, HEAD_BYTES + length))
}

/// CRC-32C, byte by byte.
fn checksums() -> [u32; 256] {
    std::array::from_fn(|byte| {
        (0..8).fold(byte as u32, |sum, _| (sum >> 1) ^ if sum & 1 == 1 { 0x82f6_3b78 } else { 0 })
    })
}
