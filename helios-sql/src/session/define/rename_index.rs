//! ALTER INDEX … RENAME TO, in PostgreSQL's dialect.

use helios_core::{Error, Result};

use super::super::Session;
use super::super::transaction::Failure;
use super::quoted;
use crate::ast::{Name, Statement, TableAction};
use crate::catalog::{ObjectKind, SchemaRow};

impl Session {
    /// ALTER INDEX … RENAME TO. An index of a constraint has the constraint's name.
    pub(super) fn rename_index(&mut self, name: &Name, to: &Name, if_exists: bool) -> Result<(), Failure> {
        let catalog = self.current_catalog()?;
        if catalog.relation(to).is_some() || catalog.index(to).is_some() {
            return Err(
                Error::sql(format!("there is already another table or index with this name: {to}")).into()
            );
        }
        let Some((_, index)) = catalog.index(name) else {
            let action = TableAction::RenameConstraint { from: name.to_string(), to: to.to_string() };
            for table in catalog.tables().filter(|table| !table.is_internal() && table.module.is_none()) {
                if self.named_constraints(table)?.iter().any(|constraint| constraint.name == name.text) {
                    return self.alter_by_actions(&table.name, &[action]);
                }
            }
            return if if_exists {
                Ok(())
            } else {
                Err(Error::sql(format!("relation \"{name}\" does not exist")).into())
            };
        };
        let parsed = crate::parse::parse_statement(&index.sql)?.map(|parsed| parsed.statement);
        let Some(Statement::CreateIndex(create)) = parsed else {
            return Err(Error::corrupt("an index has no definition").into());
        };
        self.about_to_write()?;
        let place = create.name.name.place.0;
        let sql = format!("{}{}{}", &index.sql[..place.start], quoted(to), &index.sql[place.end..]);
        let rows = self.schema_rows()?;
        let is_it = |row: &SchemaRow| row.kind == ObjectKind::Index && row.name.eq_ignore_ascii_case(name);
        let mut changed: Vec<_> = rows.into_iter().filter(|(_, row)| is_it(row)).collect();
        for (_, row) in &mut changed {
            row.name = to.to_string();
            row.sql = Some(sql.as_str().into());
        }
        self.replace_schema_rows(&changed);
        Ok(())
    }
}
