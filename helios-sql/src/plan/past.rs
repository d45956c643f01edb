//! What a plan reads of the past.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, ErrorKind, Result};
use parking_lot::Mutex;

/// A place in a plan for the reader of a moment: set before the plan runs, empty while it does not, so that a statement
/// that waits holds no state of the store. Clones are the same place.
#[derive(Clone, Debug)]
pub struct PastReader(Arc<Mutex<Option<Reader>>>);

impl PastReader {
    /// A place with a reader in it.
    pub fn new(reader: Reader) -> PastReader {
        PastReader(Arc::new(Mutex::new(Some(reader))))
    }

    /// Puts a reader in, or takes it away.
    pub fn set(&self, reader: Option<Reader>) {
        *self.0.lock() = reader;
    }

    /// The reader.
    ///
    /// # Errors
    /// There is none.
    pub fn get(&self) -> Result<Reader> {
        let reader = self.0.lock().clone();
        reader.ok_or_else(|| Error::new(ErrorKind::Internal, "a moment was not looked up"))
    }
}

impl PartialEq for PastReader {
    fn eq(&self, other: &PastReader) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
