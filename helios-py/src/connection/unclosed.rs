//! The warning of Python 3.13 and later about connections that go without having been closed.

use std::ffi::CString;

use pyo3::exceptions::PyResourceWarning;
use pyo3::prelude::*;

use super::Connection;
use crate::python::is_at_least;

/// How a connection is called in the warning.
pub(super) fn shown(connection: &Bound<'_, Connection>) -> PyResult<String> {
    if !is_at_least(connection.py(), 13) {
        return Ok(String::new());
    }
    let class = connection.get_type().fully_qualified_name()?;
    Ok(format!("<{class} object at {:p}>", connection.as_ptr()))
}

impl Drop for Connection {
    fn drop(&mut self) {
        let shown = std::mem::take(self.shown.get_mut());
        let is_left_open = self.shared.get_mut().as_ref().is_some_and(|shared| shared.is_left_open());
        if shown.is_empty() || !is_left_open {
            return;
        }
        let Ok(message) = CString::new(format!("unclosed database in {shown}")) else { return };
        // At the interpreter's end there is nobody to warn.
        let _ = Python::try_attach(|py| {
            // What is being raised meanwhile stays so.
            let raised = PyErr::take(py);
            if let Err(error) = PyErr::warn(py, &py.get_type::<PyResourceWarning>(), &message, 1) {
                error.write_unraisable(py, None);
            }
            if let Some(raised) = raised {
                raised.restore(py);
            }
        });
    }
}
