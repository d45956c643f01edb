//! What a cipher promises, and who keeps the keys of an open store.
//!
//! A [`Cipher`] seals bytes under one key so that nobody without it can read them, and so that a change of a single bit
//! is noticed. It is authenticated encryption with a context: sealed bytes open only in the context in which they were
//! sealed, so that a block that was moved, or one of another file, is an error. Ciphers are made by name through a
//! [`CipherMaker`]; drivers and row codecs see only `dyn Cipher`.
//!
//! Keys are wiped when they are dropped. Nonces come from an injected [`Entropy`].

mod key;
mod nonce;
mod vault;

use std::fmt;
use std::sync::Arc;

use crate::clock::Entropy;
use crate::error::{Error, ErrorKind, Result};
pub use key::{KEY_BYTES, SecretKey, UserKey};
pub use nonce::Nonces;
pub use vault::Vault;

/// Sealing under one key.
pub trait Cipher: fmt::Debug + Send + Sync {
    /// The name by which it is chosen and recorded in files.
    fn name(&self) -> &'static str;

    /// How many bytes longer sealed bytes are, whatever their length.
    fn overhead(&self) -> usize;

    /// Seals `plain` into `sealed`, which is longer by [`Cipher::overhead`]. Twice the same never gives the same.
    ///
    /// # Errors
    /// The lengths do not fit.
    fn seal(&self, context: &[u8], plain: &[u8], sealed: &mut [u8]) -> Result<()>;

    /// Opens `sealed`, which was sealed in this context, into `plain`, which is shorter by [`Cipher::overhead`].
    ///
    /// # Errors
    /// `Corrupt` if these are not bytes that were sealed with this key in this context; `plain` then holds nothing of
    /// use. The lengths do not fit.
    fn open(&self, context: &[u8], sealed: &[u8], plain: &mut [u8]) -> Result<()>;
}

/// A cipher by its name.
#[derive(Clone, Copy)]
pub struct CipherMaker {
    /// The name by which it is chosen.
    pub name: &'static str,
    /// Whether this machine has instructions of its own for it, without which another one may be faster.
    pub is_fast: fn() -> bool,
    /// Makes one with a key; nonces come from the entropy.
    pub make: fn(&SecretKey, Arc<dyn Entropy>) -> Arc<dyn Cipher>,
}

impl fmt::Debug for CipherMaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The error for bytes that do not open.
pub fn not_authentic() -> Error {
    Error::corrupt("sealed bytes are not what was written")
}

/// The error for a file that does not open with the key that is given, or with none.
pub fn wrong_key() -> Error {
    Error::new(ErrorKind::NotADatabase, "file is encrypted or is not a database")
}

/// Checks the lengths of what a cipher is given.
///
/// # Errors
/// `Internal` if `sealed_bytes` is not `overhead` more than `plain_bytes`.
pub fn check_lengths(plain_bytes: usize, sealed_bytes: usize, overhead: usize) -> Result<()> {
    if plain_bytes.checked_add(overhead) == Some(sealed_bytes) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Internal, "sealed bytes have another length than their place"))
}
