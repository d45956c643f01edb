//! Copies of whole databases: `backup`, `serialize`, `deserialize`.

use helios::Database;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::Connection;
use crate::errors::{OPERATIONAL_ERROR, raise, to_python};
use crate::parameters::buffer_bytes;
use crate::python::Import;
use crate::shared::Shared;

/// The standard module's connections, if there is that module.
static COPY_TO_STANDARD: Import = Import::new("heliosdb_sqlite._copy", "copy_to_standard");
static IS_STANDARD: Import = Import::new("heliosdb_sqlite._copy", "is_standard");

const SQLITE_OK: i32 = 0;
const SQLITE_DONE: i32 = 101;
/// What counts as a page for those who want to be told of progress.
const PAGE_BYTES: u64 = 4096;

/// The database of a connection, which goes on being used by others meanwhile.
fn database(py: Python<'_>, shared: &Shared) -> PyResult<Database> {
    shared.check(py)?;
    shared.run(py, |core| Ok(core.database.clone()))
}

fn pages_of(py: Python<'_>, database: &Database) -> PyResult<i64> {
    let bytes = py.detach(|| database.size_bytes()).map_err(|error| to_python(py, &error))?;
    Ok(i64::try_from(bytes.div_ceil(PAGE_BYTES)).unwrap_or(i64::MAX).max(1))
}

#[pymethods]
impl Connection {
    /// Makes a backup of the database: everything that is committed, all branches and all history, takes the place of
    /// what target holds. The copy is one step that happens at a moment after the last page; pages and progress tell
    /// how far that is, with pages of 4096 bytes. With a connection of the standard module as target, the present of
    /// this connection's branch is copied.
    #[pyo3(signature = (target, *, pages = -1, progress = None, name = "main", sleep = 0.250))]
    fn backup(
        slf: &Bound<'_, Connection>,
        target: &Bound<'_, PyAny>,
        pages: i32,
        progress: Option<&Bound<'_, PyAny>>,
        name: &str,
        sleep: f64,
    ) -> PyResult<()> {
        let py = slf.py();
        let Ok(target) = target.cast::<Connection>() else {
            if !IS_STANDARD.get(py)?.call1((target,))?.is_truthy()? {
                let class = target.get_type().name()?;
                let message = format!("backup() argument 1 must be sqlite3.Connection, not {class}");
                return Err(PyTypeError::new_err(message));
            }
            let keywords = PyDict::new(py);
            keywords.set_item("pages", pages)?;
            keywords.set_item("progress", progress)?;
            keywords.set_item("name", name)?;
            keywords.set_item("sleep", sleep)?;
            return COPY_TO_STANDARD.get(py)?.call((slf, target), Some(&keywords)).map(drop);
        };
        if target.is(slf) {
            return Err(PyValueError::new_err("target cannot be the same connection instance"));
        }
        let (from, to) = (slf.get().shared(py)?, target.get().shared(py)?);
        let (source, target) = (database(py, &from)?, database(py, &to)?);
        if progress.is_some_and(|progress| !progress.is_callable()) {
            return Err(PyTypeError::new_err("progress argument must be a callable"));
        }
        let operational = |message: String| raise(py, &OPERATIONAL_ERROR, message);
        // Nothing is ever in the database of temporary tables by itself.
        let source = match name {
            "main" => source,
            "temp" => Database::open_in_memory().map_err(|error| to_python(py, &error))?,
            other => return Err(operational(format!("unknown database {other}"))),
        };
        if to.run(py, |core| Ok(core.session.in_transaction()))? {
            return Err(operational("destination database is in use".to_owned()));
        }
        if source.is_same(&target) {
            return Err(operational("source and destination must be distinct".to_owned()));
        }
        let mut done = 0i64;
        loop {
            let total = pages_of(py, &source)?;
            done = if pages > 0 { total.min(done + i64::from(pages)) } else { total };
            if done == total {
                let timeout = std::time::Duration::try_from_secs_f64(sleep.max(0.0)).unwrap_or_default();
                py.detach(|| target.copy_from(&source, timeout)).map_err(|error| to_python(py, &error))?;
            }
            if let Some(progress) = progress {
                let status = if done == total { SQLITE_DONE } else { SQLITE_OK };
                progress.call1((status, total - done, total))?;
            }
            if done == total {
                return Ok(());
            }
        }
    }

    /// Serialize a database into a byte string: everything that is committed, all branches and all history. Only
    /// deserialize() can read it.
    #[pyo3(signature = (*, name = "main"))]
    fn serialize<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyBytes>> {
        let shared = self.shared(py)?;
        let database = database(py, &shared)?;
        if name != "main" {
            return Err(raise(py, &OPERATIONAL_ERROR, format!("unable to serialize '{name}'")));
        }
        let bytes = py.detach(|| database.serialize()).map_err(|error| to_python(py, &error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Load a serialized database: the connection leaves its database and goes on in memory.
    #[pyo3(signature = (data, /, *, name = "main"))]
    fn deserialize(&self, py: Python<'_>, data: &Bound<'_, PyAny>, name: &str) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let bytes = match data.cast::<PyString>() {
            Ok(text) => text.to_str()?.as_bytes().to_vec(),
            Err(_) => match buffer_bytes(data)? {
                Some(bytes) => bytes.as_bytes().to_vec(),
                None => {
                    let class = data.get_type().name()?;
                    let message = format!("a bytes-like object is required, not '{class}'");
                    return Err(PyTypeError::new_err(message));
                }
            },
        };
        if name != "main" {
            return Err(raise(py, &OPERATIONAL_ERROR, format!("unable to deserialize '{name}'")));
        }
        shared.run(py, |core| {
            let database = Database::deserialize(&bytes)?;
            database.take_session(&mut core.session, "main")?;
            let before = std::mem::replace(&mut core.database, database);
            before.close()
        })
    }
}
