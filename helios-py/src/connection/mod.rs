//! `sqlite3.Connection`.

mod blob;
pub(crate) mod branch;
mod configure;
mod copy;
mod key;
mod open;
mod pooled;
pub(crate) mod settings;
mod transaction;
mod tuning;
mod unclosed;

use std::ffi::CString;
use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::{PyAttributeError, PyDeprecationWarning, PyTypeError};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};
pub(crate) use transaction::{begin, commit, roll_back};

use crate::cursor::Cursor;
use crate::errors;
use crate::python::{Import, is_at_least};
use crate::server::Server;
use crate::shared::Shared;
use crate::vectors::VectorFactory;
use open::{Arguments, Mode, database_name};
use settings::{Autocommit, Isolation, TextFactory};

static IMPORT_SQLITE: Import = Import::new("heliosdb_sqlite._sqlite_files", "import_for_connect");
static POSITIONAL_MESSAGE: Import = Import::new("heliosdb_sqlite._deprecated", "positional_message");
static ITERDUMP: Import = Import::new("heliosdb_sqlite._dump", "iterdump");

/// What `connect` does where a server is named.
static CLIENT: Import = Import::new("heliosdb_sqlite._client", "connect");

/// Open a connection to a database. The arguments are those of Connection, or of the class given as factory.
#[pyfunction]
#[pyo3(
    signature = (*args, **kwargs),
    text_signature = "(database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, \
                      factory=Connection, cached_statements=128, uri=False, *, autocommit=-1, backend=None, \
                      config=None, branch='main', encryption_key=None, as_of=None, enable_time_travel=False, \
                      enable_vector_search=False, enable_cache=False, cache_size_mb=64, import_sqlite=False, \
                      heliosdb_mode='auto', server=None)"
)]
pub(crate) fn connect<'py>(
    py: Python<'py>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    /// Where `factory` stands among the arguments.
    const FACTORY: usize = 5;
    if args.len() > 1 && is_at_least(py, 13) {
        let message: String = POSITIONAL_MESSAGE.get(py)?.call1(("sqlite3.connect",))?.extract()?;
        PyErr::warn(py, &py.get_type::<PyDeprecationWarning>(), &CString::new(message)?, 1)?;
    }
    let named = match kwargs {
        Some(kwargs) => kwargs.get_item(intern!(py, "factory"))?,
        None => None,
    };
    if open::names_server(py, args, kwargs)? {
        return CLIENT.get(py)?.call(args, kwargs);
    }
    match args.get_item(FACTORY).ok().or(named) {
        Some(factory) => factory.call(args, kwargs),
        None => py.get_type::<Connection>().call(args, kwargs),
    }
}

/// A connection to one branch of a database.
#[pyclass(frozen, subclass, weakref, module = "heliosdb_sqlite")]
#[derive(Debug)]
pub(crate) struct Connection {
    /// `None` before `__init__`.
    shared: Mutex<Option<Arc<Shared>>>,
    /// How it is called in a warning that nobody has closed it; empty where Python does not warn of that.
    shown: Mutex<String>,
    /// In hybrid mode, the server that stops when the connection closes.
    server: Mutex<Option<Py<Server>>>,
}

impl Connection {
    /// What it shares with its cursors.
    pub(crate) fn shared(&self, py: Python<'_>) -> PyResult<Arc<Shared>> {
        let shared = self.shared.lock().clone();
        shared.ok_or_else(|| errors::programming_error(py, "Base Connection.__init__ not called."))
    }

    fn open_shared(&self, py: Python<'_>) -> PyResult<Arc<Shared>> {
        let shared = self.shared(py)?;
        shared.check_open(py)?;
        Ok(shared)
    }

    fn new_cursor<'py>(slf: &Bound<'py, Connection>) -> PyResult<Bound<'py, Cursor>> {
        Cursor::connected(slf, &slf.get().shared(slf.py())?)
    }
}

/// A switch. Before Python 3.12, `sqlite3` takes numbers only.
fn flag(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    if is_at_least(value.py(), 12) {
        value.is_truthy()
    } else {
        value.extract::<i32>().map(|value| value != 0)
    }
}

#[pymethods]
impl Connection {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Connection {
        Connection { shared: Mutex::new(None), shown: Mutex::default(), server: Mutex::new(None) }
    }

    #[allow(clippy::too_many_arguments, reason = "they are sqlite3's and ours")]
    #[pyo3(signature = (
        database, timeout = 5.0, detect_types = 0, isolation_level = Given::Absent, check_same_thread = None,
        factory = None, cached_statements = 128, uri = None, *, autocommit = Given::Absent, backend = None, config = None,
        branch = "main", encryption_key = None, as_of = None, enable_time_travel = false, enable_vector_search = false, enable_cache = None,
        cache_size_mb = None, import_sqlite = false, heliosdb_mode = "auto", server = None,
    ))]
    fn __init__(
        slf: &Bound<'_, Connection>,
        database: &Bound<'_, PyAny>,
        timeout: f64,
        detect_types: i32,
        isolation_level: Given<'_>,
        check_same_thread: Option<&Bound<'_, PyAny>>,
        factory: Option<&Bound<'_, PyAny>>,
        cached_statements: i32,
        uri: Option<&Bound<'_, PyAny>>,
        autocommit: Given<'_>,
        backend: Option<String>,
        config: Option<&Bound<'_, PyAny>>,
        branch: &str,
        encryption_key: Option<&Bound<'_, PyAny>>,
        as_of: Option<&Bound<'_, PyAny>>,
        enable_time_travel: bool,
        enable_vector_search: bool,
        enable_cache: Option<bool>,
        cache_size_mb: Option<&Bound<'_, PyAny>>,
        import_sqlite: bool,
        heliosdb_mode: &str,
        server: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let py = slf.py();
        // `connect` has called it.
        let _ = factory;
        py.import(intern!(py, "sys"))?
            .call_method1(intern!(py, "audit"), (intern!(py, "sqlite3.connect"), database))?;
        // Cursors of an earlier call go on with what they have; it closes with the last of them.
        let before = slf.get().shared.lock().take();
        if let Some(before) = before {
            let texts = std::mem::replace(&mut *before.settings.text_factory.lock(), TextFactory::Str);
            drop(texts);
        }
        if import_sqlite {
            let keywords = PyDict::new(py);
            keywords.set_item("backend", &backend)?;
            keywords.set_item("config", config)?;
            keywords.set_item("encryption_key", encryption_key)?;
            IMPORT_SQLITE.get(py)?.call((database,), Some(&keywords))?;
        }
        let mode = Mode::of(py, heliosdb_mode, server.is_some())?;
        let arguments = Arguments {
            database,
            timeout,
            detect_types,
            isolation_level: isolation_level.value(),
            check_same_thread: mode != Mode::Hybrid && check_same_thread.map_or(Ok(true), flag)?,
            cached_statements,
            uri: uri.map_or(Ok(false), PyAnyMethods::is_truthy)?,
            autocommit: autocommit.value(),
            backend,
            config,
            branch,
            encryption_key,
            as_of: as_of.map(|moment| branch::moment_of(py, moment)).transpose()?,
            enable_time_travel,
            enable_vector_search,
            enable_cache,
            cache_size: cache_size_mb.map(tuning::cache_size).transpose()?,
            mode,
        };
        let (shared, config) = arguments.open()?;
        if mode == Mode::Hybrid {
            let name = database_name(database, arguments.uri)?;
            let started = shared
                .database(py)
                .and_then(|database| Server::start(py, database, &name, &config.server, server));
            match started {
                Ok(server) => *slf.get().server.lock() = Some(Py::new(py, server)?),
                Err(error) => {
                    shared.close(py)?;
                    return Err(error);
                }
            }
        }
        *slf.get().shared.lock() = Some(Arc::new(shared));
        *slf.get().shown.lock() = unclosed::shown(slf)?;
        py.import(intern!(py, "sys"))?
            .call_method1(intern!(py, "audit"), (intern!(py, "sqlite3.connect/handle"), slf))?;
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where a lock is held, the objects are in use.
        let Some(shared) = self.shared.try_lock() else { return Ok(()) };
        let Some(shared) = &*shared else { return Ok(()) };
        if let Some(factory) = shared.settings.row_factory.try_lock() {
            visit.call(&*factory)?;
        }
        if let Some(factory) = shared.settings.text_factory.try_lock()
            && let TextFactory::Function(function) = &*factory
        {
            visit.call(function)?;
        }
        if let Some(factory) = shared.settings.vector_factory.try_lock()
            && let VectorFactory::Function(function) = &*factory
        {
            visit.call(function)?;
        }
        shared.settings.hooks.visit(&visit)
    }

    fn __clear__(&self) {
        let shared = self.shared.lock().clone();
        if let Some(shared) = shared {
            let rows = shared.settings.row_factory.lock().take();
            let texts = std::mem::replace(&mut *shared.settings.text_factory.lock(), TextFactory::Str);
            let vectors = std::mem::replace(&mut *shared.settings.vector_factory.lock(), VectorFactory::List);
            drop((rows, texts, vectors));
            shared.settings.hooks.clear();
        }
    }

    /// Return a cursor for the connection.
    #[pyo3(signature = (factory = Given::Absent), text_signature = "($self, factory=Cursor)")]
    fn cursor<'py>(slf: &Bound<'py, Connection>, factory: Given<'py>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let shared = slf.get().shared(py)?;
        shared.check(py)?;
        let Some(factory) = factory.value() else {
            return Ok(Cursor::connected(slf, &shared)?.into_any());
        };
        let made = factory.call1((slf,))?;
        let Ok(cursor) = made.cast::<Cursor>() else {
            let class = made.get_type().name()?;
            return Err(PyTypeError::new_err(format!("factory must return a cursor, not {class}")));
        };
        let rows = shared.settings.row_factory.lock().as_ref().map(|factory| factory.clone_ref(py));
        if rows.is_some() {
            cursor.get().set_factory(py, rows)?;
        }
        Ok(made)
    }

    /// Executes an SQL statement.
    #[pyo3(signature = (sql, parameters = Given::Absent, /), text_signature = "($self, sql, parameters=(), /)")]
    fn execute<'py>(
        slf: &Bound<'py, Connection>,
        sql: &Bound<'py, PyAny>,
        parameters: Given<'py>,
    ) -> PyResult<Bound<'py, Cursor>> {
        let cursor = Connection::new_cursor(slf)?;
        Cursor::run(&cursor, sql, parameters.value())?;
        Ok(cursor)
    }

    /// Repeatedly executes an SQL statement.
    #[pyo3(signature = (sql, parameters, /))]
    fn executemany<'py>(
        slf: &Bound<'py, Connection>,
        sql: &Bound<'py, PyAny>,
        parameters: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Cursor>> {
        Cursor::executemany(Connection::new_cursor(slf)?, sql, parameters)
    }

    /// Executes multiple SQL statements at once.
    #[pyo3(signature = (sql_script, /))]
    fn executescript<'py>(
        slf: &Bound<'py, Connection>,
        sql_script: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Cursor>> {
        Cursor::executescript(Connection::new_cursor(slf)?, sql_script)
    }

    /// Commit any pending transaction to the database.
    fn commit(&self, py: Python<'_>) -> PyResult<()> {
        self.shared(py)?.commit(py)
    }

    /// Roll back to the start of any pending transaction.
    fn rollback(&self, py: Python<'_>) -> PyResult<()> {
        self.shared(py)?.roll_back(py)
    }

    /// Close the database connection. Any pending transaction is not committed.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check_thread(py)?;
        let server = self.server.lock().take();
        if let Some(server) = server {
            server.get().stop(py);
        }
        shared.close(py)
    }

    /// Where clients of PostgreSQL find the database, in hybrid mode.
    fn get_server_info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let server = self.server.lock().as_ref().map(|server| server.clone_ref(py));
        match server {
            Some(server) => server.get().info(py),
            None => Err(errors::programming_error(py, "there is no server: heliosdb_mode is not 'hybrid'")),
        }
    }

    /// The server of hybrid mode, which from now on does not stop with the connection.
    fn _detach_server(&self) -> Option<Py<Server>> {
        self.server.lock().take()
    }

    /// Abort any pending database operation.
    fn interrupt(&self, py: Python<'_>) -> PyResult<()> {
        self.open_shared(py)?.interrupt();
        Ok(())
    }

    /// Returns iterator to the dump of the database in an SQL text format; with a filter, of what has a name like it.
    #[pyo3(signature = (*, filter = None))]
    fn iterdump<'py>(
        slf: &Bound<'py, Connection>,
        filter: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        slf.get().open_shared(py)?;
        let keywords = PyDict::new(py);
        keywords.set_item(intern!(py, "filter"), filter)?;
        ITERDUMP.get(py)?.call((slf,), Some(&keywords))
    }

    fn __enter__<'py>(slf: Bound<'py, Connection>) -> PyResult<Bound<'py, Connection>> {
        slf.get().open_shared(slf.py())?;
        Ok(slf)
    }

    #[pyo3(signature = (r#type, value, traceback, /))]
    fn __exit__(
        &self,
        py: Python<'_>,
        r#type: &Bound<'_, PyAny>,
        value: &Bound<'_, PyAny>,
        traceback: &Bound<'_, PyAny>,
    ) -> PyResult<bool> {
        let has_failed = !(r#type.is_none() && value.is_none() && traceback.is_none());
        self.shared(py)?.leave_block(py, has_failed)?;
        Ok(false)
    }

    #[getter]
    fn in_transaction(&self, py: Python<'_>) -> PyResult<bool> {
        self.open_shared(py)?.seen(py).map(|(in_transaction, _)| in_transaction)
    }

    #[getter]
    fn total_changes(&self, py: Python<'_>) -> PyResult<i64> {
        self.open_shared(py)?.seen(py).map(|(_, total_changes)| total_changes)
    }

    #[getter]
    fn isolation_level(&self, py: Python<'_>) -> PyResult<Option<&'static str>> {
        Ok(self.open_shared(py)?.settings.control.lock().isolation.map(Isolation::name))
    }

    #[setter]
    fn set_isolation_level(&self, py: Python<'_>, level: &Bound<'_, PyAny>) -> PyResult<()> {
        self.shared(py)?.set_isolation(py, Isolation::of(level)?)
    }

    #[deleter]
    fn delete_isolation_level(&self) -> PyResult<()> {
        Err(PyAttributeError::new_err("cannot delete attribute"))
    }

    #[getter]
    fn autocommit<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        Ok(shared.settings.control.lock().autocommit.object(py))
    }

    #[setter]
    fn set_autocommit(&self, py: Python<'_>, autocommit: &Bound<'_, PyAny>) -> PyResult<()> {
        self.shared(py)?.set_autocommit(py, Autocommit::of(autocommit)?)
    }

    #[getter]
    fn row_factory(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        // Of an object whose class did not call `__init__` it is empty.
        let Some(shared) = self.shared.lock().clone() else { return Ok(None) };
        Ok(shared.settings.row_factory.lock().as_ref().map(|factory| factory.clone_ref(py)))
    }

    #[setter]
    fn set_row_factory(&self, py: Python<'_>, factory: &Bound<'_, PyAny>) -> PyResult<()> {
        let factory = (!factory.is_none()).then(|| factory.clone().unbind());
        let before = std::mem::replace(&mut *self.shared(py)?.settings.row_factory.lock(), factory);
        drop(before);
        Ok(())
    }

    #[deleter]
    fn delete_row_factory(&self, py: Python<'_>) -> PyResult<()> {
        let before = self.shared(py)?.settings.row_factory.lock().take();
        drop(before);
        Ok(())
    }

    #[getter]
    fn text_factory<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let Some(shared) = self.shared.lock().clone() else { return Ok(py.None().into_bound(py)) };
        let object = shared.settings.text_factory.lock().object(py);
        Ok(object)
    }

    #[setter]
    fn set_text_factory(&self, py: Python<'_>, factory: &Bound<'_, PyAny>) -> PyResult<()> {
        let factory = TextFactory::of(factory);
        let before = std::mem::replace(&mut *self.shared(py)?.settings.text_factory.lock(), factory);
        drop(before);
        Ok(())
    }

    #[getter]
    fn vector_factory<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.shared(py)?;
        let object = shared.settings.vector_factory.lock().object(py);
        Ok(object)
    }

    #[setter]
    fn set_vector_factory(&self, py: Python<'_>, factory: &Bound<'_, PyAny>) -> PyResult<()> {
        let factory = VectorFactory::of(factory);
        let before = std::mem::replace(&mut *self.shared(py)?.settings.vector_factory.lock(), factory);
        drop(before);
        Ok(())
    }

    #[classattr]
    #[pyo3(name = "Warning")]
    fn warning(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::WARNING)
    }

    #[classattr]
    #[pyo3(name = "Error")]
    fn error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::ERROR)
    }

    #[classattr]
    #[pyo3(name = "InterfaceError")]
    fn interface_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::INTERFACE_ERROR)
    }

    #[classattr]
    #[pyo3(name = "DatabaseError")]
    fn database_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::DATABASE_ERROR)
    }

    #[classattr]
    #[pyo3(name = "DataError")]
    fn data_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::DATA_ERROR)
    }

    #[classattr]
    #[pyo3(name = "OperationalError")]
    fn operational_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::OPERATIONAL_ERROR)
    }

    #[classattr]
    #[pyo3(name = "IntegrityError")]
    fn integrity_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::INTEGRITY_ERROR)
    }

    #[classattr]
    #[pyo3(name = "InternalError")]
    fn internal_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::INTERNAL_ERROR)
    }

    #[classattr]
    #[pyo3(name = "ProgrammingError")]
    fn programming_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::PROGRAMMING_ERROR)
    }

    #[classattr]
    #[pyo3(name = "NotSupportedError")]
    fn not_supported_error(py: Python<'_>) -> PyResult<Py<PyType>> {
        errors::class(py, &errors::NOT_SUPPORTED_ERROR)
    }
}

/// An argument that may be left out, where None is an argument like any other.
#[derive(Debug)]
pub(crate) enum Given<'py> {
    Absent,
    Value(Bound<'py, PyAny>),
}

impl<'py> Given<'py> {
    pub(crate) fn value(&self) -> Option<&Bound<'py, PyAny>> {
        match self {
            Given::Absent => None,
            Given::Value(value) => Some(value),
        }
    }
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Given<'py>> {
        Ok(Given::Value(object.to_owned()))
    }
}
