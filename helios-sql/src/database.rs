//! A database: one engine, the catalogs of its branches, and the sessions on it.

use std::sync::Arc;

use helios_core::branch::Store;
use helios_core::clock::{Clock, Entropy};
use helios_core::storage::Storage;
use helios_core::transaction::Engine;
use helios_core::{Error, Result};

use crate::session::Session;

/// An open database, shared by its sessions.
#[derive(Debug)]
pub struct Database {
    engine: Arc<Engine>,
    storage: Arc<dyn Storage>,
    entropy: Arc<dyn Entropy>,
}

impl Database {
    /// Opens the database that `storage` holds, or makes one there.
    pub fn open(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Arc<Database>> {
        let store = Store::open(storage.clone(), &*clock, &*entropy)?;
        let engine = Engine::new(Arc::new(store), clock)?;
        Ok(Arc::new(Database { engine, storage, entropy }))
    }

    /// A session on a branch. An unknown branch is an error.
    pub fn connect(self: &Arc<Self>, branch: &str) -> Result<Session> {
        Session::new(self.clone(), branch)
    }

    /// Makes a branch of the present of `parent`.
    pub fn create_branch(&self, name: &str, parent: &str) -> Result<()> {
        let present = self.engine.present()?;
        let parent = present
            .state()
            .branch_named(parent)
            .ok_or_else(|| helios_core::branch::no_such_branch(parent))?
            .id;
        drop(present);
        self.engine.create_branch(name, parent).map(drop)
    }

    /// From now on all tables keep their history.
    pub fn keep_history(&self) -> Result<()> {
        self.engine.keep_history()
    }

    /// What runs transactions.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Where random numbers come from.
    pub fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// The driver.
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Closes the database. Everything on it fails afterwards.
    pub fn close(&self) -> Result<()> {
        self.storage.close().map_err(|error: Error| error.in_context("closing the database"))
    }
}
