//! Vectors between Python and the engine, where they are blobs of little-endian 32-bit floats.
//!
//! In: lists and tuples of numbers, buffers of numbers (NumPy's arrays, `array.array`). Out: the blob; and back, as a
//! list of floats or as what a `vector_factory` makes of the blob's memory. Whether elements and dimensions are right is
//! for the engine to say.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyFloat, PyList, PyMemoryView, PyTuple};

use crate::errors::{DATA_ERROR, raise};

/// What a parameter may be besides what `sqlite3` takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing.
    #[default]
    Plain,
    /// A list or a tuple of numbers.
    Lists,
    /// A vector in any form.
    Vector,
}

/// The attribute `vector_factory`.
#[derive(Debug)]
pub(crate) enum VectorFactory {
    /// `list`: a list of floats.
    List,
    /// Any callable that takes a buffer of 32-bit floats.
    Function(Py<PyAny>),
}

impl VectorFactory {
    pub(crate) fn of(object: &Bound<'_, PyAny>) -> VectorFactory {
        match object.is(object.py().get_type::<PyList>()) {
            true => VectorFactory::List,
            false => VectorFactory::Function(object.clone().unbind()),
        }
    }

    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            VectorFactory::List => py.get_type::<PyList>().into_any(),
            VectorFactory::Function(function) => function.bind(py).clone(),
        }
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> VectorFactory {
        match self {
            VectorFactory::List => VectorFactory::List,
            VectorFactory::Function(function) => VectorFactory::Function(function.clone_ref(py)),
        }
    }

    /// A vector as a Python object.
    pub(crate) fn make<'py>(&self, py: Python<'py>, packed: &[u8]) -> PyResult<Bound<'py, PyAny>> {
        match self {
            VectorFactory::List => list_of(py, packed),
            VectorFactory::Function(function) => {
                let view = PyMemoryView::from(PyBytes::new(py, packed).as_any())?;
                let floats = view.call_method1(intern!(py, "cast"), (intern!(py, "f"),))?;
                function.bind(py).call1((floats,))
            }
        }
    }
}

/// A vector as a list of floats.
pub(crate) fn list_of<'py>(py: Python<'py>, packed: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let elements = packed.as_chunks::<4>().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes)));
    Ok(PyList::new(py, elements.map(|element| PyFloat::new(py, element)))?.into_any())
}

/// The blob that a value stands for where `wanted`; `None` of a value that is bound as it always is.
pub(crate) fn vector_of(value: &Bound<'_, PyAny>, wanted: Wanted) -> PyResult<Option<Vec<u8>>> {
    if wanted == Wanted::Plain {
        return Ok(None);
    }
    if let Ok(list) = value.cast::<PyList>() {
        return packed(list.len(), list.iter());
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return packed(tuple.len(), tuple.iter());
    }
    // Bytes are the vector itself.
    let is_plain = value.is_instance_of::<PyBytes>() || value.is_instance_of::<PyByteArray>();
    if wanted == Wanted::Lists || is_plain {
        return Ok(None);
    }
    of_buffer(value)
}

/// Numbers as a blob; `None` if there is something else among them.
fn packed<'py>(
    length: usize,
    elements: impl Iterator<Item = Bound<'py, PyAny>>,
) -> PyResult<Option<Vec<u8>>> {
    let mut packed = Vec::with_capacity(length * 4);
    for element in elements {
        let number = match element.cast_exact::<PyFloat>() {
            Ok(float) => float.value(),
            Err(_) => match element.extract::<f64>() {
                Ok(number) => number,
                Err(error) if error.is_instance_of::<PyTypeError>(element.py()) => return Ok(None),
                Err(error) => return Err(error),
            },
        };
        packed.extend_from_slice(&(number as f32).to_le_bytes());
    }
    Ok(Some(packed))
}

/// The numbers of a buffer; `None` of what is none, and of one of bytes.
fn of_buffer(value: &Bound<'_, PyAny>) -> PyResult<Option<Vec<u8>>> {
    let py = value.py();
    let view = match PyMemoryView::from(value) {
        Err(error) if error.is_instance_of::<PyTypeError>(py) => return Ok(None),
        view => view?,
    };
    let format: String = view.getattr(intern!(py, "format"))?.extract()?;
    if format == "B" {
        return Ok(None);
    }
    let axes: usize = view.getattr(intern!(py, "ndim"))?.extract()?;
    if axes != 1 {
        return Err(raise(py, &DATA_ERROR, format!("a vector is an array of one axis, not {axes}")));
    }
    let bytes = view.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
    if let Some(packed) = packed_elements(&format, bytes.as_bytes()) {
        return Ok(Some(packed));
    }
    // NumPy knows the other kinds of numbers: of 16 bits, of the other order of bytes.
    if let Some(convert) = value.getattr_opt(intern!(py, "astype"))? {
        let floats = convert.call1((intern!(py, "<f4"),))?;
        let bytes = floats.call_method0(intern!(py, "tobytes"))?.cast_into::<PyBytes>()?;
        return Ok(Some(bytes.as_bytes().to_vec()));
    }
    Err(raise(py, &DATA_ERROR, format!("an array of the format '{format}' is no vector")))
}

/// Elements in the machine's order of bytes and a format of Python's module `struct`; `None` in another one.
fn packed_elements(format: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    fn pack<const SIZE: usize>(bytes: &[u8], convert: impl Fn([u8; SIZE]) -> f32) -> Vec<u8> {
        bytes.as_chunks::<SIZE>().0.iter().flat_map(|bytes| convert(*bytes).to_le_bytes()).collect()
    }
    Some(match format {
        "f" => pack(bytes, f32::from_ne_bytes),
        "d" => pack(bytes, |bytes| f64::from_ne_bytes(bytes) as f32),
        "b" => pack(bytes, |bytes| f32::from(i8::from_ne_bytes(bytes))),
        "h" => pack(bytes, |bytes| f32::from(i16::from_ne_bytes(bytes))),
        "i" => pack(bytes, |bytes| i32::from_ne_bytes(bytes) as f32),
        "q" => pack(bytes, |bytes| i64::from_ne_bytes(bytes) as f32),
        "l" if size_of::<std::ffi::c_long>() == 4 => pack(bytes, |bytes| i32::from_ne_bytes(bytes) as f32),
        "l" => pack(bytes, |bytes| i64::from_ne_bytes(bytes) as f32),
        _ => return None,
    })
}
