//! CREATE TRIGGER.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema, written_name};
use crate::ast::{CreateTrigger, ObjectName, TriggerTiming, for_each_source, for_each_source_in};
use crate::catalog::{Catalog, ObjectKind, Table};

impl Session {
    pub(in crate::session) fn create_trigger(
        &mut self,
        statement: &Statement,
        create: &CreateTrigger,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        let table = catalog.relation(&create.table.name);
        // What the session that has this one as its `temp` has looked at, may be a table of any schema.
        if table.is_none() && !self.is_temporary() {
            let (schema, table) = (&self.schema, &create.table.name);
            return Err(Error::sql(format!("no such table: {schema}.{table}")).into());
        }
        if let Some(table) = table.filter(|_| !self.is_temporary()) {
            check_kind(table)?;
        }
        check_name(name)?;
        if catalog.trigger(name).is_some() {
            if create.if_not_exists {
                return Ok(());
            }
            let written = written_name(create.tail.of(statement.text()));
            return Err(Error::sql(format!("trigger {written} already exists")).into());
        }
        if let Some(table) = table.filter(|_| !self.is_temporary()) {
            check_fits(create, table)?;
        }
        if !statement.parameters().is_empty() {
            return Err(Error::sql("trigger cannot use variables").into());
        }
        let sql: Arc<str> = format!("CREATE TRIGGER {}", create.tail.of(statement.text())).into();
        let row = self.schema_row(ObjectKind::Trigger, name, &create.table.name, Some(sql))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        Ok(())
    }
}

impl Session {
    /// The number of the schema that a new trigger goes to. One of `temp` may be of a table of any schema, and is looked
    /// at here; others are of tables of their own schema, and name no other.
    pub(in crate::session) fn place_of_trigger(&mut self, create: &CreateTrigger) -> Result<usize> {
        if create.temporary && create.name.schema.is_some() {
            return Err(Error::sql("temporary trigger may not have qualified name"));
        }
        // The table of a schema itself is that of `main` if no other is named.
        let is_own =
            |catalog: &Catalog, name: &str| catalog.relation(name).is_some_and(|it| !it.is_internal());
        let found = match self.slot_with(&create.table, is_own)? {
            None => create.table.schema.is_none().then_some(0),
            Some(slot) => {
                let catalog = self.at(slot).compiling_catalog()?;
                catalog.relation(&create.table.name).is_some().then_some(slot)
            }
        };
        let temp = self.slot_named("temp");
        let named = create.name.schema.as_deref();
        let is_temporary = create.temporary
            || named.is_some_and(|schema| schema.eq_ignore_ascii_case("temp"))
            || named.is_none() && found.is_some() && found == temp;
        if !is_temporary {
            let home = match named {
                Some(schema) => {
                    let home = self.slot_named(schema);
                    home.ok_or_else(|| Error::sql(format!("unknown database {schema}")))?
                }
                None => 0,
            };
            let check = |name: &ObjectName| self.check_own_schema(home, "trigger", &create.name.name, name);
            check(&create.table)?;
            let mut checked = Ok(());
            let mut visit = |name: &ObjectName| {
                if checked.is_ok() {
                    checked = check(name);
                }
            };
            create.filter.iter().for_each(|filter| for_each_source_in(filter, &mut visit));
            create.body.iter().for_each(|statement| for_each_source(statement, &mut visit));
            return checked.map(|()| home);
        }
        let home = self.temp()?;
        let table = match found {
            Some(slot) => self.at(slot).current_catalog()?.relation(&create.table.name).cloned(),
            None => None,
        };
        let Some(table) = table else {
            let schema = create.table.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
            return Err(Error::sql(format!("no such table: {schema}{}", create.table.name)));
        };
        check_kind(&table)?;
        let slot = found.unwrap_or(home);
        let schema = self.at(slot).schema.clone();
        let temp = self.at(home);
        let exists = temp.current_catalog()?.trigger(&create.name.name).is_some();
        if !exists {
            check_name(&create.name.name)?;
            check_fits(create, &table)?;
            let temp = self.at(home);
            let schemas = Arc::make_mut(&mut temp.trigger_schemas);
            let name = create.name.name.to_ascii_lowercase();
            match slot == home {
                true => schemas.remove(&name),
                false => schemas.insert(name, schema),
            };
        }
        Ok(home)
    }

    /// What is made in a schema other than `temp` names no other schema.
    pub(in crate::session) fn check_own_schema(
        &self,
        home: usize,
        kind: &str,
        object: &str,
        name: &ObjectName,
    ) -> Result<()> {
        match &name.schema {
            Some(schema) if self.slot_named(schema) != Some(home) => {
                Err(Error::sql(format!("{kind} {object} cannot reference objects in database {schema}")))
            }
            _ => Ok(()),
        }
    }
}

/// An error if no trigger can be of the table, whatever it is called.
fn check_kind(table: &Table) -> Result<()> {
    match table.module.is_some() {
        true => Err(Error::sql("cannot create triggers on virtual tables")),
        false => Ok(()),
    }
}

/// An error if a trigger of this kind cannot be of the table.
fn check_fits(create: &CreateTrigger, table: &Table) -> Result<()> {
    if table.is_internal() {
        return Err(Error::sql("cannot create trigger on system table"));
    }
    let is_instead = create.timing == TriggerTiming::InsteadOf;
    if table.view.is_some() && !is_instead {
        let timing = if create.timing == TriggerTiming::Before { "BEFORE" } else { "AFTER" };
        return Err(Error::sql(format!("cannot create {timing} trigger on view: {}", create.table.name)));
    }
    if table.view.is_none() && is_instead {
        return Err(Error::sql(format!("cannot create INSTEAD OF trigger on table: {}", create.table.name)));
    }
    Ok(())
}
