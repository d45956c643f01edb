//! A copy of a store under another key, in the place of the store.
//!
//! It is made in a file without a name in the same folder, synced, named `NAME-rekey` and then given the name of the
//! store in one step. A crash before that step leaves the store as it was; what it leaves beside it is removed by whoever
//! opens the store next.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use helios_core::Result;
use helios_core::cipher::UserKey;
use helios_core::storage::{Batch, Snapshot, cannot_open};
use redb::backends::FileBackend;
use redb::{Builder, StorageBackend};

use crate::apply::apply;
use crate::create::{give_name, nameless, sync_folder};
use crate::error::from_redb;
use crate::guard::guarded;
use crate::handle::TABLE;
use crate::sealed::{SealedBackend, create};
use crate::source::{Delegate, Source};

/// A copy to be made.
pub(crate) struct Copy<'a> {
    /// The store's file.
    pub(crate) path: &'a Path,
    pub(crate) source: &'a Source,
    /// What the copy is sealed under; `None` for a plain one.
    pub(crate) key: Option<&'a UserKey>,
    pub(crate) cache_bytes: usize,
}

/// The name of a copy that is complete and not in its place.
fn name_beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-rekey");
    PathBuf::from(name)
}

/// Removes what an interruption has left beside the store at `path`. Nobody makes a copy of it meanwhile.
pub(crate) fn remove_left(path: &Path) {
    // Nothing is there, as a rule; what cannot be removed is in nobody's way.
    let _ = std::fs::remove_file(name_beside(path));
}

impl Copy<'_> {
    /// Copies what `snapshot` shows.
    pub(crate) fn put_in_place(&self, snapshot: &dyn Snapshot) -> Result<()> {
        remove_left(self.path);
        let beside = name_beside(self.path);
        let result = self.write(&beside, snapshot).and_then(|()| {
            std::fs::rename(&beside, self.path).map_err(|error| cannot_open(self.path, &error))?;
            sync_folder(self.path)
        });
        if result.is_err() {
            remove_left(self.path);
        }
        result
    }

    fn write(&self, beside: &Path, snapshot: &dyn Snapshot) -> Result<()> {
        let failed = |error: io::Error| cannot_open(beside, &error);
        let (file, is_named) = match nameless(self.path) {
            Some(file) => (file, false),
            None => {
                (File::options().read(true).write(true).create_new(true).open(beside).map_err(failed)?, true)
            }
        };
        let kept = file.try_clone().map_err(failed)?;
        let inner: Box<dyn StorageBackend> = Box::new(FileBackend::new(file).map_err(from_redb)?);
        let backend = match self.key {
            Some(key) => {
                let keys = create(&*inner, self.source.keyring()?, key)?;
                Delegate(Box::new(SealedBackend::with_keys(inner, &keys)))
            }
            None => Delegate(inner),
        };
        guarded(|| {
            let mut builder = Builder::new();
            builder.set_cache_size(self.cache_bytes);
            let database = builder.create_with_backend(backend).map_err(from_redb)?;
            let transaction = database.begin_write().map_err(from_redb)?;
            apply(
                &mut transaction.open_table(TABLE).map_err(from_redb)?,
                &Batch { copied: Some(snapshot), ..Batch::default() },
            )?;
            transaction.commit().map_err(from_redb)?;
            database.close().map_err(from_redb)
        })?;
        let store = std::fs::metadata(self.path).map_err(|error| cannot_open(self.path, &error))?;
        kept.set_permissions(store.permissions()).map_err(failed)?;
        // Only a superuser may give a file to somebody else.
        let _ = fchown(&kept, Some(store.uid()), Some(store.gid()));
        kept.sync_all().map_err(failed)?;
        if !is_named {
            give_name(&kept, beside).map_err(|error| failed(error.into()))?;
        }
        Ok(())
    }
}
