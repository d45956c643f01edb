//! Copies of whole databases: `backup`, `serialize`, `deserialize`.

use helios::{Contents, Database};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};

use super::Connection;
use crate::errors::{OPERATIONAL_ERROR, raise, to_python};
use crate::parameters::buffer_bytes;
use crate::python::{Import, class_shown, utf8};
use crate::shared::Shared;

/// The standard module's connections, if there is that module.
static COPY_TO_STANDARD: Import = Import::new("heliosdb_sqlite._sqlite_files", "copy_to_standard");
static IS_STANDARD: Import = Import::new("heliosdb_sqlite._sqlite_files", "is_standard");

/// What makes helios' bytes of a file of SQLite.
static SERIALIZED: Import = Import::new("heliosdb_sqlite._sqlite_files", "serialized");

/// What a file of SQLite begins with.
const SQLITE_HEADER: &[u8] = b"SQLite format 3\0";
const SQLITE_OK: i32 = 0;
const SQLITE_DONE: i32 = 101;

/// The database of a connection, which goes on being used by others meanwhile.
fn database(py: Python<'_>, shared: &Shared) -> PyResult<Database> {
    // As in `sqlite3`, a copy may go into a connection of another thread.
    shared.check_open(py)?;
    shared.run(py, |core| Ok(core.database.clone()))
}

/// What the connection has under the name of a schema.
fn contents(py: Python<'_>, shared: &Shared, schema: &str) -> PyResult<Option<Contents>> {
    shared.check(py)?;
    shared.run(py, |core| Ok(Contents::of(&mut core.session, schema)))
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
        let from = slf.get().shared(py)?;
        let Ok(target) = target.cast::<Connection>() else {
            if !IS_STANDARD.get(py)?.call1((target,))?.is_truthy()? {
                let class = class_shown(target)?;
                let message = format!("backup() argument 'target' must be sqlite3.Connection, not {class}");
                return Err(PyTypeError::new_err(message));
            }
            if contents(py, &from, name)?.is_some_and(|source| source.is_encrypted()) {
                let message = "an encrypted database is not copied to a plain one of SQLite";
                return Err(raise(py, &OPERATIONAL_ERROR, message));
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
        let to = target.get().shared(py)?;
        let target = database(py, &to)?;
        if progress.is_some_and(|progress| !progress.is_callable()) {
            return Err(PyTypeError::new_err("progress argument must be a callable"));
        }
        let refused = |message: String| to_python(py, &helios::Error::sql(message));
        let unknown = || refused(format!("unknown database {name}"));
        let failed = |error: helios::Error| to_python(py, &error);
        // As long as nobody has made a temporary table, there are none.
        let empty = match name {
            "temp" => Some(Database::open_in_memory().map_err(failed)?),
            _ => None,
        };
        let source = match (contents(py, &from, name)?, &empty) {
            (Some(source), _) => source,
            (None, Some(empty)) => empty.contents().map_err(failed)?,
            (None, None) => return Err(unknown()),
        };
        if to.run(py, |core| Ok(core.session.in_transaction()))? {
            return Err(refused("destination database is in use".to_owned()));
        }
        if target.is_same(&source) {
            return Err(refused("source and destination must be distinct".to_owned()));
        }
        let timeout = std::time::Duration::try_from_secs_f64(sleep.max(0.0)).unwrap_or_default();
        let (mut done, mut seen) = (0i64, None);
        loop {
            let size = py.detach(|| Ok((source.pages()?, source.newest_commit()?)));
            let (total, newest) = size.map_err(failed)?;
            let total = i64::try_from(total).unwrap_or(i64::MAX);
            // As in SQLite, what is written meanwhile makes it begin anew.
            if seen.replace(newest).is_some_and(|seen| seen != newest) {
                done = 0;
            }
            done = if pages > 0 { total.min(done + i64::from(pages)) } else { total };
            if done == total {
                py.detach(|| target.copy_contents(&source, timeout)).map_err(failed)?;
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
        let Some(source) = contents(py, &shared, name)? else {
            return Err(raise(py, &OPERATIONAL_ERROR, format!("unable to serialize '{name}'")));
        };
        let bytes = shared.run(py, |core| core.database.serialize_contents(&source))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Load a serialized database: the connection leaves its database, or what is attached under a name, and goes on in
    /// memory. Of the bytes of a file of SQLite it takes what they hold.
    #[pyo3(signature = (data, /, *, name = "main"))]
    fn deserialize(&self, py: Python<'_>, data: &Bound<'_, PyAny>, name: &str) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let bytes = match data.cast::<PyString>() {
            Ok(text) => utf8(text)?.as_bytes().to_vec(),
            Err(_) => match buffer_bytes(data)? {
                Some(bytes) => bytes.as_bytes().to_vec(),
                None => {
                    let class = data.get_type().name()?;
                    let message = format!("a bytes-like object is required, not '{class}'");
                    return Err(PyTypeError::new_err(message));
                }
            },
        };
        let bytes = match bytes.starts_with(SQLITE_HEADER) {
            true => SERIALIZED.get(py)?.call1((PyBytes::new(py, &bytes),))?.extract()?,
            false => bytes,
        };
        let is_there = shared.run(py, |core| {
            let database = core.database.deserialize_as(&mut core.session, name, &bytes)?;
            if !name.eq_ignore_ascii_case("main") {
                return database.take_schema(&mut core.session, name);
            }
            database.take_session(&mut core.session, "main")?;
            let before = std::mem::replace(&mut core.database, database);
            before.close().map(|()| true)
        })?;
        match is_there {
            true => Ok(()),
            false => Err(raise(py, &OPERATIONAL_ERROR, format!("unable to deserialize '{name}'"))),
        }
    }
}
