//! The methods of a connection that hang something into the session: authorizer, trace, progress, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use helios::sql::{Access, Limit, Permission, Traced};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};

use super::held::Held;
use super::{Caller, report};
use crate::connection::Connection;
use crate::errors::{DATA_ERROR, programming_error, raise};
use crate::shared::Shared;

/// SQLite runs about so many instructions for a row that it looks at.
const INSTRUCTIONS_A_ROW: i64 = 6;
/// `SQLITE_DENY`.
const DENY: i32 = 1;
/// `SQLITE_IGNORE`.
const IGNORE: i32 = 2;

fn trace(caller: &Caller, callback: &Held, traced: Traced<'_>) {
    caller.call(|py| {
        let Some(callback) = callback.get(py) else { return };
        let text = match traced {
            Traced::Expanded(text) => text,
            Traced::TooLong(text) => {
                let message = "Expanded SQL string exceeds the maximum string length";
                report(py, raise(py, &DATA_ERROR, message), &callback);
                text
            }
        };
        if let Err(exception) = callback.call1((text,)) {
            report(py, exception, &callback);
        }
    });
}

/// Whether the statement may go on. What raises, or gives something true, stops it.
fn goes_on(caller: &Caller, callback: &Held) -> bool {
    caller.call_alone(|py| {
        let Some(callback) = callback.get(py) else { return true };
        match callback.call0().and_then(|result| result.is_truthy()) {
            Ok(stops) => !stops,
            Err(exception) => {
                report(py, exception, &callback);
                false
            }
        }
    })
}

/// What the authorizer says to an access. What raises, or gives no number, denies it.
fn permission(caller: &Caller, callback: &Held, access: Access<'_>) -> Permission {
    caller.call_alone(|py| {
        let Some(callback) = callback.get(py) else { return Permission::Allow };
        let Access { action, first, second, schema, within } = access;
        let answer = callback.call1((action as i32, first, second, schema, within)).and_then(|answer| {
            if answer.is_instance_of::<PyInt>() { answer.extract::<i32>() } else { Ok(DENY) }
        });
        match answer {
            Ok(0) => Permission::Allow,
            Ok(DENY) => Permission::Deny,
            Ok(IGNORE) => Permission::Ignore,
            Ok(_) => Permission::Malfunction,
            Err(exception) => {
                report(py, exception, &callback);
                Permission::Deny
            }
        }
    })
}

fn limit_of(py: Python<'_>, category: i32) -> PyResult<Limit> {
    Limit::by_number(category).ok_or_else(|| programming_error(py, "'category' is out of bounds"))
}

impl Shared {
    /// An error if a text is longer than a statement may be.
    pub(crate) fn check_text(&self, py: Python<'_>, text: &str) -> PyResult<()> {
        let most = self.lock(py)?.get().session.limit(Limit::SqlLength);
        match usize::try_from(most) {
            Ok(most) if text.len() > most => Err(raise(py, &DATA_ERROR, "query string is too large")),
            _ => Ok(()),
        }
    }
}

#[pymethods]
impl Connection {
    /// Set authorizer callback, which is asked what statements may do.
    #[pyo3(signature = (authorizer_callback))]
    fn set_authorizer(&self, py: Python<'_>, authorizer_callback: Option<Py<PyAny>>) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let (caller, held) = (shared.caller.clone(), shared.settings.hooks.authorizer.clone());
        shared.run(py, |core| {
            core.session.set_authorizer(
                authorizer_callback
                    .is_some()
                    .then(|| Arc::new(move |access: Access<'_>| permission(&caller, &held, access)) as _),
            );
            Ok(())
        })?;
        shared.settings.hooks.authorizer.replace(authorizer_callback);
        Ok(())
    }

    /// Set a trace callback called for each SQL statement (passed as unicode).
    #[pyo3(signature = (trace_callback))]
    fn set_trace_callback(&self, py: Python<'_>, trace_callback: Option<Py<PyAny>>) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let (caller, held) = (shared.caller.clone(), shared.settings.hooks.trace.clone());
        shared.run(py, |core| {
            let is_traced = trace_callback.is_some();
            core.session.set_trace(
                is_traced.then(|| Arc::new(move |traced: Traced<'_>| trace(&caller, &held, traced)) as _),
            );
            Ok(())
        })?;
        shared.settings.hooks.trace.replace(trace_callback);
        Ok(())
    }

    /// Set progress handler callback, called about every n instructions of SQLite's machine.
    #[pyo3(signature = (progress_handler, n))]
    fn set_progress_handler(
        &self,
        py: Python<'_>,
        progress_handler: Option<Py<PyAny>>,
        n: i32,
    ) -> PyResult<()> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let (caller, held) = (shared.caller.clone(), shared.settings.hooks.progress.clone());
        let passed = AtomicI64::new(0);
        let handler = progress_handler.filter(|_| n > 0);
        shared.run(py, |core| {
            core.session.set_watcher(handler.is_some().then(|| {
                Arc::new(move |rows: usize| {
                    // As in SQLite, each statement is counted by itself.
                    if rows == 0 {
                        passed.store(0, Ordering::Relaxed);
                    }
                    let looks = i64::try_from(rows).unwrap_or(i64::MAX).saturating_add(1);
                    let more = looks.saturating_mul(INSTRUCTIONS_A_ROW);
                    let steps = passed.fetch_add(more, Ordering::Relaxed).saturating_add(more);
                    if steps < i64::from(n) {
                        return true;
                    }
                    passed.store(0, Ordering::Relaxed);
                    goes_on(&caller, &held)
                }) as _
            }));
            Ok(())
        })?;
        shared.settings.hooks.progress.replace(handler);
        Ok(())
    }

    /// Get connection run-time limits.
    #[pyo3(signature = (category, /))]
    fn getlimit(&self, py: Python<'_>, category: i32) -> PyResult<i32> {
        self.setlimit(py, category, -1)
    }

    /// Set connection run-time limits, and get what the limit was.
    #[pyo3(signature = (category, limit, /))]
    fn setlimit(&self, py: Python<'_>, category: i32, limit: i32) -> PyResult<i32> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let category = limit_of(py, category)?;
        shared.run(py, |core| {
            let before = core.session.limit(category);
            core.session.set_limit(category, limit);
            Ok(before)
        })
    }

    /// The arguments of a call, for `inspect`.
    #[getter(__text_signature__)]
    fn text_signature(&self) -> &'static str {
        "(sql, /)"
    }

    /// Compiles a statement, which nothing can be done with: `sqlite3` has this for itself.
    #[pyo3(signature = (*sql))]
    fn __call__(&self, py: Python<'_>, sql: &Bound<'_, PyTuple>) -> PyResult<Statement> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let Ok((sql,)) = sql.extract::<(Bound<'_, PyString>,)>() else {
            return Err(PyTypeError::new_err("a statement is one str"));
        };
        if let Some(id) = crate::cursor::compile(py, &shared, &sql)? {
            shared.release(id);
        }
        Ok(Statement)
    }
}

/// What calling a connection gives.
#[pyclass(frozen, module = "heliosdb_sqlite")]
#[derive(Debug)]
pub(crate) struct Statement;
