//! What helps to make programs faster: kept results, and suggestions of indexes.

use helios::sql::Suggestion;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};

use super::Connection;
use crate::errors::programming_error;
use crate::python::Import;

static SUGGESTION: Import = Import::new("heliosdb_sqlite._tuning", "QuerySuggestion");
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
    /// Remember the statements that are run, for get_query_suggestions(); with False, forget them.
    #[pyo3(signature = (enable = true))]
    fn enable_query_analyzer(&self, py: Python<'_>, enable: bool) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        shared.run(py, |core| {
            core.session.analyze_statements(enable);
            Ok(())
        })
    }

    /// Indexes that would help the statements that were run since enable_query_analyzer(), the greatest help first.
    fn get_query_suggestions<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let Some(suggestions) = shared.run(py, |core| core.session.suggestions())? else {
            return Err(programming_error(
                py,
                "The query analyzer is off: call enable_query_analyzer() first.",
            ));
        };
        let object = |suggestion: Suggestion| {
            let Suggestion { query, current_plan, index, speedup, times_seen, mean_time } = suggestion;
            let mean_ms = mean_time.map(|mean| mean.as_secs_f64() * 1000.0);
            SUGGESTION.get(py)?.call1((&*query, current_plan, index, speedup, times_seen, mean_ms))
        };
        suggestions.into_iter().map(object).collect()
    }

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
