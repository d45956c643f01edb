//! Is what a definition says meaningful? What is bound here is thrown away.

use std::sync::Arc;

use helios_core::Result;

use super::super::Session;
use super::super::environment::View;
use crate::bind::Binder;
use crate::catalog::Table;

impl Session {
    /// What a new definition sees.
    pub(super) fn defining_view(&mut self) -> Result<View> {
        let mut view = self.current_view()?;
        view.settings.is_defining = true;
        Ok(view)
    }

    /// Binds what a definition that no table has yet says about rows.
    pub(super) fn check_rules(&mut self, table: &Table) -> Result<()> {
        let view = self.defining_view()?;
        Binder::new(&view, table.sql.clone()).bind_row(&Arc::new(table.clone())).map(drop)
    }

    /// The same where what is in double quotes is a name in any case.
    pub(super) fn check_rules_of_names(&mut self, table: &Table) -> Result<()> {
        let mut view = self.defining_view()?;
        view.settings.quotes_texts_in_definitions = false;
        Binder::new(&view, table.sql.clone()).bind_row(&Arc::new(table.clone())).map(drop)
    }

    /// Binds everything that a table's definition says about its rows, which finds names that nothing has.
    pub(super) fn check_table(&mut self, name: &str) -> Result<()> {
        let view = self.defining_view()?;
        match view.catalog.table(name) {
            Some(table) => Binder::new(&view, table.sql.clone()).bind_row(table).map(drop),
            None => Ok(()),
        }
    }
}
