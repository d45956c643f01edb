//! Rows that an INSERT of parameters is sure to take.
//!
//! In: an INSERT, as it was compiled, and rows of parameters, one by one. Out: whether a row can be inserted without
//! a look at what is there. What gives the rows can be asked for the next one before such a row is written: nothing can come
//! of it that would have kept somebody from asking. Where that is not known, the answer is no.

use helios_core::{Value, ValueRef};

use crate::ast::ConflictClause;
use crate::bind::ValueSource;
use crate::catalog::{Index, Table};
use crate::chunk::Chunk;
use crate::plan::{ColumnId, Expr, Plan, Query};

/// What has to hold of the parameters of a row.
#[derive(Clone, Debug, Default)]
pub struct SureRows {
    /// The parameter that is the rowid.
    rowid: Option<usize>,
    /// A row whose rowid is there already is an error.
    collides: bool,
    /// Those that must not be NULL.
    present: Vec<usize>,
}

/// That, for a table in a certain state.
#[derive(Clone, Debug)]
pub struct Sure {
    rows: SureRows,
    /// No row has a higher rowid, once those are written that were admitted; `None` if that is not known.
    highest: Option<i64>,
}

impl SureRows {
    /// What has to hold for an INSERT of rows of this source, of whose table no more than keys and NULL are to be checked;
    /// `None` if nothing is ever sure.
    pub(super) fn of(
        table: &Table,
        on_conflict: Option<ConflictClause>,
        values: &[ValueSource],
        rowid: Option<usize>,
        source: &Query,
    ) -> Option<SureRows> {
        let Plan::Project { columns, .. } = &source.plan else { return None };
        if !is_plain_table(table) {
            return None;
        }
        let keeps =
            |clause: &ConflictClause| matches!(clause, ConflictClause::Ignore | ConflictClause::Replace);
        let passes_over = on_conflict == Some(ConflictClause::Ignore);
        let resolves = on_conflict.as_ref().is_some_and(keeps);
        if !resolves && table.indexes.iter().any(|index| index.unique) {
            return None;
        }
        let value = |id: ColumnId| columns.iter().find(|(known, _)| *known == id).map(|(_, expr)| expr);
        let given = |place: usize| source.columns.get(place).and_then(|id| value(*id));
        let mut sure = SureRows { collides: !resolves, ..SureRows::default() };
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
        }
        Some(sure)
    }
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
    /// What has to hold for a table whose highest rowid is known, or not.
    pub fn new(rows: SureRows, highest: Option<i64>) -> Sure {
        Sure { rows, highest }
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
}
