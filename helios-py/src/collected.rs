//! Rows of parameters on their way to the engine: `executemany` takes them one by one and hands them over in batches.
//!
//! What gives the rows may be a generator that uses the connection between two of them. It has to find there what it
//! gave before, so the batch is with the connection while the program has the word, and is written before anything else
//! is done with the session.
//!
//! Nor is it asked for a row after one that fails: a row that is not sure to be taken is written before the next one. Only of
//! lists and tuples nobody notices how far they were read.

use helios::Error;
use helios::sql::{CHUNK_ROWS, Chunk, Column, Sure};
use pyo3::prelude::*;

use crate::parameters::{push_row, push_value};
use crate::shared::{Core, CoreGuard};
use crate::statements::{Facts, SlotId};

/// A batch for a statement.
#[derive(Debug)]
pub(crate) struct Collected {
    statement: SlotId,
    rows: Chunk,
    count: usize,
    /// Whether somebody may notice how many rows were asked for.
    is_noticed: bool,
    /// What tells which rows are sure to be taken; `None` where none is.
    sure: Option<Sure>,
    /// How many rows those that were written have changed.
    pub(crate) changes: i64,
    /// Why one of them could not be written.
    pub(crate) failure: Option<Error>,
}

impl Collected {
    /// Nothing yet; `memory` is used for the rows.
    pub(crate) fn new(statement: SlotId, memory: Chunk, is_noticed: bool) -> Collected {
        Collected { statement, rows: memory, count: 0, is_noticed, sure: None, changes: 0, failure: None }
    }

    /// The memory.
    pub(crate) fn into_memory(self) -> Chunk {
        self.rows
    }

    /// Whether it has to be written before another row is asked for: there is no room, or the last row may fail.
    pub(crate) fn is_due(&mut self) -> bool {
        let Some(last) = self.count.checked_sub(1) else { return false };
        let is_full = self.count == CHUNK_ROWS;
        is_full || (self.is_noticed && !self.sure.as_mut().is_some_and(|sure| sure.admits(&self.rows, last)))
    }

    /// Finds out which of the rows that follow are sure to be taken.
    pub(crate) fn look_ahead(&mut self, core: &mut Core) {
        if self.is_noticed && self.failure.is_none() {
            let slot = core.statements.slot(self.statement);
            let statement = slot.and_then(|slot| slot.statement.as_ref());
            self.sure = statement.and_then(|statement| core.session.sure_rows(statement));
        }
    }

    /// Adds a row. One that cannot be taken leaves nothing.
    pub(crate) fn push(&mut self, row: &Bound<'_, PyAny>, facts: &Facts) -> PyResult<()> {
        if self.count == 0 {
            self.rows.reset(facts.parameters.len());
        }
        let rows = &mut self.rows;
        let pushed = push_row(row, facts, |position, value| {
            push_value(rows.column_mut(position), position, value, facts.wanted[position])
        });
        match &pushed {
            Ok(()) => self.count += 1,
            Err(_) => rows.columns_mut().for_each(|column| shorten(column, self.count)),
        }
        pushed
    }

    /// Writes what is there.
    pub(crate) fn write(&mut self, py: Python<'_>, guard: &mut CoreGuard<'_>) {
        // What comes next may change what is sure.
        self.sure = None;
        if self.count == 0 {
            return;
        }
        self.rows.set_rows(std::mem::take(&mut self.count));
        let rows = &self.rows;
        let written = guard.with_statement(py, self.statement, |session, statement| {
            session.run_batch(statement, rows).map(|()| session.changes())
        });
        match written {
            Ok(changes) => self.changes += changes,
            Err(error) => self.failure = Some(error),
        }
    }
}

/// Takes off what a row that was refused has left.
pub(crate) fn shorten(column: &mut Column, rows: usize) {
    if column.len() > rows {
        let kept: Vec<u32> = (0..rows as u32).collect();
        let mut shorter = Column::default();
        shorter.gather(column, &kept);
        *column = shorter;
    }
}
