//! The Python module `heliosdb_sqlite._native`: the classes of Python's `sqlite3` on helios.
//!
//! In: what programs call on connections and cursors. Out: what CPython 3.11's `sqlite3` answers, its words included.
//! What is Python's alone (constants, the exceptions, default adapters) stands in the package around this module.
//!
//! - [`connection`] opens databases and ends transactions, [`cursor`] runs statements and gives rows, [`row`] is
//!   `sqlite3.Row`.
//! - [`shared`] is what a connection and its cursors have in common: the session, behind a lock.
//! - [`parameters`] takes Python's values in, [`cells`] gives values out.
//!
//! - [`callback`] is for Python code that the engine calls, [`allocator`] for where memory comes from.
//!
//! One rule keeps this free of deadlocks: while the session's lock is held, no Python code runs and no Python object
//! is made, because making one can start the garbage collector, and that runs anything. Callbacks are the exception;
//! they know whose lock it is.

#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over by value")]

mod adapt;
mod allocator;
mod apart;
mod callback;
mod cells;
mod collected;
mod connection;
mod cursor;
mod errors;
mod parameters;
mod python;
mod rare;
mod row;
mod server;
mod shared;
mod statements;
mod vectors;

use pyo3::prelude::*;

/// The classes and functions of the package that are written in Rust.
#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::adapt::{PrepareProtocol, adapt, register_adapter, register_converter};
    #[pymodule_export]
    use crate::callback::enable_callback_tracebacks;
    #[pymodule_export]
    use crate::connection::{Connection, connect};
    #[pymodule_export]
    use crate::cursor::Cursor;
    #[pymodule_export]
    use crate::row::Row;
    #[pymodule_export]
    use crate::server::Server;

    #[pymodule_export]
    use super::{backends, check_config, complete_statement};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let py = module.py();
        crate::allocator::keep_memory_for_a_while();
        if !crate::python::is_at_least(py, 12) {
            let connection = py.get_type::<Connection>();
            connection.delattr("getconfig")?;
            connection.delattr("setconfig")?;
        }
        module.add("adapters", crate::adapt::adapters(py))?;
        module.add("converters", crate::adapt::converters(py))?;
        crate::shared::watch_forks(py)
    }
}

/// Whether a text ends with a complete SQL statement.
#[pyfunction]
fn complete_statement(statement: &Bound<'_, PyAny>) -> PyResult<bool> {
    let statement = python::utf8(cursor::text(statement, "complete_statement() argument 'statement'")?)?;
    Ok(helios::sql::is_complete(statement))
}

/// What is wrong with a file of settings, by lines.
#[pyfunction]
fn check_config(py: Python<'_>, file: std::path::PathBuf) -> PyResult<Vec<(usize, String)>> {
    let problems = helios::config::check_file(&file).map_err(|error| errors::to_python(py, &error))?;
    Ok(problems.into_iter().map(|problem| (problem.line, problem.message)).collect())
}

/// The names of the storage drivers that are built in.
#[pyfunction]
fn backends() -> Vec<&'static str> {
    helios::driver_names().collect()
}
