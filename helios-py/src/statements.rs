//! The compiled statements of a connection, kept by their text.
//!
//! In: texts. Out: statements that nobody else is executing. The text is a Python string, which knows its hash, so a
//! statement that is run again is found in some nanoseconds. Of those that are not running, the least recently used
//! goes when there are too many.

use std::sync::Arc;

use helios::sql::{Chunk, OutputColumn, Statement, StatementKind};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::vectors::Wanted;

/// Where a statement is; out of date once the statement has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotId {
    index: usize,
    generation: u64,
}

/// A compiled statement.
#[derive(Debug)]
pub(crate) struct Slot {
    /// `None` while it runs without the session.
    pub(crate) statement: Option<Box<Statement>>,
    pub(crate) facts: Arc<Facts>,
    /// Memory for parameters.
    pub(crate) parameters: Chunk,
    /// The description that cursors show, and the names that it was made of.
    pub(crate) description: Option<(Vec<Arc<str>>, Py<PyTuple>)>,
    /// The text, if the statement is kept under it.
    text: Option<Py<PyString>>,
    is_in_use: bool,
    last_used: u64,
    generation: u64,
}

impl Slot {
    /// The description, if the columns are still those that it was made of.
    pub(crate) fn known_description(&self) -> Option<&Py<PyTuple>> {
        let (names, description) = self.description.as_ref()?;
        let columns: &[OutputColumn] = self.statement.as_ref()?.columns();
        let is_same = names.len() == columns.len()
            && names.iter().zip(columns).all(|(name, column)| Arc::ptr_eq(name, &column.name));
        is_same.then_some(description)
    }
}

/// What a statement is, for code that does not hold the session's lock. That of a text without one has no parameters.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// INSERT, UPDATE, DELETE or REPLACE: begins a transaction and counts rows.
    pub(crate) is_dml: bool,
    /// It changes nothing.
    pub(crate) is_read_only: bool,
    /// SELECT and its like.
    pub(crate) is_query: bool,
    /// `SELECT *` from one table with a range of time: each row comes with the time of its version.
    pub(crate) gives_versions: bool,
    /// Its parameters are an error, whatever they are given.
    pub(crate) refuses_parameters: bool,
    /// The names of its parameters without their prefixes.
    pub(crate) parameters: Vec<Option<Py<PyString>>>,
    /// What each parameter may be besides what `sqlite3` takes.
    pub(crate) wanted: Vec<Wanted>,
    /// The numbers of those that have a name which is no number, and these names with their prefixes.
    pub(crate) named: Vec<(usize, Box<str>)>,
}

impl Facts {
    /// With `takes_lists`, lists are taken for any parameter.
    pub(crate) fn of(py: Python<'_>, statement: &Statement, takes_lists: bool) -> Facts {
        let elsewhere = if takes_lists { Wanted::Lists } else { Wanted::Plain };
        let wanted = |position| match statement.vector_parameters().contains(&position) {
            true => Wanted::Vector,
            false => elsewhere,
        };
        let name = |name: &Option<Box<str>>| {
            let name = name.as_deref()?;
            Some(PyString::new(py, name.get(1..).unwrap_or_default()).unbind())
        };
        let named = statement.parameters().iter().enumerate().filter_map(|(position, name)| {
            let name = name.as_deref().filter(|name| !name.starts_with('?'))?;
            Some((position + 1, name.into()))
        });
        Facts {
            named: named.collect(),
            wanted: (0..statement.parameters().len()).map(wanted).collect(),
            is_dml: statement.kind() == StatementKind::Write && begins_with_its_verb(statement.text()),
            is_read_only: !matches!(statement.kind(), StatementKind::Write | StatementKind::Schema),
            is_query: statement.kind() == StatementKind::Query,
            refuses_parameters: statement.refuses_parameters(),
            gives_versions: statement.gives_versions(),
            parameters: statement.parameters().iter().map(name).collect(),
        }
    }
}

/// Whether a statement that writes begins with the word that says so. `sqlite3` knows statements by their first word,
/// so one that begins with WITH begins no transaction.
fn begins_with_its_verb(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c', ';']);
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else {
            return !rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("with"));
        }
    }
}

/// Later than any use.
const NOT_IDLE: u64 = u64::MAX;

/// All of them.
#[derive(Debug)]
pub(crate) struct Statements {
    by_text: Py<PyDict>,
    slots: Vec<Option<Slot>>,
    /// When each slot was last used whose statement is kept and does not run; [`NOT_IDLE`] for the others. Apart from the
    /// slots, so that one look at few cache lines finds the least: a program whose texts are all different asks each time.
    idle: Vec<u64>,
    /// Slots that are empty.
    free: Vec<usize>,
    kept: usize,
    capacity: usize,
    clock: u64,
}

impl Statements {
    /// Keeps up to `capacity` statements that are not running.
    pub(crate) fn new(py: Python<'_>, capacity: usize) -> Statements {
        Statements {
            by_text: PyDict::new(py).unbind(),
            slots: Vec::new(),
            idle: Vec::new(),
            free: Vec::new(),
            kept: 0,
            capacity,
            clock: 0,
        }
    }

    /// An empty memory of the same size, in which no place is one of this one's.
    pub(crate) fn successor(&self, py: Python<'_>) -> Statements {
        Statements { clock: self.clock, ..Statements::new(py, self.capacity) }
    }

    /// The statement of a text, if it is there and not running. It is the caller's until released.
    pub(crate) fn take(&mut self, text: &Bound<'_, PyString>) -> Option<SlotId> {
        // Another class could answer for its hash and its equality.
        let text = text.cast_exact::<PyString>().ok()?;
        let index = self.by_text.bind(text.py()).get_item(text).ok()??;
        let index: usize = index.extract().ok()?;
        self.clock += 1;
        let slot = self.slots.get_mut(index)?.as_mut()?;
        if slot.is_in_use {
            return None;
        }
        slot.is_in_use = true;
        slot.last_used = self.clock;
        self.idle[index] = NOT_IDLE;
        Some(SlotId { index, generation: slot.generation })
    }

    /// Takes in a statement; it is the caller's until released. It is kept if no other of the same text is.
    pub(crate) fn insert(
        &mut self,
        text: &Bound<'_, PyString>,
        statement: Box<Statement>,
        facts: Arc<Facts>,
    ) -> PyResult<SlotId> {
        let py = text.py();
        let by_text = self.by_text.bind(py).clone();
        let is_kept =
            self.capacity > 0 && text.is_exact_instance_of::<PyString>() && !by_text.contains(text)?;
        if is_kept && self.kept >= self.capacity {
            self.forget_oldest(py)?;
        }
        self.clock += 1;
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.idle.push(NOT_IDLE);
            self.slots.len() - 1
        });
        if is_kept {
            by_text.set_item(text, index)?;
            self.kept += 1;
        }
        let generation = self.clock;
        self.slots[index] = Some(Slot {
            statement: Some(statement),
            facts,
            parameters: Chunk::default(),
            description: None,
            text: is_kept.then(|| text.clone().unbind()),
            is_in_use: true,
            last_used: self.clock,
            generation,
        });
        Ok(SlotId { index, generation })
    }

    /// A statement that is the caller's.
    pub(crate) fn slot(&mut self, id: SlotId) -> Option<&mut Slot> {
        self.slots.get_mut(id.index)?.as_mut().filter(|slot| slot.generation == id.generation)
    }

    /// Gives a statement back.
    pub(crate) fn release(&mut self, id: SlotId) {
        if self.slot(id).is_some() {
            self.rest(id.index);
        }
    }

    /// A statement does not run any more: it is kept, or gone.
    fn rest(&mut self, index: usize) {
        let Some(slot) = &mut self.slots[index] else { return };
        slot.is_in_use = false;
        if slot.text.is_some() {
            self.idle[index] = slot.last_used;
        } else {
            self.slots[index] = None;
            self.free.push(index);
        }
    }

    /// Takes all statements back from whoever has them.
    pub(crate) fn take_back(&mut self, mut reset: impl FnMut(&mut Statement)) {
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots[index].as_mut().filter(|slot| slot.is_in_use) else { continue };
            if let Some(statement) = &mut slot.statement {
                reset(statement);
            }
            self.rest(index);
        }
    }

    fn forget_oldest(&mut self, py: Python<'_>) -> PyResult<()> {
        let least = self.idle.iter().copied().min().filter(|&least| least != NOT_IDLE);
        let Some(oldest) = least.and_then(|least| self.idle.iter().position(|&used| used == least)) else {
            return Ok(());
        };
        self.idle[oldest] = NOT_IDLE;
        self.free.push(oldest);
        if let Some(text) = self.slots[oldest].take().and_then(|slot| slot.text) {
            self.by_text.bind(py).del_item(text)?;
            self.kept -= 1;
        }
        Ok(())
    }
}
