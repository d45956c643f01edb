//! Callables that the session calls for a connection as long as it lives, each held in one place.
//!
//! A closure of the session owns a [`Held`] in common with the settings of the connection. So Python's collector sees the one
//! reference that there is, and finds a connection whose callable leads back to it.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// A place for a callable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held(Arc<Mutex<Option<Py<PyAny>>>>);

impl Held {
    /// The callable; nothing once the collector has taken it.
    pub(super) fn get<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.0.lock().as_ref().map(|callable| callable.bind(py).clone())
    }

    /// Puts another callable there, or none. What was there goes when the place is free again: that may call Python.
    pub(super) fn replace(&self, callable: Option<Py<PyAny>>) {
        let before = std::mem::replace(&mut *self.0.lock(), callable);
        drop(before);
    }

    fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where the lock is held, the callable is in use.
        self.0.try_lock().map_or(Ok(()), |callable| visit.call(&*callable))
    }
}

/// The callables of a connection that are held so.
#[derive(Debug, Default)]
pub(crate) struct Hooks {
    pub(super) authorizer: Held,
    pub(super) trace: Held,
    pub(super) progress: Held,
}

impl Hooks {
    fn all(&self) -> [&Held; 3] {
        [&self.authorizer, &self.trace, &self.progress]
    }

    /// Shows the collector what there is.
    pub(crate) fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.all().into_iter().try_for_each(|held| held.visit(visit))
    }

    /// Lets all go.
    pub(crate) fn clear(&self) {
        self.all().into_iter().for_each(|held| held.replace(None));
    }
}
