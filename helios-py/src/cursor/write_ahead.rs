//! `executemany` of a long list: rows are taken from it while another thread writes the rows before them.
//!
//! In: a list or a tuple whose rows are plain, that is tuples or lists of what SQLite has. Out: its rows are written, up to
//! the first that is not plain, for which Python code may have to run; who called goes on there.
//!
//! No Python code runs here and nobody of the program is called, so nobody notices that there are two threads. An error
//! leaves what it leaves where rows are written one by one: those before it.

use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};

use helios::Error;
use helios::sql::{CHUNK_ROWS, Chunk, Column, Session, Statement, has_two_processors};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyTuple};

use crate::adapt::are_base_types_plain;
use crate::collected::shorten;
use crate::parameters::push_plain;
use crate::shared::CoreGuard;
use crate::statements::{Facts, SlotId};

/// Rows from which on a second thread is worth its while.
const MANY_ROWS: usize = 2 * CHUNK_ROWS;

/// Whether the rows of a list or a tuple of so many may be written beside taking them.
pub(super) fn is_worth_it(rows: usize, facts: &Facts) -> bool {
    // Python warns of rows without names where there are names.
    rows >= MANY_ROWS && facts.named.is_empty() && are_base_types_plain() && has_two_processors()
}

/// Writes the rows of a list as long as they are plain. Says how many rows they have changed, and puts the row to go on with
/// into `next`.
///
/// # Errors
/// A row cannot be written. Those before it are.
pub(super) fn write_ahead<'py>(
    guard: &mut CoreGuard<'_>,
    (id, facts): (SlotId, &Facts),
    rows: &mut Bound<'py, PyIterator>,
    next: &mut Option<Bound<'py, PyAny>>,
) -> Result<i64, Error> {
    let py = rows.py();
    let mut taker = Taker { rows, width: facts.parameters.len(), next };
    guard.beside(id, |session, statement| {
        if !session.calls_nobody() {
            return Ok(0);
        }
        let mut first = Chunk::default();
        taker.take(&mut first);
        if first.rows() < CHUNK_ROWS {
            return py.detach(|| write(session, statement, &first));
        }
        write_beside(py, session, statement, &mut first, &mut taker)
    })?
}

/// Takes rows, beginning behind `first`, while another thread writes the ones that were taken.
fn write_beside(
    py: Python<'_>,
    session: &mut Session,
    statement: &mut Statement,
    first: &mut Chunk,
    taker: &mut Taker<'_, '_>,
) -> Result<i64, Error> {
    let written = std::thread::scope(|scope| {
        let (full, to_write) = sync_channel(1);
        let (written, mut empty) = channel();
        let (session, statement) = (&mut *session, &mut *statement);
        let work = move || write_all(session, statement, &to_write, &written);
        let writer =
            std::thread::Builder::new().name("helios-writer".to_owned()).spawn_scoped(scope, work).ok()?;
        let mut chunk = std::mem::take(first);
        let mut spare = Some(Chunk::default());
        loop {
            let is_last = chunk.rows() < CHUNK_ROWS;
            // Where a row fails, the writer ends before its time, and what follows is not written.
            let is_taken = chunk.rows() == 0 || py.detach(|| full.send(chunk)).is_ok();
            if is_last || !is_taken {
                break;
            }
            let empty = &mut empty;
            let Some(next) = spare.take().or_else(|| py.detach(move || empty.recv().ok())) else { break };
            chunk = next;
            taker.take(&mut chunk);
        }
        drop(full);
        Some(py.detach(|| writer.join()))
    });
    match written {
        Some(Ok(changes)) => changes,
        Some(Err(panic)) => std::panic::resume_unwind(panic),
        // The system has no thread left.
        None => py.detach(|| write(session, statement, first)),
    }
}

/// Writes what comes, and gives the memory back.
fn write_all(
    session: &mut Session,
    statement: &mut Statement,
    chunks: &Receiver<Chunk>,
    emptied: &Sender<Chunk>,
) -> Result<i64, Error> {
    let mut changes = 0;
    for chunk in chunks {
        changes += write(session, statement, &chunk)?;
        // Nobody may want it any more.
        let _ = emptied.send(chunk);
    }
    Ok(changes)
}

fn write(session: &mut Session, statement: &mut Statement, rows: &Chunk) -> Result<i64, Error> {
    if rows.rows() == 0 {
        return Ok(0);
    }
    session.run_batch(statement, rows)?;
    Ok(session.changes())
}

/// Takes rows from a list.
struct Taker<'a, 'py> {
    rows: &'a mut Bound<'py, PyIterator>,
    /// How many values each has.
    width: usize,
    /// The row that is not plain.
    next: &'a mut Option<Bound<'py, PyAny>>,
}

impl Taker<'_, '_> {
    /// Fills a chunk; with less than [`CHUNK_ROWS`] rows if no plain row follows.
    fn take(&mut self, chunk: &mut Chunk) {
        chunk.reset(self.width);
        let mut columns: Vec<&mut Column> = chunk.columns_mut().collect();
        let mut count = 0;
        while count < CHUNK_ROWS {
            // A list raises no error.
            let Some(Ok(row)) = self.rows.next() else { break };
            if !push_plain_row(&mut columns, &row) {
                columns.iter_mut().for_each(|column| shorten(column, count));
                *self.next = Some(row);
                break;
            }
            count += 1;
        }
        chunk.set_rows(count);
    }
}

/// Adds a row. One that is not plain leaves some of its values.
#[inline]
fn push_plain_row(columns: &mut [&mut Column], row: &Bound<'_, PyAny>) -> bool {
    // What is wrong with a value, who takes the row again will say.
    let push = |column: &mut Column, value: &Bound<'_, PyAny>| matches!(push_plain(column, value), Ok(true));
    if let Ok(tuple) = row.cast_exact::<PyTuple>() {
        return tuple.len() == columns.len()
            && columns.iter_mut().zip(tuple.iter_borrowed()).all(|(column, value)| push(column, &value));
    }
    let Ok(list) = row.cast_exact::<PyList>() else { return false };
    let value = |position| list.get_item(position);
    list.len() == columns.len()
        && columns
            .iter_mut()
            .enumerate()
            .all(|(at, column)| value(at).is_ok_and(|value| push(column, &value)))
}
