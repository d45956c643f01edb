//! Foreign keys at the end of statements and of transactions.

use std::sync::Arc;

use helios_core::{ErrorKind, Result, Value};

use super::Session;
use super::hooks::{HookCompiler, quoted};
use super::sources::Slots;
use super::statement::Statement;
use super::transaction::Failure;
use crate::catalog::Table;
use crate::chunk::Chunk;
use crate::exec::Context;
use crate::write::{Outcome, Programs, broken_reference};

/// A reference that was not met, to be looked at when the transaction ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deferred {
    child: (String, usize),
    values: Vec<Value>,
    /// Whether it was the row referred to that went.
    has_gone: bool,
}

impl Session {
    /// Looks at the references that a statement left unmet. Deferred ones wait for the end of the transaction.
    pub(super) fn settle_references(
        &mut self,
        programs: &Arc<Programs>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        if outcome.suspects.is_empty() {
            return Ok(());
        }
        let context = self.probing()?;
        for suspect in std::mem::take(&mut outcome.suspects) {
            let program = &programs.keys[suspect.program];
            let waits = program.deferred || self.settings.defer_foreign_keys;
            if waits && !self.is_alone {
                let deferred = Deferred {
                    child: program.child.clone(),
                    values: suspect.values,
                    has_gone: suspect.has_gone,
                };
                let waiting = &mut self.at(program.slot).deferred;
                if !waiting.contains(&deferred) {
                    waiting.push(deferred);
                }
            } else if program.is_broken(&suspect.values, &context)? {
                // SQLite refuses a lone row before it is inserted, unless its reference may wait or another row go.
                if waits || outcome.may_replace || outcome.changes > 1 {
                    self.last_insert_rowid = outcome.last_insert_rowid.unwrap_or(self.last_insert_rowid);
                }
                return Err(program.broken(&suspect.values, suspect.has_gone));
            }
        }
        Ok(())
    }

    /// SET CONSTRAINTS: references that may wait do so until the end of the transaction, or are looked at now, and wait no
    /// longer.
    ///
    /// # Errors
    /// The constraint error about a reference that is not met.
    pub fn set_constraints(&mut self, deferred: bool) -> Result<()> {
        if deferred {
            if self.in_transaction() {
                self.settings.defer_foreign_keys = true;
                self.settings_changes += 1;
            }
            return Ok(());
        }
        self.settle_deferred()?;
        self.deferred.clear();
        self.stop_deferring();
        Ok(())
    }

    /// References wait no longer than they themselves say. Statements are compiled for one or the other.
    pub(super) fn stop_deferring(&mut self) {
        if std::mem::take(&mut self.settings.defer_foreign_keys) {
            self.settings_changes += 1;
        }
    }

    /// A table has another name: what waits is still its own.
    pub(super) fn rename_deferred(&mut self, from: &str, to: &str) {
        for deferred in
            self.deferred.iter_mut().filter(|deferred| deferred.child.0.eq_ignore_ascii_case(from))
        {
            deferred.child.0 = to.to_ascii_lowercase();
        }
    }

    /// An error if a deferred reference is not met.
    pub(super) fn settle_deferred(&mut self) -> Result<()> {
        if self.deferred.is_empty() {
            return Ok(());
        }
        let context = self.probing()?;
        let view = self.current_view()?;
        let mut compiler = HookCompiler::new(&view);
        let mut numbers = Vec::with_capacity(self.deferred.len());
        for deferred in &self.deferred {
            let (child, number) = &deferred.child;
            // A table that is gone refers to nothing.
            let child = view.catalog.table(child).filter(|child| child.references.len() > *number);
            numbers.push(match child {
                Some(child) if view.catalog.table(&child.references[*number].table).is_some() => {
                    match compiler.key_of(child, *number) {
                        // Another table has the name now, and no such key.
                        Err(error) if error.kind() == ErrorKind::Sql => return Err(broken_reference()),
                        found => Some(found?),
                    }
                }
                Some(_) => return Err(broken_reference()),
                None => None,
            });
        }
        let programs = compiler.finish()?;
        for (deferred, number) in self.deferred.iter().zip(numbers) {
            if let Some(number) = number
                && programs.keys[number].is_broken(&deferred.values, &context)?
            {
                return Err(programs.keys[number].broken(&deferred.values, deferred.has_gone));
            }
        }
        Ok(())
    }

    /// A context to look references up in.
    pub(super) fn probing(&mut self) -> Result<Context> {
        let sources = self.sources(Slots::default())?;
        let others = sources.other_readers();
        Ok(Context::new(sources.reader, others, self.facts(), self.interrupt.clone()))
    }

    /// Before a table is dropped that others refer to, its rows are deleted as foreign keys want it.
    pub(super) fn forget_referring_rows(&mut self, table: &Arc<Table>) -> Result<(), Failure> {
        if !self.settings.foreign_keys {
            return Ok(());
        }
        if table.referenced_by.is_empty() {
            let waits = |deferred: bool| deferred || self.settings.defer_foreign_keys;
            if !table.references.iter().any(|reference| waits(reference.deferred)) {
                return Ok(());
            }
            // Its rows may be what a transaction waits for; they are deleted only while it waits for something.
            match self.settle_deferred() {
                Ok(()) => {
                    self.changes = 0;
                    return Ok(());
                }
                Err(error) if matches!(error.kind(), ErrorKind::Constraint(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.settings.fires_triggers = false;
        self.settings_changes += 1;
        let deleted = self.run_text(&format!("DELETE FROM main.{}", quoted(&table.name)));
        self.settings.fires_triggers = true;
        self.settings_changes += 1;
        deleted?;
        Ok(self.forget_met(table)?)
    }

    /// Forgets deferred references to a table whose rows were deleted, where nothing refers to them any more: without
    /// the table that cannot be told.
    fn forget_met(&mut self, table: &Arc<Table>) -> Result<()> {
        let context = self.probing()?;
        let view = self.current_view()?;
        let mut compiler = HookCompiler::new(&view);
        let (mut rest, mut suspects) = (Vec::new(), Vec::new());
        for deferred in &self.deferred {
            let (child, number) = &deferred.child;
            let child = view.catalog.table(child).filter(|child| {
                child.references.get(*number).is_some_and(|key| key.table.eq_ignore_ascii_case(&table.name))
            });
            match child {
                Some(child) => suspects.push((deferred.clone(), compiler.key_of(child, *number)?)),
                None => rest.push(deferred.clone()),
            }
        }
        let programs = compiler.finish()?;
        for (deferred, number) in suspects {
            if programs.keys[number].is_broken(&deferred.values, &context)? {
                rest.push(deferred);
            }
        }
        self.deferred = rest;
        Ok(())
    }

    /// Runs a statement that is a part of another.
    pub(super) fn run_text(&mut self, text: &str) -> Result<()> {
        let prepared: Option<Statement> = self.prepare(text)?;
        match prepared {
            Some(mut statement) => self.start(&mut statement, &Chunk::new(Vec::new(), 1)),
            None => Ok(()),
        }
    }
}
