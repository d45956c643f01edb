//! The key of a database: PRAGMA key, PRAGMA rekey, ATTACH … KEY, as SQLCipher has them.

use std::sync::Arc;

use helios_core::cipher::{UserKey, Vault, wrong_key};
use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value};

use super::Session;
use crate::ast;
use crate::catalog::{ColumnKey, Layouts, TableColumn};
use crate::chunk::Chunk;
use crate::database::AttachedKey;

impl Session {
    /// From now on `key` opens the database; with `None` it is plain. With `is_full` everything is sealed anew, under new
    /// keys.
    ///
    /// # Errors
    /// A transaction is open; the storage driver does not encrypt; another process has the file open and everything is
    /// to be written anew.
    pub fn rekey(&mut self, key: Option<&UserKey>, is_full: bool) -> Result<()> {
        if self.transaction.is_some() {
            return Err(Error::sql("cannot change the encryption key from within a transaction"));
        }
        if Arc::strong_count(&self.executions) > 1 {
            return Err(Error::sql("cannot change the encryption key - SQL statements in progress"));
        }
        if key.is_none() {
            self.check_no_encrypted_columns()?;
        }
        self.vault()?.rekey(key, is_full)
    }

    /// Whether the database is sealed.
    pub fn is_sealed(&self) -> bool {
        self.database.encryption().is_some_and(|encryption| encryption.vault.is_sealed())
    }

    /// Gives keys to the encrypted columns of a table that have none.
    pub(super) fn add_column_keys(&self, layouts: &mut Layouts, columns: &[TableColumn]) -> Result<()> {
        if !columns.iter().any(|column| column.is_encrypted) {
            return Ok(());
        }
        let encryption = self.database.encryption().filter(|encryption| encryption.vault.is_sealed());
        let encryption = encryption.ok_or_else(|| {
            Error::sql("encrypted columns need a database that is opened with an encryption key")
        })?;
        let entropy = self.database.ciphers().entropy;
        layouts.add_keys(columns, || ColumnKey::random(&encryption.cipher, &*entropy));
        Ok(())
    }

    /// An error if a branch has tables with encrypted columns, which a plain database cannot have.
    fn check_no_encrypted_columns(&self) -> Result<()> {
        let present = self.database.engine().present()?;
        for (branch, _) in self.database.branches()? {
            let reader = Reader::of_view(present.view(branch.id)?);
            let catalog = self.database.catalog(branch.id, branch.schema, &reader)?;
            if let Some(table) = catalog.tables().find(|table| table.has_encrypted_columns()) {
                return Err(Error::sql(format!("table {} has encrypted columns", table.name)));
            }
        }
        Ok(())
    }

    fn vault(&self) -> Result<&dyn Vault> {
        let encryption = self.database.encryption();
        encryption.map(|encryption| &*encryption.vault).ok_or_else(|| Error::sql("no cipher is built in"))
    }

    /// PRAGMA key: an empty database is sealed with it; any other one must be sealed with it.
    pub(super) fn pragma_key(&mut self, key: &str) -> Result<()> {
        let key = UserKey::of_text(key)?;
        if self.is_sealed() {
            return self.vault()?.check(Some(&key));
        }
        // The table of the schema is always there.
        if self.database.stored_objects()? > 1 {
            return Err(wrong_key());
        }
        self.rekey(Some(&key), false)
    }

    /// PRAGMA rekey: an empty text makes the database plain.
    pub(super) fn pragma_rekey(&mut self, key: &str) -> Result<()> {
        match key {
            "" => self.rekey(None, false),
            key => self.rekey(Some(&UserKey::of_text(key)?), false),
        }
    }

    /// The key that ATTACH gives: none, an empty text for a plain database, a passphrase or a raw key.
    pub(super) fn attached_key(
        &mut self,
        key: Option<&ast::Expression>,
        parameters: &Chunk,
    ) -> Result<AttachedKey> {
        let Some(key) = key else { return Ok(AttachedKey::Same) };
        Ok(match self.value_of(key, parameters)? {
            Value::Null => AttachedKey::None,
            Value::Text(text) if text.is_empty() => AttachedKey::None,
            Value::Text(text) => AttachedKey::Own(UserKey::of_text(&String::from_utf8_lossy(&text))?),
            Value::Blob(bytes) => AttachedKey::Own(UserKey::of_bytes(&bytes)?),
            _ => return Err(Error::sql("the key of a database is a text or a blob")),
        })
    }
}
