//! Rows that an INSERT of parameters is sure to take.
//!
//! In: an INSERT, as it was compiled, and rows of parameters, one by one. Out: whether a row can be inserted, looking at
//! what is there and at the rows before it. What gives the rows can be asked for the next one before such a row is written:
//! nothing can come of it that would have kept somebody from asking. Where that is not known, the answer is no.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Result, Value, ValueRef};

use crate::ast::ConflictClause;
use crate::bind::ValueSource;
use crate::catalog::{Index, Table};
use crate::chunk::Chunk;
use crate::exec::{Context, calls_program, eval};
use crate::plan::{ColumnId, Expr, Plan, Query};
use crate::table::{RowId, write_entry};

/// What has to hold of the parameters of a row.
#[derive(Clone, Debug)]
pub struct SureRows {
    table: Arc<Table>,
    /// The parameter that is the rowid.
    rowid: Option<usize>,
    /// A row whose rowid is there already is an error.
    collides: bool,
    /// Those that must not be NULL.
    present: Vec<usize>,
    /// What each column gets.
    given: Vec<Given>,
    /// Conditions on the columns.
    checks: Vec<Expr>,
    /// Indexes in which no two rows are equal.
    unique: Vec<Arc<Index>>,
}

/// What a column gets.
#[derive(Clone, Debug)]
enum Given {
    Parameter(usize),
    Constant(Value),
}

/// That, for a table in a certain state.
#[derive(Debug)]
pub struct Sure {
    rows: SureRows,
    /// For conditions, and what is read from; `None` where neither is needed.
    context: Option<Box<Context>>,
    /// A row as it would be stored, if that is looked at.
    row: Chunk,
    entry: Vec<u8>,
    /// The entries in unique indexes of the rows that were admitted, as hashes: where two are equal, nothing is sure.
    taken: HashSet<u64>,
    hasher: BuildHasherDefault<DefaultHasher>,
    /// No row has a higher rowid, once those are written that were admitted; `None` if that is not known.
    highest: Option<i64>,
}

impl SureRows {
    /// What has to hold for an INSERT of rows of this source, of whose table no more than keys, NULL and `checks` are to be
    /// checked; `None` if nothing is ever sure.
    pub(super) fn of(
        table: &Arc<Table>,
        on_conflict: Option<ConflictClause>,
        values: &[ValueSource],
        rowid: Option<usize>,
        source: &Query,
        checks: impl Iterator<Item = Expr>,
    ) -> Option<SureRows> {
        let Plan::Project { columns, .. } = &source.plan else { return None };
        if !is_plain_table(table) {
            return None;
        }
        let keeps =
            |clause: &ConflictClause| matches!(clause, ConflictClause::Ignore | ConflictClause::Replace);
        let passes_over = on_conflict == Some(ConflictClause::Ignore);
        let resolves = on_conflict.as_ref().is_some_and(keeps);
        let is_unique = |index: &&Arc<Index>| index.unique && !resolves;
        let unique: Vec<Arc<Index>> = table.indexes.iter().filter(is_unique).cloned().collect();
        let checks: Vec<Expr> = checks.collect();
        let is_hard = |check: &Expr| check.has_subquery() || calls_program(check);
        if !unique.iter().all(|index| is_of_columns(index, table)) || checks.iter().any(is_hard) {
            return None;
        }
        let value = |id: ColumnId| columns.iter().find(|(known, _)| *known == id).map(|(_, expr)| expr);
        let given = |place: usize| source.columns.get(place).and_then(|id| value(*id));
        let mut sure = SureRows {
            table: table.clone(),
            rowid: None,
            collides: !resolves,
            present: Vec::new(),
            given: Vec::with_capacity(table.columns.len()),
            checks,
            unique,
        };
        if let Some(place) = rowid {
            let Some(Expr::Parameter(parameter)) = given(place) else { return None };
            sure.rowid = Some(*parameter);
        }
        for (position, (source, column)) in values.iter().zip(&table.columns).enumerate() {
            let expr = match source {
                ValueSource::Source(place) => given(*place)?,
                ValueSource::Default(expr) => expr,
            };
            let must_be_there =
                column.not_null.is_some() && !passes_over && table.rowid_column != Some(position);
            match expr {
                Expr::Parameter(parameter) if must_be_there => sure.present.push(*parameter),
                Expr::Parameter(_) => {}
                Expr::Constant(value) if *value != Value::Null || !must_be_there => {}
                _ => return None,
            }
            sure.given.push(match expr {
                Expr::Parameter(parameter) => Given::Parameter(*parameter),
                Expr::Constant(value) => Given::Constant(value.clone()),
                _ => return None,
            });
        }
        Some(sure)
    }
}

/// Whether the entries of an index follow from columns that are stored, in an order that is.
fn is_of_columns(index: &Index, table: &Table) -> bool {
    index.columns.iter().all(|column| {
        let is_stored =
            |position: usize| position < table.columns.len() && table.rowid_column != Some(position);
        column.column.is_some_and(is_stored) && column.collation.is_stored()
    })
}

/// Whether nothing but keys and NULL can be wrong with the rows of a table.
fn is_plain_table(table: &Table) -> bool {
    let is_plain_index = |index: &Index| index.filter.is_none() && index.vector.is_none();
    table.view.is_none()
        && table.module.is_none()
        && table.row_key.is_none()
        && !table.strict
        && table.sealed.is_empty()
        && table.columns.iter().all(|column| column.dimensions.is_none())
        && table.indexes.iter().all(|index| is_plain_index(index))
}

impl Sure {
    /// What has to hold for a table whose highest rowid is known, or not. A context is what [`Sure::needs_context`].
    pub fn new(rows: SureRows, highest: Option<i64>, context: Option<Box<Context>>) -> Sure {
        let (row, entry, taken) = Default::default();
        Sure { rows, context, row, entry, taken, hasher: Default::default(), highest }
    }

    /// Whether more has to be looked at than parameters.
    pub fn needs_context(rows: &SureRows) -> bool {
        !rows.checks.is_empty() || !rows.unique.is_empty()
    }

    /// Whether values are compared by the statement's own conditions.
    pub fn compares(rows: &SureRows) -> bool {
        !rows.checks.is_empty()
    }

    /// Whether the statement is about rowids, and which are there must be known.
    pub fn needs_highest(rows: &SureRows) -> bool {
        rows.rowid.is_some() && rows.collides
    }

    /// Whether a row of parameters can be inserted, after all that were admitted before.
    pub fn admits(&mut self, parameters: &Chunk, row: usize) -> bool {
        let value = |number: usize| parameters.column(number).get(row);
        if self.rows.present.iter().any(|number| matches!(value(*number), ValueRef::Null)) {
            return false;
        }
        if Sure::needs_context(&self.rows) && !self.holds(parameters, row).unwrap_or(false) {
            return false;
        }
        match self.rows.rowid.map(value) {
            None => true,
            // Which one it gets is not known here.
            Some(ValueRef::Null) => {
                self.highest = None;
                true
            }
            Some(ValueRef::Integer(rowid)) => {
                let is_free = !self.rows.collides || self.highest.is_some_and(|highest| rowid > highest);
                self.highest = is_free.then_some(rowid);
                is_free
            }
            Some(_) => false,
        }
    }

    /// Whether a row meets the conditions, and no other row has its values of a unique index.
    fn holds(&mut self, parameters: &Chunk, row: usize) -> Result<bool> {
        let Some(context) = &mut self.context else { return Ok(false) };
        let SureRows { table, given, checks, unique, .. } = &self.rows;
        // The rowid comes last; nothing looks at it.
        self.row.reset(table.columns.len() + 1);
        for (position, (given, column)) in given.iter().zip(&table.columns).enumerate() {
            let value = match given {
                Given::Parameter(parameter) => parameters.column(*parameter).get(row),
                Given::Constant(value) => value.as_ref(),
            };
            let converted = column.affinity.convert(value);
            let stored = converted.as_ref().map_or(value, Value::as_ref);
            self.row.column_mut(position).push(match stored {
                // Zeros have no sign where floats are stored.
                ValueRef::Real(zero) if zero == 0.0 && column.affinity == Affinity::Real => {
                    ValueRef::Real(0.0)
                }
                stored => stored,
            });
        }
        self.row.column_mut(table.columns.len()).push(ValueRef::Null);
        self.row.set_rows(1);
        for check in checks {
            if eval::evaluate(check, context, &self.row)?.get(0).truth() == Some(false) {
                return Ok(false);
            }
        }
        for index in unique {
            self.entry.clear();
            let value = |column: Option<usize>| self.row.value(0, column.unwrap_or(table.columns.len()));
            if !write_entry(index, &RowId::Rowid(0), value, &mut self.entry) {
                continue;
            }
            let is_new = self.taken.insert(self.hasher.hash_one((index.space.0, &self.entry)));
            if !is_new || context.reader.contains(index.space, &self.entry)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
