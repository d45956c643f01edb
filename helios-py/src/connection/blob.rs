//! `blobopen`.

use pyo3::prelude::*;

use super::Connection;
use crate::python::{Import, Int64};

static OPEN_BLOB: Import = Import::new("heliosdb_sqlite._blob", "open_blob");

#[pymethods]
impl Connection {
    /// Open and return a BLOB object.
    #[pyo3(
        signature = (table, column, row, /, *, readonly = None, name = "main"),
        text_signature = "($self, table, column, row, /, *, readonly=False, name='main')"
    )]
    fn blobopen<'py>(
        slf: &Bound<'py, Connection>,
        table: &str,
        column: &str,
        row: Int64,
        readonly: Option<&Bound<'py, PyAny>>,
        name: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let readonly = readonly.map_or(Ok(false), PyAnyMethods::is_truthy)?;
        OPEN_BLOB.get(slf.py())?.call1((slf, table, column, row.0, readonly, name))
    }
}
