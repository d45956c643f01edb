//! `executemany` and `batch_insert`: rows of parameters go in batches into columns, and those to the engine.

use helios::sql::{CHUNK_ROWS, Chunk, Column};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyString};

use super::Cursor;
use super::execute::{Taken, run_statements, take_statement};
use crate::errors::{programming_error, to_python};
use crate::parameters::{push_row, push_value};
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
        let result = run_all(py, &shared, sql, rows, Ends::RowByRow);
        slf.get().end_many(result).map(drop)
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
        let result = run_all(py, &shared, &PyString::new(py, &sql), rows, Ends::AsAWhole);
        slf.get().end_many(result)
    }

    fn end_many(&self, result: PyResult<i64>) -> PyResult<i64> {
        let mut state = self.state.lock();
        state.is_locked = false;
        state.rowcount = *result.as_ref().unwrap_or(&-1);
        drop(state);
        result
    }
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

/// Runs the statement for all rows, and gives what `rowcount` is then.
fn run_all(
    py: Python<'_>,
    shared: &Shared,
    sql: &Bound<'_, PyString>,
    rows: &Bound<'_, PyAny>,
    ends: Ends,
) -> PyResult<i64> {
    let mut rows = rows.try_iter()?;
    let Some(mut taken) = take_statement(py, shared, sql)? else { return Ok(-1) };
    let result = match ends {
        Ends::RowByRow => run_batches(py, shared, &mut taken, &mut rows),
        Ends::AsAWhole => within_savepoint(py, shared, || run_batches(py, shared, &mut taken, &mut rows)),
    };
    if let Some(slot) = shared.lock(py)?.get().statements.slot(taken.id) {
        slot.parameters = std::mem::take(&mut taken.parameters);
    }
    shared.release(taken.id);
    let changes = result?;
    Ok(if taken.facts.is_dml { changes } else { -1 })
}

/// Does `work`, and undoes it if it fails.
fn within_savepoint<T>(py: Python<'_>, shared: &Shared, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    shared.run(py, |core| run_statements(core, "SAVEPOINT batch_insert"))?;
    let result = work();
    let end = match result {
        Ok(_) => "RELEASE batch_insert",
        Err(_) => "ROLLBACK TO batch_insert; RELEASE batch_insert",
    };
    // An error that ended the transaction has taken the savepoint with it, so only success depends on the end.
    let ended = shared.run(py, |core| run_statements(core, end));
    result.and_then(|done| ended.map(|()| done))
}

fn run_batches(
    py: Python<'_>,
    shared: &Shared,
    taken: &mut Taken,
    rows: &mut Bound<'_, PyIterator>,
) -> PyResult<i64> {
    if taken.facts.is_read_only {
        return Err(programming_error(py, "executemany() can only execute DML statements."));
    }
    let mut changes = 0;
    loop {
        let (count, end) = collect(&mut taken.parameters, &taken.facts, rows);
        if count > 0 {
            changes += run_batch(py, shared, taken)?;
        }
        match end {
            Ok(true) => {}
            Ok(false) => return Ok(changes),
            Err(error) => return Err(error),
        }
    }
}

/// Fills the chunk with as many rows as fit. Says how many came, and whether there may be more, or what went wrong
/// after them.
fn collect(chunk: &mut Chunk, facts: &Facts, rows: &mut Bound<'_, PyIterator>) -> (usize, PyResult<bool>) {
    chunk.reset(facts.parameters.len());
    let mut count = 0;
    let end = {
        let mut columns: Vec<&mut Column> = chunk.columns_mut().collect();
        loop {
            if count == CHUNK_ROWS {
                break Ok(true);
            }
            let row = match rows.next() {
                Some(Ok(row)) => row,
                Some(Err(error)) => break Err(error),
                None => break Ok(false),
            };
            let push = |position: usize, value: &Bound<'_, PyAny>| {
                push_value(columns[position], position, value, facts.wanted[position])
            };
            if let Err(error) = push_row(&row, facts, push) {
                // Some columns may have a value of the row that failed.
                columns.iter_mut().for_each(|column| shorten(column, count));
                break Err(error);
            }
            count += 1;
        }
    };
    chunk.set_rows(count);
    (count, end)
}

fn shorten(column: &mut Column, rows: usize) {
    if column.len() > rows {
        let kept: Vec<u32> = (0..rows as u32).collect();
        let mut shorter = Column::default();
        shorter.gather(column, &kept);
        *column = shorter;
    }
}

fn run_batch(py: Python<'_>, shared: &Shared, taken: &Taken) -> PyResult<i64> {
    let mut guard = shared.lock(py)?;
    let core = guard.get();
    let Some(slot) = core.statements.slot(taken.id) else {
        return Err(programming_error(py, "Cannot operate on a closed database."));
    };
    let session = &mut core.session;
    let result = py.detach(|| session.run_batch(&mut slot.statement, &taken.parameters));
    let changes = session.changes();
    drop(guard);
    result.map(|()| changes).map_err(|error| to_python(py, &error))
}
