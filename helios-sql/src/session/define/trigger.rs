//! CREATE TRIGGER.

use std::sync::Arc;

use helios_core::Error;

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema};
use crate::ast::{CreateTrigger, TriggerTiming};
use crate::catalog::ObjectKind;

impl Session {
    pub(in crate::session) fn create_trigger(
        &mut self,
        statement: &Statement,
        create: &CreateTrigger,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        check_schema(&create.table)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        let Some(table) = catalog.relation(&create.table.name).cloned() else {
            return Err(Error::sql(format!("no such table: main.{}", create.table.name)).into());
        };
        check_name(name)?;
        if catalog.trigger(name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            return Err(Error::sql(format!("trigger {name} already exists")).into());
        }
        if table.is_internal() {
            return Err(Error::sql("cannot create trigger on system table").into());
        }
        if table.module.is_some() {
            return Err(Error::sql("cannot create triggers on virtual tables").into());
        }
        let is_instead = create.timing == TriggerTiming::InsteadOf;
        if table.view.is_some() && !is_instead {
            let timing = if create.timing == TriggerTiming::Before { "BEFORE" } else { "AFTER" };
            let message = format!("cannot create {timing} trigger on view: {}", table.name);
            return Err(Error::sql(message).into());
        }
        if table.view.is_none() && is_instead {
            let message = format!("cannot create INSTEAD OF trigger on table: {}", table.name);
            return Err(Error::sql(message).into());
        }
        if !statement.parameters().is_empty() {
            return Err(Error::sql("trigger cannot use variables").into());
        }
        let sql: Arc<str> = format!("CREATE TRIGGER {}", create.tail.of(statement.text())).into();
        let row = self.schema_row(ObjectKind::Trigger, name, &table.name, Some(sql))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        Ok(())
    }
}
