//! What this Python is, and objects of its modules, looked up once.

use std::ffi::c_char;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi::{Py_ssize_t, PyObject};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString, PyType};

/// A class or function by module and name.
pub(crate) struct Import {
    cell: PyOnceLock<Py<PyAny>>,
    module: &'static str,
    name: &'static str,
}

impl Import {
    pub(crate) const fn new(module: &'static str, name: &'static str) -> Import {
        Import { cell: PyOnceLock::new(), module, name }
    }

    /// The object.
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let object = self
            .cell
            .get_or_try_init(py, || py.import(self.module)?.getattr(self.name).map(Bound::unbind))?;
        Ok(object.bind(py))
    }

    /// The object, which is a class.
    pub(crate) fn class<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyType>> {
        Ok(self.get(py)?.cast::<PyType>()?)
    }
}

/// Whether the running Python is 3.`minor` or later.
pub(crate) fn is_at_least(py: Python<'_>, minor: u8) -> bool {
    static VERSION: PyOnceLock<(u8, u8)> = PyOnceLock::new();
    let version = VERSION.get_or_init(py, || (py.version_info().major, py.version_info().minor));
    *version >= (3, minor)
}

/// The class of an argument, as errors about arguments call it.
pub(crate) fn class_shown(argument: &Bound<'_, PyAny>) -> PyResult<String> {
    if argument.is_none() {
        return Ok("None".to_owned());
    }
    Ok(argument.get_type().name()?.to_string())
}

/// An argument that is a C `int`, with Python's words for what is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CInt(pub(crate) i32);

impl<'py> FromPyObject<'_, 'py> for CInt {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<CInt> {
        let number: i64 = object.extract()?;
        let too_large = || PyOverflowError::new_err("Python int too large to convert to C int");
        i32::try_from(number).map(CInt).map_err(|_| too_large())
    }
}

/// An argument that is one of SQLite's integers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Int64(pub(crate) i64);

impl<'py> FromPyObject<'_, 'py> for Int64 {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Int64> {
        if !object.is_instance_of::<PyInt>() {
            return Err(PyTypeError::new_err("expected 'int'"));
        }
        let too_large = |_| PyOverflowError::new_err("Python int too large to convert to SQLite INTEGER");
        object.extract::<i64>().map(Int64).map_err(too_large)
    }
}

/// A text as UTF-8, which Python keeps with it. Surrogates are a `UnicodeEncodeError`.
#[allow(
    unsafe_code,
    reason = "the stable interface of 3.9 has only a way that copies every text; 3.9 has this function all the same"
)]
pub(crate) fn utf8<'a>(text: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    unsafe extern "C" {
        fn PyUnicode_AsUTF8AndSize(text: *mut PyObject, size: *mut Py_ssize_t) -> *const c_char;
    }
    let mut size: Py_ssize_t = 0;
    // SAFETY: every Python from 3.3 on has the function, with this signature; `text` is a text, and the thread is attached.
    let bytes = unsafe { PyUnicode_AsUTF8AndSize(text.as_ptr(), &raw mut size) };
    if bytes.is_null() {
        return Err(PyErr::fetch(text.py()));
    }
    // SAFETY: Python gives `size` bytes of UTF-8 that live, unchanged, as long as the text does, and so longer than 'a.
    Ok(unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(bytes.cast(), size as usize)) })
}

/// `os.fsencode`.
pub(crate) static FSENCODE: Import = Import::new("os", "fsencode");
/// `os.register_at_fork`.
pub(crate) static REGISTER_AT_FORK: Import = Import::new("os", "register_at_fork");
/// `threading.get_ident`.
pub(crate) static GET_IDENT: Import = Import::new("threading", "get_ident");
/// `gc.isenabled`.
pub(crate) static GC_IS_ENABLED: Import = Import::new("gc", "isenabled");
/// `gc.disable`.
pub(crate) static GC_DISABLE: Import = Import::new("gc", "disable");
/// `gc.enable`.
pub(crate) static GC_ENABLE: Import = Import::new("gc", "enable");
