//! CREATE VIRTUAL TABLE, and what modules do when their tables are dropped and renamed.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema, is_there};
use crate::ast::CreateVirtualTable;
use crate::catalog::{ObjectKind, Table};
use crate::module::{Definition, Shelf, VirtualTable};

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
        if is_there(&catalog, name, create.if_not_exists)? {
            return Ok(());
        }
        let module = self.modules.maker(&create.module)?.clone();
        let sql: Arc<str> = format!("CREATE VIRTUAL TABLE {}", create.tail.of(statement.text())).into();
        let row = self.schema_row(ObjectKind::Table, name, name, Some(sql))?;
        let definition = Definition {
            module: create.module.clone(),
            table: name.to_string(),
            arguments: create.arguments.clone(),
            space: row.space,
        };
        let connected = module.connect(&definition)?;
        if connected.columns().is_empty() {
            return Err(Error::sql(format!("vtable constructor did not declare schema: {name}")).into());
        }
        self.write_schema_row(&row)?;
        self.with_shelf(row.space, |shelf| module.create(&definition, shelf))?;
        self.schema_changed();
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

    fn connected(&self, table: &Table) -> Result<Option<Arc<dyn VirtualTable>>> {
        table.module.as_ref().map(|definition| self.modules.connect(definition)).transpose()
    }

    fn with_shelf(
        &mut self,
        space: helios_core::versioned::Space,
        work: impl FnOnce(&mut Shelf<'_>) -> Result<()>,
    ) -> Result<()> {
        let (reader, _) = self.current_reader()?;
        match &self.transaction {
            Some(transaction) => work(&mut Shelf::new(space, reader, transaction)),
            None => Ok(()),
        }
    }
}
