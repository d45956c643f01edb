//! A table or view as its rows in `sqlite_schema` make it.
//!
//! In: its own row, then those of its indexes and triggers. Out: a [`Table`], without what other tables and ANALYZE say of
//! it.

use std::sync::Arc;

use helios_core::{Error, ErrorKind, Result};

use super::load::StoredRow;
use super::sealed::Ciphers;
use super::{
    Layouts, ObjectKind, SchemaRow, Table, Trigger, define_index, define_table, define_view, define_virtual,
};
use crate::ast::Statement;
use crate::parse::parse_statement;

/// A table or view and what it was made of.
#[derive(Debug)]
pub(super) struct Made {
    /// Its row, then those of its indexes and triggers.
    rows: Vec<Arc<StoredRow>>,
    layouts: Layouts,
    /// As these make it: without what other tables and ANALYZE say of it.
    pub(super) table: Arc<Table>,
}

impl Made {
    /// Makes it.
    ///
    /// # Errors
    /// `malformed database schema` if a row makes no sense.
    pub(super) fn new(rows: Vec<Arc<StoredRow>>, layouts: Layouts, ciphers: &Ciphers) -> Result<Made> {
        let mut made: Option<Table> = None;
        for StoredRow { row, .. } in rows.iter().map(|row| &**row) {
            let added = match (row.kind, &mut made) {
                (ObjectKind::Index, Some(table)) => add_index(table, row),
                (ObjectKind::Trigger, Some(table)) => {
                    trigger_of_row(row).map(|trigger| table.triggers.push(trigger))
                }
                _ => table_of_row(row).map(|table| made = Some(Table { layouts: layouts.clone(), ..table })),
            };
            added.map_err(|error| broken(row, error))?;
        }
        let mut table = made.ok_or_else(|| Error::corrupt("indexes or triggers have no table"))?;
        if table.is_stored() {
            table.sealed = layouts.sealed(&table.columns, ciphers)?;
        }
        Ok(Made { rows, layouts, table: Arc::new(table) })
    }

    /// Whether it was made of these rows: they are shared where they are the same.
    pub(super) fn is_of(&self, rows: &[Arc<StoredRow>], layouts: &Layouts) -> bool {
        let is_same = |(one, other): (&Arc<StoredRow>, &Arc<StoredRow>)| Arc::ptr_eq(one, other);
        self.rows.len() == rows.len() && self.rows.iter().zip(rows).all(is_same) && self.layouts == *layouts
    }
}

fn table_of_row(row: &SchemaRow) -> Result<Table> {
    let sql = row.sql.clone().unwrap_or_default();
    let table = match parse_statement(&sql)?.map(|parsed| parsed.statement) {
        Some(Statement::CreateTable(statement)) => define_table(&statement, sql, row.space)?,
        Some(Statement::CreateView(statement)) => define_view(&statement, sql),
        Some(Statement::CreateVirtualTable(statement)) => define_virtual(&statement, sql, row.space),
        _ => return Err(Error::corrupt(format!("table {} has no definition", row.name))),
    };
    check_name(row, &table.name)?;
    Ok(table)
}

/// An error if an object has another name than its definition says.
fn check_name(row: &SchemaRow, defined: &str) -> Result<()> {
    if row.name == defined {
        return Ok(());
    }
    Err(Error::corrupt(format!("{} {} is defined as {defined}", row.kind.word(), row.name)))
}

/// The trigger of a row.
pub(super) fn trigger_of_row(row: &SchemaRow) -> Result<Arc<Trigger>> {
    let sql: Arc<str> = row.sql.clone().unwrap_or_default();
    let Some(Statement::CreateTrigger(definition)) = parse_statement(&sql)?.map(|parsed| parsed.statement)
    else {
        return Err(Error::corrupt(format!("trigger {} has no definition", row.name)));
    };
    Ok(Arc::new(Trigger { name: row.name.clone(), definition: *definition, sql, home: None }))
}

fn add_index(table: &mut Table, row: &SchemaRow) -> Result<()> {
    let Some(sql) = &row.sql else {
        // The indexes of constraints come with the table; here they get their spaces.
        let known = table.indexes.iter_mut().find(|index| index.name.eq_ignore_ascii_case(&row.name));
        let Some(index) = known else {
            return Err(Error::corrupt(format!("index {} has no constraint", row.name)));
        };
        Arc::make_mut(index).space = row.space;
        return Ok(());
    };
    let Some(Statement::CreateIndex(statement)) = parse_statement(sql)?.map(|parsed| parsed.statement) else {
        return Err(Error::corrupt(format!("index {} has no definition", row.name)));
    };
    let index = define_index(&statement, table, row.space, sql.clone())?;
    check_name(row, &index.name)?;
    table.indexes.push(Arc::new(index));
    Ok(())
}

/// The error about a row that makes no sense.
pub(super) fn broken(row: &SchemaRow, error: Error) -> Error {
    Error::new(ErrorKind::Corrupt, format!("malformed database schema ({})", row.name)).caused_by(error)
}
