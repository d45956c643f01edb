//! COMMENT ON: what is said of a table, a view, an index, a column or a constraint, kept in the definition.
//!
//! In: what a comment is about. Out: the definition with the comment in it, or without; nothing else of it changes.

use helios_core::{Error, Result};

use super::super::Session;
use super::super::transaction::Failure;
use super::alter::parsed;
use crate::ast::{Comment, Commented};
use crate::catalog::{ObjectKind, SchemaRow, Table};
use crate::parse::{
    constraint_comments_in, without_comment, without_constraint_comments, written_comment,
    written_constraint_comment,
};

impl Session {
    pub(in crate::session) fn comment(&mut self, comment: &Comment) -> Result<(), Failure> {
        self.about_to_write()?;
        let text = comment.text.as_deref();
        let (kind, name, sql) = match &comment.of {
            Commented::Table(name) => {
                let table = self.commented_table(&name.name)?;
                check_kind(&table, "table")?;
                let end = parsed(&table.sql)?.columns_end;
                (ObjectKind::Table, table.name.clone(), commented_behind(&table.sql, end, text))
            }
            Commented::View(name) => {
                let view = self.commented_table(&name.name)?;
                check_kind(&view, "view")?;
                (ObjectKind::View, view.name.clone(), commented_behind(&view.sql, 0, text))
            }
            Commented::Column(name, column) => {
                let table = self.commented_table(&name.name)?;
                check_kind(&table, "table")?;
                (ObjectKind::Table, table.name.clone(), commented_column(&table, column, text)?)
            }
            Commented::Constraint(name, constraint) => {
                let table = self.commented_table(&name.name)?;
                check_kind(&table, "table")?;
                if !self.named_constraints(&table)?.iter().any(|known| known.name == *constraint) {
                    return Err(Error::sql(format!(
                        "constraint \"{constraint}\" for table \"{}\" does not exist",
                        table.name
                    ))
                    .into());
                }
                let sql = commented_constraint(&table.sql, constraint, text);
                (ObjectKind::Table, table.name.clone(), sql)
            }
            Commented::Index(name) => {
                let catalog = self.current_catalog()?;
                let Some((_, index)) = catalog.index(&name.name) else {
                    return Err(Error::sql(format!("no such table: {}", name.name)).into());
                };
                if index.sql.is_empty() {
                    return Err(Error::sql("COMMENT ON an index of a constraint is not supported").into());
                }
                (ObjectKind::Index, index.name.clone(), commented_behind(&index.sql, 0, text))
            }
        };
        let rows = self.schema_rows()?;
        let is_it = |row: &SchemaRow| row.kind == kind && row.name.eq_ignore_ascii_case(&name);
        let mut changed: Vec<_> = rows.into_iter().filter(|(_, row)| is_it(row)).collect();
        for (_, row) in &mut changed {
            row.sql = Some(sql.as_str().into());
        }
        self.replace_schema_rows(&changed);
        Ok(())
    }

    fn commented_table(&mut self, name: &str) -> Result<std::sync::Arc<Table>> {
        let catalog = self.current_catalog()?;
        let found = catalog.relation(name).filter(|table| !table.is_internal()).cloned();
        found.ok_or_else(|| Error::sql(format!("no such table: {name}")))
    }
}

fn check_kind(table: &Table, wanted: &str) -> Result<()> {
    let is_view = table.view.is_some();
    match is_view == (wanted == "view") && table.module.is_none() {
        true => Ok(()),
        false => Err(Error::sql(format!("\"{}\" is not a {wanted}", table.name))),
    }
}

/// A definition whose own comment, which stands behind `from`, is another one.
fn commented_behind(sql: &str, from: usize, text: Option<&str>) -> String {
    let (before, behind) = sql.split_at_checked(from).unwrap_or((sql, ""));
    let behind = without_comment(behind);
    match text {
        Some(text) => format!("{before}{} {}", behind.trim_end_matches([' ', ';']), written_comment(text)),
        None => format!("{before}{behind}"),
    }
}

fn commented_column(table: &Table, column: &str, text: Option<&str>) -> Result<String> {
    let create = parsed(&table.sql)?;
    let is_it = |name: &str| name.eq_ignore_ascii_case(column);
    let Some(position) = create.columns.iter().position(|known| is_it(&known.name.text)) else {
        return Err(Error::sql(format!("table {} has no column named {column}", table.name)));
    };
    let start = create.columns[position].span.end;
    let end = create.columns.get(position + 1).map_or(create.columns_end, |next| next.span.start);
    let between = without_comment(&table.sql[start..end]);
    let comment = text.map_or_else(String::new, |text| format!(" {}", written_comment(text)));
    // What is told of the column in other comments stays next to it.
    let place = between.find(',').unwrap_or_else(|| between.trim_end().len());
    let (told, rest) = between.split_at(place);
    let sql = &table.sql;
    Ok(format!("{}{}{comment}{rest}{}", &sql[..start], told.trim_end_matches(' '), &sql[end..]))
}

fn commented_constraint(sql: &str, name: &str, text: Option<&str>) -> String {
    let mut known = constraint_comments_in(sql);
    known.retain(|(of, _)| of != name);
    known.extend(text.map(|text| (name.to_owned(), text.to_owned())));
    with_constraint_comments(&without_constraint_comments(sql), &known)
}

/// A definition with the comments of its constraints.
pub(super) fn with_constraint_comments(sql: &str, comments: &[(String, String)]) -> String {
    let comments = comments.iter().map(|(name, text)| written_constraint_comment(name, text));
    comments.fold(sql.to_owned(), |sql, comment| format!("{sql} {comment}"))
}
