//! Stores that are sealed or not.

use helios_cipher_aes::AES_256_GCM_CIPHER;
use helios_cipher_orion::XCHACHA20_POLY1305_CIPHER;
use helios_storage_redb::Encryption;

use crate::keys::{keyring, raw_key};

/// Whether a store is sealed, and with which cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seal {
    Plain,
    Aes,
    XChaCha,
}

impl Seal {
    pub(crate) fn encryption(self) -> Option<Encryption> {
        let cipher = match self {
            Seal::Plain => return None,
            Seal::Aes => AES_256_GCM_CIPHER,
            Seal::XChaCha => XCHACHA20_POLY1305_CIPHER,
        };
        Some(Encryption { keyring: keyring(cipher), key: Some(raw_key(7)) })
    }
}
