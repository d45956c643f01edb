//! Branches of the database.

use helios::{Branch, Database};
use pyo3::prelude::*;

use super::Connection;
use crate::errors::{OPERATIONAL_ERROR, raise, to_python};
use crate::python::Import;

static BRANCH: Import = Import::new("heliosdb_sqlite._branch", "from_engine");

fn object<'py>(py: Python<'py>, branch: &Branch) -> PyResult<Bound<'py, PyAny>> {
    BRANCH.get(py)?.call1((
        &branch.name,
        &branch.parent,
        branch.created_micros,
        branch.forked_micros,
        branch.commits,
        branch.written_bytes,
        branch.is_active,
    ))
}

impl Connection {
    fn branches(&self, py: Python<'_>) -> PyResult<Vec<Branch>> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        let database: Database = shared.run(py, |core| Ok(core.database.clone()))?;
        py.detach(|| database.branches()).map_err(|error| to_python(py, &error))
    }
}

#[pymethods]
impl Connection {
    /// Make a branch of what is committed on parent, which is this connection's branch unless given.
    #[pyo3(signature = (name, parent = None))]
    fn create_branch<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        parent: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let shared = self.shared(py)?;
        shared.check(py)?;
        shared.run(py, |core| core.database.create_branch(name, parent.unwrap_or(core.session.branch())))?;
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
}
