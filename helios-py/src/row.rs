//! `sqlite3.Row`: a row whose values have names too.

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyIndexError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyIterator, PyList, PySlice, PyString, PyTuple};

use crate::cursor::Cursor;
use crate::python::utf8;

/// A row that also gives its values by name, in any case.
#[pyclass(frozen, subclass, sequence, module = "heliosdb_sqlite")]
#[derive(Debug)]
pub(crate) struct Row {
    values: Py<PyTuple>,
    /// The cursor's description, or None.
    description: Py<PyAny>,
}

impl Row {
    pub(crate) fn of(values: Bound<'_, PyTuple>, description: Py<PyAny>) -> Row {
        Row { values: values.unbind(), description }
    }

    fn names<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        match self.description.bind(py).cast::<PyTuple>() {
            Ok(description) => description.iter().map(|column| column.get_item(0)).collect(),
            Err(_) => Ok(Vec::new()),
        }
    }
}

#[pymethods]
impl Row {
    #[new]
    #[pyo3(signature = (*args, **kwargs), text_signature = "(cursor, data, /)")]
    fn new(args: &Bound<'_, PyTuple>, kwargs: Option<&Bound<'_, PyDict>>) -> PyResult<Row> {
        if kwargs.is_some_and(|kwargs| !kwargs.is_empty()) {
            return Err(PyTypeError::new_err("Row() takes no keyword arguments"));
        }
        if args.len() != 2 {
            return Err(PyTypeError::new_err(format!("Row expected 2 arguments, got {}", args.len())));
        }
        let (cursor, values) = (args.get_item(0)?, args.get_item(1)?);
        let wrong = |position, expected, given: &Bound<'_, PyAny>| -> PyResult<PyErr> {
            let given = given.get_type().name()?;
            Ok(PyTypeError::new_err(format!("Row() argument {position} must be {expected}, not {given}")))
        };
        if !cursor.is_instance_of::<Cursor>() {
            return Err(wrong(1, "sqlite3.Cursor", &cursor)?);
        }
        let Ok(values) = values.cast::<PyTuple>() else { return Err(wrong(2, "tuple", &values)?) };
        let description = cursor.getattr(intern!(args.py(), "description"))?;
        Ok(Row::of(values.clone(), description.unbind()))
    }

    /// Returns the keys of the row.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.names(py)?)
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        self.values.bind(py).len()
    }

    fn __getitem__<'py>(&self, py: Python<'py>, index: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let values = self.values.bind(py);
        if index.is_instance_of::<PyInt>() {
            let out_of_words = |_| PyIndexError::new_err("cannot fit 'int' into an index-sized integer");
            let mut position: isize = index.extract().map_err(out_of_words)?;
            if position < 0 {
                position += values.len() as isize;
            }
            let position = usize::try_from(position).ok().filter(|position| *position < values.len());
            let out_of_range = || PyIndexError::new_err("tuple index out of range");
            return values.get_item(position.ok_or_else(out_of_range)?);
        }
        if let Ok(name) = index.cast::<PyString>() {
            let name = utf8(name)?;
            for (position, found) in self.names(py)?.iter().enumerate() {
                if is_same_name(utf8(found.cast::<PyString>()?)?, name) {
                    return values.get_item(position);
                }
            }
            return Err(PyIndexError::new_err("No item with that key"));
        }
        if index.is_instance_of::<PySlice>() {
            return values.as_any().get_item(index);
        }
        Err(PyIndexError::new_err("Index must be int or string"))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.values.bind(py).try_iter()
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        Ok(self.description.bind(py).hash()? ^ self.values.bind(py).hash()?)
    }

    fn __richcmp__<'py>(
        &self,
        py: Python<'py>,
        other: &Bound<'py, PyAny>,
        op: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let not_implemented = || Ok(py.NotImplemented().into_bound(py));
        let (Ok(other), CompareOp::Eq | CompareOp::Ne) = (other.cast::<Row>(), op) else {
            return not_implemented();
        };
        let other = other.get();
        if !self.description.bind(py).eq(&other.description)? {
            return not_implemented();
        }
        self.values.bind(py).rich_compare(&other.values, op)
    }
}

/// Names are equal without regard to the case of ASCII letters.
fn is_same_name(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
