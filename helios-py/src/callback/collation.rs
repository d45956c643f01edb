//! `create_collation`: a Python function that compares two strings.
//!
//! What the function raises is raised by the method that ran the statement, as in `sqlite3`.

use std::cmp::Ordering;

use helios::Error;
use helios::sql::ProgramCollation;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString};

use super::Caller;
use crate::connection::Connection;
use crate::python::utf8;

/// The sign of what the function returned; what is no number counts as 0.
fn order(result: &Bound<'_, PyAny>) -> PyResult<Ordering> {
    if !result.is_instance_of::<PyInt>() {
        return Ok(Ordering::Equal);
    }
    Ok(if result.lt(0)? {
        Ordering::Less
    } else if result.gt(0)? {
        Ordering::Greater
    } else {
        Ordering::Equal
    })
}

fn compare(py: Python<'_>, callable: &Py<PyAny>, a: &[u8], b: &[u8]) -> PyResult<Ordering> {
    let (a, b) = (PyString::from_bytes(py, a)?, PyString::from_bytes(py, b)?);
    order(&callable.bind(py).call1((a, b))?)
}

fn collation(name: &str, callable: Py<PyAny>, caller: Caller) -> ProgramCollation {
    let comparator = move |a: &[u8], b: &[u8]| {
        let compared = caller.call_alone(|py| compare(py, &callable, a, b));
        compared.map_err(|exception| Error::sql("a collation raised an exception").caused_by(exception))
    };
    ProgramCollation::new(name, Box::new(comparator))
}

#[pymethods]
impl Connection {
    /// Creates a collation function, or with None takes one away.
    #[pyo3(signature = (name, callback, /))]
    fn create_collation(
        &self,
        py: Python<'_>,
        name: &Bound<'_, PyString>,
        callback: Option<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let name = utf8(name)?;
        if name.contains('\0') {
            return Err(PyValueError::new_err("embedded null character"));
        }
        if callback.as_ref().is_some_and(|callback| !callback.is_callable()) {
            return Err(PyTypeError::new_err("parameter must be callable"));
        }
        let added = callback.map(|callback| collation(name, callback.unbind(), shared.caller.clone()));
        shared.run(py, |core| match added {
            Some(added) => core.session.add_collation(added),
            None => {
                core.session.remove_collation(name);
                Ok(())
            }
        })
    }
}
