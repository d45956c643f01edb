//! CREATE VIEW.

use std::sync::Arc;

use helios_core::Result;

use super::super::Session;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::{check_name, check_schema, is_there};
use crate::ast::{CreateView, Drop, for_each_source_of};
use crate::catalog::ObjectKind;
use crate::parse::{comment_in, written_comment};

impl Session {
    pub(in crate::session) fn create_view(
        &mut self,
        statement: &Statement,
        create: &CreateView,
    ) -> Result<(), Failure> {
        check_schema(&create.name)?;
        let catalog = self.current_catalog()?;
        let name = &create.name.name;
        check_name(name)?;
        let known = catalog.relation(name).filter(|table| create.replaces && table.view.is_some());
        let comment = known.and_then(|view| comment_in(&view.sql));
        if create.replaces && catalog.relation(name).is_some_and(|table| table.view.is_some()) {
            self.drop_view(&Drop { if_exists: false, name: create.name.clone(), cascades: true })?;
        } else if is_there(&catalog, name, create.tail.of(statement.text()), create.if_not_exists)? {
            return Ok(());
        }
        if !statement.parameters().is_empty() {
            return Err(helios_core::Error::sql("parameters are not allowed in views").into());
        }
        let comment = comment.map_or_else(String::new, |comment| format!(" {}", written_comment(&comment)));
        let sql: Arc<str> = format!("CREATE VIEW {}{comment}", create.tail.of(statement.text())).into();
        let row = self.schema_row(ObjectKind::View, name, name, Some(sql))?;
        self.write_schema_row(&row)?;
        self.schema_changed();
        Ok(())
    }

    /// What a view of another schema than `temp` names is in its own schema.
    pub(in crate::session) fn check_view_sources(&self, slot: usize, create: &CreateView) -> Result<()> {
        let mut checked = Ok(());
        if self.slot_named("temp") != Some(slot) {
            for_each_source_of(&create.select, &mut |name| {
                if checked.is_ok() {
                    checked = self.check_own_schema(slot, "view", &create.name.name, name);
                }
            });
        }
        checked
    }
}
