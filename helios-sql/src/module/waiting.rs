//! What virtual tables have yet to write in the transaction that is open.
//!
//! A module that writes better in bulk collects changes in a [`Buffer`]. It is written before anybody reads, at the end
//! of the transaction at the latest. What statements before the present one have left waiting is *held*: a statement that
//! fails takes back its own part only, so nothing that is held may be written while a statement runs that may fail.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use helios_core::Result;
use helios_core::transaction::Reader;
use helios_core::versioned::{Space, WriteSet};
use parking_lot::RwLock;

/// Changes of one table that wait.
pub trait Buffer: fmt::Debug + Send {
    /// Itself, for the module that made it.
    fn as_any(&mut self) -> &mut dyn Any;

    /// All that waits now is held.
    fn hold(&mut self);

    /// Forgets what came since it was held; whether nothing is left.
    fn take_back(&mut self) -> bool;

    /// Whether it is time to write.
    fn is_full(&self) -> bool;

    /// Writes what waits, and is empty then.
    fn flush(&mut self, reader: &Reader, writes: &Arc<RwLock<WriteSet>>) -> Result<()>;
}

/// Changes of all tables that wait.
#[derive(Debug, Default)]
pub struct Waiting(Vec<(Space, Box<dyn Buffer>)>);

impl Waiting {
    pub(super) fn buffer(&mut self, space: Space, make: impl FnOnce() -> Box<dyn Buffer>) -> &mut dyn Buffer {
        let place = self.0.iter().position(|(of, _)| *of == space).unwrap_or_else(|| {
            self.0.push((space, make()));
            self.0.len() - 1
        });
        &mut *self.0[place].1
    }

    pub(super) fn flush(
        &mut self,
        space: Space,
        reader: &Reader,
        writes: &Arc<RwLock<WriteSet>>,
    ) -> Result<()> {
        match self.0.iter().position(|(of, _)| *of == space) {
            Some(place) => self.0.swap_remove(place).1.flush(reader, writes),
            None => Ok(()),
        }
    }

    pub(super) fn forget(&mut self, space: Space) {
        self.0.retain(|(of, _)| *of != space);
    }

    /// All that waits now stays, whatever comes of later statements.
    pub fn hold(&mut self) {
        self.0.iter_mut().for_each(|(_, buffer)| buffer.hold());
    }

    /// Forgets what came since something was held.
    pub fn take_back(&mut self) {
        self.0.retain_mut(|(_, buffer)| !buffer.take_back());
    }

    /// Whether it is time to write some of it.
    pub fn is_full(&self) -> bool {
        self.0.iter().any(|(_, buffer)| buffer.is_full())
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes all.
    pub fn flush_all(&mut self, reader: &Reader, writes: &Arc<RwLock<WriteSet>>) -> Result<()> {
        for (_, mut buffer) in self.0.drain(..) {
            buffer.flush(reader, writes)?;
        }
        Ok(())
    }
}
