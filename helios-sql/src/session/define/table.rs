//! CREATE TABLE.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result};

use super::super::Session;
use super::super::sequence::SEQUENCE_SQL;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::enumeration::with_name;
use super::{check_name, check_schema, is_there, quoted_if_needed};
use crate::ast::{self, CreateTable, ObjectName, OnCommit};
use crate::bind::distinct_names;
use crate::catalog::{Catalog, ObjectKind, Table, define_table};
use crate::chunk::Chunk;
use crate::parse::{Dialect, kept_type, parse_statement};

/// A definition that says what happens to the table when a transaction is committed.
fn with_on_commit(sql: String, create: &CreateTable) -> String {
    match create.on_commit {
        Some(said) => format!("{sql} {}", said.comment()),
        None => sql,
    }
}

impl Session {
    /// Does to temporary tables what they are to do when a transaction is committed, which is about to be.
    pub fn end_temporary_tables(&mut self) -> Result<()> {
        for (name, said) in self.tables_that_end()? {
            let name = super::quoted(&name);
            self.run_text(&match said {
                OnCommit::Drop => format!("DROP TABLE pg_temp.{name}"),
                OnCommit::DeleteRows => format!("DELETE FROM pg_temp.{name}"),
            })?;
        }
        Ok(())
    }

    /// Whether there are tables that do something when a transaction is committed.
    pub fn has_ending_tables(&mut self) -> bool {
        self.tables_that_end().is_ok_and(|tables| !tables.is_empty())
    }

    fn tables_that_end(&mut self) -> Result<Vec<(String, OnCommit)>> {
        let Some(slot) = self.slot_named("temp") else { return Ok(Vec::new()) };
        let catalog = self.at(slot).compiling_catalog()?;
        let ending = |table: &Arc<Table>| Some((table.name.clone(), OnCommit::of(&table.sql)?));
        Ok(catalog.tables().filter_map(ending).collect())
    }

    pub(in crate::session) fn create_table(
        &mut self,
        statement: &Statement,
        create: &CreateTable,
        parameters: &Chunk,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        check_name(name)?;
        if is_there(&catalog, name, create.tail.of(statement.text()), create.if_not_exists)? {
            return Ok(());
        }
        if let Some(select) = &create.select {
            return self.create_table_as(statement, name, select, parameters);
        }
        let sql = with_on_commit(format!("CREATE TABLE {}", create.tail.of(statement.text())), create);
        self.define(create, sql.into(), &catalog)?;
        Ok(())
    }

    /// Makes a shadow table of a virtual table.
    pub(super) fn create_shadow(&mut self, sql: &str, catalog: &Catalog) -> Result<()> {
        match parse_statement(sql)?.map(|parsed| parsed.statement) {
            Some(ast::Statement::CreateTable(create)) => self.define(&create, sql.into(), catalog),
            _ => Err(Error::new(ErrorKind::Internal, "a definition that was written here is not understood")),
        }
    }

    /// Writes the rows of a new table and of the indexes of its constraints.
    pub(super) fn define(&mut self, create: &CreateTable, sql: Arc<str>, catalog: &Catalog) -> Result<()> {
        let table = define_table(create, sql.clone(), Space(0))?;
        catalog.check_named(table.collations())?;
        let name = table.name.clone();
        let row = self.schema_row(ObjectKind::Table, &name, &name, Some(sql))?;
        self.write_schema_row(&row)?;
        let mut layouts = table.layouts.clone();
        self.add_column_keys(&mut layouts, &table.columns)?;
        if let Some(transaction) = &self.transaction {
            layouts.write(row.space, &mut transaction.writes());
        }
        for index in &table.indexes {
            let row = self.schema_row(ObjectKind::Index, &index.name, &name, None)?;
            self.write_schema_row(&row)?;
        }
        let sequence = "sqlite_sequence";
        if table.autoincrement && catalog.table(sequence).is_none() {
            let row = self.schema_row(ObjectKind::Table, sequence, sequence, Some(SEQUENCE_SQL.into()))?;
            self.write_schema_row(&row)?;
        }
        self.schema_changed();
        self.begin_counting(create, &name, row.space, &table.sql)?;
        self.check_table(&name)
    }

    fn create_table_as(
        &mut self,
        statement: &Statement,
        name: &str,
        select: &ast::Select,
        parameters: &Chunk,
    ) -> Result<(), Failure> {
        let text = self.definition_of(statement, name, select, parameters)?;
        let Some(ast::Statement::CreateTable(create)) =
            parse_statement(&text)?.map(|parsed| parsed.statement)
        else {
            return Err(Error::new(
                ErrorKind::Internal,
                "a definition that was written here is not understood",
            )
            .into());
        };
        let catalog = self.current_catalog()?;
        self.define(&create, text.into(), &catalog)?;
        let changes = (self.changes, self.total_changes, self.last_insert_rowid);
        let filled = self.fill_from(statement, ObjectName::bare(name), select, parameters);
        let rows = self.changes;
        (self.changes, self.total_changes, self.last_insert_rowid) = changes;
        if self.settings.dialect == Dialect::Postgres {
            // Its clients are told how many rows there were.
            self.changes = rows;
        }
        filled?;
        Ok(())
    }

    /// The text of the definition of a table for the rows of a query.
    pub(in crate::session) fn definition_of(
        &mut self,
        statement: &Statement,
        name: &str,
        select: &ast::Select,
        parameters: &Chunk,
    ) -> Result<String> {
        let columns = self.columns_of(statement, name, select, parameters)?;
        Ok(format!("CREATE TABLE {}({columns})", quoted_if_needed(name)))
    }

    /// Inserts the rows of a query into a table.
    pub(in crate::session) fn fill_from(
        &mut self,
        statement: &Statement,
        table: ObjectName,
        select: &ast::Select,
        parameters: &Chunk,
    ) -> Result<()> {
        let insert = ast::Insert {
            with: Vec::new(),
            on_conflict: None,
            table,
            alias: None,
            overriding: None,
            columns: Vec::new(),
            source: Some(Box::new(select.clone())),
            upserts: Vec::new(),
            returning: Vec::new(),
        };
        let mut filling = Statement::internal(statement, ast::Statement::Insert(Box::new(insert)));
        // A table that is being made refers to nothing, and whatever refers to its name waits for other rows.
        let foreign_keys = std::mem::replace(&mut self.settings.foreign_keys, false);
        self.settings_changes += 1;
        let filled = self.start(&mut filling, parameters);
        self.settings.foreign_keys = foreign_keys;
        self.settings_changes += 1;
        filled
    }

    /// The columns of a query as column definitions, laid out as SQLite does.
    fn columns_of(
        &mut self,
        statement: &Statement,
        table: &str,
        select: &ast::Select,
        parameters: &Chunk,
    ) -> Result<String> {
        let outputs = self.bind_outputs(statement, select, parameters)?;
        let names = distinct_names(outputs.iter().map(|(name, _)| name.clone()));
        let mut columns = Vec::with_capacity(outputs.len());
        let is_postgres = self.settings.dialect == Dialect::Postgres;
        let catalog = self.current_catalog()?;
        for (name, (_, info)) in names.iter().zip(outputs) {
            if is_postgres {
                let declared = info.declared_type.as_deref().map(|declared| with_name(declared, &catalog));
                let declared = declared.as_deref().map(kept_type).unwrap_or_else(|| "TEXT".to_owned());
                columns.push(format!("{} {declared}", quoted_if_needed(name)));
                continue;
            }
            let declared = match info.affinity {
                None | Some(Affinity::Blob) => "",
                Some(Affinity::Text) => " TEXT",
                Some(Affinity::Numeric) => " NUM",
                Some(Affinity::Integer) => " INT",
                Some(Affinity::Real) => " REAL",
            };
            columns.push(format!("{}{declared}", quoted_if_needed(name)));
        }
        // The room that names take with quotes around them.
        let room = |name: &str| name.len() + name.matches('"').count() + 2;
        let is_short = names.iter().map(|name| room(name) + 5).sum::<usize>() + room(table) < 50;
        if is_short {
            return Ok(columns.join(","));
        }
        Ok(format!("\n  {}\n", columns.join(",\n  ")))
    }
}
