//! Where the engine finds databases beside the first one: temporary ones and those of ATTACH.

use std::sync::Arc;

use helios_core::cipher::Vault;
use helios_core::{Error, Result};
use helios_sql::database::{AttachedKey, OpenedDatabase, Places};

use crate::config::Config;
use crate::database::MAIN;
use crate::open_databases::Handle;
use crate::place::Place;
use crate::vault::OpenVault;

/// Opens databases with the settings of the first, and, unless another one is given, with its key.
#[derive(Debug)]
pub(crate) struct SamePlaces {
    pub(crate) config: Config,
    pub(crate) vault: Arc<OpenVault>,
}

impl SamePlaces {
    /// The settings with which the first one is opened once more.
    pub(crate) fn config(&self) -> Config {
        self.with_key(&AttachedKey::Same)
    }

    /// The settings with which something is opened under this key.
    pub(crate) fn with_key(&self, key: &AttachedKey) -> Config {
        let mut config = self.config.clone();
        config.encryption.key_env.clear();
        config.encryption.key = match key {
            AttachedKey::Same => self.vault.key(),
            AttachedKey::None => None,
            AttachedKey::Own(key) => Some(key.clone()),
        };
        config
    }

    fn open_place(&self, place: &Place, branch: String, key: &AttachedKey) -> Result<OpenedDatabase> {
        let handle = Handle::open(place, &self.with_key(key))?;
        let database = handle.engine()?.clone();
        let (file, may_write) = (handle.file().to_owned(), handle.may_write());
        Ok(OpenedDatabase { database, branch, file, may_write, keeper: Box::new(handle) })
    }
}

impl Places for SamePlaces {
    fn temporary(&self) -> Result<OpenedDatabase> {
        self.open_place(&Place::Private, MAIN.to_owned(), &AttachedKey::Same)
    }

    fn open(&self, name: &str, key: &AttachedKey) -> Result<OpenedDatabase> {
        let branch = Place::branch_of_uri(name.as_bytes(), MAIN)?;
        self.open_place(&Place::of_uri(name.as_bytes())?, branch, key)
    }

    fn create(&self, name: &str) -> Result<OpenedDatabase> {
        let place = Place::of_uri(name.as_bytes())?;
        let branch = Place::branch_of_uri(name.as_bytes(), MAIN)?;
        if branch != MAIN {
            return Err(Error::sql(format!("no such branch: {branch}")));
        }
        if let Place::File(path, _) = &place
            && std::fs::metadata(path).is_ok_and(|found| found.len() > 0)
        {
            return Err(Error::sql("output file already exists"));
        }
        self.open_place(&place, branch, &AttachedKey::Same)
    }
}
