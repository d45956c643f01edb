//! Columns that are ENCRYPTED: each of their values is sealed by itself.
//!
//! Every such column has a random key of its own, which is stored with the [layouts](super::Layouts) of its table: so it
//! goes wherever the table goes, into branches, the past and copies, and with it when it is dropped. It stands in pages
//! that are themselves sealed, because only encrypted databases have such columns. A value is sealed in the context of
//! the column's id and the key of its row: it opens nowhere else.

use std::fmt;
use std::sync::Arc;

use helios_core::cipher::{Cipher, CipherMaker, KEY_BYTES, SecretKey};
use helios_core::clock::Entropy;
use helios_core::encoding::record::{self, Record};
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

/// The ciphers there are, and where random bytes come from.
#[derive(Clone, Debug)]
pub struct Ciphers {
    /// The ciphers that columns may be sealed with.
    pub makers: &'static [CipherMaker],
    /// Where random bytes come from.
    pub entropy: Arc<dyn Entropy>,
}

/// The key of a column, and the cipher that it is for.
#[derive(Clone)]
pub struct ColumnKey {
    pub(super) cipher: Arc<str>,
    pub(super) key: SecretKey,
}

impl ColumnKey {
    /// A new key.
    pub fn random(cipher: &CipherMaker, entropy: &dyn Entropy) -> ColumnKey {
        ColumnKey { cipher: cipher.name.into(), key: SecretKey::filled(|bytes| entropy.fill(bytes)) }
    }

    /// A key that was stored.
    pub(super) fn stored(cipher: &str, key: &[u8]) -> Result<ColumnKey> {
        let key: &[u8; KEY_BYTES] = key.try_into().map_err(|_| Error::corrupt("the key of a column"))?;
        Ok(ColumnKey { cipher: cipher.into(), key: SecretKey::filled(|bytes| bytes.copy_from_slice(key)) })
    }

    fn cipher(&self, ciphers: &Ciphers) -> Result<Arc<dyn Cipher>> {
        let maker = ciphers.makers.iter().find(|maker| maker.name == &*self.cipher).ok_or_else(|| {
            let message = format!("a column is sealed with {}, which is not built in", self.cipher);
            Error::new(ErrorKind::NotADatabase, message)
        })?;
        Ok((maker.make)(&self.key, ciphers.entropy.clone()))
    }
}

impl PartialEq for ColumnKey {
    fn eq(&self, other: &ColumnKey) -> bool {
        self.cipher == other.cipher && self.key.bytes() == other.key.bytes()
    }
}

impl Eq for ColumnKey {}

impl fmt::Debug for ColumnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ColumnKey")
    }
}

/// What seals the values of one column.
#[derive(Clone, Debug)]
pub struct SealedColumn {
    /// The position of the column in the table.
    pub position: usize,
    id: u32,
    cipher: Arc<dyn Cipher>,
}

impl SealedColumn {
    pub(super) fn new(position: usize, id: u32, key: &ColumnKey, ciphers: &Ciphers) -> Result<SealedColumn> {
        Ok(SealedColumn { position, id, cipher: key.cipher(ciphers)? })
    }

    fn context(&self, row_key: &[u8]) -> Vec<u8> {
        [&self.id.to_le_bytes(), row_key].concat()
    }

    /// The value in the form that is stored. NULL stays what it is.
    ///
    /// # Errors
    /// It is too large.
    pub fn seal(&self, row_key: &[u8], value: ValueRef<'_>) -> Result<Value> {
        if matches!(value, ValueRef::Null) {
            return Ok(Value::Null);
        }
        let mut plain = Vec::new();
        record::write(0, std::iter::once(value), &mut plain);
        let mut sealed = vec![0; plain.len() + self.cipher.overhead()];
        self.cipher.seal(&self.context(row_key), &plain, &mut sealed)?;
        Ok(Value::Blob(sealed.into()))
    }

    /// The value that was sealed.
    ///
    /// # Errors
    /// `Corrupt` if it was not sealed for this column of this row.
    pub fn open(&self, row_key: &[u8], stored: ValueRef<'_>) -> Result<Value> {
        let damaged = || Error::corrupt("a value of an encrypted column");
        let sealed = match stored {
            ValueRef::Null => return Ok(Value::Null),
            ValueRef::Blob(sealed) => sealed,
            _ => return Err(damaged()),
        };
        let length = sealed.len().checked_sub(self.cipher.overhead()).ok_or_else(damaged)?;
        let mut plain = vec![0; length];
        self.cipher.open(&self.context(row_key), sealed, &mut plain)?;
        let value = Record::open(&plain)?.next_value()?.ok_or_else(damaged)?;
        Ok(value.to_value())
    }
}

/// A declared type without the word ENCRYPTED at its end, and whether there was one.
pub(super) fn without_encrypted(declared_type: &str) -> (&str, bool) {
    const WORD: &str = "ENCRYPTED";
    let start =
        declared_type.len().checked_sub(WORD.len()).filter(|start| declared_type.is_char_boundary(*start));
    let Some((rest, word)) = start.map(|start| declared_type.split_at(start)) else {
        return (declared_type, false);
    };
    let is_word = word.eq_ignore_ascii_case(WORD) && (rest.is_empty() || rest.ends_with(' '));
    if is_word { (rest.trim_end(), true) } else { (declared_type, false) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_type_says_that_it_is_encrypted() {
        for (declared, expected) in [
            ("TEXT ENCRYPTED", ("TEXT", true)),
            ("encrypted", ("", true)),
            ("LONG VARCHAR Encrypted", ("LONG VARCHAR", true)),
            ("UNENCRYPTED", ("UNENCRYPTED", false)),
            ("ENCRYPTED TEXT", ("ENCRYPTED TEXT", false)),
            ("", ("", false)),
            ("ééééé", ("ééééé", false)),
        ] {
            assert_eq!(without_encrypted(declared), expected);
        }
    }
}
