//! Keys: those of ciphers, and what a user gives. Both are wiped when dropped and never shown.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

/// Bytes of every key of a cipher.
pub const KEY_BYTES: usize = 32;

/// A key of a cipher.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; KEY_BYTES]>);

impl SecretKey {
    /// A key of these bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> SecretKey {
        SecretKey(Zeroizing::new(bytes))
    }

    /// A key whose bytes `fill` writes.
    pub fn filled(fill: impl FnOnce(&mut [u8; KEY_BYTES])) -> SecretKey {
        let mut key = SecretKey::new([0; KEY_BYTES]);
        fill(&mut key.0);
        key
    }

    /// The bytes. Copies of them are the caller's to wipe.
    pub fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey")
    }
}

/// What a user gives to open a database.
#[derive(Clone, PartialEq, Eq)]
pub enum UserKey {
    /// Words of any length; the key is derived from them at some cost, because they can be guessed.
    Passphrase(Zeroizing<Vec<u8>>),
    /// Random bytes, used as they are.
    Raw(Zeroizing<[u8; KEY_BYTES]>),
}

impl UserKey {
    /// What a text means: `x'…'` with 64 hexadecimal digits is a raw key, everything else a passphrase.
    ///
    /// # Errors
    /// `Sql` for an empty text, and for `x'…'` with anything else in it, which would be a passphrase by mistake.
    pub fn of_text(text: &str) -> Result<UserKey> {
        let quoted =
            text.strip_prefix(['x', 'X']).and_then(|rest| rest.strip_prefix('\'')?.strip_suffix('\''));
        match quoted {
            Some(digits) => of_digits(digits).ok_or_else(|| {
                Error::new(ErrorKind::Sql, "a raw encryption key is x'…' with 64 hexadecimal digits")
            }),
            None => UserKey::passphrase(text.as_bytes()),
        }
    }

    /// What bytes mean: 32 of them are a raw key, any other number is a passphrase.
    ///
    /// # Errors
    /// `Sql` for no bytes.
    pub fn of_bytes(bytes: &[u8]) -> Result<UserKey> {
        match bytes.try_into() {
            Ok(raw) => Ok(UserKey::Raw(Zeroizing::new(raw))),
            Err(_) => UserKey::passphrase(bytes),
        }
    }

    fn passphrase(bytes: &[u8]) -> Result<UserKey> {
        if bytes.is_empty() {
            return Err(Error::new(ErrorKind::Sql, "the encryption key is empty"));
        }
        Ok(UserKey::Passphrase(Zeroizing::new(bytes.to_vec())))
    }
}

fn of_digits(digits: &str) -> Option<UserKey> {
    let mut raw = Zeroizing::new([0; KEY_BYTES]);
    if digits.len() != 2 * KEY_BYTES {
        return None;
    }
    for (byte, pair) in raw.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(UserKey::Raw(raw))
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_a_passphrase_unless_it_is_written_as_raw_bytes() {
        let raw = UserKey::of_text(&format!("x'{}'", "aF".repeat(32)));
        assert_eq!(raw.ok(), Some(UserKey::Raw(Zeroizing::new([0xaf; 32]))));
        let words = UserKey::of_text("x is no raw key");
        assert!(matches!(words, Ok(UserKey::Passphrase(_))));
        for wrong in ["", "x''", "x'12'", &format!("x'{}'", "g".repeat(64))] {
            assert_eq!(UserKey::of_text(wrong).map_err(|error| error.kind()), Err(ErrorKind::Sql), "{wrong}");
        }
    }

    #[test]
    fn bytes_are_raw_where_there_are_as_many_as_a_key_has() {
        assert_eq!(UserKey::of_bytes(&[7; 32]).ok(), Some(UserKey::Raw(Zeroizing::new([7; 32]))));
        assert!(matches!(UserKey::of_bytes(&[7; 31]), Ok(UserKey::Passphrase(_))));
        assert_eq!(UserKey::of_bytes(&[]).map_err(|error| error.kind()), Err(ErrorKind::Sql));
    }

    #[test]
    fn keys_are_not_shown() {
        assert_eq!(
            format!("{:?} {:?}", SecretKey::new([1; 32]), UserKey::of_bytes(b"secret")),
            "SecretKey Ok(UserKey)"
        );
    }
}
