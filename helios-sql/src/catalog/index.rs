//! Indexes.

use helios_core::encoding::key::Order;
use helios_core::value::Collation;
use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::Table;
use crate::ast::{ConflictClause, CreateIndex, Expression, IndexedColumn};

/// An index.
#[derive(Clone, Debug)]
pub struct Index {
    /// Its name, as it was written.
    pub name: String,
    /// Where its entries are.
    pub space: Space,
    /// Its columns.
    pub columns: Vec<IndexColumn>,
    /// Whether no two rows may have the same values (unless one is NULL).
    pub unique: bool,
    /// What happens where two would, as the constraint says.
    pub on_conflict: Option<ConflictClause>,
    /// What made it.
    pub origin: IndexOrigin,
}

/// What made an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexOrigin {
    /// CREATE INDEX.
    Statement,
    /// A UNIQUE constraint.
    Unique,
    /// A PRIMARY KEY constraint.
    PrimaryKey,
}

/// A column of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexColumn {
    /// The position of the column in the table; `None` is the rowid.
    pub column: Option<usize>,
    /// How its texts compare.
    pub collation: Collation,
    /// Which way it sorts.
    pub order: Order,
}

/// The index that a statement defines.
pub fn define_index(statement: &CreateIndex, table: &Table, space: Space) -> Result<Index> {
    if statement.filter.is_some() {
        return Err(Error::sql("partial indexes are not supported"));
    }
    Ok(Index {
        name: statement.name.name.clone(),
        space,
        columns: index_columns(&statement.columns, table)?,
        unique: statement.unique,
        on_conflict: None,
        origin: IndexOrigin::Statement,
    })
}

/// The columns that an index or a constraint names.
pub(super) fn index_columns(columns: &[IndexedColumn], table: &Table) -> Result<Vec<IndexColumn>> {
    columns.iter().map(|column| index_column(column, table)).collect()
}

fn index_column(column: &IndexedColumn, table: &Table) -> Result<IndexColumn> {
    let (expression, collation) = match &column.expression {
        Expression::Collate(expression, name) => (&**expression, Some(collation_named(name)?)),
        expression => (expression, None),
    };
    let Expression::Column(name) = expression else {
        return Err(Error::sql("indexes on expressions are not supported"));
    };
    let order = if column.descending { Order::Descending } else { Order::Ascending };
    let position = match table.column(&name.column) {
        Some(position) => position,
        None if is_rowid_name(&name.column) => {
            return Ok(IndexColumn { column: None, collation: Collation::Binary, order });
        }
        None => return Err(Error::sql(format!("no such column: {}", name.column))),
    };
    let collation = collation.unwrap_or(table.columns[position].collation);
    let column = if table.rowid_column == Some(position) { None } else { Some(position) };
    Ok(IndexColumn { column, collation, order })
}

/// Whether a name stands for the rowid where no column has it.
pub fn is_rowid_name(name: &str) -> bool {
    ["rowid", "_rowid_", "oid"].iter().any(|rowid| name.eq_ignore_ascii_case(rowid))
}

/// The collation with this name.
pub fn collation_named(name: &str) -> Result<Collation> {
    Collation::by_name(name).ok_or_else(|| Error::sql(format!("no such collation sequence: {name}")))
}
