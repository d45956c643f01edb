//! The methods of a connection that register functions.

use helios::sql::ProgramFunction;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::{Caller, aggregate, scalar};
use crate::connection::Connection;
use crate::errors::{OPERATIONAL_ERROR, programming_error, raise};

/// The most arguments that a function may be registered with.
const MOST_ARGUMENTS: i32 = 127;
/// The most bytes of a function's name.
const LONGEST_NAME: usize = 255;

/// The number of arguments as the engine wants it, if it is one.
fn argument_count(number: i32) -> Option<Option<usize>> {
    match number {
        -1 => Some(None),
        0..=MOST_ARGUMENTS => Some(usize::try_from(number).ok()),
        _ => None,
    }
}

/// Registers what `make` gives under a name, or takes away what is there. `refusal` is the error for a name or a number
/// that no function can have.
fn put(
    py: Python<'_>,
    connection: &Connection,
    name: &str,
    number: i32,
    refusal: impl FnOnce() -> PyErr,
    make: Option<impl FnOnce(Option<usize>, Caller) -> ProgramFunction>,
) -> PyResult<()> {
    let shared = connection.shared(py)?;
    shared.check(py)?;
    if name.contains('\0') {
        return Err(PyValueError::new_err("embedded null character"));
    }
    let arguments = match argument_count(number) {
        Some(arguments) if name.len() <= LONGEST_NAME => arguments,
        _ => return Err(refusal()),
    };
    let function = make.map(|make| make(arguments, shared.caller.clone()));
    shared.run(py, |core| {
        match function {
            Some(function) => core.session.add_function(function),
            None => core.session.remove_function(name, arguments),
        }
        Ok(())
    })
}

#[pymethods]
impl Connection {
    /// Creates a new function.
    #[pyo3(signature = (name, narg, func, *, deterministic = false))]
    fn create_function(
        &self,
        py: Python<'_>,
        name: &str,
        narg: i32,
        func: Py<PyAny>,
        deterministic: bool,
    ) -> PyResult<()> {
        let refusal = || raise(py, &OPERATIONAL_ERROR, "Error creating function");
        let make = |arguments, caller| scalar::function(name, arguments, deterministic, func, caller);
        put(py, self, name, narg, refusal, Some(make))
    }

    /// Creates a new aggregate.
    #[pyo3(signature = (name, n_arg, aggregate_class))]
    fn create_aggregate(
        &self,
        py: Python<'_>,
        name: &str,
        n_arg: i32,
        aggregate_class: Py<PyAny>,
    ) -> PyResult<()> {
        let refusal = || raise(py, &OPERATIONAL_ERROR, "Error creating aggregate");
        let make = |arguments, caller| aggregate::function(name, arguments, false, aggregate_class, caller);
        put(py, self, name, n_arg, refusal, Some(make))
    }

    /// Creates or redefines an aggregate window function. Using None as the aggregate_class removes it.
    #[pyo3(signature = (name, num_params, aggregate_class, /))]
    fn create_window_function(
        &self,
        py: Python<'_>,
        name: &str,
        num_params: i32,
        aggregate_class: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        let refusal = || programming_error(py, "bad parameter or other API misuse");
        let make = aggregate_class
            .map(|class| move |arguments, caller| aggregate::function(name, arguments, true, class, caller));
        put(py, self, name, num_params, refusal, make)
    }
}
