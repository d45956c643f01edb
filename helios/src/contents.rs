//! What a session has under the name of a schema: its own database, or one that it has attached.

use std::sync::Arc;

use helios_core::Result;
use helios_core::branch::copy::{Tally, tally};
use helios_core::clock::Moment;
use helios_core::storage::Stats;
use helios_sql::database::Database as Engine;
use helios_sql::session::Session;

/// The database of a schema, to be copied. It does not keep the file open: after DETACH everything fails.
#[derive(Clone, Debug)]
pub struct Contents(pub(crate) Arc<Engine>);

/// What counts as a page.
const PAGE_BYTES: u64 = 4096;

impl Contents {
    /// The database of a schema; `None` if the session has no such schema.
    pub fn of(session: &mut Session, schema: &str) -> Option<Contents> {
        session.database_of(schema).map(Contents)
    }

    /// How large it is, in SQLite's measure: about its bytes, and at least a page for each table and index.
    ///
    /// # Errors
    /// What the driver says.
    pub fn pages(&self) -> Result<u64> {
        let stats = self.0.storage().stats()?;
        let bytes = stats.stored_bytes.or(stats.allocated_bytes).unwrap_or(0);
        Ok(bytes.div_ceil(PAGE_BYTES).max(self.0.stored_objects()? as u64))
    }

    /// How much of it there is, as far as the driver knows.
    ///
    /// # Errors
    /// What the driver says.
    pub fn stats(&self) -> Result<Stats> {
        self.0.storage().stats()
    }

    /// Reads everything that is stored: all branches, all history. Copies have the same tally as what they are copies of,
    /// whatever the drivers.
    ///
    /// ```
    /// use helios::{Config, Database};
    ///
    /// let original = Database::open_in_memory()?;
    /// original.connect()?.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (5)")?;
    /// let copy = Database::deserialize(&original.serialize()?, &Config::default())?;
    /// assert_eq!(copy.contents()?.tally()?, original.contents()?.tally()?);
    /// copy.connect()?.execute("DELETE FROM t", ())?;
    /// assert_ne!(copy.contents()?.tally()?, original.contents()?.tally()?);
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// What the driver says of what cannot be read.
    pub fn tally(&self) -> Result<Tally> {
        tally(&*self.0.storage().snapshot()?)
    }

    /// Whether it is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.0.key().is_some()
    }

    /// What is different as soon as something has been committed.
    ///
    /// # Errors
    /// What the driver says.
    pub fn newest_commit(&self) -> Result<Moment> {
        self.0.newest_commit()
    }
}
