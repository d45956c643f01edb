//! The keys of open databases: those of drivers that seal, of stores in memory, where nothing is at rest, and of drivers
//! that cannot seal.

use std::sync::{Arc, OnceLock, Weak};

use helios_core::cipher::{UserKey, Vault, wrong_key};
use helios_core::{Error, Result};
use parking_lot::RwLock;

use crate::open_databases::Slot;

/// The keys of a store in memory. Nothing of it is at rest: a key is taken note of, and lets columns be sealed.
#[derive(Debug, Default)]
pub(crate) struct MemoryVault(RwLock<Option<UserKey>>);

impl MemoryVault {
    pub(crate) fn new(key: Option<UserKey>) -> MemoryVault {
        MemoryVault(RwLock::new(key))
    }
}

impl Vault for MemoryVault {
    fn key(&self) -> Option<UserKey> {
        self.0.read().clone()
    }

    fn check(&self, key: Option<&UserKey>) -> Result<()> {
        if self.0.read().as_ref() == key { Ok(()) } else { Err(wrong_key()) }
    }

    fn rekey(&self, key: Option<&UserKey>, _: bool) -> Result<()> {
        *self.0.write() = key.cloned();
        Ok(())
    }
}

/// The keys of a store of a driver that cannot seal, by its name: there are none.
#[derive(Debug)]
pub(crate) struct PlainVault(pub(crate) &'static str);

impl PlainVault {
    pub(crate) fn refuse(&self) -> Error {
        Error::sql(format!("the storage driver {} cannot encrypt; use redb, or no key", self.0))
    }
}

impl Vault for PlainVault {
    fn key(&self) -> Option<UserKey> {
        None
    }

    fn check(&self, key: Option<&UserKey>) -> Result<()> {
        key.map_or(Ok(()), |_| Err(self.refuse()))
    }

    fn rekey(&self, key: Option<&UserKey>, _: bool) -> Result<()> {
        key.map_or(Ok(()), |_| Err(self.refuse()))
    }
}

/// The keys of an open database. Where another file takes the place of the database's, it is known by that one.
#[derive(Debug)]
pub(crate) struct OpenVault {
    inner: Arc<dyn Vault>,
    slot: OnceLock<Weak<Slot>>,
}

impl OpenVault {
    pub(crate) fn new(inner: Arc<dyn Vault>) -> Arc<OpenVault> {
        Arc::new(OpenVault { inner, slot: OnceLock::new() })
    }

    /// The database is the one of this slot.
    pub(crate) fn belongs_to(&self, slot: &Arc<Slot>) {
        self.slot.get_or_init(|| Arc::downgrade(slot));
    }
}

impl Vault for OpenVault {
    fn key(&self) -> Option<UserKey> {
        self.inner.key()
    }

    fn check(&self, key: Option<&UserKey>) -> Result<()> {
        match (self.is_sealed(), key) {
            // Nothing to be looked at.
            (false, None) => Ok(()),
            (true, None) => Err(wrong_key()),
            (_, key) => self.inner.check(key),
        }
    }

    fn rekey(&self, key: Option<&UserKey>, is_full: bool) -> Result<()> {
        let rekey = || self.inner.rekey(key, is_full);
        match self.slot.get().and_then(Weak::upgrade) {
            Some(slot) => slot.replace_file(rekey),
            None => rekey(),
        }
    }
}
