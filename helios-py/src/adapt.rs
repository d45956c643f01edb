//! Adapters and converters: what programs register to store their own types.
//!
//! In: an object that SQLite has no class for. Out: one that it has. The protocol is PEP 246 as `sqlite3` speaks it:
//! a registered adapter, the protocol's `__adapt__`, the object's `__conform__`.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyString};

use crate::connection::Given;
use crate::errors::programming_error;

static ADAPTERS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
static CONVERTERS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
/// Whether an adapter was registered for a class that SQLite has itself.
static BASE_TYPE_ADAPTED: AtomicBool = AtomicBool::new(false);

/// The protocol that parameters are adapted to.
#[pyclass(frozen, module = "heliosdb_sqlite")]
#[derive(Debug)]
pub(crate) struct PrepareProtocol;

#[pymethods]
impl PrepareProtocol {
    /// PrepareProtocol style protocol; there is nothing to it.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyAny>, _kwargs: Option<&Bound<'_, PyAny>>) -> PrepareProtocol {
        PrepareProtocol
    }
}

/// The adapters: a dict from (class, protocol) to function.
pub(crate) fn adapters(py: Python<'_>) -> &Bound<'_, PyDict> {
    ADAPTERS.get_or_init(py, || PyDict::new(py).unbind()).bind(py)
}

/// The converters: a dict from name in upper case to function.
pub(crate) fn converters(py: Python<'_>) -> &Bound<'_, PyDict> {
    CONVERTERS.get_or_init(py, || PyDict::new(py).unbind()).bind(py)
}

/// Register a function to adapt Python objects to SQLite values.
#[pyfunction]
#[pyo3(signature = (r#type, adapter, /))]
pub(crate) fn register_adapter(r#type: &Bound<'_, PyAny>, adapter: Bound<'_, PyAny>) -> PyResult<()> {
    let py = r#type.py();
    let base = [
        py.get_type::<PyInt>(),
        py.get_type::<PyFloat>(),
        py.get_type::<PyString>(),
        py.get_type::<PyByteArray>(),
        py.get_type::<PyBytes>(),
        py.None().bind(py).get_type(),
    ];
    if base.iter().any(|class| class.is(r#type)) {
        BASE_TYPE_ADAPTED.store(true, Ordering::Relaxed);
    }
    adapters(py).set_item((r#type, py.get_type::<PrepareProtocol>()), adapter)
}

/// Register a function to convert SQLite values to Python objects.
#[pyfunction]
#[pyo3(signature = (typename, converter, /))]
pub(crate) fn register_converter(
    typename: &Bound<'_, PyString>,
    converter: Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = typename.py();
    let name = typename.call_method0(intern!(py, "upper"))?;
    converters(py).set_item(name, converter)
}

/// The converter registered for a name in any case.
pub(crate) fn converter_for(py: Python<'_>, name: &str) -> PyResult<Option<Py<PyAny>>> {
    Ok(converters(py).get_item(name.to_uppercase())?.map(Bound::unbind))
}

/// Adapt given object to given protocol.
#[pyfunction]
#[pyo3(signature = (obj, proto = Given::Absent, alt = Given::Absent, /), text_signature = "(obj, proto=PrepareProtocol, alt=None, /)")]
pub(crate) fn adapt<'py>(
    py: Python<'py>,
    obj: &Bound<'py, PyAny>,
    proto: Given<'py>,
    alt: Given<'py>,
) -> PyResult<Bound<'py, PyAny>> {
    let default = py.get_type::<PrepareProtocol>().into_any();
    match (adapted(obj, proto.value().unwrap_or(&default))?, alt.value()) {
        (Some(adapted), _) => Ok(adapted),
        (None, Some(alternative)) => Ok(alternative.clone()),
        (None, None) => Err(programming_error(py, "can't adapt")),
    }
}

/// Whether a parameter of a class that SQLite has may be taken as it is.
pub(crate) fn are_base_types_plain() -> bool {
    !BASE_TYPE_ADAPTED.load(Ordering::Relaxed)
}

/// A parameter, adapted if there is a way to.
pub(crate) fn adapt_parameter<'py>(parameter: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let proto = parameter.py().get_type::<PrepareProtocol>();
    Ok(adapted(parameter, proto.as_any())?.unwrap_or_else(|| parameter.clone()))
}

fn adapted<'py>(
    object: &Bound<'py, PyAny>,
    proto: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = object.py();
    if let Some(adapter) = adapters(py).get_item((object.get_type(), proto))? {
        return adapter.call1((object,)).map(Some);
    }
    if let Some(adapted) = ask(proto, intern!(py, "__adapt__"), object)? {
        return Ok(Some(adapted));
    }
    ask(object, intern!(py, "__conform__"), proto)
}

/// Calls a method that may be missing, and may refuse with None or a TypeError.
fn ask<'py>(
    asked: &Bound<'py, PyAny>,
    method: &Bound<'py, PyString>,
    argument: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let Some(method) = asked.getattr_opt(method)? else { return Ok(None) };
    match method.call1((argument,)) {
        Ok(answer) => Ok((!answer.is_none()).then_some(answer)),
        Err(error) if error.is_instance_of::<PyTypeError>(asked.py()) => Ok(None),
        Err(error) => Err(error),
    }
}
