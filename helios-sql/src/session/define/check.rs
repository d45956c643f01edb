//! Is what a definition says meaningful? What is bound here is thrown away.

use helios_core::Result;

use super::super::Session;
use crate::bind::Binder;

impl Session {
    /// Binds everything that a table's definition says about its rows, which finds names that nothing has.
    pub(super) fn check_table(&mut self, name: &str) -> Result<()> {
        let (reader, stamp) = self.current_reader()?;
        let view = self.view(reader, stamp, None)?;
        match view.catalog.table(name) {
            Some(table) => Binder::new(&view, table.sql.clone()).bind_row(table).map(drop),
            None => Ok(()),
        }
    }
}
