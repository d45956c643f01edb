//! DROP of tables, indexes, views and triggers.

use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::super::Session;
use super::super::transaction::Failure;
use super::{check_schema, has_reserved_name};
use crate::ast::{Drop, ObjectName};
use crate::catalog::{IndexOrigin, ObjectKind};
use crate::parse::Dialect;

impl Session {
    pub(in crate::session) fn drop_table(&mut self, drop: &Drop) -> Result<(), Failure> {
        if check_schema(&drop.name).is_err() {
            return missing("table", drop);
        }
        let catalog = self.current_catalog()?;
        let Some(table) = catalog.relation(&drop.name.name).cloned() else {
            return missing("table", drop);
        };
        if table.view.is_some() {
            return Err(Error::sql(format!("use DROP VIEW to delete view {}", table.name)).into());
        }
        if table.is_internal() || has_reserved_name(&table.name) && !table.name.starts_with("sqlite_stat") {
            let name = if table.is_internal() { "sqlite_master" } else { &*drop.name.name };
            return Err(Error::sql(format!("table {name} may not be dropped")).into());
        }
        self.check_no_sequence(&table)?;
        self.check_no_queries()?;
        self.about_to_write()?;
        if self.settings.dialect == Dialect::Postgres {
            self.free_of_references(&table, None, drop.cascades)?;
        }
        let Some(table) = self.current_catalog()?.relation(&drop.name.name).cloned() else { return Ok(()) };
        let shadows = self.shadows_of(&table)?;
        self.destroy_virtual(&table)?;
        self.forget_referring_rows(&table)?;
        let name = table.name.clone();
        let spaces: Vec<Space> =
            std::iter::once(table.space).chain(table.indexes.iter().map(|index| index.space)).collect();
        let spaces: Vec<Space> = spaces.into_iter().filter(|space| *space != Space(0)).collect();
        if table.autoincrement {
            self.forget_sequence(&name)?;
        }
        let elsewhere = self.trigger_schemas.clone();
        self.remove_schema_rows(|row| {
            let is_elsewhere =
                row.kind == ObjectKind::Trigger && elsewhere.contains_key(&row.name.to_ascii_lowercase());
            row.table.eq_ignore_ascii_case(&name) && !is_elsewhere
        })?;
        self.forget_statistics(&catalog, &name, None)?;
        if let Some(transaction) = &self.transaction {
            table.layouts.remove(table.space, &mut transaction.writes());
        }
        self.drop_spaces(&spaces);
        self.drop_sequences_of(&name, None)?;
        for shadow in shadows {
            self.drop_table(&Drop { if_exists: true, name: ObjectName::bare(&shadow), cascades: true })?;
        }
        Ok(())
    }

    pub(in crate::session) fn drop_view(&mut self, drop: &Drop) -> Result<(), Failure> {
        if check_schema(&drop.name).is_err() {
            return missing("view", drop);
        }
        let catalog = self.current_catalog()?;
        let Some(view) = catalog.relation(&drop.name.name).cloned() else {
            return missing("view", drop);
        };
        if view.view.is_none() {
            return Err(Error::sql(format!("use DROP TABLE to delete table {}", view.name)).into());
        }
        self.remove_schema_rows(|row| row.table.eq_ignore_ascii_case(&view.name))?;
        Ok(())
    }

    pub(in crate::session) fn drop_trigger(&mut self, drop: &Drop) -> Result<(), Failure> {
        if check_schema(&drop.name).is_err() {
            return missing("trigger", drop);
        }
        let catalog = self.current_catalog()?;
        let Some(trigger) = catalog.trigger(&drop.name.name) else {
            return missing("trigger", drop);
        };
        let name = trigger.name.clone();
        self.remove_schema_rows(|row| {
            row.kind == ObjectKind::Trigger && row.name.eq_ignore_ascii_case(&name)
        })?;
        Ok(())
    }

    pub(in crate::session) fn drop_index(&mut self, drop: &Drop) -> Result<(), Failure> {
        if check_schema(&drop.name).is_err() {
            return missing("index", drop);
        }
        let catalog = self.current_catalog()?;
        let Some((table, index)) = catalog.index(&drop.name.name) else {
            return missing("index", drop);
        };
        if index.origin != IndexOrigin::Statement {
            return Err(Error::sql(
                "index associated with UNIQUE or PRIMARY KEY constraint cannot be dropped",
            )
            .into());
        }
        self.check_no_queries()?;
        let (table, name, space) = (table.name.clone(), index.name.clone(), index.space);
        self.remove_schema_rows(|row| row.kind == ObjectKind::Index && row.name.eq_ignore_ascii_case(&name))?;
        self.forget_statistics(&catalog, &table, Some(&name))?;
        self.drop_spaces(&[space]);
        Ok(())
    }

    pub(super) fn drop_spaces(&mut self, spaces: &[Space]) {
        if let Some(transaction) = &self.transaction {
            let mut writes = transaction.writes();
            spaces.iter().for_each(|space| writes.drop_space(*space));
        }
        spaces.iter().for_each(|space| self.rowids.forget(*space));
        self.schema_changed();
    }
}

/// There is nothing to drop, which may be an error.
fn missing(kind: &str, drop: &Drop) -> Result<(), Failure> {
    if drop.if_exists {
        return Ok(());
    }
    let schema = drop.name.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
    Err(Error::sql(format!("no such {kind}: {schema}{}", drop.name.name)).into())
}
