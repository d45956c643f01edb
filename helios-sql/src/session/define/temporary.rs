//! What views and triggers of `temp` need when tables of other schemas are renamed or dropped.

use helios_core::Result;

use super::super::Session;
use super::rename::{Renamed, Sought, legacy_places, look_through_trigger, rename_row};
use crate::ast::{AlterTable, Alteration, Drop, Statement};
use crate::bind::{Binder, Environment};
use crate::catalog::{ObjectKind, SchemaRow};

/// Rows of the schema of `temp` with their keys, as they are to be.
type Rows = Vec<(Vec<u8>, SchemaRow)>;

impl Session {
    /// Runs a statement that renames or drops something, and does to `temp` what that asks for.
    pub(in crate::session) fn with_temporary(
        &mut self,
        slot: usize,
        statement: &Statement,
        run: impl FnOnce(&mut Session) -> Result<()>,
    ) -> Result<()> {
        let Some(temp) = self.slot_named("temp").filter(|temp| *temp != slot) else { return run(self) };
        let changed = match statement {
            Statement::AlterTable(alter) => self.renamed_in_temp(temp, slot, alter)?,
            _ => Rows::new(),
        };
        let dropped = match statement {
            Statement::DropTable(drop) | Statement::DropView(drop) => {
                self.triggers_in_temp(temp, slot, drop)?
            }
            _ => Vec::new(),
        };
        run(self)?;
        let session = self.at(temp);
        if !changed.is_empty() {
            session.writing(|session| {
                session.replace_schema_rows(&changed);
                Ok(())
            })?;
        }
        dropped.iter().try_for_each(|name| session.run_text(&format!("DROP TRIGGER {}", super::quoted(name))))
    }

    /// The names of the triggers of `temp` on a table or a view of another schema.
    fn triggers_in_temp(&mut self, temp: usize, slot: usize, drop: &Drop) -> Result<Vec<String>> {
        let schema = self.at(slot).schema.clone();
        let session = self.at(temp);
        let schemas = session.trigger_schemas.clone();
        let catalog = session.current_catalog()?;
        let is_of = |name: &str, table: &str| {
            schemas.get(&name.to_ascii_lowercase()) == Some(&schema)
                && table.eq_ignore_ascii_case(&drop.name.name)
        };
        let triggers = catalog.triggers().iter();
        let names = triggers.filter(|trigger| is_of(&trigger.name, &trigger.definition.table.name));
        Ok(names.map(|trigger| trigger.name.clone()).collect())
    }

    /// What changes in the schema of `temp` when a table of another schema, or a column of it, is renamed.
    fn renamed_in_temp(&mut self, temp: usize, slot: usize, alter: &AlterTable) -> Result<Rows> {
        let (column, to, quoted) = match &alter.alteration {
            Alteration::Rename(to) => (None, to.to_string(), true),
            Alteration::RenameColumn { from, to, quoted } => {
                (Some(from.to_string()), to.to_string(), *quoted)
            }
            _ => return Ok(Rows::new()),
        };
        // The statement may be refused, and then has not begun to read.
        let sources = self.compiling_sources()?;
        let view = self.view(&sources, None)?;
        let Some(table) = view.relation_at(slot, &alter.table.name) else { return Ok(Rows::new()) };
        if table.view.is_some() || column.as_ref().is_some_and(|column| table.column(column).is_none()) {
            return Ok(Rows::new());
        }
        let renamed = Renamed { table, column, to, quoted };
        let is_legacy = renamed.column.is_none()
            && self.remembered.get("legacy_alter_table") == Some(&helios_core::Value::Integer(1));
        let foreign_keys = self.settings.foreign_keys;
        let mut changed = Rows::new();
        for (key, row) in self.at(temp).schema_rows()? {
            let Some(sql) = &row.sql else { continue };
            let mut new = row.clone();
            let mut fires_here = false;
            let places = match row.kind {
                ObjectKind::View if !is_legacy => {
                    let Some(definition) = view.relation_at(temp, &row.name) else { continue };
                    let schema = view.schema_name(slot);
                    let binder = Binder::new(&view, sql.clone()).watching(
                        Some(schema),
                        &renamed.table.name,
                        renamed.column.as_deref(),
                    );
                    binder.look_through_view(&definition)
                }
                ObjectKind::Trigger => {
                    let fired = view.fired_by(temp, &row.name);
                    let Some((table, trigger)) = fired else { continue };
                    fires_here = table.slot == slot && table.name == renamed.table.name;
                    match is_legacy {
                        true if fires_here => legacy_places(&renamed, sql, foreign_keys),
                        true => continue,
                        false => look_through_trigger(&table, &trigger, &view, Sought::Name(&renamed)),
                    }
                }
                _ => continue,
            };
            let places = places
                .map_err(|error| error.within(format_args!("error in {} {}", row.kind.word(), row.name)))?;
            if !places.is_empty() {
                new.sql = Some(renamed.edit(sql, places).into());
            }
            if renamed.column.is_none() && fires_here {
                rename_row(&renamed, &mut new);
            }
            if new != row {
                changed.push((key, new));
            }
        }
        Ok(changed)
    }
}
