//! ALTER TABLE in PostgreSQL's dialect: columns and constraints change, come and go.
//!
//! What only changes what is said of rows changes the definition, after the rows that there are were looked at. What
//! changes the rows themselves makes them anew ([`super::remake`]).

use std::sync::Arc;

use helios_core::encoding::record::Record;
use helios_core::storage::{Direction, KeyRange};
use helios_core::{Broken, BrokenRule, Constraint, Error, ErrorKind, Result};

use super::super::Session;
use super::super::postgres::ConstraintKind;
use super::super::transaction::Failure;
use super::constraints::{change_constraints, column_name, constraint_mentions, expression_mentions, picked};
use super::definition::{Definition, default_of};
use super::quoted;
use crate::ast::{ColumnConstraint, Drop, Expression, ObjectName, TableAction, TableConstraint};
use crate::catalog::{IndexOrigin, ObjectKind, Table, define_table};
use crate::parse::told_of_type;
use crate::types::{BaseType, SqlType};

impl Session {
    /// Does what ALTER TABLE says, one after the other.
    pub(super) fn alter_by_actions(&mut self, name: &str, actions: &[TableAction]) -> Result<(), Failure> {
        self.about_to_write()?;
        for action in actions {
            let catalog = self.current_catalog()?;
            let Some(table) = catalog.table(name).cloned() else { return Ok(()) };
            if table.view.is_some() || table.module.is_some() {
                return Err(wrong_kind(&table).into());
            }
            self.alter_by_action(&table, action)?;
        }
        Ok(())
    }

    /// Whether a row does not have a value for each column: what it does not have is the column's default.
    fn has_short_rows(&mut self, table: &Table) -> Result<bool> {
        let (reader, _) = self.current_reader()?;
        let guard = reader.scan(table.space);
        let mut cursor = guard.cursor(KeyRange::ALL, Direction::Forward)?;
        while cursor.advance()? {
            let mut record = Record::open(cursor.version().payload)?;
            if record.layout() != table.layouts.newest() {
                return Ok(true);
            }
            let mut values = 0;
            while record.next_value()?.is_some() {
                values += 1;
            }
            if values < table.columns.len() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn alter_by_action(&mut self, table: &Arc<Table>, action: &TableAction) -> Result<(), Failure> {
        let mut definition = Definition::of(&table.sql)?;
        match action {
            TableAction::Nothing => {}
            TableAction::AddColumn { text, if_not_exists } => {
                self.add_postgres_column(table, definition, text, *if_not_exists)?;
            }
            TableAction::DropColumn { name, if_exists, cascades } => {
                if table.column(name).is_none() && *if_exists {
                    return Ok(());
                }
                position_of(table, name)?;
                self.drop_postgres_column(table, definition, name, *cascades)?;
            }
            TableAction::SetDefault { column, default } => {
                position_of(table, column)?;
                let default = default.as_deref().map(default_of).transpose()?.flatten();
                if let Some(ColumnConstraint::Default { text, .. }) = &default {
                    self.meet_sequence(&table.name, &column.as_str().into(), "", text)?;
                }
                if let Some(piece) = definition.column(column) {
                    piece.change(|column| {
                        column.constraints.retain(|it| !matches!(it, ColumnConstraint::Default { .. }));
                        column.constraints.extend(default);
                    })?;
                }
                // Rows from before the column was added have its default as it was.
                match self.has_short_rows(table)? {
                    true => self.remake(table, &definition, &[])?,
                    false => self.redefine(table, &definition)?,
                }
            }
            TableAction::SetNotNull { column, not_null } => {
                let position = position_of(table, column)?;
                if !not_null && table.primary_key.contains(&position) {
                    return Err(Error::sql(format!("column \"{column}\" is in a primary key")).into());
                }
                set_not_null(&mut definition, column, *not_null)?;
                self.redefine(table, &definition)?;
                if *not_null {
                    self.check_rows(table)?;
                }
            }
            TableAction::SetType { column, declared_type, name, using } => {
                let position = position_of(table, column)?;
                self.set_type(table, definition, position, (declared_type, name), using.as_deref())?;
            }
            TableAction::AddConstraint(text) => self.add_constraint(table, definition, text)?,
            TableAction::DropConstraint { name, if_exists, cascades } => {
                self.drop_constraint(table, definition, name, (*if_exists, *cascades))?;
            }
            TableAction::RenameConstraint { from, to } => {
                let known = self.named_constraints(table)?;
                let found = known.iter().find(|constraint| constraint.name == *from);
                let found = found.ok_or_else(|| no_constraint(table, from))?;
                if known.iter().any(|constraint| constraint.name == *to) {
                    return Err(taken(table, to).into());
                }
                change_constraints(&mut definition, picked(found.kind, &found.columns), Some(to))?;
                definition.rename_comment(from, to);
                self.redefine(table, &definition)?;
            }
        }
        Ok(())
    }

    fn add_postgres_column(
        &mut self,
        table: &Arc<Table>,
        mut definition: Definition,
        text: &str,
        if_not_exists: bool,
    ) -> Result<()> {
        let known = definition.columns.len();
        // The name of a sequence of its own begins with the table's.
        let own = |start: &str| format!("(nextval('{start}_");
        let text = &text.replace(&own(""), &own(&table.name.replace('\'', "''")));
        definition.add_column(text)?;
        let Some(added) = definition.columns.get(known).map(|piece| piece.tree.clone()) else {
            return Ok(());
        };
        if table.column(&added.name).is_some() {
            return match if_not_exists {
                true => Ok(()),
                false => Err(Error::sql(format!(
                    "column \"{}\" of relation \"{}\" already exists",
                    added.name, table.name
                ))),
            };
        }
        if let Some(told) = &added.told_type {
            self.check_enumeration(told)?;
        }
        for constraint in &added.constraints {
            if let ColumnConstraint::Default { text, .. } = constraint {
                self.meet_sequence(&table.name, &added.name, &added.declared_type, text)?;
            }
        }
        let is_generated = |it: &ColumnConstraint| matches!(it, ColumnConstraint::Generated { .. });
        let result = self.add_column(table, &added, text);
        match result {
            Err(error) if is_refused_by_sqlite(&error) && !added.constraints.iter().any(is_generated) => {
                self.remake(table, &definition, &[]).map_err(|error| match error.kind() {
                    ErrorKind::Constraint(Constraint::NotNull) => has_nulls(table, &added.name),
                    _ => error,
                })
            }
            Err(error) if error.message() == "NOT NULL constraint failed" => {
                Err(has_nulls(table, &added.name))
            }
            result => result,
        }
    }

    /// Without a column go its indexes and all constraints that mention it.
    fn drop_postgres_column(
        &mut self,
        table: &Arc<Table>,
        mut definition: Definition,
        name: &str,
        cascades: bool,
    ) -> Result<(), Failure> {
        self.free_of_references(table, Some(name), cascades)?;
        for index in table.indexes.iter().filter(|index| index.origin == IndexOrigin::Statement) {
            if mentions_column(&index.sql, name) {
                self.drop_index(&Drop { if_exists: true, name: ObjectName::bare(&index.name), cascades })?;
            }
        }
        definition.columns.retain(|piece| !piece.tree.name.text.eq_ignore_ascii_case(name));
        if definition.columns.is_empty() {
            return Err(
                Error::sql(format!("dropping the last column of {} is not supported", table.name)).into()
            );
        }
        definition.constraints.retain(|piece| !constraint_mentions(&piece.tree, name));
        for piece in &mut definition.columns {
            let is_check = |it: &ColumnConstraint| matches!(it, ColumnConstraint::Check { expression, .. } if expression_mentions(expression, name));
            if piece.tree.constraints.iter().any(is_check) {
                piece.change(|column| column.constraints.retain(|it| !is_check(it)))?;
            }
        }
        self.remake(table, &definition, &[])?;
        Ok(self.drop_sequences_of(&table.name, Some(name))?)
    }

    fn set_type(
        &mut self,
        table: &Arc<Table>,
        mut definition: Definition,
        position: usize,
        (declared_type, name): (&str, &str),
        using: Option<&str>,
    ) -> Result<()> {
        let column = &table.columns[position];
        let (old, new) = (SqlType::declared(column.told_type()), SqlType::named(name));
        self.check_enumeration(name)?;
        let Some(new) = new else { return Err(Error::sql(format!("type \"{name}\" does not exist"))) };
        let is_whole =
            |base: BaseType| matches!(base, BaseType::SmallInt | BaseType::Integer | BaseType::BigInt);
        if table.rowid_column == Some(position) {
            if !is_whole(new.base) || using.is_some_and(|using| !is_column(using, &column.name)) {
                return Err(Error::sql("changing the type of a key of whole numbers is not supported"));
            }
            // The rowid has 64 bits, whatever is told of it.
            if let Some(piece) = definition.column(&column.name) {
                piece.change(|tree| tree.told_type = told_of_type(name).map(str::to_owned))?;
            }
            return self.redefine(table, &definition);
        }
        if using.is_none() && !is_assignable(old, new) {
            return Err(Error::sql(format!(
                "column \"{}\" cannot be cast automatically to type {}",
                column.name,
                super::enumeration::shown_type(name, new)
            )));
        }
        if let Some(piece) = definition.column(&column.name) {
            piece.retype(declared_type, told_of_type(name).filter(|_| !is_whole(new.base)))?;
        }
        let grows = using.is_none()
            && match (old.base, new.base) {
                (BaseType::Integer | BaseType::SmallInt, BaseType::BigInt)
                | (BaseType::SmallInt, BaseType::Integer)
                | (BaseType::Varchar | BaseType::Text, BaseType::Text) => !old.is_array && !new.is_array,
                _ => false,
            };
        if grows {
            return self.redefine(table, &definition);
        }
        let value = using.map_or_else(|| quoted(&column.name), str::to_owned);
        self.remake(table, &definition, &[(&column.name, value)])
    }

    fn add_constraint(&mut self, table: &Arc<Table>, mut definition: Definition, text: &str) -> Result<()> {
        let known = definition.constraints.len();
        definition.add_constraint(text)?;
        let Some(added) = definition.constraints.get(known).map(|piece| piece.tree.clone()) else {
            return Ok(());
        };
        let name = match &added {
            TableConstraint::PrimaryKey { name, .. }
            | TableConstraint::Unique { name, .. }
            | TableConstraint::Check { name, .. } => name,
            TableConstraint::ForeignKey { references, .. } => {
                if self.current_catalog()?.table(&references.table).is_none() {
                    return Err(Error::sql(format!("no such table: {}", references.table)));
                }
                &references.name
            }
        };
        if let Some(name) = name
            && self.named_constraints(table)?.iter().any(|constraint| constraint.name == *name)
        {
            return Err(taken(table, name));
        }
        if let TableConstraint::PrimaryKey { columns, .. } = &added {
            if !table.primary_key.is_empty() {
                return Err(Error::sql(format!("table \"{}\" has more than one primary key", table.name)));
            }
            for name in columns.iter().filter_map(column_name) {
                position_of(table, name)?;
                set_not_null(&mut definition, name, true)?;
            }
            return self.remake(table, &definition, &[]).map_err(|error| match error.kind() {
                ErrorKind::Constraint(Constraint::NotNull) => {
                    let column = error.message().rsplit('.').next().unwrap_or_default().to_owned();
                    has_nulls(table, &column)
                }
                _ => not_unique(error, table, &definition),
            });
        }
        if let TableConstraint::Unique { .. } = &added {
            self.redefine(table, &definition).map_err(|error| not_unique(error, table, &definition))?;
            return Ok(());
        }
        self.redefine(table, &definition)?;
        match added {
            TableConstraint::ForeignKey { .. } => self.check_references(table),
            _ => self.check_rows(table),
        }
    }

    fn drop_constraint(
        &mut self,
        table: &Arc<Table>,
        mut definition: Definition,
        name: &str,
        (if_exists, cascades): (bool, bool),
    ) -> Result<(), Failure> {
        let known = self.named_constraints(table)?;
        let Some(found) = known.iter().find(|constraint| constraint.name == name) else {
            // A unique index that was made in the place of a constraint.
            let is_it = |index: &&Arc<crate::catalog::Index>| index.unique && index.name == name;
            if table.indexes.iter().any(|index| is_it(&index)) {
                return self.drop_index(&Drop { if_exists: true, name: ObjectName::bare(name), cascades });
            }
            return if if_exists { Ok(()) } else { Err(no_constraint(table, name).into()) };
        };
        let is_key = matches!(found.kind, ConstraintKind::Key | ConstraintKind::Unique);
        if let ([column], true) = (&found.columns[..], is_key) {
            self.free_of_references(table, Some(column), cascades)?;
        }
        let is_it = picked(found.kind, &found.columns);
        change_constraints(&mut definition, is_it, None)?;
        definition.constraint_comments.retain(|(of, _)| of != name);
        match found.kind {
            ConstraintKind::Key => self.remake(table, &definition, &[])?,
            _ => self.redefine(table, &definition)?,
        }
        Ok(())
    }

    /// What refers to a table, or to one of its columns, goes, or is in the way.
    pub(super) fn free_of_references(
        &mut self,
        table: &Arc<Table>,
        column: Option<&str>,
        cascades: bool,
    ) -> Result<(), Failure> {
        let catalog = self.current_catalog()?;
        for (child, number) in &table.referenced_by {
            let Some(child) = catalog.table(child).cloned() else { continue };
            if child.name == table.name {
                continue;
            }
            let Some(reference) = child.references.get(*number) else { continue };
            let names = |target: &String| column.is_some_and(|column| target.eq_ignore_ascii_case(column));
            let is_key = column.is_some_and(|column| {
                let position = table.column(column);
                position.is_some_and(|position| table.primary_key.contains(&position))
            });
            let refers = match reference.targets.is_empty() {
                true => column.is_none() || is_key,
                false => column.is_none() || reference.targets.iter().any(names),
            };
            if !refers {
                continue;
            }
            if !cascades {
                let what = match column {
                    Some(column) => format!("column {column} of table {}", table.name),
                    None => format!("table {}", table.name),
                };
                return Err(
                    Error::sql(format!("cannot drop {what} because other objects depend on it")).into()
                );
            }
            // Numbers of references change with each that goes.
            let known = self.named_constraints(&child)?;
            let place = (0..*number)
                .filter(|earlier| catalog.table(&child.references[*earlier].table).is_some())
                .count();
            let found = known.iter().find(|constraint| constraint.kind == ConstraintKind::Reference(place));
            if let Some(name) = found.map(|constraint| constraint.name.clone()) {
                self.alter_by_action(
                    &child,
                    &TableAction::DropConstraint { name, if_exists: true, cascades: true },
                )?;
                let Some(table) = self.current_catalog()?.table(&table.name).cloned() else { return Ok(()) };
                return self.free_of_references(&table, column, cascades);
            }
        }
        Ok(())
    }

    /// Puts a definition in the place of a table's, whose rows stay. Indexes of new constraints are filled.
    pub(super) fn redefine(&mut self, table: &Arc<Table>, definition: &Definition) -> Result<()> {
        let sql = definition.written(&table.name);
        let new = define_table(&super::alter::parsed(&sql)?, sql.as_str().into(), table.space)?;
        self.check_rules(&new)?;
        self.settle_constraint_indexes(table, &new)?;
        self.replace_definition(&table.name, &sql)?;
        let catalog = self.current_catalog()?;
        let Some(now) = catalog.table(&table.name).cloned() else { return Ok(()) };
        for index in now.indexes.iter().filter(|index| index.origin != IndexOrigin::Statement) {
            if !table.indexes.iter().any(|known| known.space == index.space) {
                self.fill_index(&now, index)?;
            }
        }
        Ok(())
    }

    /// Rows of the schema for the indexes of constraints that come, none for those of constraints that go.
    fn settle_constraint_indexes(&mut self, old: &Table, new: &Table) -> Result<()> {
        let is_of_constraint = |index: &&Arc<crate::catalog::Index>| index.origin != IndexOrigin::Statement;
        let mut left: Vec<_> = old.indexes.iter().filter(is_of_constraint).collect();
        let rows = self.schema_rows()?;
        let (mut kept, mut added) = (Vec::new(), Vec::new());
        for index in new.indexes.iter().filter(is_of_constraint) {
            let place = left.iter().position(|known| {
                let places = |index: &crate::catalog::Index| {
                    index.columns.iter().map(|column| column.column).collect::<Vec<_>>()
                };
                places(known) == places(index)
            });
            let Some(place) = place else {
                added.push(index.name.clone());
                continue;
            };
            let known = left.remove(place);
            let is_row = |row: &crate::catalog::SchemaRow| {
                row.kind == ObjectKind::Index && row.name.eq_ignore_ascii_case(&known.name)
            };
            if let Some((key, row)) = rows.iter().find(|(_, row)| is_row(row)) {
                let row = crate::catalog::SchemaRow { name: index.name.clone(), ..row.clone() };
                kept.push((key.clone(), row));
            }
        }
        let gone: Vec<String> = left.iter().map(|index| index.name.clone()).collect();
        if !gone.is_empty() {
            self.remove_schema_rows(|row| row.kind == ObjectKind::Index && gone.contains(&row.name))?;
            let spaces: Vec<_> = left.iter().map(|index| index.space).collect();
            self.drop_spaces(&spaces);
        }
        self.replace_schema_rows(&kept);
        for name in added {
            let row = self.schema_row(ObjectKind::Index, &name, &old.name, None)?;
            self.write_schema_row(&row)?;
        }
        self.schema_changed();
        Ok(())
    }

    /// The rows that there are keep what is said of them.
    fn check_rows(&mut self, table: &Table) -> Result<()> {
        let problems = self.check_integrity(Some(&table.name), 1)?;
        let Some(line) = problems.first().map(|problem| problem.line.clone()) else { return Ok(()) };
        if let Some(column) = line.strip_prefix("NULL value in ").and_then(|place| place.rsplit('.').next()) {
            return Err(has_nulls(table, column));
        }
        let kind = ErrorKind::Constraint(Constraint::Check);
        let is_check = line.starts_with("CHECK");
        let known = self.current_catalog()?.table(&table.name).cloned();
        let last = match known.filter(|_| is_check) {
            Some(now) => self
                .named_constraints(&now)?
                .into_iter()
                .rfind(|constraint| matches!(constraint.kind, ConstraintKind::Check(_))),
            None => None,
        };
        Err(match last {
            Some(check) => {
                let message = format!(
                    "check constraint \"{}\" of relation \"{}\" is violated by some row",
                    check.name, table.name
                );
                Error::new(kind, message).about(named_rule(table, check.name))
            }
            None => Error::new(ErrorKind::Corrupt, line),
        })
    }

    fn check_references(&mut self, table: &Table) -> Result<()> {
        if !self.settings.foreign_keys || !self.has_broken_references(&table.name)? {
            return Ok(());
        }
        let known = self.current_catalog()?.table(&table.name).cloned();
        let last = match known {
            Some(now) => self
                .named_constraints(&now)?
                .into_iter()
                .rfind(|constraint| matches!(constraint.kind, ConstraintKind::Reference(_))),
            None => None,
        };
        let name = last.map_or_else(String::new, |constraint| constraint.name);
        Err(Error::new(
            ErrorKind::Constraint(Constraint::ForeignKey),
            format!(
                "insert or update on table \"{}\" violates foreign key constraint \"{name}\"",
                table.name
            ),
        )
        .about(named_rule(table, name.clone())))
    }
}

fn named_rule(table: &Table, name: String) -> Broken {
    Broken { table: table.name.clone(), rule: BrokenRule::Named(name), values: Vec::new() }
}

fn set_not_null(definition: &mut Definition, column: &str, not_null: bool) -> Result<()> {
    let Some(piece) = definition.column(column) else { return Ok(()) };
    piece.change(|column| {
        column.constraints.retain(|it| !matches!(it, ColumnConstraint::NotNull { .. }));
        if not_null {
            column.constraints.insert(0, ColumnConstraint::NotNull { on_conflict: None });
        }
    })
}

/// Whether values of a type become ones of another without being asked to.
fn is_assignable(old: SqlType, new: SqlType) -> bool {
    use BaseType as B;
    let is_text = |base: BaseType| matches!(base, B::Text | B::Varchar | B::Character | B::Name);
    let is_number = |base: BaseType| {
        matches!(base, B::SmallInt | B::Integer | B::BigInt | B::Real | B::Double | B::Numeric | B::Oid)
    };
    let is_moment = |base: BaseType| matches!(base, B::Date | B::Timestamp | B::TimestampTz);
    old == new
        || is_text(new.base) && !new.is_array
        || !old.is_array
            && !new.is_array
            && (is_number(old.base) && is_number(new.base)
                || is_moment(old.base) && is_moment(new.base)
                || matches!(
                    (old.base, new.base),
                    (B::Json, B::Jsonb)
                        | (B::Jsonb, B::Json)
                        | (B::Timestamp | B::TimestampTz | B::Interval, B::Time)
                        | (B::Time, B::Interval)
                ))
}

/// Whether an expression in PostgreSQL's spelling is a column, as it is or cast.
fn is_column(text: &str, column: &str) -> bool {
    let Ok(mut expression) = crate::parse::parse_postgres_expression(text) else { return false };
    while let Expression::Cast(operand, _) = expression {
        expression = *operand;
    }
    matches!(&expression, Expression::Column(name) if name.column.eq_ignore_ascii_case(column))
}

/// Whether an index is about a column.
fn mentions_column(sql: &str, name: &str) -> bool {
    let parsed = crate::parse::parse_statement(sql).ok().flatten().map(|parsed| parsed.statement);
    let Some(crate::ast::Statement::CreateIndex(index)) = parsed else { return false };
    let columns = index.columns.iter().map(|column| &column.expression);
    columns.chain(&index.filter).any(|expression| expression_mentions(expression, name))
}

fn position_of(table: &Table, column: &str) -> Result<usize> {
    let missing = || Error::sql(format!("table {} has no column named {column}", table.name));
    table.column(column).ok_or_else(missing)
}

/// What SQLite does not add to a table that has rows, and PostgreSQL does.
fn is_refused_by_sqlite(error: &Error) -> bool {
    error.message().starts_with("Cannot add a ")
}

fn not_unique(error: Error, table: &Table, definition: &Definition) -> Error {
    let ErrorKind::Constraint(kind @ (Constraint::Unique | Constraint::PrimaryKey)) = error.kind() else {
        return error;
    };
    let name = match definition.constraints.last().map(|piece| &piece.tree) {
        Some(
            TableConstraint::Unique { name: Some(name), .. }
            | TableConstraint::PrimaryKey { name: Some(name), .. },
        ) => name.clone(),
        Some(TableConstraint::Unique { columns, .. }) => {
            let names: Vec<&str> = columns.iter().filter_map(column_name).collect();
            format!("{}_{}_key", table.name, names.join("_"))
        }
        _ => format!("{}_pkey", table.name),
    };
    Error::new(ErrorKind::Constraint(kind), format!("could not create unique index \"{name}\""))
        .about(named_rule(table, name))
}

fn has_nulls(table: &Table, column: &str) -> Error {
    Error::new(
        ErrorKind::Constraint(Constraint::NotNull),
        format!("column \"{column}\" of relation \"{}\" contains null values", table.name),
    )
    .about(Broken {
        table: table.name.clone(),
        rule: BrokenRule::NotNull(column.to_owned()),
        values: Vec::new(),
    })
}

fn no_constraint(table: &Table, name: &str) -> Error {
    Error::sql(format!("constraint \"{name}\" of relation \"{}\" does not exist", table.name))
}

fn taken(table: &Table, name: &str) -> Error {
    Error::sql(format!("constraint \"{name}\" for relation \"{}\" already exists", table.name))
}

fn wrong_kind(table: &Table) -> Error {
    Error::sql(format!("ALTER action cannot be performed on relation \"{}\"", table.name))
}
