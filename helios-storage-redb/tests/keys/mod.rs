//! What tests seal with.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_cipher_aes::AES_256_GCM_CIPHER;
use helios_cipher_keys::{Cost, Keyring};
use helios_cipher_orion::XCHACHA20_POLY1305_CIPHER;
use helios_core::cipher::{CipherMaker, UserKey};
use helios_testkit::clock::SeededEntropy;

const CIPHERS: &[CipherMaker] = &[AES_256_GCM_CIPHER, XCHACHA20_POLY1305_CIPHER];

/// A keyring that gives other random bytes than all before, and costs little.
pub(crate) fn keyring(cipher: CipherMaker) -> Keyring {
    keyring_of(0, cipher)
}

/// A keyring whose random bytes are those of a process.
pub(crate) fn keyring_of(process: u64, cipher: CipherMaker) -> Keyring {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let entropy = SeededEntropy::new((process << 32) + NEXT.fetch_add(1, Ordering::Relaxed));
    let cost = Cost { memory_kb: 8, passes: 1 };
    Keyring { ciphers: CIPHERS, cipher, cost, entropy: Arc::new(entropy) }
}

/// A key of which nothing has to be derived.
pub(crate) fn raw_key(byte: u8) -> UserKey {
    UserKey::Raw([byte; 32].into())
}
