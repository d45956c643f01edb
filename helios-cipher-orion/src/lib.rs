//! XChaCha20-Poly1305, by the crate `orion`, in Rust alone: as fast on every processor.
//!
//! In: a key, nonces. Out: `nonce (24) ‖ ciphertext ‖ tag (16)`.

use std::fmt;
use std::sync::Arc;

use helios_core::cipher::{Cipher, CipherMaker, Nonces, check_lengths, not_authentic};
use helios_core::clock::Entropy;
use helios_core::{Error, ErrorKind, Result};
use orion::hazardous::aead::xchacha20poly1305::{Nonce, SecretKey, XChaCha20Poly1305};

/// The cipher by its name.
pub const XCHACHA20_POLY1305_CIPHER: CipherMaker = CipherMaker { name: NAME, is_fast: || false, make };

const NAME: &str = "xchacha20-poly1305";
const NONCE_LEN: usize = 24;
const TAG_LEN: usize = 16;
const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

fn make(key: &helios_core::cipher::SecretKey, entropy: Arc<dyn Entropy>) -> Arc<dyn Cipher> {
    Arc::new(XChaCha { key: Box::new(SecretKey::from(*key.bytes())), nonces: Nonces::new(entropy) })
}

struct XChaCha {
    /// Wiped by `orion`; it stays where it is made.
    key: Box<SecretKey>,
    nonces: Nonces,
}

impl fmt::Debug for XChaCha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

impl Cipher for XChaCha {
    fn name(&self) -> &'static str {
        NAME
    }

    fn overhead(&self) -> usize {
        OVERHEAD
    }

    fn seal(&self, context: &[u8], plain: &[u8], sealed: &mut [u8]) -> Result<()> {
        check_lengths(plain.len(), sealed.len(), OVERHEAD)?;
        let (head, rest) = sealed.split_at_mut(NONCE_LEN);
        self.nonces.fill(head);
        let nonce = Nonce::try_from(&*head).map_err(|_| not_authentic())?;
        XChaCha20Poly1305::seal(&self.key, &nonce, plain, Some(context), rest)
            .map_err(|_| Error::new(ErrorKind::TooBig, "too many bytes to seal at once"))
    }

    fn open(&self, context: &[u8], sealed: &[u8], plain: &mut [u8]) -> Result<()> {
        check_lengths(plain.len(), sealed.len(), OVERHEAD)?;
        let (head, rest) = sealed.split_at(NONCE_LEN);
        let nonce = Nonce::try_from(head).map_err(|_| not_authentic())?;
        XChaCha20Poly1305::open(&self.key, &nonce, rest, Some(context), plain).map_err(|_| not_authentic())
    }
}
