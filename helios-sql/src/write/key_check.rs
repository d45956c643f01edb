//! Checks of foreign keys.
//!
//! A reference that is not met when a row changes becomes a [`Suspect`]. At the end of the statement, or of the
//! transaction for a deferred one, suspects are looked at again: the reference is broken if rows still refer and what
//! they refer to is still missing. So whatever happened between, by triggers or by other rows, counts as it is then.

use std::sync::Arc;

use helios_core::versioned::Space;
use helios_core::{Broken, BrokenRule, Constraint, Error, ErrorKind, Result, Value};
use parking_lot::Mutex;

use super::constraint::shown;
use super::row::given_rowid;
use super::{RowValues, Writer};
use crate::chunk::{Chunk, Column};
use crate::exec::{Built, Context};
use crate::table::RowId;

/// A reference, ready to be checked.
#[derive(Debug)]
pub struct KeyProgram {
    /// The table that refers, and the number of its reference.
    pub child: (String, usize),
    /// The number of the schema of both tables.
    pub slot: usize,
    /// The positions of the columns that refer.
    pub columns: Vec<usize>,
    /// The positions of the columns that they refer to.
    pub targets: Vec<usize>,
    /// Checked at the end of the transaction.
    pub deferred: bool,
    /// A row that is referred to must not be deleted, or changed, whatever the statement or the transaction does later.
    pub restricts: (bool, bool),
    /// Finds the row referred to.
    pub parent: Parent,
    /// Finds a row that refers; its parameters are the values.
    pub referring: Mutex<Probe>,
}

/// What finds a row that is referred to.
#[derive(Debug)]
pub enum Parent {
    /// Its rowid, in this space.
    ByRowid(Space),
    /// A query whose parameters are the values.
    ByQuery(Mutex<Probe>),
}

/// A query of which only matters whether it has rows.
#[derive(Debug)]
pub struct Probe {
    /// The query.
    pub built: Built,
    /// How many slots it needs.
    pub slots: usize,
}

/// Values of columns that refer to a row that was missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Suspect {
    /// The number of the program.
    pub program: usize,
    /// The values.
    pub values: Vec<Value>,
    /// Whether it was the row referred to that went.
    pub has_gone: bool,
}

impl KeyProgram {
    /// Whether rows refer to a row with these values that there is not.
    pub fn is_broken(&self, values: &[Value], context: &Context) -> Result<bool> {
        Ok(has_rows(&self.referring, values, context)? && !self.has_parent(values, context)?)
    }

    /// Whether there is a row with the values that are referred to.
    pub fn has_parent(&self, values: &[Value], context: &Context) -> Result<bool> {
        match (&self.parent, values) {
            (Parent::ByRowid(space), [value]) => {
                // A value that cannot be a rowid is that of no row.
                let Ok(Some(rowid)) = given_rowid(value.as_ref()) else { return Ok(false) };
                context.reader_at(self.slot).contains(*space, &RowId::Rowid(rowid).key())
            }
            (Parent::ByRowid(_), _) => Ok(false),
            (Parent::ByQuery(parent), values) => has_rows(parent, values, context),
        }
    }

    /// Whether a row that is about to be written refers to rows that are there, or to none.
    pub(super) fn is_met(&self, columns: &[Arc<Column>], row: usize, context: &Context) -> Result<bool> {
        let values = self.columns.iter().map(|&position| columns[position].get(row).to_value()).collect();
        without_nulls(values).map_or(Ok(true), |values| self.has_parent(&values, context))
    }

    /// The error about a reference that is not met.
    pub fn broken(&self, values: &[Value], has_gone: bool) -> Error {
        self.told(broken_reference(), values, has_gone)
    }

    fn told(&self, error: Error, values: &[Value], has_gone: bool) -> Error {
        let (table, number) = self.child.clone();
        let values = values.iter().map(|value| shown(value.as_ref())).collect();
        error.about(Broken { table, rule: BrokenRule::Reference { number, has_gone }, values })
    }

    /// A row that refers is written. A change that assigns the values that it has is looked at as well.
    pub(super) fn row_comes(
        &self,
        number: usize,
        new: &RowValues,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let Some(values) = without_nulls(pick(new, &self.columns)) else { return Ok(()) };
        if !self.has_parent(&values, context)? {
            writer.outcome.suspects.push(Suspect { program: number, values, has_gone: false });
        }
        Ok(())
    }

    /// A row that may be referred to goes, or changes.
    pub(super) fn row_goes(
        &self,
        number: usize,
        old: &RowValues,
        new: Option<&RowValues>,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let values = pick(old, &self.targets);
        if new.is_some_and(|new| pick(new, &self.targets) == values) {
            return Ok(());
        }
        let Some(values) = without_nulls(values) else { return Ok(()) };
        if !has_rows(&self.referring, &values, context)? {
            return Ok(());
        }
        let (on_delete, on_update) = self.restricts;
        if if new.is_some() { on_update } else { on_delete } {
            return Err(self.told(restricted(), &values, true));
        }
        writer.outcome.suspects.push(Suspect { program: number, values, has_gone: true });
        Ok(())
    }
}

fn pick(row: &RowValues, positions: &[usize]) -> Vec<Value> {
    positions.iter().map(|position| row[*position].clone()).collect()
}

fn without_nulls(values: Vec<Value>) -> Option<Vec<Value>> {
    if values.iter().any(Value::is_null) { None } else { Some(values) }
}

/// Whether a query has rows with these parameters.
fn has_rows(probe: &Mutex<Probe>, values: &[Value], context: &Context) -> Result<bool> {
    let columns = values.iter().map(|value| Column::constant(value.clone(), 1).into()).collect();
    let mut probe = probe.lock();
    let mut context = Context {
        parameters: Chunk::new(columns, 1),
        outer: vec![Value::Null; probe.slots],
        ..context.anew()
    };
    probe.built.root.open(&mut context)?;
    probe.built.root.next(&mut context, &mut Chunk::default())
}

/// SQLite's error about a broken reference.
pub fn broken_reference() -> Error {
    Error::new(ErrorKind::Constraint(Constraint::ForeignKey), "FOREIGN KEY constraint failed")
}

/// SQLite's error about a row that must not go.
fn restricted() -> Error {
    Error::new(ErrorKind::Constraint(Constraint::Trigger), "FOREIGN KEY constraint failed")
}
