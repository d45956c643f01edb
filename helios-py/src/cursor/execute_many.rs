//! `executemany` and `batch_insert`: rows of parameters go in batches to the engine.
//!
//! In: a statement and what gives its rows. Out: the rows are written, and counted. Long lists of plain rows are written while
//! they are read ([`write_ahead`](mod@super::write_ahead)), until a row is not plain; all others are collected batch by batch
//! ([`Collected`]), and taken one by one from what could notice how many were asked for.

use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyString, PyTuple};

use super::Cursor;
use super::description::describe;
use super::execute::{Taken, run_statements, take_statement};
use super::write_ahead::{is_worth_it, write_ahead};
use crate::collected::Collected;
use crate::errors::{programming_error, to_python};
use crate::shared::Shared;
use crate::statements::Facts;

impl Cursor {
    /// `executemany`. What rows before an error did, stays done.
    pub(super) fn run_many(
        slf: &Bound<'_, Cursor>,
        sql: &Bound<'_, PyString>,
        rows: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        if Cursor::is_query_batch(slf, sql)? {
            return Cursor::run_queries(slf, sql, rows);
        }
        let (shared, memory) = slf.get().begin(py)?;
        drop(memory);
        let mut description = None;
        let result = run_all(py, &shared, sql, rows, Ends::RowByRow, &mut description);
        slf.get().end_many(result, description).map(drop)
    }

    /// `batch_insert`: all rows or none. Says how many there were.
    pub(super) fn insert_many(
        slf: &Bound<'_, Cursor>,
        table: &str,
        columns: &[String],
        rows: &Bound<'_, PyAny>,
    ) -> PyResult<i64> {
        let py = slf.py();
        if columns.is_empty() {
            return Err(programming_error(py, "batch_insert() needs the names of columns"));
        }
        let names: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
        let places = vec!["?"; columns.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({places})", quoted(table), names.join(", "));
        let (shared, memory) = slf.get().begin(py)?;
        drop(memory);
        let result = run_all(py, &shared, &PyString::new(py, &sql), rows, Ends::AsAWhole, &mut None);
        slf.get().end_many(result, None)
    }

    fn end_many(&self, result: PyResult<i64>, description: Option<Py<PyTuple>>) -> PyResult<i64> {
        let mut state = self.state.lock();
        state.is_locked = false;
        state.description = description;
        state.rowcount = *result.as_ref().unwrap_or(&-1);
        drop(state);
        result
    }
}

/// What gives the rows of parameters.
struct Rows<'py> {
    rows: Bound<'py, PyIterator>,
    /// Whether somebody may notice how many of them were asked for.
    is_noticed: bool,
    /// How many there are, if that is known.
    length: usize,
}

/// What an error leaves of the rows before it.
#[derive(Clone, Copy)]
enum Ends {
    RowByRow,
    AsAWhole,
}

/// A name as SQL takes it, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Runs the statement for all rows, and gives what `rowcount` is then. Of what RETURNING gives it tells the columns alone.
fn run_all(
    py: Python<'_>,
    shared: &Shared,
    sql: &Bound<'_, PyString>,
    rows: &Bound<'_, PyAny>,
    ends: Ends,
    description: &mut Option<Py<PyTuple>>,
) -> PyResult<i64> {
    // How far a list was read, nobody can tell.
    let is_list = rows.is_exact_instance_of::<PyList>() || rows.is_exact_instance_of::<PyTuple>();
    let length = if is_list { rows.len()? } else { 0 };
    let is_noticed = !is_list && matches!(ends, Ends::RowByRow);
    let mut rows = Rows { rows: rows.try_iter()?, is_noticed, length };
    let Some(mut taken) = take_statement(py, shared, sql)? else { return Ok(-1) };
    let result = match ends {
        Ends::RowByRow => run_batches(py, shared, &mut taken, &mut rows),
        Ends::AsAWhole => within_savepoint(py, shared, || run_batches(py, shared, &mut taken, &mut rows)),
    };
    let mut columns = Vec::new();
    if let Some(slot) = shared.lock(py)?.get().statements.slot(taken.id) {
        slot.parameters = std::mem::take(&mut taken.parameters);
        columns = slot.statement.as_ref().map_or_else(Vec::new, |statement| statement.columns().to_vec());
    }
    shared.release(taken.id);
    let changes = result?;
    if !columns.is_empty() {
        *description = Some(describe(py, &columns, shared.settings.detect_types)?);
    }
    Ok(match (taken.facts.is_dml, columns.is_empty()) {
        (false, _) => -1,
        // As in `sqlite3`, which counts rows once all that RETURNING gives are taken.
        (true, false) => 0,
        (true, true) => changes,
    })
}

/// Does `work`, and undoes it if it fails.
fn within_savepoint<T>(py: Python<'_>, shared: &Shared, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    shared.run_apart(py, |session| run_statements(session, "SAVEPOINT batch_insert"))?;
    let result = work();
    let end = match result {
        Ok(_) => "RELEASE batch_insert",
        Err(_) => "ROLLBACK TO batch_insert; RELEASE batch_insert",
    };
    // An error that ended the transaction has taken the savepoint with it, so only success depends on the end.
    let ended = shared.run_apart(py, |session| run_statements(session, end));
    result.and_then(|done| ended.map(|()| done))
}

fn run_batches<'py>(
    py: Python<'py>,
    shared: &Shared,
    taken: &mut Taken,
    rows: &mut Rows<'py>,
) -> PyResult<i64> {
    if taken.facts.is_read_only {
        return Err(programming_error(py, "executemany() can only execute DML statements."));
    }
    let (mut ahead, mut next) = (0, None);
    if is_worth_it(rows.length, &taken.facts) {
        let place = (taken.id, &*taken.facts);
        let written = write_ahead(&mut shared.lock(py)?, place, &mut rows.rows, &mut next);
        ahead = written.map_err(|error| to_python(py, &error))?;
    }
    let batch = Collected::new(taken.id, std::mem::take(&mut taken.parameters), rows.is_noticed);
    // The generator of another `executemany` may be what runs this one.
    let outer = shared.collected.replace(Some(Box::new(batch)));
    let collected = collect(py, shared, &taken.facts, next.map(Ok).into_iter().chain(rows.rows.by_ref()));
    let written = shared.lock(py).map(drop);
    let batch = shared.collected.replace(outer);
    let Some(mut batch) = batch else { return collected.map(|()| 0) };
    let (changes, failure) = (batch.changes, batch.failure.take());
    taken.parameters = batch.into_memory();
    match failure {
        Some(error) => Err(to_python(py, &error)),
        None => collected.and(written).map(|()| ahead + changes),
    }
}

/// Takes rows until there are no more, or one is refused.
fn collect<'py>(
    py: Python<'py>,
    shared: &Shared,
    facts: &Facts,
    rows: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>,
) -> PyResult<()> {
    for row in rows {
        let Some(mut batch) = shared.collected.take() else { return Ok(()) };
        let pushed = match &batch.failure {
            None => row.and_then(|row| batch.push(&row, facts)),
            Some(_) => row.map(drop),
        };
        let is_due = pushed.is_ok() && batch.is_due();
        let mut has_failed = batch.failure.is_some();
        shared.collected.replace(Some(batch));
        pushed?;
        if is_due {
            let mut core = shared.lock(py)?;
            let failed = shared.collected.with(|batch| {
                batch.look_ahead(core.get());
                batch.failure.is_some()
            });
            has_failed |= failed.unwrap_or_default();
        }
        if has_failed {
            return Ok(());
        }
    }
    Ok(())
}
