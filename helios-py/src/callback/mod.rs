//! Python functions that the engine calls: scalar functions, aggregates, collations, authorizer, trace, progress and the log of
//! slow statements.
//!
//! In: callables that a program registers on a connection. Out: closures for the session. The engine works without the
//! interpreter; a closure attaches to it for the time of a call. A call can use the connection, to which the session is lent
//! meanwhile ([`crate::apart`]). Where it is not, because it is in the midst of its work, the session is locked: [`Caller`]
//! knows that, and using the connection is an error instead of a wait without end.
//!
//! What a call raises becomes an error of the statement. The exception itself is lost, as in `sqlite3`, unless
//! `enable_callback_tracebacks` was switched on: then it goes to `sys.unraisablehook`.

pub(crate) mod aggregate;
mod collation;
pub(crate) mod held;
mod hooks;
mod register;
pub(crate) mod scalar;
pub(crate) mod slow;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use helios::{Error, ErrorKind, Value, ValueRef};
use pyo3::exceptions::{PyMemoryError, PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyString, PyTuple};

use crate::parameters::buffer_bytes;
use crate::python::{is_at_least, utf8};

/// Whether exceptions in callbacks are shown.
static SHOWS_TRACEBACKS: AtomicBool = AtomicBool::new(false);

/// The last number given to a thread.
static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static THIS_THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed) + 1;
}

/// Enable or disable callback functions throwing errors to stderr.
#[pyfunction]
#[pyo3(signature = (enable, /))]
pub(crate) fn enable_callback_tracebacks(enable: i32) {
    SHOWS_TRACEBACKS.store(enable != 0, Ordering::Relaxed);
}

/// The thread in which the engine is calling a Python function of one connection, if it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller(Arc<Calling>);

#[derive(Debug, Default)]
struct Calling {
    /// The number of the thread; 0 if there is none.
    thread: AtomicU64,
    /// Whether what is called must not use the connection.
    is_alone: AtomicBool,
}

impl Caller {
    /// Whether this thread is inside such a call, so that the session's lock is its own.
    pub(crate) fn is_this_thread(&self) -> bool {
        let thread = self.0.thread.load(Ordering::Relaxed);
        thread != 0 && THIS_THREAD.with(|this| *this == thread)
    }

    /// Calls Python from the engine.
    pub(crate) fn call<T>(&self, work: impl FnOnce(Python<'_>) -> T) -> T {
        self.calling(false, work)
    }

    /// Calls Python from the midst of something that the session does: the connection cannot be used.
    pub(crate) fn call_alone<T>(&self, work: impl FnOnce(Python<'_>) -> T) -> T {
        self.calling(true, work)
    }

    /// Whether what is called may use the connection, if the session is free.
    pub(crate) fn may_use(&self) -> bool {
        !self.0.is_alone.load(Ordering::Relaxed)
    }

    fn calling<T>(&self, is_alone: bool, work: impl FnOnce(Python<'_>) -> T) -> T {
        let Calling { thread, is_alone: alone } = &*self.0;
        let called = Python::try_attach(|py| {
            // A call may use the connection and with that make another one.
            let before = thread.swap(THIS_THREAD.with(|this| *this), Ordering::Relaxed);
            let before_alone = alone.swap(is_alone, Ordering::Relaxed);
            let result = work(py);
            thread.store(before, Ordering::Relaxed);
            alone.store(before_alone, Ordering::Relaxed);
            result
        });
        called.unwrap_or_else(|| {
            // The interpreter has ended under a thread that it does not wait for. Such threads stand still until the process is
            // gone, as they do where they come back to Python.
            loop {
                std::thread::park();
            }
        })
    }
}

/// Shows an exception if exceptions are shown, and forgets it.
pub(crate) fn report(py: Python<'_>, exception: PyErr, callable: &Bound<'_, PyAny>) {
    if SHOWS_TRACEBACKS.load(Ordering::Relaxed) {
        exception.write_unraisable(py, Some(callable));
    }
}

/// The error of a statement whose function raised `exception`; `message` is what is said of most exceptions.
pub(crate) fn failure(py: Python<'_>, exception: PyErr, callable: &Py<PyAny>, message: &str) -> Error {
    let error = if !is_at_least(py, 11) {
        Error::sql(message)
    } else if exception.is_instance_of::<PyMemoryError>(py) {
        Error::new(ErrorKind::OutOfMemory, "out of memory")
    } else if exception.is_instance_of::<PyOverflowError>(py) {
        Error::new(ErrorKind::TooBig, "string or blob too big")
    } else {
        Error::sql(message)
    };
    report(py, exception, callable.bind(py));
    error
}

/// Arguments as a tuple.
pub(crate) fn arguments<'py>(py: Python<'py>, values: &[ValueRef<'_>]) -> PyResult<Bound<'py, PyTuple>> {
    let objects = values.iter().map(|value| object(py, *value)).collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, objects)
}

fn object<'py>(py: Python<'py>, value: ValueRef<'_>) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        ValueRef::Null => py.None().into_bound(py),
        ValueRef::Integer(value) => PyInt::new(py, value).into_any(),
        ValueRef::Real(value) => PyFloat::new(py, value).into_any(),
        ValueRef::Text(text) => PyString::from_bytes(py, text)?.into_any(),
        ValueRef::Blob(bytes) => PyBytes::new(py, bytes).into_any(),
    })
}

/// What a function returned, as a value.
pub(crate) fn value(object: &Bound<'_, PyAny>) -> PyResult<Value> {
    if object.is_none() {
        return Ok(Value::Null);
    }
    if object.is_instance_of::<PyInt>() {
        return object.extract().map(Value::Integer);
    }
    if let Ok(float) = object.cast::<PyFloat>() {
        return Ok(if float.value().is_nan() { Value::Null } else { Value::Real(float.value()) });
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Value::text(utf8(text)?));
    }
    match buffer_bytes(object)? {
        Some(bytes) => Ok(Value::Blob(bytes.as_bytes().into())),
        None => Err(PyTypeError::new_err("a function must return None, int, float, str or bytes")),
    }
}
