//! What helps to make programs faster: kept results.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};

use super::Connection;
use crate::python::Import;

static CACHE_STATS: Import = Import::new("heliosdb_sqlite._tuning", "CacheStats");

/// The argument `cache_size_mb`, in bytes.
pub(super) fn cache_size(megabytes: &Bound<'_, PyAny>) -> PyResult<usize> {
    let is_number = megabytes.is_instance_of::<PyInt>() || megabytes.is_instance_of::<PyFloat>();
    if !is_number || megabytes.is_instance_of::<PyBool>() {
        let class = megabytes.get_type().name()?;
        return Err(PyTypeError::new_err(format!("cache_size_mb must be a number, not {class}")));
    }
    let number: f64 = megabytes.extract()?;
    if !(0.0..=1e9).contains(&number) {
        return Err(PyValueError::new_err(format!("cache_size_mb must be 0 or more, not {megabytes}")));
    }
    Ok((number * f64::from(1 << 20)) as usize)
}

#[pymethods]
impl Connection {
    /// How often results were kept and given again on this connection, and what all of the database take.
    fn get_cache_stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let (uses, bytes, entries) = shared.run(py, |core| {
            let results = core.session.database().results();
            Ok((core.session.result_uses(), results.bytes(), results.entries()))
        })?;
        CACHE_STATS.get(py)?.call1((uses.hits, uses.misses, bytes, entries))
    }
}
