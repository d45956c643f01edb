//! The record at the head of a sealed file, [`RECORD_BYTES`] long. Integers are little-endian.
//!
//! ```text
//! 0    magic (16)               64   name of the cipher (32), padded with zeros
//! 16   version of the format    96   memory of the derivation, in kilobytes (4); 0 where the key is raw
//! 20   number of the record     100  passes (4)
//! 28   zeros (4)                104  salt (16)
//! 32   the file's id (16)       120  length of what follows (4)
//! 48   zeros (16)               124  the store's key, sealed; zeros up to
//!                               480  SHA-256 of all before
//! ```
//! Everything in it is known to whoever has the file; only the sealed part is secret, and it is sealed in the context of
//! the bytes before it. The digest tells a damaged record from a wrong key.

use helios_core::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

use crate::derive::{Cost, SALT_BYTES};

/// Bytes of a record: a sector of a disk.
pub const RECORD_BYTES: usize = 512;
/// How sealed files begin: not as text, and not as what text transfers make of it.
const MAGIC: &[u8; 16] = b"\x89helios sealed\x0d\x0a";
const VERSION: u32 = 1;
const NAME_BYTES: usize = 32;
const LOCKED_AT: usize = 124;
const DIGEST_AT: usize = 480;

/// Whether a file that begins with these bytes is a sealed one.
pub fn is_record(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// What stands at the head of a sealed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Rises with every other lock: the highest is the one that holds.
    pub number: u64,
    /// A random name of the file, which everything sealed in it is bound to.
    pub file: [u8; 16],
    /// The name of the cipher.
    pub cipher: String,
    /// `None` where the lock takes a raw key.
    pub(crate) cost: Option<Cost>,
    pub(crate) salt: [u8; SALT_BYTES],
    /// The store's key, sealed.
    pub(crate) locked: Vec<u8>,
}

impl KeyRecord {
    /// The record as bytes.
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = self.context();
        bytes[LOCKED_AT..LOCKED_AT + self.locked.len()].copy_from_slice(&self.locked);
        let digest = Sha256::digest(&bytes[..DIGEST_AT]);
        bytes[DIGEST_AT..].copy_from_slice(&digest);
        bytes
    }

    /// What the key is sealed in the context of: everything but itself.
    pub(crate) fn context(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let cost = self.cost.unwrap_or(Cost { memory_kb: 0, passes: 0 });
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..20].copy_from_slice(&VERSION.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.number.to_le_bytes());
        bytes[32..48].copy_from_slice(&self.file);
        bytes[64..64 + self.cipher.len()].copy_from_slice(self.cipher.as_bytes());
        bytes[96..100].copy_from_slice(&cost.memory_kb.to_le_bytes());
        bytes[100..104].copy_from_slice(&cost.passes.to_le_bytes());
        bytes[104..120].copy_from_slice(&self.salt);
        bytes[120..124].copy_from_slice(&(self.locked.len() as u32).to_le_bytes());
        bytes
    }

    /// The record that bytes hold; `None` if they are damaged or none.
    ///
    /// # Errors
    /// `NotADatabase` for an undamaged record of a later version.
    pub fn of_bytes(bytes: &[u8; RECORD_BYTES]) -> Result<Option<KeyRecord>> {
        let digest: [u8; 32] = Sha256::digest(&bytes[..DIGEST_AT]).into();
        if !is_record(bytes) || digest != bytes[DIGEST_AT..] {
            return Ok(None);
        }
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        if number(16) != VERSION {
            let message =
                format!("the file has version {} of the sealed format, which is unknown", number(16));
            return Err(Error::new(ErrorKind::NotADatabase, message));
        }
        let name = &bytes[64..64 + NAME_BYTES];
        let name_length = name.iter().position(|&byte| byte == 0).unwrap_or(NAME_BYTES);
        let locked = bytes[LOCKED_AT..DIGEST_AT].get(..number(120) as usize);
        let (Ok(cipher), Some(locked)) = (std::str::from_utf8(&name[..name_length]), locked) else {
            return Ok(None);
        };
        let sixteen = |at: usize| std::array::from_fn(|offset| bytes[at + offset]);
        Ok(Some(KeyRecord {
            number: u64::from(number(20)) | u64::from(number(24)) << 32,
            file: sixteen(32),
            cipher: cipher.to_owned(),
            cost: (number(96) > 0).then_some(Cost { memory_kb: number(96), passes: number(100) }),
            salt: sixteen(104),
            locked: locked.to_vec(),
        }))
    }
}
