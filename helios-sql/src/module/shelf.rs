//! What a virtual table stores: keys and payloads in its space, in the transaction that is open.

use helios_core::Result;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Reader, Transaction};
use helios_core::versioned::Space;

/// The space of a virtual table, to be read and written.
#[derive(Debug)]
pub struct Shelf<'a> {
    space: Space,
    reader: Reader,
    transaction: &'a Transaction,
}

impl<'a> Shelf<'a> {
    /// The space of a table, as a transaction sees it through `reader`.
    pub fn new(space: Space, reader: Reader, transaction: &'a Transaction) -> Shelf<'a> {
        Shelf { space, reader, transaction }
    }

    /// The payload of a key.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        self.reader.get(self.space, key, &mut |version| found = Some(version.payload.to_vec()))?;
        Ok(found)
    }

    /// Writes a key.
    pub fn put(&self, key: &[u8], payload: &[u8]) {
        self.transaction.writes().put(self.space, key, |out| out.extend_from_slice(payload));
    }

    /// Deletes a key.
    pub fn delete(&self, key: &[u8]) {
        self.transaction.writes().delete(self.space, key);
    }

    /// Calls `visit` with the keys and payloads of a range, until it answers `false`.
    pub fn scan(
        &self,
        range: KeyRange<'_>,
        direction: Direction,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<bool>,
    ) -> Result<()> {
        let guard = self.reader.scan(self.space);
        let mut cursor = guard.cursor(range, direction)?;
        while cursor.advance()? {
            let payload = cursor.version().payload.to_vec();
            if !visit(cursor.key(), &payload)? {
                break;
            }
        }
        Ok(())
    }
}
