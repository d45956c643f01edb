//! Rows that change under a statement's hands: a function of the program that it calls may change them too.
//!
//! In: how often such functions have begun to change something, which their session counts. Out: nothing that the statement
//! knew of the tables before is taken for true after that. Rows are read again, and so are the highest rowids. Where a row
//! was looked at and constraints on it call functions that change this very row, the statement ends with an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use helios_core::{Error, ErrorKind, Result};

use super::Writer;

/// How often something was changed by statements that functions of the program ran, within the statement that calls them.
#[derive(Clone, Debug, Default)]
pub struct Disturbances(Arc<AtomicU64>);

impl Disturbances {
    /// One more.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// That, for a statement whose session is lent to the functions that it calls.
#[derive(Debug)]
pub struct LentTo {
    disturbances: Disturbances,
    /// How many there had been when the statement began.
    at_begin: u64,
    /// How many there had been when highest rowids were read.
    at_rowids: u64,
}

impl LentTo {
    /// From now on.
    pub fn new(disturbances: Disturbances) -> LentTo {
        let count = disturbances.count();
        LentTo { disturbances, at_begin: count, at_rowids: count }
    }
}

/// How often a row is read again that is not the same after its expressions were evaluated.
pub(super) const MOST_READINGS: usize = 3;

impl Writer<'_> {
    /// Whether functions that the statement calls may change rows.
    #[inline]
    pub(super) fn is_lent(&self) -> bool {
        self.lent.is_some()
    }

    /// How often they have.
    #[inline]
    pub(super) fn disturbances(&self) -> u64 {
        self.lent.as_ref().map_or(0, |lent| lent.disturbances.count())
    }

    /// Whether they have since the statement began.
    #[inline]
    pub(super) fn was_disturbed(&self) -> bool {
        self.lent.as_ref().is_some_and(|lent| lent.disturbances.count() != lent.at_begin)
    }

    /// Forgets the highest rowids if they may be others by now.
    #[inline]
    pub(super) fn forget_disturbed(&mut self) {
        let Some(lent) = &mut self.lent else { return };
        let count = lent.disturbances.count();
        if lent.at_rowids != count {
            lent.at_rowids = count;
            std::iter::once(&mut self.site).chain(&mut self.away).for_each(|site| site.rowids.clear());
        }
    }
}

/// The error of a statement whose row was changed while it was working on it.
pub(super) fn changed_meanwhile() -> Error {
    Error::new(ErrorKind::Locked, "database table is locked")
}

/// `read` something and evaluate what follows from it, again if it may have changed meanwhile.
pub(super) fn read_undisturbed<T>(writer: &Writer<'_>, mut read: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..MOST_READINGS {
        let before = writer.disturbances();
        let found = read()?;
        if writer.disturbances() == before {
            return Ok(found);
        }
    }
    Err(changed_meanwhile())
}
