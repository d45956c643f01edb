//! `create_function`.

use std::sync::Arc;

use helios::sql::{ProgramFunction, ProgramScalar};
use helios::{Error, Value, ValueRef};
use pyo3::prelude::*;

use super::{Caller, arguments, failure, value};

/// The function that calls `callable`.
pub(crate) fn function(
    name: &str,
    argument_count: Option<usize>,
    deterministic: bool,
    callable: Py<PyAny>,
    caller: Caller,
) -> ProgramFunction {
    let body = move |values: &[ValueRef<'_>]| caller.call(|py| call(py, &callable, values));
    ProgramFunction::Scalar(Arc::new(ProgramScalar {
        name: name.into(),
        arguments: argument_count,
        deterministic,
        body: Box::new(body),
    }))
}

fn call(py: Python<'_>, callable: &Py<PyAny>, values: &[ValueRef<'_>]) -> Result<Value, Error> {
    let result = arguments(py, values).and_then(|arguments| callable.bind(py).call1(arguments));
    result
        .and_then(|result| value(&result))
        .map_err(|exception| failure(py, exception, callable, "user-defined function raised exception"))
}
