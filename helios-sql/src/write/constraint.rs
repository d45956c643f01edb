//! Constraints on one row, in SQLite's order: NOT NULL, types, CHECK, the row's key, unique indexes.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Broken, BrokenRule, Constraint, Error, ErrorKind, Result, Value, ValueRef};

use super::equal_key::is_stored;
use super::row::{RowProgram, Rows};
use super::{Resolution, Writer, resolution};
use crate::ast::ConflictClause;
use crate::catalog::{Index, IndexOrigin, Table, TableColumn};
use crate::chunk::{Chunk, Column};
use crate::exec::{Context, eval};
use crate::func::vector::{StoredVector, stored_vector};
use crate::table::{RowId, entry_row_key, write_entry};

/// A row that is in the way of another.
pub(super) struct Obstacle {
    /// What it is found by.
    pub(super) id: RowId,
    /// The index by which it was found; `None` for the row's own key.
    pub(super) index: Option<usize>,
}

/// The CHECK constraints of a chunk of rows, evaluated.
pub(super) struct Checked(Vec<Arc<Column>>);

impl RowProgram {
    /// Evaluates the CHECK constraints for all rows, unless they have to wait for rowids.
    pub(super) fn check_all(
        &self,
        columns: &[Arc<Column>],
        rows: usize,
        context: &mut Context,
    ) -> Result<Checked> {
        if self.checks_rowid || self.checks.is_empty() {
            return Ok(Checked(Vec::new()));
        }
        let rows = Chunk::new(columns.to_vec(), rows);
        let columns = self.checks.iter().map(|(_, check)| eval::evaluate(check, context, &rows));
        Ok(Checked(columns.collect::<Result<_>>()?))
    }

    /// The CHECK constraint that a row breaks.
    pub(super) fn broken_check(
        &self,
        checked: &Checked,
        rows: &Rows<'_>,
        row: usize,
        id: &RowId,
        context: &mut Context,
    ) -> Result<Option<Error>> {
        let broken = |label: &str| {
            let message = format!("CHECK constraint failed: {label}");
            let rule = BrokenRule::Check(label.to_owned());
            let values = failing_row(rows, row, id);
            let broken = Broken { table: rows.table.name.clone(), rule, values };
            Error::new(ErrorKind::Constraint(Constraint::Check), message).about(broken)
        };
        if self.checks_rowid {
            let chunk = rows.chunk(row, id);
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

/// Whether a column of vectors, or of a STRICT table, takes a value.
pub fn fits_type(column: &TableColumn, value: ValueRef<'_>) -> bool {
    if let Some(dimensions) = column.dimensions {
        return stored_vector(dimensions, value) == StoredVector::Same;
    }
    match (value, column.affinity) {
        (ValueRef::Null, _) => true,
        (_, Affinity::Blob) if column.type_of_values().eq_ignore_ascii_case("ANY") => true,
        (ValueRef::Integer(_), Affinity::Integer)
        | (ValueRef::Real(_), Affinity::Real)
        | (ValueRef::Text(_), Affinity::Text)
        | (ValueRef::Blob(_), Affinity::Blob) => true,
        _ => false,
    }
}

/// An error if a column of vectors, or of a STRICT table, does not take a value.
pub(super) fn check_types(rows: &Rows<'_>, row: usize) -> Result<()> {
    let table = rows.table;
    if !table.checks_types() {
        return Ok(());
    }
    for (position, column) in table.columns.iter().enumerate() {
        if table.rowid_column == Some(position) {
            continue;
        }
        let value = rows.columns[position].get(row);
        if let Some(dimensions) = column.dimensions {
            if let StoredVector::Wrong(why) = stored_vector(dimensions, value) {
                return Err(Error::new(ErrorKind::Data, format!("{}.{}: {why}", table.name, column.name)));
            }
            continue;
        }
        if !table.strict {
            continue;
        }
        let declared = &*column.declared_type;
        if !fits_type(column, value) {
            let given = match value {
                ValueRef::Null => "NULL",
                ValueRef::Integer(_) => "INT",
                ValueRef::Real(_) => "REAL",
                ValueRef::Text(_) => "TEXT",
                ValueRef::Blob(_) => "BLOB",
            };
            let message =
                format!("cannot store {given} value in {declared} column {}.{}", table.name, column.name);
            return Err(Error::new(ErrorKind::Constraint(Constraint::Datatype), message));
        }
    }
    Ok(())
}

/// What is to be done about a CHECK that does not hold: the row is left out, or it is an error.
pub(super) fn check_failed(
    error: Error,
    statement: Option<ConflictClause>,
    writer: &mut Writer<'_>,
) -> Result<()> {
    if resolution(statement, None) == Some(Resolution::Skip) {
        return Ok(());
    }
    writer.outcome.failed_as = statement;
    Err(error)
}

/// The column of a row that is NULL and must not be. Of several, those come last that a default is to fill in, and
/// generated ones.
pub(super) fn missing_value(rows: &Rows<'_>, row: usize, statement: Option<ConflictClause>) -> Option<usize> {
    let columns = rows.table.columns.iter().enumerate();
    let missing = columns.filter(|(position, column)| {
        column.not_null.is_some()
            && rows.table.rowid_column != Some(*position)
            && rows.columns[*position].is_null(row)
    });
    let waits = |column: &TableColumn| {
        let is_filled = resolution(statement, column.not_null) == Some(Resolution::Replace);
        column.generated.is_some() || is_filled && column.default.is_some()
    };
    missing.min_by_key(|(_, column)| waits(column)).map(|(position, _)| position)
}

/// What is to be done about a NULL where none may be: the row with the column's default instead, or no row.
pub(super) fn fill_in(
    program: &RowProgram,
    position: usize,
    (rows, row, id): (&Rows<'_>, usize, &RowId),
    statement: Option<ConflictClause>,
    writer: &mut Writer<'_>,
    context: &mut Context,
) -> Result<Option<Vec<Arc<Column>>>> {
    let column = &rows.table.columns[position];
    let default = column.stored_form(program.default_of(position, context)?);
    match resolution(statement, column.not_null) {
        Some(Resolution::Skip) => Ok(None),
        Some(Resolution::Replace) if !default.is_null() => {
            let one = |(place, values): (usize, &Arc<Column>)| {
                let value: Value =
                    if place == position { default.clone() } else { values.get(row).to_value() };
                Arc::new(Column::constant(value, 1))
            };
            Ok(Some(rows.columns.iter().enumerate().map(one).collect()))
        }
        Some(Resolution::Replace) | None => {
            writer.outcome.failed_as = statement.or(column.not_null);
            let error = not_null_error(rows.table, position);
            let Some(mut broken) = error.broken().cloned() else { return Err(error) };
            broken.values = failing_row(rows, row, id);
            Err(error.about(broken))
        }
    }
}

pub(super) fn not_null_error(table: &Table, position: usize) -> Error {
    let name = &table.columns[position].name;
    Error::new(
        ErrorKind::Constraint(Constraint::NotNull),
        format!("NOT NULL constraint failed: {}.{name}", table.name),
    )
    .about(broken_rule(table, BrokenRule::NotNull(name.to_string())))
}

/// The unique constraints of a table in the order in which SQLite looks at them: the rowid (`None`), then indexes, the
/// newest first, then those that replace rows. The key of a table without rowids (`None` too) is one of the indexes.
/// Targets of ON CONFLICT come before all others, in their order, and the rowid after them.
pub(super) fn constraint_order(
    table: &Table,
    statement: Option<ConflictClause>,
    targets: impl Iterator<Item = Option<usize>>,
) -> Vec<Option<usize>> {
    let replaces = |conflict: Option<ConflictClause>| conflict == Some(ConflictClause::Replace);
    let mut order: Vec<Option<usize>> = targets.collect();
    let key_is_last = order.is_empty() && replaces(table.key_conflict) && !replaces(statement);
    let numbered = table.indexes.iter().enumerate();
    let mut indexes: Vec<(Option<usize>, &Index)> =
        numbered.filter(|(_, index)| index.unique).map(|(number, index)| (Some(number), &**index)).collect();
    if let Some(key) = &table.row_key {
        let older = indexes.iter().take_while(|(_, index)| is_older(index, key)).count();
        indexes.insert(older, (None, key));
    }
    let (last, others): (Vec<_>, Vec<_>) =
        indexes.into_iter().rev().partition(|(_, index)| replaces(index.on_conflict));
    let rowid = |is_here: bool| (is_here && table.has_rowid()).then_some(None);
    let rest = rowid(!key_is_last)
        .into_iter()
        .chain(others.into_iter().chain(last).map(|(constraint, _)| constraint))
        .chain(rowid(key_is_last));
    for constraint in rest {
        if !order.contains(&constraint) {
            order.push(constraint);
        }
    }
    order
}

/// Whether the index of a constraint was made before the key of its table: constraints number theirs.
fn is_older(index: &Index, key: &Index) -> bool {
    let number = |name: &str| name.rsplit('_').next().and_then(|number| number.parse::<usize>().ok());
    index.origin != IndexOrigin::Statement && number(&index.name) < number(&key.name)
}

/// An error if a constraint is broken that was looked at before, up to the one at `passed`: a row that was to make room
/// is there again, because a trigger kept it or put it back.
pub(super) fn check_passed(
    order: &[Option<usize>],
    passed: &mut Option<usize>,
    (table, obstacle): (&Table, &Obstacle),
    writer: &mut Writer<'_>,
) -> Result<()> {
    let place = order.iter().position(|constraint| *constraint == obstacle.index);
    if passed.is_some() && place <= *passed {
        writer.outcome.failed_as = Some(ConflictClause::Abort);
        return Err(unique_error(table, obstacle));
    }
    *passed = place;
    Ok(())
}

/// What happens where a unique constraint does not hold.
pub(super) fn unique_resolution(
    table: &Table,
    obstacle: &Obstacle,
    statement: Option<ConflictClause>,
    writer: &mut Writer<'_>,
) -> Result<Resolution> {
    let own = match obstacle.index {
        Some(number) => table.indexes[number].on_conflict,
        None => table.key_conflict,
    };
    resolution(statement, own).ok_or_else(|| {
        writer.outcome.failed_as = statement.or(own);
        unique_error(table, obstacle)
    })
}

fn unique_error(table: &Table, obstacle: &Obstacle) -> Error {
    let key_error = |constraint: Constraint, message: String| {
        Error::new(ErrorKind::Constraint(constraint), format!("UNIQUE constraint failed: {message}"))
    };
    let error = match (obstacle.index, &table.row_key) {
        (Some(number), _) => return index_error(table, &table.indexes[number]),
        (None, Some(key)) => index_error(table, key),
        (None, None) => match table.rowid_column {
            Some(column) => {
                let name = &table.columns[column].name;
                key_error(Constraint::PrimaryKey, format!("{}.{name}", table.name))
            }
            None => key_error(Constraint::Rowid, format!("{}.rowid", table.name)),
        },
    };
    error.about(broken_rule(table, BrokenRule::Key))
}

/// An error about a row in the way of another, with the values that both have.
pub(super) fn with_values(
    error: Error,
    obstacle: &Obstacle,
    (rows, row, id): (&Rows<'_>, usize, &RowId),
) -> Error {
    let Some(mut broken) = error.broken().cloned() else { return error };
    let columns = match (obstacle.index, &rows.table.row_key) {
        (Some(number), _) => &rows.table.indexes[number].columns,
        (None, Some(key)) => &key.columns,
        (None, None) => {
            broken.values = vec![shown(rows.value(row, id, None))];
            return error.about(broken);
        }
    };
    broken.values = columns.iter().map(|column| shown(rows.value(row, id, column.column))).collect();
    error.about(broken)
}

/// The values of a row that breaks a constraint, in the order of its columns, as PostgreSQL's messages tell them; nothing
/// where one is not known yet, or not to be told.
fn failing_row(rows: &Rows<'_>, row: usize, id: &RowId) -> Vec<String> {
    let columns = &rows.table.columns;
    let told = |(position, column): (usize, &TableColumn)| {
        if column.is_encrypted || column.is_virtual() {
            return None;
        }
        let value = rows.value(row, id, Some(position));
        let is_truth = ["bool", "boolean"].iter().any(|name| column.declared_type.eq_ignore_ascii_case(name));
        let text = match value {
            ValueRef::Integer(0) if is_truth => "f".to_owned(),
            ValueRef::Integer(_) if is_truth => "t".to_owned(),
            value => shown(value),
        };
        Some(match text.char_indices().nth(MOST_TOLD) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        })
    };
    columns.iter().enumerate().map(told).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// So many letters of a value are told.
const MOST_TOLD: usize = 64;

/// A value as a message tells it.
pub(super) fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Blob(bytes) => {
            bytes.iter().fold("\\x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
        }
        value => match Affinity::Text.apply(value.to_value()) {
            Value::Text(text) => String::from_utf8_lossy(&text).into_owned(),
            _ => String::new(),
        },
    }
}

pub(super) fn broken_rule(table: &Table, rule: BrokenRule) -> Broken {
    Broken { table: table.name.clone(), rule, values: Vec::new() }
}

/// SQLite's error about two rows with the same values of a unique index.
pub fn index_error(table: &Table, index: &Index) -> Error {
    let names: Option<Vec<&str>> = index.columns.iter().map(|column| table.name_at(column.column)).collect();
    let constraint = match index.origin {
        IndexOrigin::PrimaryKey => Constraint::PrimaryKey,
        IndexOrigin::Statement | IndexOrigin::Unique => Constraint::Unique,
    };
    let what = match names {
        Some(names) => {
            names.iter().map(|name| format!("{}.{name}", table.name)).collect::<Vec<_>>().join(", ")
        }
        None => format!("index '{}'", index.name),
    };
    Error::new(ErrorKind::Constraint(constraint), format!("UNIQUE constraint failed: {what}"))
        .about(broken_rule(table, BrokenRule::Index(index.name.clone())))
}

impl Writer<'_> {
    /// The first row in the way of a row, looking at unique constraints in `order`. `instead_of` is the row that it
    /// replaces; `has_new_key` says whether its own key is one that another row may have.
    pub(super) fn obstacle(
        &mut self,
        order: &[Option<usize>],
        (rows, row): (&Rows<'_>, usize),
        id: &RowId,
        has_new_key: bool,
        instead_of: Option<&RowId>,
    ) -> Result<Option<Obstacle>> {
        self.forget_disturbed();
        for &index in order {
            let other = match index {
                Some(number) => self.row_with_entry(&rows.table.indexes[number], rows, row, id)?,
                None if has_new_key => self.row_with_key(rows, row, id)?,
                None => None,
            };
            if let Some(other) = other
                && Some(&other) != instead_of
            {
                return Ok(Some(Obstacle { id: other, index }));
            }
        }
        Ok(None)
    }

    /// The row that has the same key.
    fn row_with_key(&mut self, rows: &Rows<'_>, row: usize, id: &RowId) -> Result<Option<RowId>> {
        let (table, columns) = (rows.table, rows.table.row_columns());
        if is_stored(columns) {
            return Ok(self.row_exists(table, id)?.then(|| id.clone()));
        }
        let other = self.equal_entry(table.space, columns, |column| rows.value(row, id, column))?;
        other.map(|(key, _)| RowId::of_key(table, &key)).transpose()
    }

    /// The row that has the same unique values.
    fn row_with_entry(
        &self,
        index: &Index,
        rows: &Rows<'_>,
        row: usize,
        id: &RowId,
    ) -> Result<Option<RowId>> {
        if !rows.is_in(index, row) {
            return Ok(None);
        }
        let mut entry = Vec::with_capacity(32);
        if !write_entry(index, id, |column| rows.value(row, id, column), &mut entry) {
            return Ok(None);
        }
        if !is_stored(&index.columns) {
            let other =
                self.equal_entry(index.space, &index.columns, |column| rows.value(row, id, column))?;
            let other =
                other.as_ref().map(|(key, payload)| entry_row_key(index, key, payload)).transpose()?;
            return other.map(|key| RowId::of_key(rows.table, key)).transpose();
        }
        let mut other = None;
        self.site.reader.get(index.space, &entry, &mut |version| {
            let key = entry_row_key(index, &entry, version.payload);
            other = Some(key.and_then(|key| RowId::of_key(rows.table, key)));
        })?;
        other.transpose()
    }
}
