//! `executemany` with a query: one set of rows for each parameter set, all run before the first row is taken.

use std::collections::VecDeque;
use std::sync::Arc;

use helios::sql::{Chunk, Coming};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyList, PyString};

use super::execute::{Done, Given, run_bound, take_statement};
use super::{Buffer, Cursor};
use crate::errors::to_python;
use crate::parameters::bind_rows;
use crate::shared::Shared;
use crate::statements::SlotId;

/// So many parameter sets are bound before the first of them runs: the engine may do some of its work for all of them.
const SETS_AT_ONCE: usize = 256;

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
            let mut sets = sets.try_iter()?;
            while let Some(bound) = bind_some(py, shared, sql, &mut sets)? {
                for row in 0..bound.rows() {
                    let Some(taken) = take_statement(py, shared, sql)? else { return Ok(None) };
                    let given = Given::InBatch(Coming::new(&bound, row));
                    let place = (taken.id, &*taken.facts);
                    let done = run_bound(py, shared, place, given, Chunk::default());
                    let mut done = done.inspect_err(|_| shared.release(taken.id))?;
                    let before = chunks.len();
                    chunks.push_back(std::mem::take(&mut done.rows.chunk));
                    if let Some(slot) = done.slot.take() {
                        take_rest(py, shared, slot, &mut chunks)?;
                    }
                    counts.push(chunks.range(before..).map(Chunk::rows).sum());
                    last = Some(done);
                }
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

/// The next parameter sets, as many as are bound together; nothing after the last.
fn bind_some<'py>(
    py: Python<'py>,
    shared: &Shared,
    sql: &Bound<'py, PyString>,
    sets: &mut Bound<'py, PyIterator>,
) -> PyResult<Option<Arc<Chunk>>> {
    let some = sets.take(SETS_AT_ONCE).collect::<PyResult<Vec<_>>>()?;
    if some.is_empty() {
        return Ok(None);
    }
    let Some(taken) = take_statement(py, shared, sql)? else { return Ok(None) };
    shared.release(taken.id);
    let mut bound = Chunk::default();
    bind_rows(&some, &taken.facts, &mut bound)?;
    Ok(Some(Arc::new(bound)))
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
