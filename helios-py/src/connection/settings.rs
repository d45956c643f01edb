//! What a program sets on a connection: factories, and when transactions begin.

use crate::python::utf8;
use parking_lot::Mutex;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyInt, PyString};

use crate::callback::held::Hooks;
use crate::vectors::VectorFactory;

/// The settings of one connection.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) detect_types: i32,
    pub(crate) control: Mutex<Control>,
    /// `None` gives tuples.
    pub(crate) row_factory: Mutex<Option<Py<PyAny>>>,
    pub(crate) text_factory: Mutex<TextFactory>,
    pub(crate) vector_factory: Mutex<VectorFactory>,
    /// What the session calls; a connection that is a copy has none.
    pub(crate) hooks: Hooks,
    /// Whether lists are parameters anywhere, and `executemany` runs queries.
    pub(crate) vector_search: bool,
}

impl Settings {
    /// The same for another connection.
    pub(crate) fn copy(&self, py: Python<'_>) -> Settings {
        Settings {
            detect_types: self.detect_types,
            control: Mutex::new(*self.control.lock()),
            row_factory: Mutex::new(self.row_factory.lock().as_ref().map(|factory| factory.clone_ref(py))),
            text_factory: Mutex::new(self.text_factory.lock().clone_ref(py)),
            vector_factory: Mutex::new(self.vector_factory.lock().clone_ref(py)),
            hooks: Hooks::default(),
            vector_search: self.vector_search,
        }
    }
}

/// What makes a Python object of a text.
#[derive(Debug)]
pub(crate) enum TextFactory {
    Str,
    Bytes,
    ByteArray,
    /// Any callable that takes bytes.
    Function(Py<PyAny>),
}

impl TextFactory {
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> TextFactory {
        let py = object.py();
        if object.is(py.get_type::<PyString>()) {
            TextFactory::Str
        } else if object.is(py.get_type::<PyBytes>()) {
            TextFactory::Bytes
        } else if object.is(py.get_type::<PyByteArray>()) {
            TextFactory::ByteArray
        } else {
            TextFactory::Function(object.clone().unbind())
        }
    }

    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            TextFactory::Str => py.get_type::<PyString>().into_any(),
            TextFactory::Bytes => py.get_type::<PyBytes>().into_any(),
            TextFactory::ByteArray => py.get_type::<PyByteArray>().into_any(),
            TextFactory::Function(function) => function.bind(py).clone(),
        }
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> TextFactory {
        match self {
            TextFactory::Str => TextFactory::Str,
            TextFactory::Bytes => TextFactory::Bytes,
            TextFactory::ByteArray => TextFactory::ByteArray,
            TextFactory::Function(function) => TextFactory::Function(function.clone_ref(py)),
        }
    }
}

/// When transactions begin and end by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Control {
    pub(crate) autocommit: Autocommit,
    pub(crate) isolation: Option<Isolation>,
}

impl Control {
    /// The statement that begins a transaction before one that changes rows.
    pub(crate) fn implicit_begin(self) -> Option<&'static str> {
        match self.autocommit {
            Autocommit::Legacy => self.isolation.map(Isolation::begin),
            Autocommit::On | Autocommit::Off => None,
        }
    }
}

/// The attribute `autocommit` of Python 3.12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Autocommit {
    /// As `isolation_level` says.
    Legacy,
    /// Every statement by itself.
    On,
    /// A transaction is always open.
    Off,
}

/// `sqlite3.LEGACY_TRANSACTION_CONTROL`.
const LEGACY: i32 = -1;

impl Autocommit {
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Autocommit> {
        if let Ok(value) = value.cast::<PyBool>() {
            return Ok(if value.is_true() { Autocommit::On } else { Autocommit::Off });
        }
        if value.is_instance_of::<PyInt>() && value.extract::<i32>().is_ok_and(|value| value == LEGACY) {
            return Ok(Autocommit::Legacy);
        }
        Err(PyValueError::new_err("autocommit must be True, False, or sqlite3.LEGACY_TRANSACTION_CONTROL"))
    }

    pub(crate) fn object<'py>(self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Autocommit::Legacy => PyInt::new(py, LEGACY).into_any(),
            Autocommit::On => PyBool::new(py, true).to_owned().into_any(),
            Autocommit::Off => PyBool::new(py, false).to_owned().into_any(),
        }
    }
}

/// The attribute `isolation_level`, where it is not None.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isolation {
    Plain,
    Deferred,
    Immediate,
    Exclusive,
}

impl Isolation {
    const ALL: [(Isolation, &'static str, &'static str); 4] = [
        (Isolation::Plain, "", "BEGIN "),
        (Isolation::Deferred, "DEFERRED", "BEGIN DEFERRED"),
        (Isolation::Immediate, "IMMEDIATE", "BEGIN IMMEDIATE"),
        (Isolation::Exclusive, "EXCLUSIVE", "BEGIN EXCLUSIVE"),
    ];

    /// The level that `value` names; `None` is None.
    pub(crate) fn of(value: &Bound<'_, PyAny>) -> PyResult<Option<Isolation>> {
        if value.is_none() {
            return Ok(None);
        }
        let Ok(text) = value.cast::<PyString>() else {
            return Err(PyTypeError::new_err("isolation_level must be str or None"));
        };
        let text = utf8(text)?;
        if text.contains('\0') {
            return Err(PyValueError::new_err("embedded null character"));
        }
        let known = Isolation::ALL.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(text));
        let unknown = "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'";
        let (level, ..) = known.ok_or_else(|| PyValueError::new_err(unknown))?;
        Ok(Some(*level))
    }

    fn entry(self) -> (&'static str, &'static str) {
        Isolation::ALL
            .iter()
            .find(|(level, ..)| *level == self)
            .map_or(("", "BEGIN "), |entry| (entry.1, entry.2))
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry().0
    }

    fn begin(self) -> &'static str {
        self.entry().1
    }
}
