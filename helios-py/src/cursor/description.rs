//! `Cursor.description`, and the converters that `detect_types` finds for a statement's columns.

use helios::sql::OutputColumn;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use crate::adapt::converter_for;
use crate::cells::Converters;

/// `sqlite3.PARSE_DECLTYPES`: converters by the declared type of a column.
const PARSE_DECLTYPES: i32 = 1;
/// `sqlite3.PARSE_COLNAMES`: converters by what stands in brackets in a column's name.
const PARSE_COLNAMES: i32 = 2;

/// A tuple of seven for each column: the name and six times None.
pub(super) fn describe(py: Python<'_>, columns: &[OutputColumn], detect_types: i32) -> PyResult<Py<PyTuple>> {
    let names = columns.iter().map(|column| {
        let name = match detect_types & PARSE_COLNAMES {
            0 => &*column.name,
            _ => without_brackets(&column.name),
        };
        (PyString::new(py, name), py.None(), py.None(), py.None(), py.None(), py.None(), py.None())
    });
    Ok(PyTuple::new(py, names)?.unbind())
}

/// The description of rows that come with the time of their version.
pub(super) fn describe_pair(py: Python<'_>) -> PyResult<Py<PyTuple>> {
    let name = |name| (name, py.None(), py.None(), py.None(), py.None(), py.None(), py.None());
    Ok(PyTuple::new(py, [name("system_time"), name("row")])?.unbind())
}

/// A name without its first bracket and all after it, and without the space before.
fn without_brackets(name: &str) -> &str {
    match name.split_once('[') {
        Some((before, _)) => before.strip_suffix(' ').unwrap_or(before),
        None => name,
    }
}

/// The converter of each column; `None` if no column has one.
pub(super) fn converters(
    py: Python<'_>,
    columns: &[OutputColumn],
    detect_types: i32,
) -> PyResult<Option<Converters>> {
    let converters: PyResult<Vec<_>> =
        columns.iter().map(|column| converter_of(py, column, detect_types)).collect();
    let converters = converters?;
    Ok(converters.iter().any(Option::is_some).then(|| converters.into()))
}

fn converter_of(py: Python<'_>, column: &OutputColumn, detect_types: i32) -> PyResult<Option<Py<PyAny>>> {
    if detect_types & PARSE_COLNAMES != 0
        && let Some(name) = bracketed(&column.name)
        && let Some(converter) = converter_for(py, name)?
    {
        return Ok(Some(converter));
    }
    if detect_types & PARSE_DECLTYPES != 0
        && let Some(declared) = &column.declared_type
    {
        // `NUMBER(10)` and `INTEGER NOT NULL` are known by their first word.
        let word = declared.split([' ', '(']).next().unwrap_or_default();
        return converter_for(py, word);
    }
    Ok(None)
}

/// What stands between the last bracket that opens before the first that closes, and that.
fn bracketed(name: &str) -> Option<&str> {
    let start = name.find('[')?;
    let end = start + name[start..].find(']')?;
    let start = name[..end].rfind('[')?;
    name.get(start + 1..end)
}
