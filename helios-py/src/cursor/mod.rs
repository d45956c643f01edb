//! `sqlite3.Cursor`.
//!
//! A cursor holds a statement while that has rows, and the rows that the engine gave last. Its state has a lock of its
//! own that is never held while anything else runs: what is under way is taken out and put back, and the flag
//! `is_locked` keeps others away meanwhile.

mod description;
mod execute;
mod execute_many;
mod execute_queries;
mod fetch;
mod write_ahead;

use std::collections::VecDeque;
use std::sync::Arc;

pub(crate) use execute::compile;
use helios::sql::Chunk;
use parking_lot::{Mutex, MutexGuard};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::cells::Converters;
use crate::connection::{Connection, Given};
use crate::errors::programming_error;
use crate::python::{CInt, class_shown, is_at_least};
use crate::shared::Shared;
use crate::statements::SlotId;

/// A cursor: runs statements and gives their rows.
#[pyclass(frozen, subclass, weakref, module = "heliosdb_sqlite")]
#[derive(Debug)]
pub(crate) struct Cursor {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// `None` before `__init__`.
    home: Option<Home>,
    is_closed: bool,
    /// Something is under way on this cursor.
    is_locked: bool,
    /// The statement that has more rows.
    slot: Option<SlotId>,
    rows: Buffer,
    /// Rows that come after those, of further parameter sets.
    pending: VecDeque<Chunk>,
    /// How many rows there are for each parameter set of a batch of queries.
    sets: Option<Vec<usize>>,
    description: Option<Py<PyTuple>>,
    /// Of rows that come with the time of their version: the description of the row alone.
    versioned: Option<Py<PyTuple>>,
    converters: Option<Converters>,
    /// Which columns are vectors; `None` if none is.
    vectors: Option<Arc<[bool]>>,
    rowcount: i64,
    lastrowid: Option<i64>,
    arraysize: i32,
    row_factory: Option<Py<PyAny>>,
}

/// The connection of a cursor.
#[derive(Debug)]
struct Home {
    connection: Py<Connection>,
    shared: Arc<Shared>,
}

/// Rows that the engine gave and the program has not taken.
#[derive(Debug, Default)]
struct Buffer {
    chunk: Chunk,
    next: usize,
}

impl Buffer {
    fn is_empty(&self) -> bool {
        self.next >= self.chunk.rows()
    }
}

impl State {
    fn new(home: Option<Home>, row_factory: Option<Py<PyAny>>) -> State {
        State {
            home,
            is_closed: false,
            is_locked: false,
            slot: None,
            rows: Buffer::default(),
            pending: VecDeque::new(),
            sets: None,
            description: None,
            versioned: None,
            converters: None,
            vectors: None,
            rowcount: -1,
            lastrowid: None,
            arraysize: 1,
            row_factory,
        }
    }

    /// What the cursor shares with its connection, if it may be used now; or why not.
    fn usable(&self) -> Result<Arc<Shared>, &'static str> {
        match &self.home {
            None => Err("Base Cursor.__init__ not called."),
            Some(_) if self.is_closed => Err("Cannot operate on a closed cursor."),
            Some(_) if self.is_locked => Err("Recursive use of cursors not allowed."),
            Some(home) => Ok(home.shared.clone()),
        }
    }

    /// The same, also if it is closed already.
    fn usable_or_closed(&self) -> Result<Arc<Shared>, &'static str> {
        match &self.home {
            Some(home) if self.is_closed => Ok(home.shared.clone()),
            _ => self.usable(),
        }
    }
}

impl Cursor {
    /// A new cursor of a connection.
    pub(crate) fn connected<'py>(
        connection: &Bound<'py, Connection>,
        shared: &Arc<Shared>,
    ) -> PyResult<Bound<'py, Cursor>> {
        let py = connection.py();
        shared.check(py)?;
        let row_factory = shared.settings.row_factory.lock().as_ref().map(|factory| factory.clone_ref(py));
        let home = Home { connection: connection.clone().unbind(), shared: shared.clone() };
        Bound::new(py, Cursor { state: Mutex::new(State::new(Some(home), row_factory)) })
    }

    pub(crate) fn description_object(&self, py: Python<'_>) -> Py<PyAny> {
        match &self.state.lock().description {
            Some(description) => description.clone_ref(py).into_any(),
            None => py.None(),
        }
    }

    /// Sets the attribute `row_factory`.
    pub(crate) fn set_factory(&self, py: Python<'_>, factory: Option<Py<PyAny>>) -> PyResult<()> {
        let before = std::mem::replace(&mut self.state.lock().row_factory, factory);
        drop(before.map(|factory| factory.into_bound(py)));
        Ok(())
    }

    /// The state of a cursor that may be used now, and what it shares with its connection.
    fn usable(&self, py: Python<'_>) -> PyResult<(MutexGuard<'_, State>, Arc<Shared>)> {
        let shared = self.state.lock().usable();
        // Without the lock, for errors are Python's.
        let shared = shared.map_err(|message| programming_error(py, message))?;
        shared.check(py)?;
        Ok((self.state.lock(), shared))
    }
}

impl Drop for Cursor {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if let (Some(slot), Some(home)) = (state.slot.take(), &state.home) {
            home.shared.release(slot);
        }
    }
}

/// A text argument, or the error of a function that wants one.
pub(crate) fn text<'a, 'py>(
    argument: &'a Bound<'py, PyAny>,
    function: &str,
) -> PyResult<&'a Bound<'py, PyString>> {
    argument.cast::<PyString>().or_else(|_| {
        Err(PyTypeError::new_err(format!("{function} must be str, not {}", class_shown(argument)?)))
    })
}

#[pymethods]
impl Cursor {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Cursor {
        // The attributes of an object whose class did not call `__init__` are empty.
        Cursor { state: Mutex::new(State { arraysize: 0, rowcount: 0, ..State::new(None, None) }) }
    }

    #[pyo3(signature = (connection, /))]
    fn __init__(&self, connection: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = connection.py();
        let Ok(connection) = connection.cast::<Connection>() else {
            let class = class_shown(connection)?;
            let message = format!("Cursor() argument 1 must be sqlite3.Connection, not {class}");
            return Err(PyTypeError::new_err(message));
        };
        let shared = connection.get().shared(py)?;
        shared.check_thread(py)?;
        if self.state.lock().is_locked {
            return Err(programming_error(py, "Recursive use of cursors not allowed."));
        }
        let home = Home { connection: connection.clone().unbind(), shared };
        let before = std::mem::replace(&mut *self.state.lock(), State::new(Some(home), None));
        if let (Some(slot), Some(home)) = (before.slot, &before.home) {
            home.shared.release(slot);
        }
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where the lock is held, the objects are in use.
        let Some(state) = self.state.try_lock() else { return Ok(()) };
        if let Some(home) = &state.home {
            visit.call(&home.connection)?;
        }
        visit.call(&state.row_factory)?;
        visit.call(&state.description)
    }

    fn __clear__(&self) {
        let before = std::mem::replace(&mut *self.state.lock(), State::new(None, None));
        if let (Some(slot), Some(home)) = (before.slot, &before.home) {
            home.shared.release(slot);
        }
    }

    /// Executes an SQL statement.
    #[pyo3(signature = (sql, parameters = Given::Absent, /), text_signature = "($self, sql, parameters=(), /)")]
    fn execute<'py>(
        slf: Bound<'py, Cursor>,
        sql: &Bound<'py, PyAny>,
        parameters: Given<'py>,
    ) -> PyResult<Bound<'py, Cursor>> {
        Cursor::run(&slf, sql, parameters.value())?;
        Ok(slf)
    }

    /// Repeatedly executes an SQL statement.
    #[pyo3(signature = (sql, seq_of_parameters, /))]
    pub(crate) fn executemany<'py>(
        slf: Bound<'py, Cursor>,
        sql: &Bound<'py, PyAny>,
        seq_of_parameters: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Cursor>> {
        Cursor::run_many(&slf, text(sql, "executemany() argument 1")?, seq_of_parameters)?;
        Ok(slf)
    }

    /// Fetches the rows that are left of a batch of queries: a list for each of executemany's parameter sets.
    fn fetchsets(slf: Bound<'_, Cursor>) -> PyResult<Bound<'_, PyList>> {
        Cursor::fetch_by_sets(&slf)
    }

    /// Inserts rows into some columns of a table, all or none, and returns how many there were.
    #[pyo3(signature = (table, columns, rows))]
    fn batch_insert(
        slf: Bound<'_, Cursor>,
        table: &str,
        columns: &Bound<'_, PyAny>,
        rows: &Bound<'_, PyAny>,
    ) -> PyResult<i64> {
        if columns.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err("batch_insert() argument 'columns' must be names, not one str"));
        }
        let columns = columns.try_iter()?.map(|name| name?.extract()).collect::<PyResult<Vec<String>>>()?;
        Cursor::insert_many(&slf, table, &columns, rows)
    }

    /// Executes multiple SQL statements at once.
    #[pyo3(signature = (sql_script, /))]
    pub(crate) fn executescript<'py>(
        slf: Bound<'py, Cursor>,
        sql_script: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Cursor>> {
        let script = match is_at_least(slf.py(), 11) {
            true => text(sql_script, "executescript() argument")?,
            false => {
                sql_script.cast().map_err(|_| PyValueError::new_err("script argument must be unicode."))?
            }
        };
        Cursor::run_script(&slf, script)?;
        Ok(slf)
    }

    /// Fetches one row from the resultset.
    fn fetchone<'py>(slf: &Bound<'py, Cursor>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Cursor::next_row(slf)
    }

    /// Fetches several rows from the resultset.
    #[pyo3(signature = (size = Given::Absent), text_signature = "($self, size=1)")]
    fn fetchmany<'py>(slf: &Bound<'py, Cursor>, size: Given<'py>) -> PyResult<Bound<'py, PyAny>> {
        let size = match size.value() {
            Some(size) => size.extract::<CInt>()?.0,
            None => slf.get().state.lock().arraysize,
        };
        // What is no count gives all, as in `sqlite3`.
        Cursor::fetch_rows(slf, usize::try_from(size).ok().filter(|&size| size > 0))
    }

    /// Fetches all rows from the resultset.
    fn fetchall<'py>(slf: &Bound<'py, Cursor>) -> PyResult<Bound<'py, PyAny>> {
        Cursor::fetch_rows(slf, None)
    }

    fn __iter__<'py>(slf: Bound<'py, Cursor>) -> Bound<'py, Cursor> {
        slf
    }

    fn __next__<'py>(slf: &Bound<'py, Cursor>) -> PyResult<Option<Bound<'py, PyAny>>> {
        Cursor::next_row(slf)
    }

    /// Closes the cursor.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let usable = self.state.lock().usable_or_closed();
        usable.map_err(|message| programming_error(py, message))?.check(py)?;
        let left = {
            let mut state = self.state.lock();
            state.is_closed = true;
            state.rows = Buffer::default();
            state.slot.take().zip(state.home.as_ref().map(|home| home.shared.clone()))
        };
        if let Some((slot, shared)) = left {
            shared.release(slot);
        }
        Ok(())
    }

    /// Required by DB-API. Does nothing in sqlite3.
    #[pyo3(signature = (sizes, /))]
    fn setinputsizes(&self, sizes: &Bound<'_, PyAny>) {
        let _ = sizes;
    }

    /// Required by DB-API. Does nothing in sqlite3.
    #[pyo3(signature = (size, column = None, /))]
    fn setoutputsize(&self, size: &Bound<'_, PyAny>, column: Option<&Bound<'_, PyAny>>) {
        let _ = (size, column);
    }

    #[getter]
    fn connection(&self, py: Python<'_>) -> Option<Py<Connection>> {
        self.state.lock().home.as_ref().map(|home| home.connection.clone_ref(py))
    }

    #[getter]
    fn description(&self, py: Python<'_>) -> Py<PyAny> {
        self.description_object(py)
    }

    #[getter]
    fn rowcount(&self) -> i64 {
        let state = self.state.lock();
        let gives_rows = state.slot.is_some() || !state.rows.is_empty() || !state.pending.is_empty();
        // What RETURNING gives has to be taken before it is known how many rows there were.
        if gives_rows { state.rowcount.min(0) } else { state.rowcount }
    }

    #[getter]
    fn lastrowid(&self) -> Option<i64> {
        self.state.lock().lastrowid
    }

    #[getter]
    fn arraysize(&self) -> i32 {
        self.state.lock().arraysize
    }

    #[setter]
    fn set_arraysize(&self, size: CInt) {
        self.state.lock().arraysize = size.0;
    }

    #[getter]
    fn row_factory(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.state.lock().row_factory.as_ref().map(|factory| factory.clone_ref(py))
    }

    #[setter]
    fn set_row_factory(&self, factory: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set_factory(factory.py(), (!factory.is_none()).then(|| factory.clone().unbind()))
    }
}
