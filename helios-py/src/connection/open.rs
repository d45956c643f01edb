//! Opening: what `connect` is given, as a database and settings.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use helios::config::{ConfigLoader, Setting};
use helios::sql::Moment;
use helios::{Config, Database, ErrorKind, Place};
use parking_lot::Mutex;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use super::key::user_key;
use super::settings::{Autocommit, Control, Isolation, Settings, TextFactory};
use crate::callback::held::Hooks;
use crate::errors::{NOT_SUPPORTED_ERROR, raise, to_python};
use crate::python::{FSENCODE, utf8};
use crate::shared::{Core, Shared};
use crate::statements::Statements;
use crate::vectors::VectorFactory;

/// The arguments of `connect`.
#[derive(Debug)]
pub(crate) struct Arguments<'a, 'py> {
    pub(crate) database: &'a Bound<'py, PyAny>,
    pub(crate) timeout: f64,
    pub(crate) detect_types: i32,
    pub(crate) isolation_level: Option<&'a Bound<'py, PyAny>>,
    pub(crate) check_same_thread: bool,
    pub(crate) cached_statements: i32,
    pub(crate) uri: bool,
    pub(crate) autocommit: Option<&'a Bound<'py, PyAny>>,
    pub(crate) backend: Option<String>,
    pub(crate) config: Option<&'a Bound<'py, PyAny>>,
    pub(crate) branch: &'a str,
    pub(crate) encryption_key: Option<&'a Bound<'py, PyAny>>,
    pub(crate) as_of: Option<u64>,
    pub(crate) enable_time_travel: bool,
    pub(crate) enable_vector_search: bool,
    pub(crate) enable_cache: Option<bool>,
    /// In bytes.
    pub(crate) cache_size: Option<usize>,
    pub(crate) mode: Mode,
}

/// Who besides the connection may use the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Other processes, where the driver can.
    Auto,
    /// Only this process.
    Embedded,
    /// Clients of a server, too.
    Hybrid,
}

impl Mode {
    /// The mode of this name.
    pub(crate) fn of(py: Python<'_>, name: &str, has_server: bool) -> PyResult<Mode> {
        let mode = match name {
            "auto" => Mode::Auto,
            "embedded" => Mode::Embedded,
            "hybrid" => Mode::Hybrid,
            "server" => return Err(no_client(py)),
            _ => {
                return Err(PyValueError::new_err(format!(
                    "heliosdb_mode must be 'auto', 'embedded' or 'hybrid', not {name:?}"
                )));
            }
        };
        match has_server && mode != Mode::Hybrid {
            true => Err(PyValueError::new_err("server is for heliosdb_mode='hybrid' alone")),
            false => Ok(mode),
        }
    }
}

/// A connection to a server is asked for where a database is opened.
fn no_client(py: Python<'_>) -> PyErr {
    raise(py, &NOT_SUPPORTED_ERROR, "a server is reached by connect('postgresql://host:port/database') alone")
}

/// Whether the arguments of `connect` name a server: by its address, or by the mode.
pub(crate) fn names_server(
    py: Python<'_>,
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
) -> PyResult<bool> {
    let named = |name| kwargs.map(|kwargs| kwargs.get_item(name)).transpose().map(Option::flatten);
    if let Some(mode) = named(intern!(py, "heliosdb_mode"))?
        && mode.extract::<String>().is_ok_and(|mode| mode == "server")
    {
        return Ok(true);
    }
    let database = match args.get_item(0) {
        Ok(database) => Some(database),
        Err(_) => named(intern!(py, "database"))?,
    };
    let is_text = |database: &Bound<'_, PyAny>| {
        database.is_instance_of::<PyString>() || database.is_instance_of::<PyBytes>()
    };
    Ok(match database.filter(is_text) {
        Some(database) => is_address(&file_name(&database)?),
        None => false,
    })
}

fn is_address(name: &[u8]) -> bool {
    name.starts_with(b"postgresql://") || name.starts_with(b"postgres://")
}

/// What clients of a server call the database of a file: the name of the file without its ending.
pub(crate) fn database_name(database: &Bound<'_, PyAny>, uri: bool) -> PyResult<String> {
    let name = String::from_utf8_lossy(&file_name(database)?).into_owned();
    let path = match uri.then(|| name.strip_prefix("file:")).flatten() {
        Some(path) => path.split(['?', '#']).next().unwrap_or_default(),
        None => name.as_str(),
    };
    let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok(match stem.as_deref() {
        None | Some(":memory:") => "memory".to_owned(),
        Some(stem) => stem.to_owned(),
    })
}

impl Arguments<'_, '_> {
    /// Opens the database and a session on it.
    pub(crate) fn open(&self) -> PyResult<(Shared, Config)> {
        let py = self.database.py();
        let name = file_name(self.database)?;
        if is_address(&name) {
            return Err(no_client(py));
        }
        let isolation = self.isolation_level.map_or(Ok(Some(Isolation::Plain)), Isolation::of)?;
        let autocommit = self.autocommit.map_or(Ok(Autocommit::Legacy), Autocommit::of)?;
        let loader = self.loader()?;
        let key = self.encryption_key.map(|key| user_key(key, "encryption_key")).transpose()?;
        let (branch, uri, as_of) = (self.branch, self.uri, self.as_of);
        let timeout = busy_timeout(self.timeout);
        let (enable_cache, cache_size) = (self.enable_cache, self.cache_size);
        let opened = py.detach(|| {
            let mut config: Config = loader.load()?;
            config.set_encryption_key(key);
            let (place, branch) = match uri {
                true => (Place::of_uri(&name)?, Place::branch_of_uri(&name, branch)?),
                false => (Place::of_name(&PathBuf::from(OsString::from_vec(name))), branch.to_owned()),
            };
            let database = Database::open_place(&place, &config)?;
            let mut session = database.session(&branch)?;
            session.set_busy_timeout(timeout);
            session.set_as_of(as_of.map(Moment))?;
            let cache = &config.cache;
            if enable_cache.or(cache_size.map(|_| cache.enabled)).is_some() {
                let bytes = cache_size.unwrap_or((cache.size_mb as usize) << 20);
                session.keep_results(enable_cache.unwrap_or(cache.enabled).then_some(bytes));
            }
            Ok((database, session, config))
        });
        let (database, session, config) =
            opened.map_err(|error: helios::Error| to_python(py, &with_way_out(error, self.database)))?;
        let capacity = usize::try_from(self.cached_statements).unwrap_or(usize::MAX);
        let core = Core { statements: Statements::new(py, capacity), session, database };
        let settings = Settings {
            detect_types: self.detect_types,
            control: Mutex::new(Control { autocommit, isolation }),
            row_factory: Mutex::new(None),
            text_factory: Mutex::new(TextFactory::Str),
            vector_factory: Mutex::new(VectorFactory::List),
            hooks: Hooks::default(),
            vector_search: self.enable_vector_search,
        };
        let shared = Shared::new(py, core, settings, self.check_same_thread)?;
        shared.begin_if_always_in_transaction(py)?;
        Ok((shared, config))
    }

    fn loader(&self) -> PyResult<ConfigLoader> {
        let mut loader = Config::loader().environment();
        if let Some(config) = self.config {
            match config.cast::<PyDict>() {
                Ok(tree) => loader = add_tree(loader, "", tree)?,
                Err(_) => {
                    loader = loader.file(Path::new(&OsString::from_vec(file_name(config)?)));
                }
            }
        }
        if let Some(backend) = &self.backend {
            loader = loader.argument("storage.backend", backend.as_str());
        }
        if self.enable_time_travel {
            loader = loader.argument("time_travel.enabled", true);
        }
        if self.mode == Mode::Embedded {
            loader = loader.argument("storage.redb.processes", "one");
        }
        Ok(loader)
    }
}

/// An error about a file of SQLite, with what turns it into one of helios.
fn with_way_out(error: helios::Error, file: &Bound<'_, PyAny>) -> helios::Error {
    if error.kind() != ErrorKind::NotADatabase || error.message() != "file is a database of SQLite" {
        return error;
    }
    let message = format!(
        "{}: `python -m heliosdb_sqlite import {file}`, or import_sqlite=True, turns it into one of helios",
        error.message()
    );
    helios::Error::new(ErrorKind::NotADatabase, message)
}

/// The bytes of a path: a text, bytes or an `os.PathLike`.
fn file_name(path: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let encoded = FSENCODE.get(path.py())?.call1((path,))?;
    let bytes = encoded.cast::<PyBytes>()?.as_bytes();
    if bytes.contains(&0) {
        return Err(PyValueError::new_err("embedded null byte"));
    }
    Ok(bytes.to_vec())
}

/// SQLite's is in whole milliseconds, and none if it is negative.
fn busy_timeout(seconds: f64) -> Duration {
    Duration::from_millis((seconds * 1000.0).clamp(0.0, f64::from(i32::MAX)) as u64)
}

/// Adds the leaves of a tree of dicts.
fn add_tree(mut loader: ConfigLoader, prefix: &str, tree: &Bound<'_, PyDict>) -> PyResult<ConfigLoader> {
    for (key, value) in tree {
        let Ok(key) = key.cast::<PyString>() else {
            return Err(PyTypeError::new_err("the keys of config must be str"));
        };
        let path = format!("{prefix}{}", utf8(key)?);
        loader = match value.cast::<PyDict>() {
            Ok(tree) => add_tree(loader, &format!("{path}."), tree)?,
            Err(_) => loader.value(&path, setting(&path, &value)?),
        };
    }
    Ok(loader)
}

fn setting(path: &str, value: &Bound<'_, PyAny>) -> PyResult<Setting> {
    if let Ok(value) = value.cast::<PyBool>() {
        Ok(value.is_true().into())
    } else if value.is_instance_of::<PyInt>() {
        Ok(value.extract::<i64>()?.into())
    } else if let Ok(value) = value.cast::<PyFloat>() {
        Ok(value.value().into())
    } else if let Ok(value) = value.cast::<PyString>() {
        Ok(utf8(value)?.into())
    } else if let Ok(values) = value.cast::<PyList>() {
        Ok(values.extract::<Vec<String>>()?.into())
    } else {
        let class = value.get_type().name()?;
        Err(PyTypeError::new_err(format!(
            "config: {path} must be bool, int, float, str, dict or a list of str, not {class}"
        )))
    }
}
