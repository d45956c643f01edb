//! Who keeps the keys of an open store.

use std::fmt;

use super::UserKey;
use crate::error::Result;

/// The keys of an open store, plain or sealed.
pub trait Vault: fmt::Debug + Send + Sync {
    /// Whether the store is sealed.
    fn is_sealed(&self) -> bool {
        self.key().is_some()
    }

    /// What opens the store; `None` where it is plain.
    fn key(&self) -> Option<UserKey>;

    /// Whether a key, or none, is the one that opens the store as it stands.
    ///
    /// # Errors
    /// `NotADatabase` if it is not.
    fn check(&self, key: Option<&UserKey>) -> Result<()>;

    /// From now on `key` opens the store; with `None`, none does. A sealed store gets another lock on the same keys,
    /// which is quick. Where it is to be sealed or to be plain, or where `is_full` asks for new keys, everything is
    /// written anew. Whatever interrupts it, the store opens as before or as after.
    ///
    /// # Errors
    /// `Busy` if everything is to be written anew and another process has the store open.
    fn rekey(&self, key: Option<&UserKey>, is_full: bool) -> Result<()>;
}
