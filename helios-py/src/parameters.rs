//! Python's values on their way into a statement.
//!
//! In: a sequence or a dict of parameters. Out: one row more in the columns of a chunk; or what `sqlite3` raises, word
//! for word. Values go straight into typed columns. Adapters run Python code, so no lock is held here.

use std::ffi::CString;

use helios::ValueRef;
use helios::sql::{Chunk, Column};
use pyo3::exceptions::{
    PyBufferError, PyDeprecationWarning, PyLookupError, PyOverflowError, PyTypeError, PyValueError,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{
    PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PyString, PyTuple, PyType,
};

use crate::adapt::{adapt_parameter, are_base_types_plain};
use crate::errors::{INTERFACE_ERROR, VALUE_ERROR, programming_error, raise, usage_error};
use crate::python::{is_at_least, utf8};
use crate::statements::Facts;
use crate::vectors::{Wanted, vector_of};

/// Fills `chunk` with the parameters of one execution.
pub(crate) fn bind_row(
    py: Python<'_>,
    given: Option<&Bound<'_, PyAny>>,
    facts: &Facts,
    chunk: &mut Chunk,
) -> PyResult<()> {
    chunk.reset(facts.parameters.len());
    match given.filter(|_| !facts.refuses_parameters || facts.parameters.is_empty()) {
        Some(given) => {
            push_row(given, facts, |position, value| {
                push_value(chunk.column_mut(position), position, value, facts.wanted[position])
            })?;
        }
        // The error about them is the statement's.
        None if facts.refuses_parameters => {
            (0..facts.parameters.len()).for_each(|position| chunk.column_mut(position).push(ValueRef::Null));
        }
        None => check_count(py, facts, 0)?,
    }
    chunk.set_rows(1);
    Ok(())
}

/// Fills `chunk` with the parameters of some executions, a row for each.
pub(crate) fn bind_rows(given: &[Bound<'_, PyAny>], facts: &Facts, chunk: &mut Chunk) -> PyResult<()> {
    chunk.reset(facts.parameters.len());
    for row in given {
        push_row(row, facts, |position, value| {
            push_value(chunk.column_mut(position), position, value, facts.wanted[position])
        })?;
    }
    chunk.set_rows(given.len());
    Ok(())
}

/// Hands the values of one row to `push`, each with its position.
pub(crate) fn push_row<'py>(
    given: &Bound<'py, PyAny>,
    facts: &Facts,
    mut push: impl FnMut(usize, &Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    let py = given.py();
    if !facts.named.is_empty() && is_at_least(py, 12) && !given.is_instance_of::<PyDict>() {
        refuse_names(py, facts)?;
    }
    if let Ok(tuple) = given.cast_exact::<PyTuple>() {
        check_count(py, facts, tuple.len())?;
        return tuple.iter_borrowed().enumerate().try_for_each(|(position, value)| push(position, &value));
    }
    if let Ok(list) = given.cast_exact::<PyList>() {
        check_count(py, facts, list.len())?;
        return (0..list.len()).try_for_each(|position| push(position, &list.get_item(position)?));
    }
    if let Ok(dict) = given.cast::<PyDict>() {
        return push_named(dict, facts, push);
    }
    if !given.get_type().hasattr(intern!(py, "__getitem__"))? {
        return Err(usage_error(py, &VALUE_ERROR, "parameters are of unsupported type"));
    }
    check_count(py, facts, given.len()?)?;
    (0..facts.parameters.len()).try_for_each(|position| push(position, &given.get_item(position)?))
}

/// What Python says to parameters that have names, where what is given has none: a warning before 3.14.
fn refuse_names(py: Python<'_>, facts: &Facts) -> PyResult<()> {
    for (number, name) in &facts.named {
        let message = format!(
            "Binding {number} ('{name}') is a named parameter, but you supplied a sequence which requires nameless \
             (qmark) placeholders."
        );
        if is_at_least(py, 14) {
            return Err(programming_error(py, message));
        }
        let message =
            format!("{message} Starting with Python 3.14 an sqlite3.ProgrammingError will be raised.");
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &CString::new(message)?, 1)?;
    }
    Ok(())
}

fn check_count(py: Python<'_>, facts: &Facts, given: usize) -> PyResult<()> {
    let expected = facts.parameters.len();
    if given == expected {
        return Ok(());
    }
    Err(programming_error(
        py,
        format!(
            "Incorrect number of bindings supplied. The current statement uses {expected}, \
             and there are {given} supplied."
        ),
    ))
}

fn push_named<'py>(
    dict: &Bound<'py, PyDict>,
    facts: &Facts,
    mut push: impl FnMut(usize, &Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    let py = dict.py();
    for (position, name) in facts.parameters.iter().enumerate() {
        let Some(name) = name else {
            let number = position + 1;
            let message = format!(
                "Binding {number} has no name, but you supplied a dictionary (which has only names)."
            );
            return Err(programming_error(py, message));
        };
        let value = match dict.cast_exact::<PyDict>() {
            Ok(dict) => dict.get_item(name)?,
            // A class of its own may know more than it holds.
            Err(_) => match dict.as_any().get_item(name) {
                Err(error) if error.is_instance_of::<PyLookupError>(py) => None,
                other => Some(other?),
            },
        };
        let missing =
            || programming_error(py, format!("You did not supply a value for binding parameter :{name}."));
        push(position, &value.ok_or_else(missing)?)?;
    }
    Ok(())
}

/// Appends a value to a column; `position` is for errors.
#[inline]
pub(crate) fn push_value(
    column: &mut Column,
    position: usize,
    value: &Bound<'_, PyAny>,
    wanted: Wanted,
) -> PyResult<()> {
    if are_base_types_plain() && push_plain(column, value)? {
        return Ok(());
    }
    let value = adapt_parameter(value)?;
    if push_plain(column, &value)? {
        return Ok(());
    }
    if let Some(vector) = vector_of(&value, wanted)? {
        column.push(ValueRef::Blob(&vector));
        return Ok(());
    }
    if push_derived(column, &value)? {
        return Ok(());
    }
    Err(unsupported(position, &value)?)
}

/// The error for a value that no column can have.
fn unsupported(position: usize, value: &Bound<'_, PyAny>) -> PyResult<PyErr> {
    let py = value.py();
    if !is_at_least(py, 11) {
        let message = format!("Error binding parameter {position} - probably unsupported type.");
        return Ok(raise(py, &INTERFACE_ERROR, message));
    }
    let (number, class) = (position + 1, type_name(value)?);
    Ok(programming_error(py, format!("Error binding parameter {number}: type '{class}' is not supported")))
}

/// Appends a value of exactly one of the classes that SQLite has.
#[inline]
pub(crate) fn push_plain(column: &mut Column, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if value.is_exact_instance_of::<PyInt>() {
        column.push(ValueRef::Integer(integer(value)?));
    } else if let Ok(text) = value.cast_exact::<PyString>() {
        column.push(ValueRef::Text(utf8(text)?.as_bytes()));
    } else if let Ok(float) = value.cast_exact::<PyFloat>() {
        column.push(real(float.value()));
    } else if value.is_none() {
        column.push(ValueRef::Null);
    } else if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        column.push(ValueRef::Blob(bytes.as_bytes()));
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Appends a value of a class derived from one that SQLite has, or a buffer.
fn push_derived(column: &mut Column, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if value.is_instance_of::<PyInt>() {
        column.push(ValueRef::Integer(integer(value)?));
    } else if let Ok(float) = value.cast::<PyFloat>() {
        column.push(real(float.value()));
    } else if let Ok(text) = value.cast::<PyString>() {
        column.push(ValueRef::Text(utf8(text)?.as_bytes()));
    } else if let Ok(bytes) = value.cast::<PyByteArray>() {
        column.push(ValueRef::Blob(&bytes.to_vec()));
    } else {
        return push_buffer(column, value);
    }
    Ok(true)
}

fn push_buffer(column: &mut Column, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let bytes = buffer_bytes(value)?;
    if let Some(bytes) = &bytes {
        column.push(ValueRef::Blob(bytes.as_bytes()));
    }
    Ok(bytes.is_some())
}

/// The bytes of a buffer; `None` of what is none.
pub(crate) fn buffer_bytes<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
    let py = value.py();
    let view = match PyMemoryView::from(value) {
        Err(error) if error.is_instance_of::<PyTypeError>(py) => return Ok(None),
        view => view?,
    };
    if !view.getattr(intern!(py, "c_contiguous"))?.is_truthy()? {
        if !is_at_least(py, 11) {
            return Err(PyValueError::new_err("could not convert BLOB to buffer"));
        }
        return Err(PyBufferError::new_err("memoryview: underlying buffer is not C-contiguous"));
    }
    let bytes = view.call_method0(intern!(py, "tobytes"))?;
    Ok(Some(bytes.cast_into::<PyBytes>()?))
}

#[inline]
fn integer(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    value.extract().map_err(|error: PyErr| match error.is_instance_of::<PyOverflowError>(value.py()) {
        true => PyOverflowError::new_err("Python int too large to convert to SQLite INTEGER"),
        false => error,
    })
}

/// NaN is NULL in SQLite.
#[inline]
fn real(value: f64) -> ValueRef<'static> {
    if value.is_nan() { ValueRef::Null } else { ValueRef::Real(value) }
}

/// The name of a value's class as C code knows it: with the module, unless it is built in or written in Python.
fn type_name(value: &Bound<'_, PyAny>) -> PyResult<String> {
    /// `Py_TPFLAGS_HEAPTYPE` and `Py_TPFLAGS_IMMUTABLETYPE`: classes written in Python have only the first.
    const MADE_AT_RUN_TIME: u64 = 1 << 9;
    const IMMUTABLE: u64 = 1 << 8;
    let class: Bound<'_, PyType> = value.get_type();
    let flags: u64 = class.getattr(intern!(value.py(), "__flags__"))?.extract()?;
    let module = class.module()?;
    if flags & (MADE_AT_RUN_TIME | IMMUTABLE) == MADE_AT_RUN_TIME || utf8(&module)? == "builtins" {
        return Ok(utf8(&class.name()?)?.to_owned());
    }
    Ok(format!("{module}.{}", class.name()?))
}
