//! From CREATE TABLE and CREATE VIEW to a [`Table`].

use std::sync::Arc;

use helios_core::value::{Affinity, Number};
use helios_core::versioned::Space;
use helios_core::{Error, Result, Value};

use super::collation::{WrittenCollation, declared_collation};
use super::index::{check_readable, index_columns};
use super::sealed::without_encrypted;
use super::{
    Check, Generated, Index, IndexColumn, IndexOrigin, MAX_COLUMNS, Reference, Table, TableColumn,
    ViewDefinition,
};
use crate::ast::{
    ColumnConstraint, ColumnDefinition, ConflictClause, CreateTable, CreateView, CreateVirtualTable,
    Expression, TableConstraint, UnaryOperator,
};
use crate::func::vector::declared_dimensions;
use crate::module::Definition;

/// The types that a column of a STRICT table may have.
const STRICT_TYPES: [&str; 6] = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"];

/// The view that a statement defines. What its query mentions is looked up when it is used.
pub fn define_view(statement: &CreateView, sql: Arc<str>) -> Table {
    let definition = ViewDefinition { columns: statement.columns.clone(), select: statement.select.clone() };
    Table { view: Some(Arc::new(definition)), ..Table::new(&statement.name.name, Space(0), sql) }
}

/// The virtual table that a statement defines.
pub fn define_virtual(statement: &CreateVirtualTable, sql: Arc<str>, space: Space) -> Table {
    let definition = Definition {
        module: statement.module.clone(),
        table: statement.name.name.to_string(),
        arguments: statement.arguments.clone(),
        space,
    };
    Table { module: Some(Arc::new(definition)), ..Table::new(&statement.name.name, space, sql) }
}

/// The table that a statement defines. Indexes of its constraints have no space yet.
pub fn define_table(statement: &CreateTable, sql: Arc<str>, space: Space) -> Result<Table> {
    let mut table = Table { strict: statement.strict, ..Table::new(&statement.name.name, space, sql) };
    for definition in &statement.columns {
        if table.column(&definition.name).is_some() {
            return Err(Error::sql(format!("duplicate column name: {}", definition.name)));
        }
        if table.columns.len() == MAX_COLUMNS {
            return Err(Error::sql(format!("too many columns on {}", table.name)));
        }
        table.columns.push(define_column(definition, &table)?);
    }
    if !table.columns.is_empty() && table.columns.iter().all(|column| column.generated.is_some()) {
        return Err(Error::sql("must have at least one non-generated column"));
    }
    let mut definer = Definer { table, without_rowid: statement.without_rowid, key_comes_last: false };
    for (position, definition) in statement.columns.iter().enumerate() {
        for constraint in &definition.constraints {
            definer.add_column_constraint(position, constraint)?;
        }
    }
    for constraint in &statement.constraints {
        definer.add_table_constraint(constraint)?;
    }
    let Definer { mut table, key_comes_last, .. } = definer;
    if let (true, Some(key)) = (key_comes_last, &mut table.row_key) {
        Arc::make_mut(key).name = format!("sqlite_autoindex_{}_{}", table.name, table.indexes.len() + 1);
    }
    if statement.without_rowid && table.row_key.is_none() {
        return Err(Error::sql(format!("PRIMARY KEY missing on table {}", table.name)));
    }
    if statement.without_rowid || table.strict {
        let key = table.primary_key.clone();
        for column in key.into_iter().filter(|column| table.rowid_column != Some(*column)) {
            table.columns[column].not_null.get_or_insert(ConflictClause::Abort);
        }
    }
    Ok(table)
}

fn define_column(definition: &ColumnDefinition, table: &Table) -> Result<TableColumn> {
    let (declared_type, is_encrypted) = without_encrypted(&definition.declared_type);
    let mut column = TableColumn {
        declared_type: definition.declared_type.as_str().into(),
        told_type: definition.told_type.as_deref().map(Into::into),
        dimensions: declared_dimensions(declared_type)?,
        is_encrypted,
        affinity: Affinity::of_declared_type(declared_type),
        ..TableColumn::untyped(&definition.name)
    };
    if column.dimensions.is_some() {
        column.affinity = Affinity::Blob;
    }
    if table.strict {
        let place = format!("{}.{}", table.name, column.name);
        if declared_type.is_empty() {
            return Err(Error::sql(format!("missing datatype for {place}")));
        }
        let is_known = STRICT_TYPES.iter().any(|known| known.eq_ignore_ascii_case(declared_type));
        if !is_known && column.dimensions.is_none() {
            return Err(Error::sql(format!("unknown datatype for {place}: \"{declared_type}\"")));
        }
        if declared_type.eq_ignore_ascii_case("ANY") {
            column.affinity = Affinity::Blob;
        }
    }
    for constraint in &definition.constraints {
        match constraint {
            ColumnConstraint::NotNull { on_conflict } => {
                column.not_null = Some(on_conflict.unwrap_or(ConflictClause::Abort));
            }
            ColumnConstraint::Default { value, text } => {
                if !is_constant(value) {
                    return Err(Error::sql(format!(
                        "default value of column [{}] is not constant",
                        column.name
                    )));
                }
                if column.generated.is_some() {
                    return Err(Error::sql("cannot use DEFAULT on a generated column"));
                }
                column.missing = constant_value(value).map_or(Value::Null, |value| column.stored_form(value));
                column.default = Some((value.clone(), text.clone()));
            }
            ColumnConstraint::Collate(name) => {
                column.collation = declared_collation(name);
                column.written_collation = WrittenCollation::new(name);
            }
            ColumnConstraint::Generated { expression, stored } => {
                if column.default.is_some() {
                    return Err(Error::sql(format!("error in generated column \"{}\"", column.name)));
                }
                column.generated = Some(Generated { expression: expression.clone(), stored: *stored });
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

/// The value of a DEFAULT that is the same at all times; `None` for others.
pub fn constant_value(expression: &Expression) -> Option<Value> {
    match expression {
        Expression::Literal(value) => Some(value.clone()),
        Expression::Unary(UnaryOperator::Plus, operand) => constant_value(operand),
        Expression::Unary(UnaryOperator::Negate, operand) => {
            Some(match constant_value(operand)?.as_ref().to_number() {
                None => Value::Null,
                Some(Number::Integer(value)) => {
                    value.checked_neg().map_or(Value::Real(-(value as f64)), Value::Integer)
                }
                Some(Number::Real(value)) => Value::Real(-value),
            })
        }
        Expression::Cast(operand, declared_type) => {
            Some(Affinity::of_cast(declared_type).cast(constant_value(operand)?.as_ref()))
        }
        Expression::InList { .. } => expression.truth_of_empty_list().map(Value::boolean),
        Expression::Column(name) if name.table.is_none() => match name.column.to_ascii_lowercase().as_str() {
            "true" if !name.double_quoted => Some(Value::Integer(1)),
            "false" if !name.double_quoted => Some(Value::Integer(0)),
            _ => name.double_quoted.then(|| name.column.as_str().into()),
        },
        _ => None,
    }
}

/// The generated columns of a table in an order in which each comes after those that it mentions.
///
/// # Errors
/// SQLite's, where columns mention each other in a circle.
pub fn generated_order(table: &Table) -> Result<Vec<usize>> {
    let mut order = Vec::new();
    let mut open: Vec<usize> =
        (0..table.columns.len()).filter(|position| table.columns[*position].generated.is_some()).collect();
    while !open.is_empty() {
        let waits = |position: &usize| {
            let mut waits = false;
            if let Some(generated) = &table.columns[*position].generated {
                generated.expression.for_each_column(|name| {
                    waits |= table.column(&name.column).is_some_and(|column| open.contains(&column));
                });
            }
            waits
        };
        let (later, ready): (Vec<usize>, Vec<usize>) = open.iter().partition(|position| waits(position));
        if ready.is_empty() {
            let name = &table.columns[later[later.len() - 1]].name;
            return Err(Error::sql(format!("generated column loop on \"{name}\"")));
        }
        order.extend(ready);
        open = later;
    }
    Ok(order)
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
        Expression::IsNull { operand, .. } => is_constant(operand),
        Expression::Binary(_, left, right) => is_constant(left) && is_constant(right),
        Expression::Between { operand, low, high, .. } => {
            is_constant(operand) && is_constant(low) && is_constant(high)
        }
        Expression::Pattern { operand, pattern, escape, .. } => {
            is_constant(operand) && is_constant(pattern) && escape.iter().all(|escape| is_constant(escape))
        }
        Expression::InList { operand, list, .. } => is_constant(operand) && list.iter().all(is_constant),
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

/// What messages call a CHECK constraint: its name or its text. SQLite takes a text that begins with a quote for a quoted
/// name.
fn label(name: &Option<String>, text: &str) -> String {
    let quoted = || -> Option<String> {
        let open = text.chars().next().filter(|first| matches!(first, '"' | '\'' | '[' | '`'))?;
        let close = if open == '[' { ']' } else { open };
        let mut name = String::new();
        let mut letters = text.chars().skip(1).peekable();
        while let Some(letter) = letters.next() {
            if letter == close && letters.next_if_eq(&close).is_none() {
                break;
            }
            name.push(letter);
        }
        Some(name)
    };
    name.clone().or_else(quoted).unwrap_or_else(|| text.to_owned())
}

/// A table that is being defined.
struct Definer {
    table: Table,
    without_rowid: bool,
    /// The index of an INTEGER PRIMARY KEY without rowids is made after all others.
    key_comes_last: bool,
}

impl Definer {
    fn add_column_constraint(&mut self, position: usize, constraint: &ColumnConstraint) -> Result<()> {
        let table = &mut self.table;
        match constraint {
            ColumnConstraint::PrimaryKey { descending, autoincrement, on_conflict, .. } => {
                let is_integer = table.columns[position].declared_type.eq_ignore_ascii_case("INTEGER");
                let mut key = self.column_key(position);
                if *descending {
                    key[0].order = helios_core::encoding::key::Order::Descending;
                }
                self.add_primary_key(key, *autoincrement, is_integer && !descending, *on_conflict)
            }
            ColumnConstraint::Unique { on_conflict, .. } => {
                let key = self.column_key(position);
                self.add_index(key, IndexOrigin::Unique, *on_conflict)
            }
            ColumnConstraint::Check { name, expression, text } => {
                table.checks.push(Check { label: label(name, text), expression: expression.clone() });
                Ok(())
            }
            ColumnConstraint::References(key) => {
                let reference = Reference::define(table, vec![position], key, true)?;
                table.references.push(Arc::new(reference));
                Ok(())
            }
            ColumnConstraint::NotNull { .. }
            | ColumnConstraint::Null
            | ColumnConstraint::Default { .. }
            | ColumnConstraint::Collate(_)
            | ColumnConstraint::Generated { .. } => Ok(()),
        }
    }

    fn column_key(&self, position: usize) -> Vec<IndexColumn> {
        let TableColumn { collation, written_collation, .. } = &self.table.columns[position];
        vec![IndexColumn {
            column: Some(position),
            collation: collation.clone(),
            written_collation: written_collation.clone(),
            order: Default::default(),
        }]
    }

    fn add_table_constraint(&mut self, constraint: &TableConstraint) -> Result<()> {
        let table = &mut self.table;
        match constraint {
            TableConstraint::PrimaryKey { columns, autoincrement, on_conflict, .. } => {
                let key = index_columns(columns, table)?;
                let integer = match key[..] {
                    [IndexColumn { column: Some(position), .. }] => {
                        table.columns[position].declared_type.eq_ignore_ascii_case("INTEGER")
                    }
                    _ => false,
                };
                self.add_primary_key(key, *autoincrement, integer, *on_conflict)
            }
            TableConstraint::Unique { columns, on_conflict, .. } => {
                let key = index_columns(columns, table)?;
                self.add_index(key, IndexOrigin::Unique, *on_conflict)
            }
            TableConstraint::Check { name, expression, text } => {
                table.checks.push(Check { label: label(name, text), expression: expression.clone() });
                Ok(())
            }
            TableConstraint::ForeignKey { columns, references } => {
                let mut positions = Vec::with_capacity(columns.len());
                for name in columns {
                    positions.push(table.column(name).ok_or_else(|| {
                        Error::sql(format!("unknown column \"{name}\" in foreign key definition"))
                    })?);
                }
                let reference = Reference::define(table, positions, references, false)?;
                table.references.push(Arc::new(reference));
                Ok(())
            }
        }
    }

    fn add_primary_key(
        &mut self,
        mut key: Vec<IndexColumn>,
        autoincrement: bool,
        integer: bool,
        on_conflict: Option<ConflictClause>,
    ) -> Result<()> {
        let table = &mut self.table;
        for position in key.iter().filter_map(|column| column.column) {
            check_readable(table, position)?;
        }
        if !table.primary_key.is_empty() {
            return Err(Error::sql(format!("table \"{}\" has more than one primary key", table.name)));
        }
        table.primary_key = key.iter().filter_map(|column| column.column).collect();
        if table.primary_key.iter().any(|position| table.columns[*position].generated.is_some()) {
            return Err(Error::sql("generated columns cannot be part of the PRIMARY KEY"));
        }
        if autoincrement && self.without_rowid {
            return Err(Error::sql("AUTOINCREMENT not allowed on WITHOUT ROWID tables"));
        }
        if self.without_rowid {
            let mut seen = Vec::new();
            key.retain(|column| {
                let is_new = !seen.contains(&column.column);
                seen.push(column.column);
                is_new
            });
            table.primary_key = key.iter().filter_map(|column| column.column).collect();
            table.key_conflict = on_conflict;
            self.key_comes_last = integer;
            let mut name = format!("sqlite_autoindex_{}_{}", table.name, table.indexes.len() + 1);
            // A UNIQUE constraint that says the same becomes the key, in its own order.
            if let Some(position) = table.indexes.iter().position(|index| same_columns(&index.columns, &key))
            {
                let index = table.indexes.remove(position);
                name.clone_from(&index.name);
                key.clone_from(&index.columns);
                table.key_conflict = merged(index.on_conflict, on_conflict)?;
            }
            table.row_key = Some(Arc::new(Index {
                sql: "".into(),
                name,
                space: table.space,
                columns: key,
                unique: true,
                on_conflict: table.key_conflict,
                origin: IndexOrigin::PrimaryKey,
                filter: None,
                vector: None,
                statistics: None,
            }));
            return Ok(());
        }
        if let (true, [IndexColumn { column: Some(position), .. }]) = (integer, &key[..]) {
            table.rowid_column = Some(*position);
            for index in &mut table.indexes {
                name_rowid(&mut Arc::make_mut(index).columns, Some(*position));
            }
            table.key_conflict = on_conflict;
            table.autoincrement = autoincrement;
            return Ok(());
        }
        if autoincrement {
            return Err(Error::sql("AUTOINCREMENT is only allowed on an INTEGER PRIMARY KEY"));
        }
        self.add_index(key, IndexOrigin::PrimaryKey, on_conflict)
    }

    /// Adds the index of a constraint, unless an earlier constraint says the same.
    fn add_index(
        &mut self,
        mut columns: Vec<IndexColumn>,
        origin: IndexOrigin,
        on_conflict: Option<ConflictClause>,
    ) -> Result<()> {
        let table = &mut self.table;
        for position in columns.iter().filter_map(|column| column.column) {
            check_readable(table, position)?;
        }
        name_rowid(&mut columns, table.rowid_column);
        if table.row_key.as_ref().is_some_and(|key| same_columns(&key.columns, &columns)) {
            table.key_conflict = merged(table.key_conflict, on_conflict)?;
            return Ok(());
        }
        if let Some(index) = table.indexes.iter_mut().find(|index| same_columns(&index.columns, &columns)) {
            let index = Arc::make_mut(index);
            if origin == IndexOrigin::PrimaryKey {
                index.origin = origin;
            }
            index.on_conflict = merged(index.on_conflict, on_conflict)?;
            return Ok(());
        }
        // The rows of a table without rowids are its first index.
        let number = table.indexes.len() + 1 + usize::from(table.row_key.is_some() && !self.key_comes_last);
        let name = format!("sqlite_autoindex_{}_{number}", table.name);
        table.indexes.push(Arc::new(Index {
            sql: "".into(),
            name,
            space: Space(0),
            columns,
            unique: true,
            on_conflict,
            origin,
            filter: None,
            vector: None,
            statistics: None,
        }));
        Ok(())
    }
}

/// Whether two constraints are about the same columns, compared in the same way.
fn same_columns(known: &[IndexColumn], columns: &[IndexColumn]) -> bool {
    known.len() == columns.len()
        && known.iter().zip(columns).all(|(a, b)| a.column == b.column && a.collation == b.collation)
}

/// What two constraints that say the same do on a conflict.
fn merged(known: Option<ConflictClause>, other: Option<ConflictClause>) -> Result<Option<ConflictClause>> {
    match (known, other) {
        (Some(a), Some(b)) if a != b => Err(Error::sql("conflicting ON CONFLICT clauses specified")),
        (a, b) => Ok(a.or(b)),
    }
}

/// Calls the column that is the rowid that in an index.
fn name_rowid(columns: &mut [IndexColumn], rowid_column: Option<usize>) {
    if rowid_column.is_some() {
        for column in columns.iter_mut().filter(|column| column.column == rowid_column) {
            column.column = None;
        }
    }
}
