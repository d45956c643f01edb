//! TRUNCATE: tables without their rows, and counting anew.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::Session;
use super::define::quoted;
use super::postgres::{is_sequence, sequences_of};
use crate::catalog::Table;

impl Session {
    /// Deletes all rows of tables, which may refer to one another. With `cascades`, those of tables that refer to them, too;
    /// without, no other table may. With `restarts`, their sequences begin anew, at once and for all branches.
    ///
    /// # Errors
    /// A table is not there or is none, another table refers to one of them, or rows cannot be deleted.
    pub fn truncate(&mut self, names: &[String], restarts: bool, cascades: bool) -> Result<()> {
        let catalog = self.current_catalog()?;
        let mut tables: Vec<Arc<Table>> = Vec::with_capacity(names.len());
        for name in names {
            let found = catalog.relation(name).ok_or_else(|| Error::sql(format!("no such table: {name}")))?;
            if found.view.is_some() || is_sequence(found) {
                return Err(Error::sql(format!("\"{name}\" is not a table")));
            }
            tables.push(found.clone());
        }
        let mut at = 0;
        while let Some(table) = tables.get(at).cloned() {
            for (child, _) in &table.referenced_by {
                let Some(child) = catalog.table(child) else { continue };
                if tables.iter().any(|known| known.name == child.name) {
                    continue;
                }
                if !cascades {
                    return Err(Error::sql("cannot truncate a table referenced in a foreign key constraint"));
                }
                tables.push(child.clone());
            }
            at += 1;
        }
        let together = tables.len() > 1;
        if together {
            self.set_constraints(true)?;
        }
        for table in &tables {
            self.run_text(&format!("DELETE FROM {}", quoted(&table.name)))?;
        }
        if together {
            self.set_constraints(false)?;
        }
        if restarts { self.restart_sequences(&tables) } else { Ok(()) }
    }

    fn restart_sequences(&mut self, tables: &[Arc<Table>]) -> Result<()> {
        let catalog = self.current_catalog()?;
        let engine = self.database.engine();
        for sequence in sequences_of(catalog.relations()) {
            let Some((owner, _)) = &sequence.definition.owner else { continue };
            let is_meant = tables.iter().any(|table| table.name.eq_ignore_ascii_case(owner));
            if is_meant && engine.last_number(sequence.space)?.is_some() {
                let progression = &sequence.definition.progression;
                engine.set_number(sequence.space, progression.before(progression.start))?;
            }
        }
        Ok(())
    }
}
