//! Indexes.

use std::sync::Arc;

use helios_core::encoding::key::Order;
use helios_core::value::{Affinity, Collation};
use helios_core::versioned::Space;
use helios_core::{Error, Result, Value};

use super::collation::{WrittenCollation, declared_collation};
use super::vector_index::{VectorDefinition, define_vector_index};
use super::{MAX_COLUMNS, Table};
use crate::ast::{ColumnName, ConflictClause, CreateIndex, Expression, IndexedColumn};

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
    /// The statement that defined it; empty for one of a constraint.
    pub sql: Arc<str>,
    /// What made it.
    pub origin: IndexOrigin,
    /// WHERE of a partial index: the position in a row of the condition for it to have an entry.
    pub filter: Option<usize>,
    /// What it is if it is an index of vectors: then its entries are those of [`crate::vector`].
    pub vector: Option<Arc<VectorDefinition>>,
    /// What ANALYZE found: how many entries there are, and how many have the same values in the first column, in the
    /// first two, and so on, on average.
    pub statistics: Option<Arc<[f64]>>,
}

impl Index {
    /// Where in a key of the index the value of a column of its table can be read; `None` if nowhere. It can where the
    /// column's affinity leaves no doubt about its class, and its texts compare byte by byte.
    pub fn place_of_value(&self, table: &Table, position: usize) -> Option<usize> {
        let place = self.columns.iter().position(|column| column.column == Some(position))?;
        let affinity = table.columns.get(position)?.affinity;
        let is_bytewise = self.columns[place].collation == Collation::Binary;
        (affinity != Affinity::Blob && is_bytewise).then_some(place)
    }

    /// The positions of the columns of its table that its columns, expressions and condition mention.
    pub fn mentioned_columns(&self, table: &Table) -> Vec<usize> {
        let mut found = Vec::new();
        for position in self.columns.iter().map(|column| column.column).chain([self.filter]).flatten() {
            if position < table.columns.len() {
                found.push(position);
            } else if let Some(expression) = table.expression_at(position) {
                expression.for_each_column(|name| found.extend(table.column(&name.column)));
            }
        }
        found
    }
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexColumn {
    /// The position in a row of the table of the column or of the expression; `None` is the rowid.
    pub column: Option<usize>,
    /// How its texts compare.
    pub collation: Collation,
    /// What its definition calls that.
    pub written_collation: WrittenCollation,
    /// Which way it sorts.
    pub order: Order,
}

/// The index that a statement defines. Expressions that it mentions join those of the table.
pub fn define_index(
    statement: &CreateIndex,
    table: &mut Table,
    space: Space,
    sql: Arc<str>,
) -> Result<Index> {
    check_columns(&statement.columns)?;
    let method = statement.method.as_ref();
    let vector = method.map(|method| define_vector_index(statement, method, table)).transpose()?;
    let mut columns = Vec::with_capacity(statement.columns.len());
    for column in &statement.columns {
        columns.push(index_column(column, table, true)?);
    }
    let filter = statement.filter.as_ref().map(|filter| add_expression(filter, table)).transpose()?;
    Ok(Index {
        name: statement.name.name.to_string(),
        space,
        columns,
        unique: statement.unique,
        on_conflict: None,
        sql,
        origin: IndexOrigin::Statement,
        filter,
        vector: vector.map(Arc::new),
        statistics: None,
    })
}

fn check_columns(columns: &[IndexedColumn]) -> Result<()> {
    if columns.len() > MAX_COLUMNS { Err(Error::sql("too many columns in index")) } else { Ok(()) }
}

/// The columns that a constraint names.
pub(super) fn index_columns(columns: &[IndexedColumn], table: &mut Table) -> Result<Vec<IndexColumn>> {
    check_columns(columns)?;
    columns.iter().map(|column| index_column(column, table, false)).collect()
}

/// An error if a column is encrypted: an index would show what is in it, or in which order.
pub(super) fn check_readable(table: &Table, position: usize) -> Result<()> {
    let column = &table.columns[position];
    if !column.is_encrypted {
        return Ok(());
    }
    Err(Error::sql(format!("encrypted columns may not be indexed: {}.{}", table.name, column.name)))
}

/// The position of an expression in a row.
fn add_expression(expression: &Expression, table: &mut Table) -> Result<usize> {
    let mut checked = Ok(());
    expression.for_each_column(|name| {
        if let (Ok(()), Some(position)) = (&checked, table.column(&name.column)) {
            checked = check_readable(table, position);
        }
    });
    checked?;
    let known = table.expressions.iter().position(|known| known == expression);
    let number = known.unwrap_or_else(|| {
        table.expressions.push(expression.clone());
        table.expressions.len() - 1
    });
    Ok(table.expression_position(number))
}

fn index_column(column: &IndexedColumn, table: &mut Table, of_statement: bool) -> Result<IndexColumn> {
    // Of several collations the one that was written last counts.
    let (mut expression, mut collation, mut collations) = (&column.expression, None, 0);
    while let Expression::Collate(inner, name) = expression {
        collation = collation.or(Some(name));
        collations += 1;
        expression = inner;
    }
    let order = if column.descending { Order::Descending } else { Order::Ascending };
    // A text where a name is expected is that name.
    let is_text =
        |name: &ColumnName| of_statement && name.double_quoted && table.column(&name.column).is_none();
    let name = match expression {
        Expression::Column(name) if name.table.is_none() && !is_text(name) => name.column.clone(),
        // Under more than one collation a text is one.
        Expression::Literal(Value::Text(text)) if collations < 2 || !of_statement => {
            String::from_utf8_lossy(text).into_owned()
        }
        expression if of_statement => {
            let position = add_expression(expression, table)?;
            return Ok(IndexColumn {
                column: Some(position),
                // A column that the expression is made of has no part in it, though comparisons ask for that.
                collation: collation.map_or(Collation::Binary, |name| declared_collation(name)),
                written_collation: collation
                    .map_or_else(Default::default, |name| WrittenCollation::new(name)),
                order,
            });
        }
        _ => return Err(Error::sql("expressions prohibited in PRIMARY KEY and UNIQUE constraints")),
    };
    let Some(position) = table.column(&name) else {
        return Err(Error::sql(format!("no such column: {name}")));
    };
    check_readable(table, position)?;
    let own = &table.columns[position];
    let (collation, written_collation) = match collation {
        Some(name) => (declared_collation(name), WrittenCollation::new(name)),
        None => (own.collation.clone(), own.written_collation.clone()),
    };
    let column = if table.rowid_column == Some(position) { None } else { Some(position) };
    Ok(IndexColumn { column, collation, written_collation, order })
}

/// Whether a name stands for the rowid where no column has it.
pub fn is_rowid_name(name: &str) -> bool {
    ["rowid", "_rowid_", "oid"].iter().any(|rowid| name.eq_ignore_ascii_case(rowid))
}
