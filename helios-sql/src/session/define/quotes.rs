//! Texts in double quotes: before a column goes or has another name, all definitions have them in single quotes, as in
//! SQLite. What was a text can become no name then, and a name that means nothing any more no text.

use std::sync::Arc;

use helios_core::Result;

use super::super::Session;
use super::super::environment::View;
use super::rename::{Sought, look_through_trigger};
use crate::ast::{
    ColumnConstraint, ColumnName, CreateIndex, CreateTable, Expression, Place, Statement, TableConstraint,
};
use crate::bind::Binder;
use crate::catalog::{SchemaRow, Table, is_rowid_name};
use crate::parse::parse_statement;

impl Session {
    /// Writes texts that are in double quotes in single ones, in all definitions.
    pub(super) fn quote_texts(&mut self) -> Result<()> {
        if self.is_temporary() || !self.settings.quotes_texts {
            return Ok(());
        }
        let view = self.current_view()?;
        let mut changed = Vec::new();
        for (key, mut row) in self.schema_rows()? {
            let Some(sql) = row.sql.clone().filter(|sql| sql.contains('"')) else { continue };
            let places = texts_in(&row, &sql, &view)
                .map_err(|error| error.within(format_args!("error in {} {}", row.kind.word(), row.name)))?;
            if !places.is_empty() {
                row.sql = Some(edited(&sql, places).into());
                changed.push((key, row));
            }
        }
        if !changed.is_empty() {
            self.replace_schema_rows(&changed);
        }
        Ok(())
    }
}

/// Where in a definition texts in double quotes stand.
fn texts_in(row: &SchemaRow, sql: &Arc<str>, view: &View) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    match parse_statement(sql)?.map(|parsed| parsed.statement) {
        Some(Statement::CreateTable(create)) => {
            if let Some(table) = view.catalog.table(&row.name) {
                in_table(table, &create, &mut places);
            }
        }
        Some(Statement::CreateIndex(create)) => {
            if let Some(table) = view.catalog.table(&row.table) {
                in_index(table, &create, &mut places);
            }
        }
        Some(Statement::CreateView(_)) => {
            if let Some(table) = view.catalog.relation(&row.name) {
                places = Binder::new(view, sql.clone()).watching_texts().look_through_view(table)?;
            }
        }
        Some(Statement::CreateTrigger(_)) => {
            if let Some(trigger) = view.catalog.trigger(&row.name)
                && let Some(table) = view.catalog.relation(&row.table)
            {
                places = look_through_trigger(table, trigger, view, Sought::Texts)?;
            }
        }
        _ => {}
    }
    Ok(places)
}

fn in_table(table: &Table, create: &CreateTable, places: &mut Vec<Place>) {
    for constraint in create.columns.iter().flat_map(|column| &column.constraints) {
        if let ColumnConstraint::Check { expression, .. } | ColumnConstraint::Generated { expression, .. } =
            constraint
        {
            let has_rowid = matches!(constraint, ColumnConstraint::Check { .. });
            in_expression(table, expression, has_rowid, places);
        }
    }
    for constraint in &create.constraints {
        if let TableConstraint::Check { expression, .. } = constraint {
            in_expression(table, expression, true, places);
        }
    }
}

/// A text that is a column of an index all by itself stays as it is: in single quotes it would be a name.
fn in_index(table: &Table, create: &CreateIndex, places: &mut Vec<Place>) {
    for column in &create.columns {
        let mut expression = &column.expression;
        while let Expression::Collate(inner, _) = expression {
            expression = inner;
        }
        if !matches!(expression, Expression::Column(_)) {
            in_expression(table, expression, false, places);
        }
    }
    if let Some(filter) = &create.filter {
        in_expression(table, filter, false, places);
    }
}

/// An expression over the rows of a table holds no queries: a name is one of its columns, or a text; of CHECK alone also the
/// rowid.
fn in_expression(table: &Table, expression: &Expression, has_rowid: bool, places: &mut Vec<Place>) {
    expression.for_each_column(|name: &ColumnName| {
        let is_name = table.column(&name.column).is_some() || (has_rowid && is_rowid_name(&name.column));
        if name.double_quoted && name.table.is_none() && !is_name {
            places.push(name.places.0);
        }
    });
}

/// The text of a definition with single quotes at the places.
fn edited(sql: &str, mut places: Vec<Place>) -> String {
    places.sort_by_key(|place| place.0.start);
    places.dedup_by_key(|place| place.0.start);
    let mut edited = String::with_capacity(sql.len() + places.len() * 2);
    let mut done = 0;
    for place in places {
        edited.push_str(&sql[done..place.0.start]);
        let written = place.0.of(sql);
        let inner = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(written);
        edited.push_str(&format!("'{}'", inner.replace("\"\"", "\"").replace('\'', "''")));
        done = place.0.end;
        // Two texts side by side would be one.
        if sql[done..].starts_with('\'') {
            edited.push(' ');
        }
    }
    edited.push_str(&sql[done..]);
    edited
}
