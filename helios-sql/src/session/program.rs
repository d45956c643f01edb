//! What a program adds to its session: functions, collations and modules of virtual tables.

use std::sync::Arc;

use helios_core::value::{Collation, ProgramCollation};
use helios_core::{Error, Result};

use super::Session;
use crate::catalog::Catalog;
use crate::func::ProgramFunction;
use crate::module::Module;

impl Session {
    /// Adds a function for statements of this session, in the place of one of the same name and number of arguments.
    pub fn add_function(&mut self, function: ProgramFunction) {
        Arc::make_mut(&mut self.functions).add(function);
        self.program_changed();
    }

    /// Whether the program has added functions.
    pub fn has_functions(&self) -> bool {
        self.functions.all().next().is_some()
    }

    /// Whether statements call nothing of the program: it has added neither functions nor collations, and watches nothing.
    pub fn calls_nobody(&self) -> bool {
        let is_asked = self.authorizer.is_some() || self.is_watched() || self.slow_after().is_some();
        !is_asked && !self.has_functions() && self.collations.is_empty()
    }

    /// Adds a module of virtual tables for statements of this session, in place of one of the same name.
    pub fn add_module(&mut self, name: &str, module: Arc<dyn Module>) {
        Arc::make_mut(&mut self.modules).add(name, module);
        self.program_changed();
    }

    /// Takes away a function that was added, if it is there.
    pub fn remove_function(&mut self, name: &str, arguments: Option<usize>) {
        Arc::make_mut(&mut self.functions).remove(name, arguments);
        self.program_changed();
    }

    /// Adds a collation for statements of this session, in the place of one of the same name. A built-in collation keeps
    /// its meaning, because indexes are kept in its order.
    ///
    /// # Errors
    /// The name is that of a built-in collation.
    pub fn add_collation(&mut self, collation: ProgramCollation) -> Result<()> {
        if Collation::by_name(collation.name()).is_some() {
            return Err(Error::sql(format!("collation {} cannot be replaced", collation.name())));
        }
        self.remove_collation(collation.name());
        self.collations.push(Arc::new(collation));
        self.program_changed();
        Ok(())
    }

    /// Takes away a collation that was added, if it is there.
    pub fn remove_collation(&mut self, name: &str) {
        self.collations.retain(|known| !known.name().eq_ignore_ascii_case(name));
        self.program_changed();
    }

    /// Has statements compiled anew, and the sessions of other schemas know the same.
    pub(super) fn program_changed(&mut self) {
        self.function_changes += 1;
        for other in &mut self.others {
            other.session.functions = self.functions.clone();
            other.session.modules = self.modules.clone();
            other.session.collations.clone_from(&self.collations);
            other.session.program_changed();
        }
    }

    /// A catalog as this session sees it.
    pub(super) fn with_collations(&mut self, shared: Arc<Catalog>) -> Arc<Catalog> {
        if self.collations.is_empty() {
            return shared;
        }
        if let Some((known, changes, seen)) = &self.seen_catalog
            && Arc::ptr_eq(known, &shared)
            && *changes == self.function_changes
        {
            return seen.clone();
        }
        let seen = Arc::new(shared.with_collations(&self.collations));
        self.seen_catalog = Some((shared, self.function_changes, seen.clone()));
        seen
    }

    /// What was done, or the error of a collation that has failed meanwhile. An error of what was done wins: it may come
    /// from the failure.
    #[inline]
    pub(super) fn compared<T, E: From<Error>>(&self, done: Result<T, E>) -> Result<T, E> {
        if self.collations.is_empty() {
            return done;
        }
        let failures: Vec<Error> =
            self.collations.iter().filter_map(|collation| collation.take_failure()).collect();
        match failures.into_iter().next() {
            Some(failure) if done.is_ok() => Err(failure.into()),
            _ => done,
        }
    }

    /// Lets collations forget what earlier statements have compared, if none of those goes on.
    #[inline]
    pub(super) fn forget_places(&self) {
        if !self.collations.is_empty() && Arc::strong_count(&self.executions) == 1 {
            self.collations.iter().for_each(|collation| collation.forget_places());
        }
    }
}
