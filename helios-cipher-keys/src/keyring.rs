//! What is needed to open the records of stores, and to make them.

use std::fmt;
use std::sync::Arc;

use helios_core::cipher::{Cipher, CipherMaker, KEY_BYTES, SecretKey, UserKey, wrong_key};
use helios_core::clock::Entropy;
use helios_core::{Error, ErrorKind, Result};

use crate::derive::{Cost, SALT_BYTES, derive, lock_key};
use crate::record::KeyRecord;

/// The ciphers there are, and where random bytes come from.
#[derive(Clone, Debug)]
pub struct Keyring {
    /// The ciphers that files may be sealed with.
    pub ciphers: &'static [CipherMaker],
    /// The one for new files.
    pub cipher: CipherMaker,
    /// The cost of new locks.
    pub cost: Cost,
    /// Where random bytes come from.
    pub entropy: Arc<dyn Entropy>,
}

/// What a store is sealed with: a random key of its own.
#[derive(Clone)]
pub struct StoreKeys {
    maker: CipherMaker,
    entropy: Arc<dyn Entropy>,
    file: [u8; 16],
    secret: SecretKey,
}

impl fmt::Debug for StoreKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKeys")
    }
}

impl Keyring {
    /// New keys for a new file, and the record of them under `key`.
    ///
    /// # Errors
    /// The key cannot be derived.
    pub fn make(&self, key: &UserKey) -> Result<(KeyRecord, StoreKeys)> {
        let mut file = [0; 16];
        self.entropy.fill(&mut file);
        let keys = StoreKeys {
            maker: self.cipher,
            entropy: self.entropy.clone(),
            file,
            secret: SecretKey::filled(|bytes| self.entropy.fill(bytes)),
        };
        Ok((self.lock(key, &keys, 1)?, keys))
    }

    /// A record of keys, under `key`.
    ///
    /// # Errors
    /// The key cannot be derived.
    pub fn lock(&self, key: &UserKey, keys: &StoreKeys, number: u64) -> Result<KeyRecord> {
        let mut salt = [0; SALT_BYTES];
        self.entropy.fill(&mut salt);
        let cost = match key {
            UserKey::Raw(_) => None,
            UserKey::Passphrase(_) => Some(self.cost),
        };
        let lock = (keys.maker.make)(&lock_key(key, &salt, self.cost)?, self.entropy.clone());
        let mut record = KeyRecord {
            number,
            file: keys.file,
            cipher: keys.maker.name.to_owned(),
            cost,
            salt,
            locked: vec![0; KEY_BYTES + lock.overhead()],
        };
        let context = record.context();
        lock.seal(&context, keys.secret.bytes(), &mut record.locked)?;
        Ok(record)
    }

    /// The keys that a record holds.
    ///
    /// # Errors
    /// `NotADatabase` if `key` is not its key, or its cipher is not built in.
    pub fn open(&self, key: &UserKey, record: &KeyRecord) -> Result<StoreKeys> {
        let maker = self.maker(&record.cipher)?;
        let cost = match (key, record.cost) {
            (UserKey::Raw(_), None) => Cost::default(),
            (UserKey::Passphrase(_), Some(cost)) => cost,
            (UserKey::Raw(_), Some(_)) | (UserKey::Passphrase(_), None) => return Err(wrong_key()),
        };
        let lock = (maker.make)(&lock_key(key, &record.salt, cost)?, self.entropy.clone());
        if record.locked.len() != KEY_BYTES + lock.overhead() {
            return Err(wrong_key());
        }
        let mut opened = Ok(());
        let secret = SecretKey::filled(|key| opened = lock.open(&record.context(), &record.locked, key));
        opened.map_err(|_| wrong_key())?;
        Ok(StoreKeys { maker, entropy: self.entropy.clone(), file: record.file, secret })
    }

    fn maker(&self, name: &str) -> Result<CipherMaker> {
        self.ciphers.iter().find(|maker| maker.name == name).copied().ok_or_else(|| {
            let message = format!("the file is sealed with {name}, which is not built in");
            Error::new(ErrorKind::NotADatabase, message)
        })
    }
}

impl StoreKeys {
    /// The file's id, which everything sealed in it is bound to.
    pub fn file(&self) -> [u8; 16] {
        self.file
    }

    /// What seals pages.
    pub fn page_cipher(&self) -> Arc<dyn Cipher> {
        (self.maker.make)(&derive(self.secret.bytes(), &self.file, b"helios pages"), self.entropy.clone())
    }
}
