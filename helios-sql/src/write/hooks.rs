//! What the change of a row brings about: triggers, what foreign keys say, and checks of references.
//!
//! A statement has one set of [`Programs`]: every trigger and every reference that it, or any trigger that it fires, may
//! come upon. They name each other by number, so that triggers may fire each other in circles.

use helios_core::Result;

use super::key_check::KeyProgram;
use super::trigger::TriggerProgram;
use super::{RowValues, Writer};
use crate::exec::Context;

/// The programs of a statement, by number.
#[derive(Debug, Default)]
pub struct Programs {
    /// Triggers, and what foreign keys do.
    pub triggers: Vec<TriggerProgram>,
    /// References.
    pub keys: Vec<KeyProgram>,
    /// The numbers of the schemas whose rows the statement may change.
    pub slots: Vec<usize>,
    /// Whether a trigger may fire while it runs.
    pub recursive: bool,
}

/// What the change of a row of a table brings about, by numbers of programs.
#[derive(Clone, Debug, Default)]
pub struct Hooks {
    /// Triggers that run before the row is changed.
    pub before: Vec<usize>,
    /// Triggers that run instead of the change.
    pub instead: Vec<usize>,
    /// What foreign keys do, then triggers that run after the row was changed.
    pub after: Vec<usize>,
    /// References of the row to others.
    pub references: Vec<usize>,
    /// References of others to the row.
    pub referenced_by: Vec<usize>,
    /// For a row that has to make room for another.
    pub replaced: Option<Box<Hooks>>,
    /// For the row that a clause of ON CONFLICT changes, by the clause's number.
    pub upserts: Vec<Hooks>,
}

impl Hooks {
    /// Whether nothing but the change itself happens.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty()
            && self.instead.is_empty()
            && self.after.is_empty()
            && self.references.is_empty()
            && self.referenced_by.is_empty()
            && self.replaced.as_ref().is_none_or(|replaced| replaced.is_empty())
            && self.upserts.iter().all(Hooks::is_empty)
    }

    /// Whether nothing happens but that references are looked at: no other row changes.
    pub fn only_look(&self) -> bool {
        self.before.is_empty()
            && self.instead.is_empty()
            && self.after.is_empty()
            && self.replaced.as_ref().is_none_or(|replaced| replaced.only_look())
            && self.upserts.iter().all(Hooks::only_look)
    }
}

/// A row before and after a change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Images<'r> {
    pub(super) old: Option<&'r RowValues>,
    pub(super) new: Option<&'r RowValues>,
}

impl Writer<'_> {
    /// Runs triggers in order. Returns whether the change goes on; RAISE(IGNORE) ends it.
    pub(super) fn fire(
        &mut self,
        triggers: &[usize],
        images: Images<'_>,
        context: &mut Context,
    ) -> Result<bool> {
        for &number in triggers {
            if !self.fire_one(number, images, context)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Looks at the references that a change touches: those of the new row, and those to the old one.
    pub(super) fn check_references(
        &mut self,
        hooks: &Hooks,
        images: Images<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let programs = self.programs.clone();
        for &number in &hooks.referenced_by {
            if let Some(old) = images.old {
                programs.keys[number].row_goes(number, old, images.new, self, context)?;
            }
        }
        for &number in &hooks.references {
            if let Some(new) = images.new {
                programs.keys[number].row_comes(number, new, self, context)?;
            }
        }
        Ok(())
    }
}
