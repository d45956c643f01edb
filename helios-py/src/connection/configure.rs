//! SQLite's switches, which Python 3.12 and later can read and set.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::{Connection, Given};
use crate::errors::{OPERATIONAL_ERROR, raise};

fn known<T>(op: i32, found: Option<T>) -> PyResult<T> {
    found.ok_or_else(|| PyValueError::new_err(format!("unknown config 'op': {op}")))
}

#[pymethods]
impl Connection {
    /// Query a boolean connection configuration option.
    #[pyo3(signature = (op, /))]
    fn getconfig(&self, py: Python<'_>, op: i32) -> PyResult<bool> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        known(op, shared.run(py, |core| Ok(core.session.switch(op)))?)
    }

    /// Set a boolean connection configuration option.
    #[pyo3(signature = (op, enable = Given::Absent, /), text_signature = "($self, op, enable=True, /)")]
    fn setconfig(&self, py: Python<'_>, op: i32, enable: Given<'_>) -> PyResult<()> {
        let enable = enable.value().map_or(Ok(true), PyAnyMethods::is_truthy)?;
        let shared = self.shared(py)?;
        shared.check(py)?;
        match known(op, shared.run(py, |core| Ok(core.session.set_switch(op, enable)))?)? == enable {
            true => Ok(()),
            false => Err(raise(py, &OPERATIONAL_ERROR, "Unable to set config")),
        }
    }
}
