//! A table with the same rows under another definition, where rows themselves change.
//!
//! A table under a name of its own takes the rows; then its rows and the indexes of its constraints become those of the
//! table, and the other indexes are filled anew. The table keeps its name and its triggers, and what it was before is
//! still there for those who ask for the past.

use std::sync::Arc;

use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::super::Session;
use super::alter::parsed;
use super::definition::Definition;
use super::quoted;
use crate::ast::ColumnConstraint;
use crate::catalog::{IndexOrigin, ObjectKind, SchemaRow, Table};

impl Session {
    /// Makes a table anew. `values` are columns whose values are to be computed, in PostgreSQL's spelling.
    pub(super) fn remake(
        &mut self,
        table: &Arc<Table>,
        definition: &Definition,
        values: &[(&str, String)],
    ) -> Result<()> {
        if !table.sealed.is_empty() || table.row_key.is_some() {
            return Err(Error::sql(format!("changing the rows of table {} is not supported", table.name)));
        }
        let other = format!("helios_new_{}", table.name);
        let sql = definition.written(&other);
        let catalog = self.current_catalog()?;
        self.define(&parsed(&sql)?, sql.into(), &catalog)?;
        let filled = self.fill_remade(table, definition, values, &other);
        filled.map_err(|error| match error.message().contains(&other) {
            true => Error::new(error.kind(), error.message().replace(&other, &table.name)),
            false => error,
        })?;
        self.take_place(table, &other, &definition.written(&table.name))?;
        self.check_schema_objects(" after a change of its table")
    }

    /// Copies the rows.
    fn fill_remade(
        &mut self,
        table: &Table,
        definition: &Definition,
        values: &[(&str, String)],
        other: &str,
    ) -> Result<()> {
        let (mut names, mut sources) = (Vec::new(), Vec::new());
        for piece in &definition.columns {
            let name = &piece.tree.name.text;
            let is_generated = |it: &ColumnConstraint| matches!(it, ColumnConstraint::Generated { .. });
            if table.column(name).is_none() || piece.tree.constraints.iter().any(is_generated) {
                continue;
            }
            names.push(quoted(name));
            let value = values.iter().find(|(column, _)| column.eq_ignore_ascii_case(name));
            sources.push(value.map_or_else(|| quoted(name), |(_, value)| value.clone()));
        }
        let changes = (self.changes, self.total_changes, self.last_insert_rowid);
        let filled = self.run_text(&format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}",
            quoted(other),
            names.join(", "),
            sources.join(", "),
            quoted(&table.name)
        ));
        (self.changes, self.total_changes, self.last_insert_rowid) = changes;
        filled
    }

    /// The rows of `other` become those of a table.
    fn take_place(&mut self, table: &Arc<Table>, other: &str, sql: &str) -> Result<()> {
        let rows = self.schema_rows()?;
        let is_of = |row: &SchemaRow, kind: ObjectKind, name: &str| {
            row.kind == kind && row.table.eq_ignore_ascii_case(name)
        };
        let Some(space) =
            rows.iter().find(|(_, row)| is_of(row, ObjectKind::Table, other)).map(|(_, row)| row.space)
        else {
            return Ok(());
        };
        let mut changed = Vec::new();
        for (key, row) in &rows {
            let mut row = row.clone();
            if is_of(&row, ObjectKind::Table, &table.name) {
                row.space = space;
                row.sql = Some(sql.into());
            } else if is_of(&row, ObjectKind::Index, &table.name) && row.sql.is_some() {
                row.space = self.database.engine().reserve_space()?;
            } else if is_of(&row, ObjectKind::Index, other) {
                row.name = row.name.replacen(other, &table.name, 1);
                row.table.clone_from(&table.name);
            } else {
                continue;
            }
            changed.push((key.clone(), row));
        }
        let is_kept_index = |row: &SchemaRow| row.sql.is_some();
        self.remove_schema_rows(|row| {
            is_of(row, ObjectKind::Table, other)
                || is_of(row, ObjectKind::Index, &table.name) && !is_kept_index(row)
        })?;
        self.replace_schema_rows(&changed);
        if table.autoincrement {
            self.forget_sequence(other)?;
        }
        if let Some(transaction) = &self.transaction {
            table.layouts.remove(table.space, &mut transaction.writes());
        }
        let spaces: Vec<Space> =
            std::iter::once(table.space).chain(table.indexes.iter().map(|index| index.space)).collect();
        self.drop_spaces(&spaces);
        self.count_on(table.space, space)?;
        let Some(now) = self.current_catalog()?.table(&table.name).cloned() else { return Ok(()) };
        for index in now.indexes.iter().filter(|index| index.origin == IndexOrigin::Statement) {
            self.fill_index(&now, index)?;
        }
        Ok(())
    }
}
