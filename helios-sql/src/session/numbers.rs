//! `nextval` and its kin, and what a session remembers of them.
//!
//! In: the sequences of the schema that a statement is compiled for. Out: functions that give their numbers, which are taken
//! at once and for all branches, whatever becomes of the transaction.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::transaction::Progression;
use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};
use parking_lot::Mutex;

use super::environment::View;
use super::postgres::{KnownSequence, is_sequence, sequences_of};
use crate::catalog::Table;
use crate::database::Database;
use crate::func::{ProgramScalar, ReadyRows, TableFunction, TableRows};
use crate::module::{FunctionTable, SEQUENCE_COLUMNS, SequenceDefinition, VirtualTable};
use crate::parse::plain_sequence_name;

/// What a session was given.
#[derive(Debug, Default)]
pub(super) struct SessionNumbers {
    /// The last number of each sequence, by its space.
    last: HashMap<Space, i64>,
    /// The sequence that gave one last.
    newest: Option<Space>,
    /// Whether the session may take numbers.
    pub(super) is_read_only: bool,
}

impl SessionNumbers {
    /// Notes that a sequence gave a number.
    pub(super) fn note(&mut self, space: Space, number: i64) {
        self.last.insert(space, number);
        self.newest = Some(space);
    }

    /// Forgets all.
    pub(super) fn forget(&mut self) {
        self.last.clear();
        self.newest = None;
    }
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Next,
    Current,
    Newest,
    Set,
    LastOfAll,
}

/// What a function works on.
#[derive(Debug)]
struct Site {
    database: Arc<Database>,
    numbers: Arc<Mutex<SessionNumbers>>,
    sequences: Vec<KnownSequence>,
    /// What else there is.
    others: Vec<String>,
}

/// The function of this name.
pub(super) fn sequence_function(view: &View, name: &str, count: usize) -> Option<Arc<ProgramScalar>> {
    let name = name.to_ascii_lowercase();
    let call = match (name.as_str(), count) {
        ("nextval", 1) => Call::Next,
        ("currval", 1) => Call::Current,
        ("lastval", 0) => Call::Newest,
        ("setval", 2 | 3) => Call::Set,
        ("pg_sequence_last_value", 1) => Call::LastOfAll,
        _ => return None,
    };
    let site = Site {
        database: view.database.clone(),
        numbers: view.numbers.clone(),
        sequences: sequences_of(view.catalog.relations()),
        others: view.catalog.relations().map(|table| table.name.clone()).collect(),
    };
    Some(Arc::new(ProgramScalar {
        name: name.into(),
        arguments: Some(count),
        deterministic: false,
        body: Box::new(move |arguments| site.call(call, arguments)),
    }))
}

impl Site {
    fn call(&self, call: Call, arguments: &[ValueRef<'_>]) -> Result<Value> {
        if let Call::Newest = call {
            let numbers = self.numbers.lock();
            let newest = numbers.newest.and_then(|space| numbers.last.get(&space));
            let none = || not_yet("lastval is not yet defined in this session".to_owned());
            return newest.map(|number| Value::Integer(*number)).ok_or_else(none);
        }
        if arguments.iter().any(|argument| matches!(argument, ValueRef::Null)) {
            return Ok(Value::Null);
        }
        let sequence = self.find(arguments[0])?;
        match call {
            Call::Next => self.next(sequence).map(Value::Integer),
            Call::Set => {
                let is_called = arguments.get(2).is_none_or(|flag| flag.to_integer() != 0);
                self.set(sequence, arguments[1].to_integer(), is_called).map(Value::Integer)
            }
            Call::LastOfAll => {
                let last = self.database.engine().last_number(sequence.space)?;
                let (number, is_called) = shown(&sequence.definition, last);
                Ok(if is_called { Value::Integer(number) } else { Value::Null })
            }
            Call::Current | Call::Newest => {
                let none = || {
                    let name = &sequence.name;
                    not_yet(format!("currval of sequence \"{name}\" is not yet defined in this session"))
                };
                let known = self.numbers.lock().last.get(&sequence.space).copied();
                known.map(Value::Integer).ok_or_else(none)
            }
        }
    }

    /// The sequence of a name or of a number of the catalog.
    fn find(&self, named: ValueRef<'_>) -> Result<&KnownSequence> {
        let (found, name) = match named {
            ValueRef::Text(text) if !text.iter().all(u8::is_ascii_digit) => {
                let name = plain_sequence_name(&String::from_utf8_lossy(text));
                (self.sequences.iter().find(|sequence| sequence.name == name), name)
            }
            other => {
                let oid = other.to_integer();
                (self.sequences.iter().find(|sequence| sequence.oid == oid), oid.to_string())
            }
        };
        found.ok_or_else(|| match self.others.contains(&name) {
            true => Error::sql(format!("\"{name}\" is not a sequence")),
            false => Error::sql(format!("relation \"{name}\" does not exist")),
        })
    }

    fn check_writable(&self, function: &str) -> Result<()> {
        let message = || format!("cannot execute {function}() in a read-only transaction");
        match self.numbers.lock().is_read_only {
            true => Err(Error::new(ErrorKind::ReadOnly, message())),
            false => Ok(()),
        }
    }

    fn next(&self, sequence: &KnownSequence) -> Result<i64> {
        self.check_writable("nextval")?;
        let engine = self.database.engine();
        let progression = progression_of(sequence);
        // The rows that a table has already are looked at once, when it begins to count.
        let begins = sequence.is_of_key && engine.last_number(sequence.space)?.is_none();
        let number = engine.next_number(sequence.space, &progression, begins.then_some(0))?;
        let number = number.ok_or_else(|| {
            let (word, end) = match progression.increment > 0 {
                true => ("maximum", progression.greatest),
                false => ("minimum", progression.least),
            };
            let name = &sequence.name;
            let message = format!("nextval: reached {word} value of sequence \"{name}\" ({end})");
            Error::new(ErrorKind::Data, message)
        })?;
        self.numbers.lock().note(sequence.space, number);
        Ok(number)
    }

    fn set(&self, sequence: &KnownSequence, value: i64, is_called: bool) -> Result<i64> {
        self.check_writable("setval")?;
        let Progression { least, greatest, .. } = sequence.definition.progression;
        if value < least || value > greatest {
            let name = &sequence.name;
            return Err(Error::new(
                ErrorKind::Data,
                format!(
                    "setval: value {value} is out of bounds for sequence \"{name}\" ({least}..{greatest})"
                ),
            ));
        }
        let last = if is_called { value } else { progression_of(sequence).before(value) };
        self.database.engine().set_number(sequence.space, last)?;
        if is_called {
            self.numbers.lock().last.insert(sequence.space, value);
        }
        Ok(value)
    }
}

/// How the numbers of a sequence go on: rowids do so in one way.
fn progression_of(sequence: &KnownSequence) -> Progression {
    if sequence.is_of_key { Progression::ROWIDS } else { sequence.definition.progression }
}

/// What a sequence shows of the number that it gave last: the number, or the one that comes first, and whether it was given.
fn shown(definition: &SequenceDefinition, last: Option<i64>) -> (i64, bool) {
    let Progression { start, increment, least, greatest, .. } = definition.progression;
    match last {
        None => (start, false),
        Some(last) if last < least || last > greatest => (last.wrapping_add(increment), false),
        Some(last) => (last, true),
    }
}

/// The row of a sequence, as a table.
pub(super) fn sequence_table(view: &View, table: &Table) -> Result<Option<Arc<dyn VirtualTable>>> {
    let Some(module) = table.module.as_ref().filter(|_| is_sequence(table)) else { return Ok(None) };
    let definition = SequenceDefinition::of_arguments(&module.arguments)?;
    let (number, is_called) = shown(&definition, view.database.engine().last_number(table.space)?);
    let row = vec![Value::Integer(number), Value::Integer(0), Value::boolean(is_called)];
    // The next statement finds another number.
    view.is_of_now.set(true);
    Ok(Some(Arc::new(FunctionTable::new(Arc::new(SequenceRow(row))))))
}

#[derive(Debug)]
struct SequenceRow(Vec<Value>);

impl TableFunction for SequenceRow {
    fn columns(&self) -> Vec<(&str, &str)> {
        SEQUENCE_COLUMNS.to_vec()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &[]
    }

    fn open(&self, _: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        Ok(ReadyRows::boxed(vec![self.0.clone()]))
    }
}

fn not_yet(message: String) -> Error {
    Error::new(ErrorKind::Misuse, message)
}
