//! Renaming a table or a column everywhere it is mentioned: in its own definition, and in those of indexes, triggers,
//! views and tables that refer to it.
//!
//! A definition is kept as its text; only the names in it are exchanged. Where they stand, the syntax tree says, and for
//! views and triggers what they mean, the binder does.

use std::sync::Arc;

use helios_core::{Error, ErrorKind, Result};

use super::super::Session;
use super::super::environment::View;
use super::quoted;
use crate::ast::{
    ColumnConstraint, CreateIndex, CreateTable, Expression, ForeignKey, IndexedColumn, Place, Statement,
    TableConstraint, TriggerEvent,
};
use crate::bind::{Binder, Environment, TriggerRows};
use crate::catalog::{ObjectKind, SchemaRow, Table, Trigger};
use crate::parse::parse_statement;

/// What is renamed.
pub(super) struct Renamed {
    pub(super) table: Arc<Table>,
    /// The column; `None` for the table itself.
    pub(super) column: Option<String>,
    /// The new name.
    pub(super) to: String,
    /// Whether it is written in quotes everywhere.
    pub(super) quoted: bool,
}

impl Renamed {
    fn is_column(&self, name: &str) -> bool {
        self.column.as_ref().is_some_and(|column| column.eq_ignore_ascii_case(name))
    }

    fn is_table(&self, name: &str) -> bool {
        self.table.name.eq_ignore_ascii_case(name)
    }

    /// The text with the new name at the places.
    pub(super) fn edit(&self, sql: &str, mut places: Vec<Place>) -> String {
        places.sort_by_key(|place| place.0.start);
        places.dedup_by_key(|place| place.0.start);
        let mut edited = String::with_capacity(sql.len() + places.len() * self.to.len());
        let mut done = 0;
        for place in places {
            let old = place.0.of(sql);
            edited.push_str(&sql[done..place.0.start]);
            let is_quoted = self.quoted || old.starts_with(['"', '[', '`', '\'']);
            edited.push_str(&if is_quoted { quoted(&self.to) } else { self.to.clone() });
            done = place.0.end;
        }
        edited.push_str(&sql[done..]);
        edited
    }
}

impl Session {
    /// Renames in all definitions.
    pub(super) fn rename(&mut self, renamed: &Renamed) -> Result<()> {
        let view = self.current_view()?;
        let is_legacy = renamed.column.is_none()
            && self.remembered.get("legacy_alter_table") == Some(&helios_core::Value::Integer(1));
        let mut changed = Vec::new();
        for (key, row) in self.schema_rows()? {
            let mut new = row.clone();
            if let Some(sql) = &row.sql {
                let found = match is_legacy {
                    true => legacy_places(renamed, sql, self.settings.foreign_keys),
                    false => places_in(renamed, &row, sql, &view),
                };
                let places = match found {
                    Err(error) if self.is_temporary() && error.kind() == ErrorKind::Sql => Vec::new(),
                    places => places.map_err(|error| {
                        error.within(format_args!("error in {} {}", row.kind.word(), row.name))
                    })?,
                };
                if !places.is_empty() {
                    new.sql = Some(renamed.edit(sql, places).into());
                }
            }
            if renamed.column.is_none() {
                rename_row(renamed, &mut new);
            }
            if new != row {
                changed.push((key, new));
            }
        }
        self.replace_schema_rows(&changed);
        if is_legacy { Ok(()) } else { self.check_schema_objects(" after rename") }
    }

    /// Binds all definitions in their order, to see that all names in them still mean something.
    pub(super) fn check_schema_objects(&mut self, when: &str) -> Result<()> {
        if self.is_temporary() {
            return Ok(());
        }
        let (reader, stamp) = self.current_reader()?;
        if let Err(error) = self.catalog_for(&reader, stamp) {
            // An index whose column is gone.
            let is_broken = error.kind() == ErrorKind::Corrupt;
            return Err(if is_broken { self.broken_definition(when, &error) } else { error });
        }
        let view = self.current_view()?;
        for (_, row) in self.schema_rows()? {
            check_object(&row, &view).map_err(|error| {
                error.within(format_args!("error in {} {}{when}", row.kind.word(), row.name))
            })?;
        }
        Ok(())
    }

    /// What to say about a catalog that cannot be read after a change.
    fn broken_definition(&self, when: &str, error: &Error) -> Error {
        let name = error.message().rsplit_once('(').map_or("", |(_, name)| name.trim_end_matches(')'));
        let cause = std::error::Error::source(error).map_or_else(String::new, ToString::to_string);
        let cause = match cause.split_once(" has no column named ") {
            Some((_, column)) => format!("no such column: {column}"),
            None => cause,
        };
        Error::sql(format!("error in index {name}{when}: {cause}"))
    }
}

/// Binds what a definition says.
fn check_object(row: &SchemaRow, view: &View) -> Result<()> {
    match row.kind {
        ObjectKind::View => {
            let Some(table) = view.catalog.relation(&row.name) else { return Ok(()) };
            Binder::new(view, table.sql.clone()).look_through_view(table).map(drop)
        }
        ObjectKind::Table => {
            let table = view.catalog.table(&row.name).filter(|table| !table.is_internal());
            let Some(table) = table else { return Ok(()) };
            Binder::new(view, table.sql.clone()).bind_row(table).map(drop)
        }
        ObjectKind::Index => {
            let Some((table, index)) = view.catalog.index(&row.name) else { return Ok(()) };
            let positions = index.columns.iter().filter_map(|column| column.column).chain(index.filter);
            let mut expressions = positions.filter_map(|position| table.expression_at(position));
            expressions.try_for_each(|expression| {
                Binder::new(view, table.sql.clone()).bind_partial(table, expression)
            })
        }
        ObjectKind::Trigger => {
            let Some(trigger) = view.catalog.trigger(&row.name) else { return Ok(()) };
            let Some(table) = view.catalog.relation(&row.table) else { return Ok(()) };
            look_through_trigger(table, trigger, view, Sought::Nothing).map(drop)
        }
    }
}

/// The columns of a row of `sqlite_schema` that name a table that is renamed.
pub(super) fn rename_row(renamed: &Renamed, row: &mut SchemaRow) {
    if row.kind == ObjectKind::Table && renamed.is_table(&row.name) {
        row.name.clone_from(&renamed.to);
    }
    if !renamed.is_table(&row.table) || row.kind == ObjectKind::View {
        return;
    }
    row.table.clone_from(&renamed.to);
    if row.kind == ObjectKind::Index && row.sql.is_none() {
        let old = format!("sqlite_autoindex_{}_", renamed.table.name);
        if let Some(number) = row.name.strip_prefix(&old) {
            row.name = format!("sqlite_autoindex_{}_{number}", renamed.to);
        }
    }
}

/// What the row of an index would be if its table were renamed.
pub(in crate::session) fn index_of_renamed(
    row: &SchemaRow,
    table: &Arc<Table>,
    to: &str,
) -> Result<SchemaRow> {
    let renamed = Renamed { table: table.clone(), column: None, to: to.to_owned(), quoted: true };
    let mut new = row.clone();
    if let Some(sql) = &row.sql
        && let Some(Statement::CreateIndex(create)) = parse_statement(sql)?.map(|parsed| parsed.statement)
    {
        let mut places = Vec::new();
        in_index(&renamed, &create, &mut places);
        new.sql = Some(renamed.edit(sql, places).into());
    }
    rename_row(&renamed, &mut new);
    Ok(new)
}

/// Where in a definition `PRAGMA legacy_alter_table` has a table renamed: in its own, and that of its indexes and
/// triggers, but in no query; in references of others only if foreign keys are in force.
pub(super) fn legacy_places(renamed: &Renamed, sql: &Arc<str>, foreign_keys: bool) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    match parse_statement(sql)?.map(|parsed| parsed.statement) {
        Some(Statement::CreateTable(create)) if foreign_keys || renamed.is_table(&create.name.name) => {
            in_table(renamed, &create, &mut places);
        }
        Some(Statement::CreateVirtualTable(create)) if renamed.is_table(&create.name.name) => {
            places.push(create.name.name.place);
        }
        Some(Statement::CreateIndex(create)) if renamed.is_table(&create.table) => {
            places.push(create.table.place);
        }
        Some(Statement::CreateTrigger(create)) if renamed.is_table(&create.table.name) => {
            places.push(create.table.name.place);
        }
        _ => {}
    }
    Ok(places)
}

/// Where in a definition the name stands.
fn places_in(renamed: &Renamed, row: &SchemaRow, sql: &Arc<str>, view: &View) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    match parse_statement(sql)?.map(|parsed| parsed.statement) {
        Some(Statement::CreateTable(create)) => in_table(renamed, &create, &mut places),
        Some(Statement::CreateVirtualTable(create))
            if renamed.column.is_none() && renamed.is_table(&create.name.name) =>
        {
            places.push(create.name.name.place);
        }
        Some(Statement::CreateIndex(create)) if renamed.is_table(&create.table) => {
            in_index(renamed, &create, &mut places);
        }
        Some(Statement::CreateView(_)) => {
            if let Some(table) = view.catalog.relation(&row.name) {
                let binder = Binder::new(view, sql.clone());
                let binder = binder.watching(None, &renamed.table.name, renamed.column.as_deref());
                places = binder.look_through_view(table)?;
            }
        }
        Some(Statement::CreateTrigger(_)) => {
            if let Some(trigger) = view.catalog.trigger(&row.name)
                && let Some(table) = view.catalog.relation(&row.table)
            {
                places = look_through_trigger(table, trigger, view, Sought::Name(renamed))?;
            }
        }
        _ => {}
    }
    Ok(places)
}

/// What is looked for in a trigger.
#[derive(Clone, Copy)]
pub(super) enum Sought<'a> {
    /// Whether it has a meaning.
    Nothing,
    /// A name.
    Name(&'a Renamed),
    /// Texts in double quotes.
    Texts,
}

/// Binds all parts of a trigger; where in them stands what is looked for.
pub(super) fn look_through_trigger(
    table: &Arc<Table>,
    trigger: &Arc<Trigger>,
    view: &View,
    sought: Sought<'_>,
) -> Result<Vec<Place>> {
    let definition = &trigger.definition;
    let fired = Binder::new(view, trigger.sql.clone()).fired_table(table)?;
    let rows = TriggerRows {
        table: fired,
        home: trigger.home.unwrap_or(table.slot),
        has_old: definition.event != TriggerEvent::Insert,
        has_new: definition.event != TriggerEvent::Delete,
    };
    let binder = || {
        let binder = Binder::for_trigger(view, trigger.sql.clone(), rows.clone());
        match sought {
            Sought::Name(renamed) => {
                let schema = view.schema_name(renamed.table.slot);
                binder.watching(Some(schema), &renamed.table.name, renamed.column.as_deref())
            }
            Sought::Texts => binder.watching_texts(),
            Sought::Nothing => binder,
        }
    };
    let mut places = Vec::new();
    if let Some(filter) = &definition.filter {
        places.extend(binder().look_through_condition(filter)?);
    }
    for statement in &definition.body {
        places.extend(binder().look_through(statement)?);
    }
    let Sought::Name(renamed) = sought else { return Ok(places) };
    if renamed.table.slot != table.slot || !renamed.is_table(&table.name) {
        return Ok(places);
    }
    if renamed.column.is_none() {
        places.push(definition.table.name.place);
    } else if let TriggerEvent::Update(columns) = &definition.event {
        places.extend(columns.iter().filter(|name| renamed.is_column(name)).map(|name| name.place));
    }
    Ok(places)
}

fn in_table(renamed: &Renamed, create: &CreateTable, places: &mut Vec<Place>) {
    let is_own = renamed.is_table(&create.name.name);
    if is_own && renamed.column.is_none() {
        places.push(create.name.name.place);
    }
    for column in &create.columns {
        if is_own && renamed.is_column(&column.name) {
            places.push(column.name.place);
        }
        for constraint in &column.constraints {
            match constraint {
                ColumnConstraint::Check { expression, .. }
                | ColumnConstraint::Generated { expression, .. }
                    if is_own =>
                {
                    in_expression(renamed, expression, places);
                }
                ColumnConstraint::References(key) => in_reference(renamed, key, places),
                _ => {}
            }
        }
    }
    for constraint in &create.constraints {
        match constraint {
            TableConstraint::PrimaryKey { columns, .. } | TableConstraint::Unique { columns, .. }
                if is_own =>
            {
                in_columns(renamed, columns, places);
            }
            TableConstraint::Check { expression, .. } if is_own => in_expression(renamed, expression, places),
            TableConstraint::ForeignKey { columns, references } => {
                if is_own {
                    let named = columns.iter().filter(|name| renamed.is_column(name));
                    places.extend(named.map(|name| name.place));
                }
                in_reference(renamed, references, places);
            }
            _ => {}
        }
    }
}

fn in_index(renamed: &Renamed, create: &CreateIndex, places: &mut Vec<Place>) {
    if renamed.column.is_none() {
        places.push(create.table.place);
    }
    in_columns(renamed, &create.columns, places);
    if let Some(filter) = &create.filter {
        in_expression(renamed, filter, places);
    }
}

fn in_columns(renamed: &Renamed, columns: &[IndexedColumn], places: &mut Vec<Place>) {
    columns.iter().for_each(|column| in_expression(renamed, &column.expression, places));
}

fn in_expression(renamed: &Renamed, expression: &Expression, places: &mut Vec<Place>) {
    expression.for_each_column(|name| {
        if renamed.is_column(&name.column) {
            places.push(name.places.0);
        }
        if renamed.column.is_none() && name.table.as_ref().is_some_and(|table| renamed.is_table(table)) {
            places.push(name.places.1);
        }
    });
}

fn in_reference(renamed: &Renamed, key: &ForeignKey, places: &mut Vec<Place>) {
    if !renamed.is_table(&key.table) {
        return;
    }
    if renamed.column.is_none() {
        places.push(key.table.place);
    }
    places.extend(key.columns.iter().filter(|name| renamed.is_column(name)).map(|name| name.place));
}
