//! The keys of a store, and how they change.
//!
//! Another key for a sealed file is another lock at its head ([`crate::sealed`]). To seal a plain file, to make a sealed
//! one plain, and to put new keys in the place of all old ones, everything is written anew into a file beside it, which
//! then takes its name: at any moment the name is that of the old file or of the new one, each complete.

use std::fs::File;
use std::path::Path;

use helios_cipher_keys::KeyRecord;
use helios_core::cipher::{UserKey, Vault, wrong_key};
use helios_core::storage::cannot_open;
use helios_core::{Error, ErrorKind, Result};
use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::error::from_redb;
use crate::handle::read_only;
use crate::recognise::{Found, recognise};
use crate::replace::Copy;
use crate::sealed::{create, read_record, replace_record};
use crate::side_file::SideFile;
use crate::source::{Place, Source};
use crate::store::{RedbStorage, Sharing};

/// Whether a database stands at `path`, which `key`, or none, opens; `false` if there is nothing.
pub(crate) fn check_file(path: &Path, source: &Source, key: Option<&UserKey>) -> Result<bool> {
    match (recognise(path)?, key) {
        (Found::Nothing, _) => Ok(false),
        (Found::Redb, None) => Ok(true),
        (Found::Sealed, Some(key)) => source.keyring()?.open(key, &record_at(path)?).map(|_| true),
        (Found::Redb, Some(_)) | (Found::Sealed, None) => Err(wrong_key()),
    }
}

/// Writes the head of an empty file that is to be sealed. The caller is the only one who does.
pub(crate) fn make_head(path: &Path, source: &Source) -> Result<()> {
    let is_empty = std::fs::metadata(path).map_err(|error| cannot_open(path, &error))?.len() == 0;
    if let (true, Some(key)) = (is_empty, source.key()) {
        create(&file_at(path)?, source.keyring()?, &key)?;
    }
    Ok(())
}

fn record_at(path: &Path) -> Result<KeyRecord> {
    let file = File::open(path).map_err(|error| cannot_open(path, &error))?;
    read_record(&FileBackend::new(file).map_err(from_redb)?)
}

fn file_at(path: &Path) -> Result<FileBackend> {
    let file = File::options().read(true).write(true).open(path);
    FileBackend::new(file.map_err(|error| cannot_open(path, &error))?).map_err(from_redb)
}

impl RedbStorage {
    /// Puts another lock on the same keys.
    fn lock_anew(&self, old: &UserKey, new: &UserKey) -> Result<()> {
        let keyring = self.source.keyring()?;
        let replace = |backend: &dyn StorageBackend| {
            replace_record(backend, |record| {
                let keys = keyring.open(old, record)?;
                keyring.lock(new, &keys, record.number + 1)
            })
        };
        match self.source.place() {
            Place::File(path) => replace(&file_at(path)?),
            Place::Backend(make) => replace(&*make()?),
        }
    }

    /// Writes everything anew under `key` and puts it in the place of what was. The caller is the only writer of this
    /// process.
    fn write_anew(&self, key: Option<&UserKey>) -> Result<()> {
        let Place::File(path) = self.source.place() else {
            return Err(Error::new(ErrorKind::Misuse, "only a file can be written anew"));
        };
        let side = match &*self.sharing.read() {
            Sharing::Shared(side) => Some(side.clone()),
            Sharing::Alone(..) | Sharing::Blind(_) => None,
        };
        let _alone = side.as_ref().map(SideFile::stay_alone).transpose()?;
        self.count_commit(|| {
            self.recover_again()?;
            let copy = Copy { path, source: &self.source, key, cache_bytes: self.options.cache_bytes };
            copy.put_in_place(&self.read()?)?;
            self.source.set_key(key.cloned());
            if let Sharing::Shared(side) | Sharing::Alone(_, Some(side)) = &*self.sharing.read() {
                side.follow_file(path)?;
            }
            self.reopen()
        })
    }
}

impl Vault for RedbStorage {
    fn key(&self) -> Option<UserKey> {
        self.source.key()
    }

    fn check(&self, key: Option<&UserKey>) -> Result<()> {
        match self.source.place() {
            Place::File(path) => check_file(path, &self.source, key).map(|_| ()),
            Place::Backend(_) if self.source.key().as_ref() == key => Ok(()),
            Place::Backend(_) => Err(wrong_key()),
        }
    }

    fn rekey(&self, key: Option<&UserKey>, is_full: bool) -> Result<()> {
        if self.options.read_only {
            return Err(read_only());
        }
        let _writer = self.writer.lock();
        match (self.source.key(), key) {
            (None, None) => Ok(()),
            (Some(old), Some(new)) if !is_full => {
                let sharing = self.sharing.read();
                let _committing = match &*sharing {
                    Sharing::Shared(side) => Some(side.begin_commit()?),
                    Sharing::Alone(..) | Sharing::Blind(_) => None,
                };
                self.lock_anew(&old, new)?;
                self.source.set_key(Some(new.clone()));
                Ok(())
            }
            (_, new) => self.write_anew(new),
        }
    }
}
