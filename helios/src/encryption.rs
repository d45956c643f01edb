//! Ciphers by name, and the keys of a program. A new cipher is one line in [`CIPHERS`].

use std::sync::Arc;

use helios_cipher_keys::{Cost, KeyRecord, Keyring, RECORD_BYTES, is_record};
use helios_core::cipher::{CipherMaker, UserKey, wrong_key};
use helios_core::{Error, Result};
use zeroize::Zeroizing;

use crate::clock::SystemEntropy;
use crate::config::{CipherChoice, EncryptionConfig};

/// The ciphers that are built in, the ones that may be fast first.
pub(crate) const CIPHERS: &[CipherMaker] = &[
    #[cfg(feature = "aes")]
    helios_cipher_aes::AES_256_GCM_CIPHER,
    #[cfg(feature = "orion")]
    helios_cipher_orion::XCHACHA20_POLY1305_CIPHER,
];

/// The names of the ciphers that are built in.
///
/// ```
/// assert!(helios::cipher_names().any(|name| name == "aes-256-gcm"));
/// ```
pub fn cipher_names() -> impl Iterator<Item = &'static str> {
    CIPHERS.iter().map(|cipher| cipher.name)
}

/// The cipher of a choice: by its name, or the first that is fast here, or the last. `None` if none is built in.
fn cipher(choice: CipherChoice) -> Result<Option<CipherMaker>> {
    let name = match choice {
        CipherChoice::Auto => {
            return Ok(CIPHERS.iter().find(|cipher| (cipher.is_fast)()).or(CIPHERS.last()).copied());
        }
        CipherChoice::Aes256Gcm => "aes-256-gcm",
        CipherChoice::XChaCha20Poly1305 => "xchacha20-poly1305",
    };
    let found = CIPHERS.iter().find(|cipher| cipher.name == name).copied();
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = cipher_names().collect();
        Error::sql(format!("no such cipher: {name} (built in: {})", names.join(", ")))
    })
}

/// What seals as the settings say. `None` if no cipher is built in.
pub(crate) fn keyring(config: &EncryptionConfig) -> Result<Option<Keyring>> {
    let cost = Cost { memory_kb: config.kdf_memory_mb.saturating_mul(1024), passes: config.kdf_passes };
    if !cost.is_valid() {
        let (memory, passes) = (config.kdf_memory_mb, config.kdf_passes);
        let message = format!(
            "encryption.kdf_memory_mb = {memory}, encryption.kdf_passes = {passes}: not from 1 to 4096 and from 1 to 1000"
        );
        return Err(Error::sql(message));
    }
    let keyring = |cipher| Keyring { ciphers: CIPHERS, cipher, cost, entropy: Arc::new(SystemEntropy) };
    Ok(cipher(config.cipher)?.map(keyring))
}

/// The key that the settings give: a program's own, or that of the variable.
pub(crate) fn key(config: &EncryptionConfig) -> Result<Option<UserKey>> {
    if config.key.is_some() {
        return Ok(config.key.clone());
    }
    let variable = &config.key_env;
    if variable.is_empty() {
        return Ok(None);
    }
    let wrong = |what: &str| Error::sql(format!("encryption.key_env: the variable {variable} {what}"));
    let value = std::env::var_os(variable).ok_or_else(|| wrong("is not set"))?;
    let text = value.to_str().ok_or_else(|| wrong("is no Unicode"))?;
    UserKey::of_text(text).map(Some).map_err(|error| wrong(&format!("holds no key: {}", error.message())))
}

/// What a copy is sealed in the context of.
const COPY: &[u8] = b"helios copy";

/// A copy of everything, sealed with a key of its own, which is under `key` at its head.
pub(crate) fn seal_copy(config: &EncryptionConfig, key: &UserKey, bytes: &[u8]) -> Result<Vec<u8>> {
    let keyring = keyring(config)?.ok_or_else(no_cipher)?;
    let (record, keys) = keyring.make(key)?;
    let cipher = keys.page_cipher();
    let mut copy = record.to_bytes().to_vec();
    copy.resize(RECORD_BYTES + bytes.len() + cipher.overhead(), 0);
    cipher.seal(COPY, bytes, &mut copy[RECORD_BYTES..])?;
    Ok(copy)
}

/// What a sealed copy holds, with the key that the settings give; `None` of one that is not sealed.
pub(crate) fn open_copy(config: &EncryptionConfig, copy: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
    if !is_record(copy) {
        return Ok(None);
    }
    let damaged = || Error::corrupt("a copy");
    let (head, sealed) = copy.split_first_chunk::<RECORD_BYTES>().ok_or_else(damaged)?;
    let record = KeyRecord::of_bytes(head)?.ok_or_else(damaged)?;
    let key = key(config)?.ok_or_else(wrong_key)?;
    let cipher = keyring(config)?.ok_or_else(no_cipher)?.open(&key, &record)?.page_cipher();
    let length = sealed.len().checked_sub(cipher.overhead()).ok_or_else(damaged)?;
    let mut bytes = Zeroizing::new(vec![0; length]);
    cipher.open(COPY, sealed, &mut bytes)?;
    Ok(Some(bytes))
}

/// The error where a key is given and nothing can be sealed.
pub(crate) fn no_cipher() -> Error {
    Error::sql("no cipher is built in")
}
