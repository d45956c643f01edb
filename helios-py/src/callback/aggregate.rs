//! `create_aggregate` and `create_window_function`: a Python object for each group.

use std::sync::Arc;

use helios::sql::{AggregateState, ProgramAggregate, ProgramFunction};
use helios::{Error, Value, ValueRef};
use pyo3::prelude::*;

use super::{Caller, arguments, failure, value};

/// The aggregate whose states are instances of `class`.
pub(crate) fn function(
    name: &str,
    argument_count: Option<usize>,
    is_window: bool,
    class: Py<PyAny>,
    caller: Caller,
) -> ProgramFunction {
    let class = Arc::new(class);
    let body = move || -> Result<Box<dyn AggregateState>, Error> {
        let instance = caller.call(|py| match class.bind(py).call0() {
            Ok(instance) => Ok(instance.unbind()),
            Err(exception) => {
                let message = "user-defined aggregate's '__init__' method raised error";
                Err(failure(py, exception, &class, message))
            }
        })?;
        Ok(Box::new(State { instance, class: class.clone(), caller: caller.clone() }))
    };
    ProgramFunction::Aggregate(Arc::new(ProgramAggregate {
        name: name.into(),
        arguments: argument_count,
        is_window,
        body: Box::new(body),
    }))
}

struct State {
    instance: Py<PyAny>,
    class: Arc<Py<PyAny>>,
    caller: Caller,
}

impl State {
    /// Calls a method and reads its result with `read`.
    fn call<T>(
        &self,
        method: &str,
        values: &[ValueRef<'_>],
        read: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Result<T, Error> {
        self.caller.call(|py| {
            let failed = |exception, what| {
                let message = format!("user-defined aggregate's '{method}' method {what}");
                failure(py, exception, &self.class, &message)
            };
            let bound = self.instance.bind(py).getattr(method);
            let bound = bound.map_err(|exception| failed(exception, "not defined"))?;
            let result = arguments(py, values).and_then(|arguments| bound.call1(arguments));
            result.and_then(|result| read(&result)).map_err(|exception| failed(exception, "raised error"))
        })
    }
}

impl AggregateState for State {
    fn step(&mut self, arguments: &[ValueRef<'_>]) -> Result<(), Error> {
        self.call("step", arguments, |_| Ok(()))
    }

    fn inverse(&mut self, arguments: &[ValueRef<'_>]) -> Result<(), Error> {
        self.call("inverse", arguments, |_| Ok(()))
    }

    fn value(&mut self) -> Result<Value, Error> {
        self.call("value", &[], value)
    }

    fn finish(&mut self) -> Result<Value, Error> {
        self.call("finalize", &[], value)
    }
}
