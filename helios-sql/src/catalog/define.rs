//! From CREATE TABLE to a [`Table`].

use std::sync::Arc;

use helios_core::value::{Affinity, Collation};
use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::index::{collation_named, index_columns};
use super::{Check, Index, IndexColumn, IndexOrigin, Table, TableColumn};
use crate::ast::{
    ColumnConstraint, ColumnDefinition, ConflictClause, CreateTable, Expression, IndexedColumn,
    TableConstraint,
};

/// The table that a statement defines. Indexes of its constraints have no space yet.
pub fn define_table(statement: &CreateTable, sql: Arc<str>, space: Space) -> Result<Table> {
    for (given, what) in [
        (statement.without_rowid, "WITHOUT ROWID tables are"),
        (statement.strict, "STRICT tables are"),
        (statement.temporary, "temporary tables are"),
    ] {
        if given {
            return Err(Error::sql(format!("{what} not supported")));
        }
    }
    let mut table = Table {
        name: statement.name.name.clone(),
        space,
        columns: Vec::new(),
        rowid_column: None,
        rowid_conflict: None,
        primary_key: Vec::new(),
        autoincrement: false,
        indexes: Vec::new(),
        checks: Vec::new(),
        sql,
    };
    for definition in &statement.columns {
        if table.column(&definition.name).is_some() {
            return Err(Error::sql(format!("duplicate column name: {}", definition.name)));
        }
        table.columns.push(define_column(definition)?);
    }
    for (position, definition) in statement.columns.iter().enumerate() {
        for constraint in &definition.constraints {
            add_column_constraint(&mut table, position, constraint)?;
        }
    }
    for constraint in &statement.constraints {
        add_table_constraint(&mut table, constraint)?;
    }
    Ok(table)
}

fn define_column(definition: &ColumnDefinition) -> Result<TableColumn> {
    let mut column = TableColumn {
        name: definition.name.as_str().into(),
        declared_type: definition.declared_type.as_str().into(),
        affinity: Affinity::of_declared_type(&definition.declared_type),
        collation: Collation::Binary,
        not_null: None,
        default: None,
        declared_not_null: false,
    };
    for constraint in &definition.constraints {
        match constraint {
            ColumnConstraint::NotNull { on_conflict } => {
                column.not_null = Some(on_conflict.unwrap_or(ConflictClause::Abort));
                column.declared_not_null = true;
            }
            ColumnConstraint::Default { value, text } => {
                if !is_constant(value) {
                    return Err(Error::sql(format!(
                        "default value of column [{}] is not constant",
                        column.name
                    )));
                }
                column.default = Some((value.clone(), text.clone()));
            }
            ColumnConstraint::Collate(name) => column.collation = collation_named(name)?,
            ColumnConstraint::Generated { .. } => {
                return Err(Error::sql("generated columns are not supported"));
            }
            ColumnConstraint::PrimaryKey { .. }
            | ColumnConstraint::Null
            | ColumnConstraint::Unique { .. }
            | ColumnConstraint::Check { .. }
            | ColumnConstraint::References(_) => {}
        }
    }
    Ok(column)
}

/// Whether a DEFAULT mentions no column and no query.
fn is_constant(expression: &Expression) -> bool {
    match expression {
        Expression::Literal(_) | Expression::Current(_) => true,
        Expression::Column(name) => {
            name.table.is_none()
                && (name.double_quoted
                    || ["true", "false"].iter().any(|word| name.column.eq_ignore_ascii_case(word)))
        }
        Expression::Unary(_, operand) | Expression::Collate(operand, _) | Expression::Cast(operand, _) => {
            is_constant(operand)
        }
        Expression::Binary(_, left, right) => is_constant(left) && is_constant(right),
        Expression::Function(call) => match &call.arguments {
            crate::ast::Arguments::Star => false,
            crate::ast::Arguments::List { values, .. } => values.iter().all(is_constant),
        },
        Expression::Case { operand, branches, otherwise } => {
            operand.iter().chain(otherwise).all(|expression| is_constant(expression))
                && branches.iter().all(|(condition, value)| is_constant(condition) && is_constant(value))
        }
        _ => false,
    }
}

fn add_column_constraint(table: &mut Table, position: usize, constraint: &ColumnConstraint) -> Result<()> {
    match constraint {
        ColumnConstraint::PrimaryKey { descending, autoincrement, on_conflict } => {
            let integer =
                table.columns[position].declared_type.eq_ignore_ascii_case("INTEGER") && !descending;
            add_primary_key(table, vec![column_of(table, position)], *autoincrement, integer, *on_conflict)
        }
        ColumnConstraint::Unique { on_conflict } => {
            add_index(table, vec![column_of(table, position)], IndexOrigin::Unique, *on_conflict)
        }
        ColumnConstraint::Check { name, expression, text } => {
            table.checks.push(Check { label: label(name, text), expression: expression.clone() });
            Ok(())
        }
        ColumnConstraint::NotNull { .. }
        | ColumnConstraint::Null
        | ColumnConstraint::Default { .. }
        | ColumnConstraint::Collate(_)
        | ColumnConstraint::References(_)
        | ColumnConstraint::Generated { .. } => Ok(()),
    }
}

fn label(name: &Option<String>, text: &str) -> String {
    name.clone().unwrap_or_else(|| text.to_owned())
}

fn column_of(table: &Table, position: usize) -> IndexColumn {
    let collation = table.columns[position].collation;
    IndexColumn { column: Some(position), collation, order: Default::default() }
}

fn add_table_constraint(table: &mut Table, constraint: &TableConstraint) -> Result<()> {
    match constraint {
        TableConstraint::PrimaryKey { columns, autoincrement, on_conflict } => {
            let key = constraint_columns(columns, table)?;
            let integer = match key[..] {
                [IndexColumn { column: Some(position), .. }] => {
                    table.columns[position].declared_type.eq_ignore_ascii_case("INTEGER")
                }
                _ => false,
            };
            add_primary_key(table, key, *autoincrement, integer, *on_conflict)
        }
        TableConstraint::Unique { columns, on_conflict } => {
            let key = constraint_columns(columns, table)?;
            add_index(table, key, IndexOrigin::Unique, *on_conflict)
        }
        TableConstraint::Check { name, expression, text } => {
            table.checks.push(Check { label: label(name, text), expression: expression.clone() });
            Ok(())
        }
        TableConstraint::ForeignKey { columns, .. } => {
            match columns.iter().find(|name| table.column(name).is_none()) {
                Some(name) => Err(Error::sql(format!("unknown column \"{name}\" in foreign key definition"))),
                None => Ok(()),
            }
        }
    }
}

fn constraint_columns(columns: &[IndexedColumn], table: &Table) -> Result<Vec<IndexColumn>> {
    index_columns(columns, table)
}

fn add_primary_key(
    table: &mut Table,
    key: Vec<IndexColumn>,
    autoincrement: bool,
    integer: bool,
    on_conflict: Option<ConflictClause>,
) -> Result<()> {
    if !table.primary_key.is_empty() {
        return Err(Error::sql(format!("table \"{}\" has more than one primary key", table.name)));
    }
    table.primary_key = key.iter().filter_map(|column| column.column).collect();
    if let (true, [IndexColumn { column: Some(position), .. }]) = (integer, &key[..]) {
        table.rowid_column = Some(*position);
        for index in &mut table.indexes {
            name_rowid(&mut Arc::make_mut(index).columns, Some(*position));
        }
        table.rowid_conflict = on_conflict;
        table.autoincrement = autoincrement;
        return Ok(());
    }
    if autoincrement {
        return Err(Error::sql("AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY"));
    }
    add_index(table, key, IndexOrigin::PrimaryKey, on_conflict)
}

/// Calls the column that is the rowid that in an index.
fn name_rowid(columns: &mut [IndexColumn], rowid_column: Option<usize>) {
    for column in columns.iter_mut().filter(|column| column.column == rowid_column) {
        column.column = None;
    }
}

/// Adds the index of a constraint, unless an earlier constraint says the same.
fn add_index(
    table: &mut Table,
    mut columns: Vec<IndexColumn>,
    origin: IndexOrigin,
    on_conflict: Option<ConflictClause>,
) -> Result<()> {
    name_rowid(&mut columns, table.rowid_column);
    let same = |index: &Arc<Index>| {
        index.columns.len() == columns.len()
            && index
                .columns
                .iter()
                .zip(&columns)
                .all(|(a, b)| a.column == b.column && a.collation == b.collation)
    };
    if let Some(known) = table.indexes.iter_mut().find(|index| same(index)) {
        let known = Arc::make_mut(known);
        if let (Some(a), Some(b)) = (known.on_conflict, on_conflict)
            && a != b
        {
            return Err(Error::sql("conflicting ON CONFLICT clauses specified"));
        }
        known.on_conflict = known.on_conflict.or(on_conflict);
        if origin == IndexOrigin::PrimaryKey {
            known.origin = origin;
        }
        return Ok(());
    }
    let name = format!("sqlite_autoindex_{}_{}", table.name, table.indexes.len() + 1);
    table.indexes.push(Arc::new(Index { name, space: Space(0), columns, unique: true, on_conflict, origin }));
    Ok(())
}
