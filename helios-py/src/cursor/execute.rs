//! Running one statement, or a script of them.

use std::collections::VecDeque;
use std::sync::Arc;

use helios::Error;
use helios::sql::{Chunk, Coming, OutputColumn, Session};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};

use super::description::{converters, describe, describe_pair};
use super::{Buffer, Cursor, text};
use crate::cells::Converters;
use crate::connection::settings::Autocommit;
use crate::connection::{begin as begin_transaction, commit};
use crate::errors::{VALUE_ERROR, WARNING, programming_error, to_python, usage_error};
use crate::parameters::{bind_row, push_row};
use crate::python::utf8;
use crate::shared::Shared;
use crate::statements::{Facts, SlotId};

/// A statement that belongs to a cursor until it is released, and memory for its parameters.
pub(super) struct Taken {
    pub(super) id: SlotId,
    pub(super) facts: Arc<Facts>,
    pub(super) parameters: Chunk,
}

/// What a statement runs with.
pub(super) enum Given {
    /// One row of parameters, in memory of the statement's.
    Row(Chunk),
    /// A row of many, others of which come next.
    InBatch(Coming),
}

/// What came of an execution.
pub(super) struct Done {
    /// The statement, if it has more rows.
    pub(super) slot: Option<SlotId>,
    pub(super) rows: Buffer,
    pub(super) pending: VecDeque<Chunk>,
    pub(super) sets: Option<Vec<usize>>,
    pub(super) description: Option<Py<PyTuple>>,
    pub(super) versioned: Option<Py<PyTuple>>,
    pub(super) converters: Option<Converters>,
    pub(super) vectors: Option<Arc<[bool]>>,
    pub(super) rowcount: i64,
    pub(super) lastrowid: Option<i64>,
}

impl Cursor {
    /// `execute`.
    pub(crate) fn run(
        slf: &Bound<'_, Cursor>,
        sql: &Bound<'_, PyAny>,
        parameters: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let sql = text(sql, "execute() argument 1")?;
        slf.get().under_way(py, |shared, rows| {
            let Some(taken) = take_statement(py, shared, sql)? else {
                // Nothing is there that could take parameters.
                if let Some(given) = parameters {
                    push_row(given, &Facts::default(), |_, _| Ok(()))?;
                }
                return Ok(None);
            };
            let id = taken.id;
            run_one(py, shared, taken, parameters, rows).map(Some).inspect_err(|_| shared.release(id))
        })
    }

    /// Does `work` while the cursor is locked. It is given memory for rows.
    pub(super) fn under_way(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Shared, Chunk) -> PyResult<Option<Done>>,
    ) -> PyResult<()> {
        let (shared, memory) = self.begin(py)?;
        let result = work(&shared, memory);
        let mut state = self.state.lock();
        state.is_locked = false;
        match result {
            Ok(Some(done)) => {
                state.slot = done.slot;
                state.rows = done.rows;
                state.pending = done.pending;
                state.sets = done.sets;
                state.converters = done.converters;
                state.vectors = done.vectors;
                state.rowcount = done.rowcount;
                state.lastrowid = done.lastrowid.or(state.lastrowid);
                state.description = done.description;
                state.versioned = done.versioned;
                Ok(())
            }
            // A text without a statement.
            Ok(None) => {
                state.rowcount = -1;
                Ok(())
            }
            Err(error) => {
                state.rowcount = -1;
                Err(error)
            }
        }
    }

    /// Locks the cursor and ends what it was doing.
    pub(super) fn begin(&self, py: Python<'_>) -> PyResult<(Arc<Shared>, Chunk)> {
        let (shared, slot, rows, before) = {
            let (mut state, shared) = self.usable(py)?;
            state.is_locked = true;
            state.pending.clear();
            state.sets = None;
            let before = (state.description.take(), state.versioned.take(), state.converters.take());
            (shared, state.slot.take(), std::mem::take(&mut state.rows), before)
        };
        // Objects go when the lock has gone, for their ends may run anything.
        drop(before);
        if let Some(slot) = slot {
            shared.release(slot);
        }
        Ok((shared, rows.chunk))
    }

    /// `executescript`.
    pub(super) fn run_script(slf: &Bound<'_, Cursor>, script: &Bound<'_, PyString>) -> PyResult<()> {
        let py = slf.py();
        let (_, shared) = slf.get().usable(py)?;
        let script = utf8(script)?;
        if script.contains('\0') {
            return Err(PyValueError::new_err("embedded null character"));
        }
        shared.check_text(py, script)?;
        let commits = shared.settings.control.lock().autocommit == Autocommit::Legacy;
        shared.run_apart(py, |session| {
            if commits {
                commit(session)?;
            }
            run_statements(session, script)
        })
    }
}

/// Runs all statements of a script and throws their rows away.
pub(super) fn run_statements(session: &mut Session, script: &str) -> Result<(), Error> {
    let mut rest = script;
    let mut rows = Chunk::default();
    while let Some(mut statement) = session.prepare(rest)? {
        let nulls =
            statement.parameters().iter().map(|_| helios::sql::Column::constant(helios::Value::Null, 1));
        let parameters = Chunk::new(nulls.map(Arc::new).collect(), 1);
        session.start(&mut statement, &parameters)?;
        while session.fetch(&mut statement, &mut rows)? {}
        rest = rest.get(statement.tail()..).unwrap_or_default();
    }
    Ok(())
}

/// The statement of a text, kept or compiled now; `None` if there is none in it. A transaction that it wants is open
/// afterwards.
pub(super) fn take_statement(
    py: Python<'_>,
    shared: &Shared,
    sql: &Bound<'_, PyString>,
) -> PyResult<Option<Taken>> {
    let known = shared.lock(py)?.get().statements.take(sql);
    let id = match known {
        Some(id) => id,
        None => match compile(py, shared, sql)? {
            Some(id) => id,
            None => return Ok(None),
        },
    };
    take_parts(py, shared, id).map(Some).inspect_err(|_| shared.release(id))
}

pub(crate) fn compile(
    py: Python<'_>,
    shared: &Shared,
    sql: &Bound<'_, PyString>,
) -> PyResult<Option<SlotId>> {
    let text = utf8(sql)?;
    if text.contains('\0') {
        return Err(usage_error(py, &VALUE_ERROR, "the query contains a null character"));
    }
    shared.check_text(py, text)?;
    let Some(statement) = shared.run(py, |core| core.session.prepare(text))? else { return Ok(None) };
    if has_more(text.get(statement.tail()..).unwrap_or_default()) {
        return Err(usage_error(py, &WARNING, "You can only execute one statement at a time."));
    }
    let facts = Arc::new(Facts::of(py, &statement, shared.settings.vector_search));
    shared.lock(py)?.get().statements.insert(sql, Box::new(statement), facts).map(Some)
}

/// Whether anything but white space and comments follows a statement; `sqlite3` takes no second semicolon either.
fn has_more(rest: &str) -> bool {
    let mut rest = rest;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\x0c', '\n', '\r']);
        let comment_end = match rest.get(..2) {
            Some("--") => rest.find('\n').map(|end| end + 1),
            Some("/*") => rest[2..].find("*/").map(|end| end + 4),
            _ => return !rest.is_empty(),
        };
        // A comment that does not end is the end.
        rest = comment_end.and_then(|end| rest.get(end..)).unwrap_or_default();
    }
}

fn take_parts(py: Python<'_>, shared: &Shared, id: SlotId) -> PyResult<Taken> {
    let control = *shared.settings.control.lock();
    let mut guard = shared.lock(py)?;
    let core = guard.get();
    let Some(slot) = core.statements.slot(id) else { return Err(gone(py)) };
    let taken = Taken { id, facts: slot.facts.clone(), parameters: std::mem::take(&mut slot.parameters) };
    let begun = match control.implicit_begin() {
        Some(begin) if taken.facts.is_dml && !core.session.in_transaction() => {
            guard.apart_if_lent(py, |session| begin_transaction(session, begin))
        }
        _ => Ok(()),
    };
    begun.map(|()| taken).map_err(|error| to_python(py, &error))
}

fn gone(py: Python<'_>) -> PyErr {
    programming_error(py, "Cannot operate on a closed database.")
}

pub(super) fn run_one(
    py: Python<'_>,
    shared: &Shared,
    taken: Taken,
    parameters: Option<&Bound<'_, PyAny>>,
    rows: Chunk,
) -> PyResult<Done> {
    let Taken { id, facts, parameters: mut row } = taken;
    bind_row(py, parameters, &facts, &mut row)?;
    run_bound(py, shared, (id, &facts), Given::Row(row), rows)
}

/// Runs a statement up to its first rows.
pub(super) fn run_bound(
    py: Python<'_>,
    shared: &Shared,
    (id, facts): (SlotId, &Facts),
    given: Given,
    mut rows: Chunk,
) -> PyResult<Done> {
    let has_more;
    let mut description = None;
    let mut unknown_columns = None;
    let detect_types = shared.settings.detect_types;
    let (rowcount, lastrowid);
    let mut vectors = None;
    {
        let mut guard = shared.lock(py)?;
        let made_ready = guard.with_statement(py, id, |session, statement| {
            match &given {
                Given::Row(row) => session.make_ready(statement, row)?,
                Given::InBatch(coming) => session.make_ready_in_batch(statement, coming.clone())?,
            }
            Ok(!statement.columns().is_empty())
        });
        let Some(slot) = guard.get().statements.slot(id) else { return Err(gone(py)) };
        if let Given::Row(row) = given {
            slot.parameters = row;
        }
        let started = match made_ready {
            Ok(true) => guard.step(py, id, &mut rows),
            done => done,
        };
        has_more = match started {
            Ok(has_more) => has_more,
            Err(error) => {
                drop(guard);
                return Err(to_python(py, &error));
            }
        };
        if !has_more {
            rows.reset(0);
        }
        let core = guard.get();
        let Some(slot) = core.statements.slot(id) else { return Err(gone(py)) };
        let Some(statement) = &slot.statement else { return Err(gone(py)) };
        if statement.columns().iter().any(|column| column.is_vector) {
            vectors = Some(statement.columns().iter().map(|column| column.is_vector).collect());
        }
        if !statement.columns().is_empty() {
            description = slot.known_description().map(|description| description.clone_ref(py));
            if description.is_none() || detect_types != 0 {
                unknown_columns = Some(statement.columns().to_vec());
            }
        }
        rowcount = if facts.is_dml { core.session.changes() } else { -1 };
        lastrowid = core.session.last_insert_rowid();
        if !has_more {
            core.release(id);
        }
    }
    let mut found_converters = None;
    if let Some(columns) = unknown_columns {
        if detect_types != 0 {
            found_converters = converters(py, &columns, detect_types)?;
        }
        if description.is_none() {
            description = Some(remember_description(py, shared, id, &columns)?);
        }
    }
    let mut versioned = None;
    if facts.gives_versions
        && let Some(all) = &description
    {
        let all = all.bind(py);
        versioned = Some(all.get_slice(1, all.len()).unbind());
        description = Some(describe_pair(py)?);
    }
    Ok(Done {
        slot: has_more.then_some(id),
        rows: Buffer { chunk: rows, next: 0 },
        pending: VecDeque::new(),
        sets: None,
        description,
        versioned,
        converters: found_converters,
        vectors,
        rowcount,
        lastrowid: Some(lastrowid),
    })
}

fn remember_description(
    py: Python<'_>,
    shared: &Shared,
    id: SlotId,
    columns: &[OutputColumn],
) -> PyResult<Py<PyTuple>> {
    let description = describe(py, columns, shared.settings.detect_types)?;
    let names = columns.iter().map(|column| column.name.clone()).collect();
    let known = (names, description.clone_ref(py));
    let before = match shared.lock(py)?.get().statements.slot(id) {
        Some(slot) => slot.description.replace(known),
        None => None,
    };
    drop(before);
    Ok(description)
}
