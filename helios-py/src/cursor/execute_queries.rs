//! `executemany` with a query: one set of rows for each parameter set, all run before the first row is taken.

use std::collections::VecDeque;

use helios::sql::Chunk;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use super::execute::{Done, run_one, take_statement};
use super::{Buffer, Cursor};
use crate::errors::to_python;
use crate::shared::Shared;
use crate::statements::SlotId;

impl Cursor {
    /// Whether `executemany` is called with a query on a connection that runs such batches.
    pub(super) fn is_query_batch(slf: &Bound<'_, Cursor>, sql: &Bound<'_, PyString>) -> PyResult<bool> {
        let py = slf.py();
        let (_, shared) = slf.get().usable(py)?;
        if !shared.settings.vector_search {
            return Ok(false);
        }
        let Some(taken) = take_statement(py, &shared, sql)? else { return Ok(false) };
        shared.release(taken.id);
        Ok(taken.facts.is_query)
    }

    /// Runs the query for all parameter sets.
    pub(super) fn run_queries(
        slf: &Bound<'_, Cursor>,
        sql: &Bound<'_, PyString>,
        sets: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = slf.py();
        slf.get().under_way(py, |shared, _| {
            let mut last: Option<Done> = None;
            let (mut chunks, mut counts) = (VecDeque::new(), Vec::new());
            for parameters in sets.try_iter()? {
                let parameters = parameters?;
                let Some(taken) = take_statement(py, shared, sql)? else { return Ok(None) };
                let id = taken.id;
                let done = run_one(py, shared, taken, Some(&parameters), Chunk::default());
                let mut done = done.inspect_err(|_| shared.release(id))?;
                let before = chunks.len();
                chunks.push_back(std::mem::take(&mut done.rows.chunk));
                if let Some(slot) = done.slot.take() {
                    take_rest(py, shared, slot, &mut chunks)?;
                }
                counts.push(chunks.range(before..).map(Chunk::rows).sum());
                last = Some(done);
            }
            chunks.retain(|chunk| chunk.rows() > 0);
            Ok(last.map(|done| Done {
                rows: Buffer { chunk: chunks.pop_front().unwrap_or_default(), next: 0 },
                pending: chunks,
                sets: Some(counts),
                ..done
            }))
        })?;
        // Without a parameter set there are no sets of rows either.
        slf.get().state.lock().sets.get_or_insert_default();
        Ok(())
    }

    /// `fetchsets`: the rows that were not taken yet, a list for each parameter set.
    pub(super) fn fetch_by_sets<'py>(slf: &Bound<'py, Cursor>) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let (counts, left) = {
            let (state, _) = slf.get().usable(py)?;
            let here = state.rows.chunk.rows().saturating_sub(state.rows.next);
            (state.sets.clone(), here + state.pending.iter().map(Chunk::rows).sum::<usize>())
        };
        let lists = PyList::empty(py);
        let Some(counts) = counts else {
            lists.append(Cursor::fetch_rows(slf, None)?)?;
            return Ok(lists);
        };
        let mut taken = counts.iter().sum::<usize>().saturating_sub(left);
        for count in counts {
            let skipped = taken.min(count);
            taken -= skipped;
            lists.append(Cursor::fetch_rows(slf, Some(count - skipped))?)?;
        }
        Ok(lists)
    }
}

/// The rows of a statement that come after those it has given, and its end.
fn take_rest(py: Python<'_>, shared: &Shared, id: SlotId, chunks: &mut VecDeque<Chunk>) -> PyResult<()> {
    let mut guard = shared.lock(py)?;
    let result = loop {
        let mut chunk = Chunk::default();
        match guard.step(py, id, &mut chunk) {
            Ok(true) => chunks.push_back(chunk),
            ended => break ended.map(drop),
        }
    };
    guard.get().release(id);
    drop(guard);
    result.map_err(|error| to_python(py, &error))
}
