//! Errors of helios as exceptions of the DB-API: which class each kind is, and the words of `sqlite3`'s own errors.

use helios::sql::MergeConflicts;
use helios::{Constraint, Error, ErrorKind, Value};
use pyo3::exceptions::PyMemoryError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple, PyType};

use crate::connection::branch::{key, row};
use crate::python::{Import, is_at_least};

macro_rules! classes {
    ($($static:ident $name:literal),* $(,)?) => {$(
        pub(crate) static $static: Import = Import::new("heliosdb_sqlite._exceptions", $name);
    )*};
}

classes! {
    WARNING "Warning",
    ERROR "Error",
    INTERFACE_ERROR "InterfaceError",
    DATABASE_ERROR "DatabaseError",
    DATA_ERROR "DataError",
    OPERATIONAL_ERROR "OperationalError",
    INTEGRITY_ERROR "IntegrityError",
    MERGE_CONFLICT_ERROR "MergeConflictError",
    INTERNAL_ERROR "InternalError",
    PROGRAMMING_ERROR "ProgrammingError",
    NOT_SUPPORTED_ERROR "NotSupportedError",
}

/// The class for a kind, as CPython chooses it for SQLite's code.
fn class_of(kind: ErrorKind) -> &'static Import {
    match kind {
        ErrorKind::Internal => &INTERNAL_ERROR,
        ErrorKind::Corrupt
        | ErrorKind::CorruptModule
        | ErrorKind::NotADatabase
        | ErrorKind::NotAuthorized => &DATABASE_ERROR,
        ErrorKind::TooBig | ErrorKind::Data => &DATA_ERROR,
        ErrorKind::Constraint(Constraint::Merge) => &MERGE_CONFLICT_ERROR,
        ErrorKind::Constraint(_) | ErrorKind::Mismatch => &INTEGRITY_ERROR,
        ErrorKind::Misuse | ErrorKind::Range => &INTERFACE_ERROR,
        // Everything that depends on the state of the database or of the machine; also kinds of later versions.
        _ => &OPERATIONAL_ERROR,
    }
}

/// An error of helios as the exception that `sqlite3` would raise: what a callback raised, if that is the cause. Another
/// cause that the sentence leaves out becomes a note.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    if let Some(raised) = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<PyErr>()) {
        return raised.clone_ref(py);
    }
    if error.kind() == ErrorKind::OutOfMemory {
        return PyMemoryError::new_err(());
    }
    make(py, class_of(error.kind()), error).unwrap_or_else(|failure| failure)
}

fn make(py: Python<'_>, class: &Import, error: &Error) -> PyResult<PyErr> {
    let exception = class.get(py)?.call1((error.message(),))?;
    exception.setattr("sqlite_errorcode", error.kind().sqlite_code())?;
    // `sqlite3` has names for those codes only that it has constants for.
    let name = match error.kind() {
        ErrorKind::Constraint(Constraint::Datatype) => "unknown",
        kind => kind.sqlite_name(),
    };
    exception.setattr("sqlite_errorname", name)?;
    let cause = std::error::Error::source(error);
    if let Some(found) = cause.and_then(|cause| cause.downcast_ref::<MergeConflicts>()) {
        add_conflicts(py, &exception, found)?;
    } else if let Some(cause) = cause {
        // What `add_note` does, which came with 3.11.
        exception.setattr("__notes__", [cause.to_string()])?;
    }
    Ok(PyErr::from_value(exception))
}

static CONFLICT: Import = Import::new("heliosdb_sqlite._branch", "MergeConflict");
static VIOLATION: Import = Import::new("heliosdb_sqlite._branch", "MergeViolation");

/// What a refused merge lists.
fn add_conflicts(py: Python<'_>, exception: &Bound<'_, PyAny>, found: &MergeConflicts) -> PyResult<()> {
    let side = |values: &Option<Vec<Value>>| values.as_ref().map(|values| row(py, values)).transpose();
    let key_of = |values: &[Value]| match values {
        [] => Ok(py.None().into_bound(py)),
        values => key(py, values),
    };
    let conflicts = PyList::empty(py);
    for conflict in &found.conflicts {
        let columns = PyTuple::new(py, &conflict.columns)?;
        let (base, ours, theirs) = (side(&conflict.base)?, side(&conflict.ours)?, side(&conflict.theirs)?);
        let arguments = (&conflict.table, key_of(&conflict.key)?, columns, base, ours, theirs);
        conflicts.append(CONFLICT.get(py)?.call1(arguments)?)?;
    }
    let violations = PyList::empty(py);
    for violation in &found.violations {
        let arguments = (&violation.table, key_of(&violation.key)?, &violation.message);
        violations.append(VIOLATION.get(py)?.call1(arguments)?)?;
    }
    exception.setattr("conflicts", conflicts)?;
    exception.setattr("violations", violations)
}

/// An exception of a class, without SQLite's code.
pub(crate) fn raise(py: Python<'_>, class: &Import, message: impl Into<String>) -> PyErr {
    match class.class(py) {
        Ok(class) => PyErr::from_type(class.clone(), message.into()),
        Err(failure) => failure,
    }
}

/// A `ProgrammingError`.
pub(crate) fn programming_error(py: Python<'_>, message: impl Into<String>) -> PyErr {
    raise(py, &PROGRAMMING_ERROR, message)
}

/// `ValueError`.
pub(crate) static VALUE_ERROR: Import = Import::new("builtins", "ValueError");

/// A `ProgrammingError`; with Python before 3.11 an exception of the class that it was there.
pub(crate) fn usage_error(py: Python<'_>, before: &Import, message: &str) -> PyErr {
    raise(py, if is_at_least(py, 11) { &PROGRAMMING_ERROR } else { before }, message)
}

/// An exception class, for attributes of classes.
pub(crate) fn class(py: Python<'_>, class: &Import) -> PyResult<Py<PyType>> {
    Ok(class.class(py)?.clone().unbind())
}
