//! Taking rows.
//!
//! Rows come from the engine in chunks. A single row is made of the chunk's values; many rows at once are made chunk
//! by chunk, with Python's garbage collector off, which would look at all of them again and again.

use std::collections::VecDeque;
use std::sync::Arc;

use helios::sql::Chunk;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use super::{Buffer, Cursor, State};
use crate::cells::{Rows, Style};
use crate::errors::to_python;
use crate::python::{GC_DISABLE, GC_ENABLE, GC_IS_ENABLED};
use crate::row::Row;
use crate::shared::Shared;
use crate::statements::SlotId;

/// From so many rows on, the garbage collector is switched off.
const MANY_ROWS: usize = 512;

/// What becomes of a tuple.
enum Factory {
    Tuple,
    /// `Row` itself.
    Row,
    Function(Py<PyAny>),
}

/// A cursor's rows, taken out of it.
struct Fetch {
    shared: Arc<Shared>,
    slot: Option<SlotId>,
    rows: Buffer,
    pending: VecDeque<Chunk>,
    style: Style,
    factory: Factory,
    /// Each row comes as a pair: when its version began, and the row.
    is_versioned: bool,
}

impl Fetch {
    /// Takes the rows out of a usable cursor and locks it.
    fn begin(cursor: &Cursor, py: Python<'_>) -> PyResult<Fetch> {
        let (mut state, shared) = cursor.usable(py)?;
        let state: &mut State = &mut state;
        state.is_locked = true;
        let factory = match &state.row_factory {
            None => Factory::Tuple,
            Some(factory) if factory.bind(py).is(py.get_type::<Row>()) => Factory::Row,
            Some(factory) => Factory::Function(factory.clone_ref(py)),
        };
        let style = Style {
            text: shared.settings.text_factory.lock().clone_ref(py),
            converters: state.converters.clone(),
            vectors: state.vectors.clone(),
            vector: shared.settings.vector_factory.lock().clone_ref(py),
            description: state
                .versioned
                .as_ref()
                .or(state.description.as_ref())
                .map(|description| description.clone_ref(py)),
        };
        let is_versioned = state.versioned.is_some();
        let rows = std::mem::take(&mut state.rows);
        let pending = std::mem::take(&mut state.pending);
        Ok(Fetch { shared, slot: state.slot, rows, pending, style, factory, is_versioned })
    }

    /// Puts the rows back and unlocks the cursor.
    fn end(&mut self, cursor: &Cursor) {
        let mut state = cursor.state.lock();
        state.is_locked = false;
        state.slot = self.slot;
        state.rows = std::mem::take(&mut self.rows);
        state.pending = std::mem::take(&mut self.pending);
    }

    /// Takes the next rows from the engine if there are none here.
    fn refill(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.rows.is_empty()
            && let Some(chunk) = self.pending.pop_front()
        {
            self.rows = Buffer { chunk, next: 0 };
        }
        let (Some(id), true) = (self.slot, self.rows.is_empty()) else { return Ok(()) };
        self.rows.next = 0;
        let Buffer { chunk, .. } = &mut self.rows;
        let mut guard = self.shared.lock(py)?;
        let result = guard.step(py, id, chunk);
        if !matches!(result, Ok(true)) {
            chunk.reset(0);
            guard.get().release(id);
            self.slot = None;
        }
        drop(guard);
        result.map(drop).map_err(|error| to_python(py, &error))
    }

    fn description(&self, py: Python<'_>) -> Py<PyAny> {
        match &self.style.description {
            Some(description) => description.clone_ref(py).into_any(),
            None => py.None(),
        }
    }

    /// The next row as a tuple.
    fn next<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        self.refill(py)?;
        if self.rows.is_empty() {
            return Ok(None);
        }
        let position = self.rows.next;
        self.rows.next += 1;
        let row = self.style.row(py, &self.rows.chunk, position)?;
        // The statement ends with its last row, not with the look for another.
        self.refill(py)?;
        Ok(Some(row))
    }

    /// Up to `limit` rows, where no Python code is called for any.
    fn all<'py>(&mut self, py: Python<'py>, limit: usize) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut taken: Vec<Bound<'py, PyAny>> = Vec::new();
        let mut collector = Collector::default();
        let style = Style {
            text: self.style.text.clone_ref(py),
            converters: None,
            vectors: self.style.vectors.clone(),
            vector: self.style.vector.clone_ref(py),
            description: self.style.description.as_ref().map(|description| description.clone_ref(py)),
        };
        let description = self.description(py);
        let mut rows = Rows::new(py, &style);
        loop {
            self.refill(py)?;
            let start = self.rows.next;
            let end = self.rows.chunk.rows().min(start.saturating_add(limit - taken.len()));
            if start >= end {
                return Ok(taken);
            }
            if taken.len() + end - start >= MANY_ROWS {
                collector.pause(py)?;
            }
            rows.make(&self.rows.chunk, start, end, |tuple| {
                taken.push(match self.factory {
                    Factory::Row => Bound::new(py, Row::of(tuple, description.clone_ref(py)))?.into_any(),
                    Factory::Tuple | Factory::Function(_) => tuple.into_any(),
                });
                Ok(())
            })?;
            self.rows.next = end;
        }
    }
}

impl Cursor {
    /// The next row; `None` after the last.
    pub(super) fn next_row<'py>(slf: &Bound<'py, Cursor>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = slf.py();
        let mut fetch = Fetch::begin(slf.get(), py)?;
        let tuple = fetch.next(py);
        fetch.end(slf.get());
        let Some(mut tuple) = tuple? else { return Ok(None) };
        let time = if fetch.is_versioned { Some(tuple.get_item(0)?) } else { None };
        if time.is_some() {
            tuple = tuple.get_slice(1, tuple.len());
        }
        let row = match &fetch.factory {
            Factory::Tuple => tuple.into_any(),
            Factory::Row => Bound::new(py, Row::of(tuple, fetch.description(py)))?.into_any(),
            Factory::Function(factory) => factory.bind(py).call1((slf, tuple))?,
        };
        Ok(Some(match time {
            Some(time) => (time, row).into_pyobject(py)?.into_any(),
            None => row,
        }))
    }

    /// A list of up to `limit` rows.
    pub(super) fn fetch_rows<'py>(
        slf: &Bound<'py, Cursor>,
        limit: Option<usize>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let limit = limit.unwrap_or(usize::MAX);
        let mut fetch = Fetch::begin(slf.get(), py)?;
        if fetch.style.is_plain() && !fetch.is_versioned && !matches!(fetch.factory, Factory::Function(_)) {
            let rows = fetch.all(py, limit);
            let refilled = fetch.refill(py);
            fetch.end(slf.get());
            let rows = rows?;
            refilled?;
            return Ok(PyList::new(py, rows)?.into_any());
        }
        fetch.end(slf.get());
        let rows = PyList::empty(py);
        while rows.len() < limit {
            let Some(row) = Cursor::next_row(slf)? else { break };
            rows.append(row)?;
        }
        Ok(rows.into_any())
    }
}

/// Python's garbage collector, switched off until this is dropped if it was on.
#[derive(Default)]
struct Collector {
    is_paused: bool,
}

impl Collector {
    fn pause(&mut self, py: Python<'_>) -> PyResult<()> {
        if !self.is_paused && GC_IS_ENABLED.get(py)?.call0()?.is_truthy()? {
            GC_DISABLE.get(py)?.call0()?;
            self.is_paused = true;
        }
        Ok(())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if self.is_paused {
            Python::attach(|py| {
                // It was found there before.
                let _ = GC_ENABLE.get(py).and_then(PyAnyMethods::call0);
            });
        }
    }
}
