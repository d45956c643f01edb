//! Slow statements, for Python's `logging`.

use helios::sql::SlowStatement;
use pyo3::prelude::*;

use super::Caller;

/// The logger.
const LOGGER: &str = "heliosdb_sqlite.slow_queries";

/// Tells a slow statement as a warning.
pub(crate) fn tell_slow(caller: &Caller, statement: &SlowStatement<'_>) {
    caller.call(|py| {
        if let Err(exception) = warn(py, statement) {
            exception.write_unraisable(py, None);
        }
    });
}

fn warn(py: Python<'_>, statement: &SlowStatement<'_>) -> PyResult<()> {
    let logger = py.import("logging")?.call_method1("getLogger", (LOGGER,))?;
    let SlowStatement { text, branch, took, rows, failed, .. } = *statement;
    let milliseconds = took.as_micros() as f64 / 1000.0;
    let message = if failed { "%.3f ms, %d rows, failed, on %s: %s" } else { "%.3f ms, %d rows, on %s: %s" };
    logger.call_method1("warning", (message, milliseconds, rows, branch, text))?;
    Ok(())
}
