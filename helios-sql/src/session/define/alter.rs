//! ALTER TABLE. The definition of the table changes, and the texts that mention what is renamed; no row is rewritten.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::rename::Renamed;
use super::{check_name, check_schema, has_reserved_name};
use crate::ast;
use crate::ast::{AlterTable, Alteration, ColumnConstraint, ColumnDefinition, CreateTable, Name};
use crate::catalog::{Catalog, ObjectKind, SchemaRow, Table, constant_value, define_table};
use crate::parse::parse_statement;
use crate::write::fits_type;

impl Session {
    pub(in crate::session) fn alter_table(
        &mut self,
        statement: &Statement,
        alter: &AlterTable,
    ) -> Result<(), Failure> {
        check_schema(&alter.table)?;
        let catalog = self.current_catalog()?;
        if let Alteration::RenameIndex(to) = &alter.alteration {
            return self.rename_index(&alter.table.name, to, alter.if_exists);
        }
        let Some(table) = catalog.relation(&alter.table.name).cloned() else {
            if alter.if_exists {
                return Ok(());
            }
            let schema = alter.table.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
            return Err(Error::sql(format!("no such table: {schema}{}", alter.table.name)).into());
        };
        if table.is_internal() || has_reserved_name(&table.name) {
            let name = if table.is_internal() { "sqlite_master" } else { &*table.name };
            return Err(Error::sql(format!("table {name} may not be altered")).into());
        }
        match &alter.alteration {
            Alteration::Rename(to) => self.rename_table(&catalog, &table, to)?,
            Alteration::RenameColumn { from, to, quoted } => {
                check_no_view(&table, "rename columns of")?;
                self.rename_column(&table, from, to, *quoted)?;
            }
            Alteration::AddColumn(definition, place) => {
                check_no_view(&table, "add a column to")?;
                let text = place.0.of(statement.text()).trim_end_matches([';', ' ', '\n', '\t', '\r']);
                self.add_column(&table, definition, text)?;
            }
            Alteration::Versioning(keeps) => {
                check_no_view(&table, "keep a history of")?;
                if self.is_temporary() {
                    let error = format!("cannot keep a history of temporary table \"{}\"", table.name);
                    return Err(Error::sql(error).into());
                }
                self.about_to_write()?;
                self.set_versioning(&table, *keeps);
            }
            Alteration::RenameIndex(_) => {}
            Alteration::Actions(actions) => {
                let name = table.name.clone();
                self.alter_by_actions(&name, actions)?;
            }
            Alteration::DropColumn(name) => {
                check_no_view(&table, "drop column from")?;
                self.drop_column(&table, name)?;
            }
        }
        Ok(())
    }

    fn rename_table(&mut self, catalog: &Catalog, table: &Arc<Table>, to: &Name) -> Result<()> {
        if catalog.relation(to).is_some() || catalog.index(to).is_some() {
            return Err(Error::sql(format!("there is already another table or index with this name: {to}")));
        }
        check_name(to)?;
        if table.view.is_some() {
            return Err(Error::sql(format!("view {} may not be altered", table.name)));
        }
        self.about_to_write()?;
        let shadows = self.shadows_of(table)?;
        self.rename_virtual(table, to)?;
        self.rename(&Renamed { table: table.clone(), column: None, to: to.to_string(), quoted: true })?;
        if table.autoincrement {
            self.rename_sequence(&table.name, to)?;
        }
        self.rename_owner(&table.name, None, to)?;
        self.rename_deferred(&table.name, to);
        for shadow in shadows {
            let catalog = self.current_catalog()?;
            let suffix = &shadow[table.name.len()..];
            let to = Name::from(format!("{to}{suffix}").as_str());
            if let Some(table) = catalog.relation(&shadow).cloned() {
                self.rename_table(&catalog, &table, &to)?;
            }
        }
        Ok(())
    }

    fn rename_column(&mut self, table: &Arc<Table>, from: &Name, to: &Name, quoted: bool) -> Result<()> {
        let Some(position) = table.column(from) else {
            return Err(Error::sql(format!("no such column: \"{from}\"")));
        };
        self.about_to_write()?;
        self.check_schema_objects("")?;
        if table.column(to).is_some_and(|other| other != position) {
            return Err(Error::sql(format!(
                "error in table {} after rename: duplicate column name: {to}",
                table.name
            )));
        }
        self.quote_texts()?;
        let column = Some(table.columns[position].name.to_string());
        self.rename(&Renamed { table: table.clone(), column, to: to.to_string(), quoted })?;
        self.rename_owner(&table.name, Some(&table.columns[position].name), to)
    }

    pub(super) fn add_column(
        &mut self,
        table: &Arc<Table>,
        definition: &ColumnDefinition,
        text: &str,
    ) -> Result<()> {
        let create = parsed(&table.sql)?;
        if table.column(&definition.name).is_some() {
            return Err(Error::sql(format!("duplicate column name: {}", definition.name)));
        }
        check_added(definition, self.settings.foreign_keys)?;
        self.about_to_write()?;
        let has_rows = self.has_rows(table)?;
        if has_rows {
            check_added_to_rows(definition)?;
        }
        let end = create.columns_end;
        let sql = format!("{}, {text}{}", &table.sql[..end], &table.sql[end..]);
        let after = |error: Error| match error.message() {
            // What SQLite finds while it reads the statement.
            message if message.starts_with("no such collation") => error,
            message if message.starts_with("default value of column") => error,
            _ => error.within(format_args!("error in table {} after add column", table.name)),
        };
        let new = define_table(&parsed(&sql)?, sql.as_str().into(), table.space).map_err(after)?;
        let added = new.columns.last().map(|column| &column.collation);
        self.current_catalog()?.check_named(added.into_iter())?;
        let engine = self.database.engine();
        let is_branched = engine.present()?.state().is_branched();
        let number = is_branched.then(|| engine.reserve_space()).transpose()?;
        let mut layouts = table.layouts.with_column(table.columns.len(), number);
        self.add_column_keys(&mut layouts, &new.columns)?;
        if let Some(transaction) = &self.transaction {
            layouts.write(table.space, &mut transaction.writes());
        }
        self.replace_definition(&table.name, &sql)?;
        self.check_table(&table.name).map_err(after)?;
        let column = &new.columns[new.columns.len() - 1];
        let default = column.default.as_ref().and_then(|(default, _)| constant_value(default));
        let default = default.map(|default| column.stored_form(default));
        let is_checked = new.strict || column.dimensions.is_some();
        if let Some(default) = default.filter(|_| is_checked && has_rows)
            && !fits_type(column, default.as_ref())
        {
            return Err(Error::sql("type mismatch on DEFAULT"));
        }
        let has_rules = !new.checks.is_empty() || column.not_null.is_some() || new.strict;
        if has_rules && has_rows { self.check_added_rows(table) } else { Ok(()) }
    }

    /// Rows that there are already have to keep the rules of the new column.
    fn check_added_rows(&mut self, table: &Arc<Table>) -> Result<()> {
        let problems = self.check_integrity(Some(&table.name), 1)?;
        match problems.first().and_then(|problem| problem.line.split(' ').next()) {
            Some("CHECK") => Err(Error::sql("CHECK constraint failed")),
            Some("NULL") => Err(Error::sql("NOT NULL constraint failed")),
            _ => Ok(()),
        }
    }

    fn has_rows(&mut self, table: &Table) -> Result<bool> {
        let (reader, _) = self.current_reader()?;
        let guard = reader.scan(table.space);
        let range = helios_core::storage::KeyRange::ALL;
        guard.cursor(range, helios_core::storage::Direction::Forward)?.advance()
    }

    fn drop_column(&mut self, table: &Arc<Table>, name: &Name) -> Result<()> {
        let Some(position) = table.column(name) else {
            return Err(Error::sql(format!("no such column: \"{name}\"")));
        };
        let column = &table.columns[position].name;
        let refuse = |why: &str| Err(Error::sql(format!("cannot drop {why}")));
        if table.rowid_column == Some(position) || table.primary_key.contains(&position) {
            return refuse(&format!("PRIMARY KEY column: \"{column}\""));
        }
        let create = parsed(&table.sql)?;
        let is_unique = |constraint: &ColumnConstraint| matches!(constraint, ColumnConstraint::Unique { .. });
        if create.columns[position].constraints.iter().any(is_unique) {
            return refuse(&format!("UNIQUE column: \"{column}\""));
        }
        if table.columns.len() == 1 {
            return refuse(&format!("column \"{column}\": no other columns exist"));
        }
        self.about_to_write()?;
        // What is broken already does not come from this.
        self.check_schema_objects("")?;
        self.quote_texts()?;
        let catalog = self.current_catalog()?;
        let definition = catalog.table(&table.name).map_or(&table.sql, |table| &table.sql).clone();
        let create = parsed(&definition)?;
        let sql = without_column(&definition, &create, position);
        let after =
            |error: Error| error.within(format_args!("error in table {} after drop column", table.name));
        let new = parsed(&sql).and_then(|create| define_table(&create, sql.as_str().into(), table.space));
        // A name in quotes that has lost its meaning has not become a text.
        self.check_rules_of_names(&new.map_err(after)?).map_err(after)?;
        self.check_no_index_names(table, column)?;
        let layouts = table.layouts.without_column(position, table.columns.len());
        if let Some(transaction) = &self.transaction {
            layouts.write(table.space, &mut transaction.writes());
        }
        self.replace_definition(&table.name, &sql)?;
        self.check_schema_objects(" after drop column")
    }

    /// An error about the oldest index whose columns, expressions or condition name a column that is dropped.
    fn check_no_index_names(&mut self, table: &Table, column: &str) -> Result<()> {
        let rows = self.schema_rows()?;
        let of_table =
            |row: &SchemaRow| row.kind == ObjectKind::Index && row.table.eq_ignore_ascii_case(&table.name);
        for (_, row) in rows.iter().filter(|(_, row)| of_table(row)) {
            let Some(sql) = &row.sql else { continue };
            let Some(ast::Statement::CreateIndex(index)) =
                parse_statement(sql)?.map(|parsed| parsed.statement)
            else {
                return Err(Error::corrupt("an index has no definition"));
            };
            let mut found = None;
            let columns = index.columns.iter().map(|column| &column.expression);
            for expression in columns.chain(&index.filter) {
                expression.for_each_column(|name| {
                    if found.is_none() && name.column.eq_ignore_ascii_case(column) {
                        let table = name.table.as_ref().map_or(String::new(), |table| format!("{table}."));
                        found = Some(format!("{table}{}", name.column));
                    }
                });
            }
            if let Some(name) = found {
                let index = &row.name;
                return Err(Error::sql(format!(
                    "error in index {index} after drop column: no such column: {name}"
                )));
            }
        }
        Ok(())
    }

    /// Writes a table's new definition.
    pub(super) fn replace_definition(&mut self, table: &str, sql: &str) -> Result<()> {
        let rows = self.schema_rows()?;
        let is_table =
            |row: &SchemaRow| row.kind == ObjectKind::Table && row.name.eq_ignore_ascii_case(table);
        let mut changed: Vec<(Vec<u8>, SchemaRow)> =
            rows.into_iter().filter(|(_, row)| is_table(row)).collect();
        for (_, row) in &mut changed {
            row.sql = Some(sql.into());
        }
        self.replace_schema_rows(&changed);
        Ok(())
    }
}

/// The statement that made a table.
pub(super) fn parsed(sql: &str) -> Result<CreateTable> {
    match parse_statement(sql)?.map(|parsed| parsed.statement) {
        Some(ast::Statement::CreateTable(create)) => Ok(*create),
        _ => Err(Error::corrupt("a table has no definition")),
    }
}

fn check_no_view(table: &Table, what: &str) -> Result<()> {
    if table.module.is_some() {
        return Err(Error::sql(match what {
            "add a column to" => "virtual tables may not be altered".to_owned(),
            _ => format!("cannot {what} virtual table \"{}\"", table.name),
        }));
    }
    if table.view.is_none() {
        return Ok(());
    }
    Err(Error::sql(match what {
        "add a column to" => "Cannot add a column to a view".to_owned(),
        _ => format!("cannot {what} view \"{}\"", table.name),
    }))
}

/// What a column that is added may not be.
fn check_added(definition: &ColumnDefinition, foreign_keys: bool) -> Result<()> {
    let mut default = None;
    let mut refers = false;
    for constraint in &definition.constraints {
        match constraint {
            ColumnConstraint::PrimaryKey { .. } => {
                return Err(Error::sql("Cannot add a PRIMARY KEY column"));
            }
            ColumnConstraint::Unique { .. } => return Err(Error::sql("Cannot add a UNIQUE column")),
            ColumnConstraint::Default { value, .. } => default = constant_value(value),
            ColumnConstraint::References(_) => refers = true,
            _ => {}
        }
    }
    if foreign_keys && refers && default.is_some_and(|default| !default.is_null()) {
        return Err(Error::sql("Cannot add a REFERENCES column with non-NULL default value"));
    }
    Ok(())
}

/// What a column may not be that is added to a table with rows.
fn check_added_to_rows(definition: &ColumnDefinition) -> Result<()> {
    let (mut default, mut not_null, mut generated) = (Some(Value::Null), false, None);
    for constraint in &definition.constraints {
        match constraint {
            ColumnConstraint::Default { value, .. } => default = constant_value(value),
            ColumnConstraint::NotNull { .. } => not_null = true,
            ColumnConstraint::Generated { stored, .. } => generated = Some(*stored),
            _ => {}
        }
    }
    match (generated, default) {
        (Some(true), _) => Err(Error::sql("cannot add a STORED column")),
        (None, None) => Err(Error::sql("Cannot add a column with non-constant default")),
        (None, Some(default)) if not_null && default.is_null() => {
            Err(Error::sql("Cannot add a NOT NULL column with default value NULL"))
        }
        (Some(false), _) | (None, Some(_)) => Ok(()),
    }
}

/// The text of a table without one of its columns.
fn without_column(sql: &str, create: &CreateTable, position: usize) -> String {
    let start = create.columns[position].span.start;
    if let Some(next) = create.columns.get(position + 1) {
        return format!("{}{}", &sql[..start], &sql[next.span.start..]);
    }
    let comma = sql[..start].rfind(',').unwrap_or(start);
    format!("{}{}", &sql[..comma], &sql[create.columns_end..])
}
