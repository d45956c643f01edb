//! Derivations: Argon2id from passphrases, HKDF-SHA-256 from keys.
//!
//! Argon2id is made to cost (RFC 9106), so what it has given is kept for the life of the process. Sources: RFC 9106,
//! RFC 5869.

use std::collections::HashMap;

use argon2::{Algorithm, Argon2, Params, Version};
use helios_core::cipher::{SecretKey, UserKey};
use helios_core::process::PerProcess;
use helios_core::{Error, ErrorKind, Result};
use hkdf::Hkdf;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// Bytes of a salt.
pub(crate) const SALT_BYTES: usize = 16;
/// Keys of so many locks are kept.
const KEPT: usize = 256;

/// What deriving a key from a passphrase costs. It is stored with the salt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Kilobytes of memory that one derivation fills.
    pub memory_kb: u32,
    /// How often it passes over the memory.
    pub passes: u32,
}

impl Default for Cost {
    /// The second choice of RFC 9106, section 4, in one lane.
    fn default() -> Cost {
        Cost { memory_kb: 64 << 10, passes: 3 }
    }
}

impl Cost {
    /// More than anybody has a use for, so that a file cannot make whoever opens it run out of memory.
    const MOST: Cost = Cost { memory_kb: 4 << 20, passes: 1000 };

    fn parameters(self) -> Option<Params> {
        if self.memory_kb > Cost::MOST.memory_kb || self.passes > Cost::MOST.passes {
            return None;
        }
        Params::new(self.memory_kb, self.passes, 1, Some(helios_core::cipher::KEY_BYTES)).ok()
    }

    /// Whether the derivation can be done at this cost.
    pub fn is_valid(self) -> bool {
        self.parameters().is_some()
    }
}

/// What has been derived, by a digest of everything that went in.
static DERIVED: PerProcess<Mutex<HashMap<[u8; 32], SecretKey>>> = PerProcess::new();

/// The key of a lock, from what the user gives.
pub(crate) fn lock_key(key: &UserKey, salt: &[u8; SALT_BYTES], cost: Cost) -> Result<SecretKey> {
    match key {
        UserKey::Raw(raw) => Ok(derive(&raw[..], salt, b"helios lock")),
        UserKey::Passphrase(words) => Ok(derive(stretch(words, salt, cost)?.bytes(), salt, b"helios lock")),
    }
}

fn stretch(words: &[u8], salt: &[u8; SALT_BYTES], cost: Cost) -> Result<SecretKey> {
    let mut digest = Sha256::new();
    digest.update(salt);
    digest.update(cost.memory_kb.to_le_bytes());
    digest.update(cost.passes.to_le_bytes());
    digest.update(words);
    let name: [u8; 32] = digest.finalize().into();
    if let Some(key) = DERIVED.get().lock().get(&name) {
        return Ok(key.clone());
    }
    let parameters = cost.parameters().ok_or_else(|| Error::corrupt("the cost of the key"))?;
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let mut result = Ok(());
    let key = SecretKey::filled(|out| result = argon.hash_password_into(words, salt, out));
    result.map_err(|error| {
        Error::new(ErrorKind::OutOfMemory, "the key cannot be derived").caused_by(error.to_string())
    })?;
    let mut derived = DERIVED.get().lock();
    if derived.len() >= KEPT {
        derived.clear();
    }
    derived.insert(name, key.clone());
    Ok(key)
}

/// A key for one purpose, from a key.
pub(crate) fn derive(key: &[u8], salt: &[u8], purpose: &[u8]) -> SecretKey {
    SecretKey::filled(|out| {
        let expanded = Hkdf::<Sha256>::new(Some(salt), key).expand(purpose, out);
        debug_assert!(expanded.is_ok(), "HKDF gives more bytes than a key has");
    })
}
