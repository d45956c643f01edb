//! Branches of the database.

use helios::sql::{DiffKind, MergeReport, OnConflict, TableDiff, moment_of_value};
use helios::{Branch, Database, Value};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::Connection;
use crate::cells::value_to_python;
use crate::errors::{OPERATIONAL_ERROR, raise, to_python};
use crate::python::Import;

static BRANCH: Import = Import::new("heliosdb_sqlite._branch", "from_engine");
static DIFF: Import = Import::new("heliosdb_sqlite._branch", "diff_from_engine");
static MERGE_RESULT: Import = Import::new("heliosdb_sqlite._branch", "merge_from_engine");

fn object<'py>(py: Python<'py>, branch: &Branch) -> PyResult<Bound<'py, PyAny>> {
    BRANCH.get(py)?.call1((
        &branch.name,
        &branch.parent,
        branch.created_micros,
        branch.forked_micros,
        branch.commits,
        branch.written_bytes,
        branch.is_active,
        branch.merged_micros,
    ))
}

/// A moment: a datetime, a text as AS OF takes it, or seconds since 1970. In microseconds since 1970.
pub(crate) fn moment_of(py: Python<'_>, moment: &Bound<'_, PyAny>) -> PyResult<u64> {
    let value = if let Ok(number) = moment.extract::<i64>() {
        Value::Integer(number)
    } else if let Ok(number) = moment.extract::<f64>() {
        Value::Real(number)
    } else {
        let text = match moment.hasattr("isoformat")? {
            true => moment.call_method0("isoformat")?.extract::<String>()?,
            false => moment.extract::<String>()?,
        };
        Value::text(&text)
    };
    moment_of_value(value.as_ref()).map(|moment| moment.0).map_err(|error| to_python(py, &error))
}

/// Values as a tuple.
pub(crate) fn row<'py>(py: Python<'py>, values: &[Value]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(
        py,
        values.iter().map(|value| value_to_python(py, value.as_ref())).collect::<PyResult<Vec<_>>>()?,
    )
}

/// A key: one value as itself, several as a tuple.
pub(crate) fn key<'py>(py: Python<'py>, values: &[Value]) -> PyResult<Bound<'py, PyAny>> {
    match values {
        [one] => value_to_python(py, one.as_ref()),
        many => Ok(row(py, many)?.into_any()),
    }
}

fn differences<'py>(py: Python<'py>, table: &TableDiff) -> PyResult<Bound<'py, PyAny>> {
    let rows = PyList::empty(py);
    for found in &table.rows {
        let side = |values: &Option<Vec<Value>>| values.as_ref().map(|values| row(py, values)).transpose();
        rows.append((found.kind.word(), key(py, &found.key)?, side(&found.a)?, side(&found.b)?))?;
    }
    let count = |kind| table.count(kind);
    let counts = (count(DiffKind::Added), count(DiffKind::Removed), count(DiffKind::Changed));
    Ok((&table.name, counts.0, counts.1, counts.2, table.schema_changed, rows).into_pyobject(py)?.into_any())
}

impl Connection {
    fn database(&self, py: Python<'_>) -> PyResult<Database> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        shared.run(py, |core| Ok(core.database.clone()))
    }

    fn branches(&self, py: Python<'_>) -> PyResult<Vec<Branch>> {
        let database = self.database(py)?;
        py.detach(|| database.branches()).map_err(|error| to_python(py, &error))
    }
}

#[pymethods]
impl Connection {
    /// Make a branch of what is committed on parent, which is this connection's branch unless given; as it was at the
    /// moment as_of, if that is given.
    #[pyo3(signature = (name, parent = None, as_of = None))]
    fn create_branch<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        parent: Option<&str>,
        as_of: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let moment = as_of.map(|moment| moment_of(py, moment)).transpose()?;
        shared.run(py, |core| {
            let parent = parent.unwrap_or(core.session.branch());
            match moment {
                Some(moment) => core.database.create_branch_as_of(name, parent, moment),
                None => core.database.create_branch(name, parent),
            }
        })?;
        self.get_branch_info(py, name)
    }

    /// All branches, main first.
    fn list_branches<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.branches(py)?.iter().map(|branch| object(py, branch)).collect()
    }

    /// One branch.
    #[pyo3(signature = (name))]
    fn get_branch_info<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        match self.branches(py)?.iter().find(|branch| branch.name == name) {
            Some(branch) => object(py, branch),
            None => Err(raise(py, &OPERATIONAL_ERROR, format!("no such branch: {name}"))),
        }
    }

    /// What two branches differ in.
    #[pyo3(signature = (a, b))]
    fn compare_branches<'py>(&self, py: Python<'py>, a: &str, b: &str) -> PyResult<Bound<'py, PyAny>> {
        let database = self.database(py)?;
        let found = py.detach(|| database.compare_branches(a, b)).map_err(|error| to_python(py, &error))?;
        let tables = found.iter().map(|table| differences(py, table)).collect::<PyResult<Vec<_>>>()?;
        DIFF.get(py)?.call1((tables,))
    }

    /// Merge the committed work of a branch into this connection's, or into another. on_conflict is 'abort', 'ours' or
    /// 'theirs'.
    #[pyo3(signature = (name, into = None, on_conflict = "abort"))]
    fn merge_branch<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        into: Option<&str>,
        on_conflict: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let on_conflict = match on_conflict {
            "abort" => OnConflict::Abort,
            "ours" => OnConflict::Ours,
            "theirs" => OnConflict::Theirs,
            other => {
                let message = format!("on_conflict must be 'abort', 'ours' or 'theirs', not '{other}'");
                return Err(PyValueError::new_err(message));
            }
        };
        let shared = self.shared(py)?;
        shared.check(py)?;
        let report: MergeReport =
            shared.run(py, |core| core.session.merge_branch(name, into, on_conflict))?;
        let commit = report.commit.map(|moment| moment.0);
        let counts = (report.rows_added, report.rows_removed, report.rows_changed);
        MERGE_RESULT.get(py)?.call1((counts.0, counts.1, counts.2, report.schema_changes, commit))
    }

    /// Delete a branch. Its connections get errors from now on; branches that were made of it live on.
    #[pyo3(signature = (name))]
    fn delete_branch(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        let database = self.database(py)?;
        py.detach(|| database.delete_branch(name)).map_err(|error| to_python(py, &error))
    }
}
