//! Constraints on one row, in SQLite's order: NOT NULL, CHECK, the rowid, unique indexes.

use std::sync::Arc;

use helios_core::encoding::key;
use helios_core::{Constraint, Error, ErrorKind, Result};

use super::Writer;
use super::row::{RowProgram, Rows};
use crate::ast::ConflictClause;
use crate::catalog::{Index, IndexOrigin, Table};
use crate::chunk::{Chunk, Column};
use crate::exec::{Context, eval};
use crate::table::write_entry;

/// A row that is in the way of another.
pub(super) struct Obstacle {
    /// Its rowid.
    pub(super) rowid: i64,
    /// The index by which it was found; `None` for the rowid itself.
    pub(super) index: Option<usize>,
}

/// The CHECK constraints of a chunk of rows, evaluated.
pub(super) struct Checked(Vec<Arc<Column>>);

impl RowProgram {
    /// Evaluates the CHECK constraints for all rows, unless they have to wait for rowids.
    pub(super) fn check_all(&self, rows: &Chunk, context: &mut Context) -> Result<Checked> {
        if self.checks_rowid {
            return Ok(Checked(Vec::new()));
        }
        let columns = self.checks.iter().map(|(_, check)| eval::evaluate(check, context, rows));
        Ok(Checked(columns.collect::<Result<_>>()?))
    }

    /// The CHECK constraint that a row breaks.
    pub(super) fn broken_check(
        &self,
        checked: &Checked,
        rows: &Rows<'_>,
        row: usize,
        rowid: i64,
        context: &mut Context,
    ) -> Result<Option<Error>> {
        let broken = |label: &str| {
            Error::new(ErrorKind::Constraint(Constraint::Check), format!("CHECK constraint failed: {label}"))
        };
        if self.checks_rowid {
            let chunk = rows.chunk(row, rowid);
            for (label, check) in &self.checks {
                if eval::evaluate(check, context, &chunk)?.get(0).truth() == Some(false) {
                    return Ok(Some(broken(label)));
                }
            }
            return Ok(None);
        }
        let mut columns = checked.0.iter().zip(&self.checks);
        let found = columns.find(|(column, _)| column.get(row).truth() == Some(false));
        Ok(found.map(|(_, (label, _))| broken(label)))
    }
}

/// The column of a row that is NULL and must not be.
pub(super) fn missing_value(rows: &Rows<'_>, row: usize) -> Option<usize> {
    let columns = rows.table.columns.iter().enumerate();
    let mut missing = columns.filter(|(position, column)| {
        column.not_null.is_some()
            && rows.table.rowid_column != Some(*position)
            && rows.columns[*position].is_null(row)
    });
    missing.next().map(|(position, _)| position)
}

pub(super) fn not_null_error(table: &Table, position: usize) -> Error {
    let name = &table.columns[position].name;
    Error::new(
        ErrorKind::Constraint(Constraint::NotNull),
        format!("NOT NULL constraint failed: {}.{name}", table.name),
    )
}

/// What the definition of a unique constraint says is to happen where it does not hold.
pub(super) fn own_conflict(table: &Table, obstacle: &Obstacle) -> Option<ConflictClause> {
    match obstacle.index {
        Some(number) => table.indexes[number].on_conflict,
        None => table.rowid_conflict,
    }
}

/// The unique constraints of a table in the order in which SQLite looks at them: the rowid (`None`), then indexes, the
/// newest first, then those that replace rows. Targets of ON CONFLICT come before all others, in their order, and the
/// rowid after them.
pub(super) fn constraint_order(
    table: &Table,
    statement: Option<ConflictClause>,
    targets: impl Iterator<Item = Option<usize>>,
) -> Vec<Option<usize>> {
    let replaces = |conflict: Option<ConflictClause>| conflict == Some(ConflictClause::Replace);
    let mut order: Vec<Option<usize>> = targets.collect();
    let rowid_is_last = order.is_empty() && replaces(table.rowid_conflict) && !replaces(statement);
    let unique = || table.indexes.iter().enumerate().rev().filter(|(_, index)| index.unique);
    let others = unique().filter(|(_, index)| !replaces(index.on_conflict));
    let last = unique().filter(|(_, index)| replaces(index.on_conflict));
    let rowid = |is_here: bool| is_here.then_some(None);
    let rest = rowid(!rowid_is_last)
        .into_iter()
        .chain(others.chain(last).map(|(number, _)| Some(number)))
        .chain(rowid(rowid_is_last));
    for constraint in rest {
        if !order.contains(&constraint) {
            order.push(constraint);
        }
    }
    order
}

pub(super) fn unique_error(table: &Table, obstacle: &Obstacle) -> Error {
    let name = |column: Option<usize>| match column.or(table.rowid_column) {
        Some(position) => format!("{}.{}", table.name, table.columns[position].name),
        None => format!("{}.rowid", table.name),
    };
    let (columns, constraint) = match obstacle.index {
        Some(number) => {
            let index = &table.indexes[number];
            let constraint = match index.origin {
                IndexOrigin::PrimaryKey => Constraint::PrimaryKey,
                IndexOrigin::Statement | IndexOrigin::Unique => Constraint::Unique,
            };
            (
                index.columns.iter().map(|column| name(column.column)).collect::<Vec<_>>().join(", "),
                constraint,
            )
        }
        None if table.rowid_column.is_some() => (name(None), Constraint::PrimaryKey),
        None => (name(None), Constraint::Rowid),
    };
    Error::new(ErrorKind::Constraint(constraint), format!("UNIQUE constraint failed: {columns}"))
}

impl Writer<'_> {
    /// The first row in the way of a row, looking at unique constraints in `order`. `instead_of` is the row that it
    /// replaces; `is_new` says whether the rowid is one that another row may have.
    pub(super) fn obstacle(
        &mut self,
        order: &[Option<usize>],
        rows: &Rows<'_>,
        row: usize,
        rowid: i64,
        instead_of: Option<i64>,
        is_new: bool,
    ) -> Result<Option<Obstacle>> {
        for &index in order {
            let other = match index {
                Some(number) => self.rowid_with_entry(&rows.table.indexes[number], rows, row, rowid)?,
                None if is_new && self.row_exists(rows.table, rowid)? => Some(rowid),
                None => None,
            };
            if let Some(other) = other
                && Some(other) != instead_of
            {
                return Ok(Some(Obstacle { rowid: other, index }));
            }
        }
        Ok(None)
    }

    /// The rowid of the row that has the same unique values.
    fn rowid_with_entry(
        &self,
        index: &Index,
        rows: &Rows<'_>,
        row: usize,
        rowid: i64,
    ) -> Result<Option<i64>> {
        let mut entry = Vec::with_capacity(32);
        if !write_entry(index, rowid, |column| rows.value(row, rowid, column), &mut entry) {
            return Ok(None);
        }
        let mut other = Ok(0);
        let exists = self
            .reader
            .get(index.space, &entry, &mut |version| other = key::read_rowid(&mut { version.payload }))?;
        Ok(if exists { Some(other?) } else { None })
    }
}
