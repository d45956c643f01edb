//! A transaction that is undone unless it is committed.

use std::ops::Deref;

use helios_core::Result;

use super::Connection;

/// When a transaction takes the write turn of its branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TransactionBehavior {
    /// When it first writes.
    #[default]
    Deferred,
    /// At once.
    Immediate,
    /// Never: its reads and writes are validated when it commits, which fails with `BusySnapshot` if another commit
    /// came between.
    Concurrent,
}

/// A transaction of a connection, which it stands for meanwhile.
#[derive(Debug)]
pub struct Transaction<'c> {
    connection: &'c Connection,
}

impl<'c> Transaction<'c> {
    pub(super) fn begin(
        connection: &'c Connection,
        behavior: TransactionBehavior,
    ) -> Result<Transaction<'c>> {
        connection.execute_batch(match behavior {
            TransactionBehavior::Deferred => "BEGIN",
            TransactionBehavior::Immediate => "BEGIN IMMEDIATE",
            TransactionBehavior::Concurrent => "BEGIN CONCURRENT",
        })?;
        Ok(Transaction { connection })
    }

    /// Commits.
    ///
    /// # Errors
    /// `BusySnapshot` where validation failed, the driver's. Nothing of the transaction is done then.
    pub fn commit(self) -> Result<()> {
        self.connection.execute_batch("COMMIT")
    }

    /// Undoes everything since the transaction began; so does a drop, which tells of no error.
    pub fn rollback(self) -> Result<()> {
        self.connection.execute_batch("ROLLBACK")
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.connection.is_autocommit() {
            // Nobody is left to be told of an error; what is open is undone with the connection.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }
}
