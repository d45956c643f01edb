//! What a pool does with a connection that comes back: it hands the session on to a new object, so that whoever still
//! has the old one has a closed connection.

use std::sync::Arc;

use helios::sql::Configuration as Configured;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Connection, roll_back};
use crate::shared::Core;

/// What is set on a connection; equal to an earlier one if nothing was set since.
#[pyclass(frozen, eq, module = "heliosdb_sqlite._native")]
#[derive(Debug, PartialEq)]
pub(crate) struct Configuration(Configured);

#[pymethods]
impl Connection {
    /// What is set on the connection, but for attributes.
    fn _configuration(&self, py: Python<'_>) -> PyResult<Configuration> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        shared.run(py, |core| core.session.configuration()).map(Configuration)
    }

    /// Ends what runs, rolls back, and makes another connection of the same class with this session, its factories, and
    /// what else a program keeps in its `__dict__`. This one is closed.
    fn _hand_on<'py>(slf: &Bound<'py, Connection>) -> PyResult<Bound<'py, Connection>> {
        let py = slf.py();
        let shared = slf.get().shared(py)?;
        shared.check(py)?;
        {
            let mut core = shared.lock(py)?;
            let Core { statements, session, .. } = core.get();
            statements.take_back(|statement| session.reset(statement));
        }
        shared.run_apart(py, roll_back)?;
        let class = slf.get_type();
        let next = class.call_method1(intern!(py, "__new__"), (&class,))?.cast_into::<Connection>()?;
        if let Ok(attributes) = slf.getattr(intern!(py, "__dict__")) {
            next.getattr(intern!(py, "__dict__"))?.cast::<PyDict>()?.update(attributes.cast()?)?;
        }
        let handed = Arc::new(shared.hand_on(py)?);
        *next.get().shared.lock() = Some(handed.clone());
        *next.get().shown.lock() = super::unclosed::shown(&next)?;
        handed.begin_if_always_in_transaction(py)?;
        Ok(next)
    }
}
