//! CREATE VIRTUAL TABLE, and what modules do when their tables are dropped and renamed.

use std::sync::Arc;

use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::super::Session;
use super::super::module_tables::SchemaTables;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema, is_there};
use crate::ast::CreateVirtualTable;
use crate::catalog::{ObjectKind, SchemaRow, Table};
use crate::module::{Definition, FollowedRow, Shelf, StoredRows, VirtualTable};
use crate::write::SiteRowids;

impl Session {
    pub(in crate::session) fn create_virtual_table(
        &mut self,
        statement: &Statement,
        create: &CreateVirtualTable,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        check_name(name)?;
        if is_there(&catalog, name, create.tail.of(statement.text()), create.if_not_exists)? {
            return Ok(());
        }
        let module = self.modules.maker(&create.module)?.clone();
        let sql: Arc<str> = format!("CREATE VIRTUAL TABLE {}", create.tail.of(statement.text())).into();
        let row = self.schema_row(ObjectKind::Table, name, name, Some(sql))?;
        let mut definition = Definition {
            module: create.module.clone(),
            table: name.to_string(),
            arguments: create.arguments.clone(),
            space: row.space,
        };
        let shadows = module.shadow_tables(&definition)?;
        if !shadows.is_empty() {
            definition.space = Space(0);
        }
        let connected = self.connect_module(&definition)?;
        if connected.columns().is_empty() {
            return Err(Error::sql(format!("vtable constructor did not declare schema: {name}")).into());
        }
        self.write_schema_row(&SchemaRow { space: definition.space, ..row })?;
        for (suffix, columns) in &shadows {
            let shadow = format!("{name}_{suffix}");
            let quoted = format!("'{}'", shadow.replace('\'', "''"));
            let catalog = self.current_catalog()?;
            is_there(&catalog, &shadow, &quoted, false).map_err(|error| {
                let module = &definition.module;
                Error::sql(format!("{module}: error creating shadow table {shadow}: {}", error.message()))
            })?;
            self.create_shadow(&format!("CREATE TABLE {quoted}{columns}"), &catalog)?;
        }
        self.schema_changed();
        let connected = if shadows.is_empty() { connected } else { self.connect_module(&definition)? };
        self.with_shelf(definition.space, |shelf| module.create(&*connected, shelf))?;
        Ok(())
    }

    /// Tells a virtual table that it is dropped.
    pub(super) fn destroy_virtual(&mut self, table: &Table) -> Result<()> {
        let Some(connected) = self.connected(table)? else { return Ok(()) };
        self.with_shelf(table.space, |shelf| connected.destroy(shelf))
    }

    /// Tells a virtual table that it is renamed.
    pub(super) fn rename_virtual(&mut self, table: &Table, to: &str) -> Result<()> {
        let Some(connected) = self.connected(table)? else { return Ok(()) };
        self.with_shelf(table.space, |shelf| connected.rename(to, shelf))
    }

    fn connected(&mut self, table: &Table) -> Result<Option<Arc<dyn VirtualTable>>> {
        table.module.as_ref().map(|definition| self.connect_module(definition)).transpose()
    }

    /// The table of a definition, among the tables that there are now.
    fn connect_module(&mut self, definition: &Definition) -> Result<Arc<dyn VirtualTable>> {
        let view = self.current_view()?;
        view.modules.connect(definition, &SchemaTables::new(&view, 0))
    }

    /// The shadow tables of a virtual table that are there.
    pub(super) fn shadows_of(&mut self, table: &Table) -> Result<Vec<String>> {
        let Some(connected) = self.connected(table)? else { return Ok(Vec::new()) };
        let catalog = self.current_catalog()?;
        let names = connected.shadows().into_iter().map(|suffix| format!("{}_{suffix}", table.name));
        Ok(names.filter(|name| catalog.table(name).is_some()).collect())
    }

    /// The shadow tables of a virtual table that follow from others.
    pub(in crate::session) fn derived_shadows_of(&mut self, table: &Table) -> Result<Vec<String>> {
        let derived = self.connected(table)?.map_or_else(Vec::new, |connected| connected.derived_shadows());
        Ok(derived.into_iter().map(|suffix| format!("{}_{suffix}", table.name)).collect())
    }

    /// The table that the shadow tables of a virtual table follow from.
    pub(in crate::session) fn followed_by(&mut self, table: &Table) -> Result<Option<Arc<dyn StoredRows>>> {
        Ok(self.connected(table)?.and_then(|connected| connected.followed()))
    }

    /// Tells a virtual table of rows that have changed in the table that it follows from.
    pub(in crate::session) fn follow_virtual(
        &mut self,
        table: &Table,
        changes: Vec<FollowedRow>,
    ) -> Result<()> {
        let Some(connected) = self.connected(table)? else { return Ok(()) };
        self.with_shelf(table.space, |shelf| connected.follow(changes, shelf))
    }

    /// Has a virtual table make anew what follows from other tables.
    pub(in crate::session) fn renew_virtual(&mut self, table: &Table) -> Result<()> {
        let Some(connected) = self.connected(table)? else { return Ok(()) };
        self.with_shelf(table.space, |shelf| connected.renew(shelf))
    }

    fn with_shelf(&mut self, space: Space, work: impl FnOnce(&mut Shelf<'_>) -> Result<()>) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        match &self.transaction {
            Some(transaction) => {
                let mut rowids = SiteRowids::new(&mut self.rowids, &**self.database.entropy());
                let writes = transaction.shared_writes();
                work(&mut Shelf::new(space, reader, &writes, &mut rowids, &mut self.waiting))
            }
            None => Ok(()),
        }
    }
}
