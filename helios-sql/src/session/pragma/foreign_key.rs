//! Pragmas about foreign keys.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::Rows;
use crate::ast::ReferenceAction;
use crate::bind::Binder;
use crate::catalog::{Catalog, Table};
use crate::session::Session;
use crate::session::hooks::HookCompiler;
use crate::table::RowId;
use crate::write::{RowProgram, read_rows};

pub(super) fn foreign_key_list(catalog: &Catalog, name: &str) -> Rows {
    let Some(table) = catalog.table(name) else { return Rows::NONE };
    let mut rows = Vec::new();
    // The newest has number 0, as in SQLite.
    for (id, reference) in table.references.iter().rev().enumerate() {
        for (place, column) in reference.columns.iter().enumerate() {
            rows.push(vec![
                Value::Integer(id as i64),
                Value::Integer(place as i64),
                reference.table.as_str().into(),
                (&*table.columns[*column].name).into(),
                reference.targets.get(place).map_or(Value::Null, |target| Value::text(target)),
                word(reference.on_update).into(),
                word(reference.on_delete).into(),
                "NONE".into(),
            ]);
        }
    }
    Rows(rows)
}

fn word(action: ReferenceAction) -> &'static str {
    match action {
        ReferenceAction::NoAction => "NO ACTION",
        ReferenceAction::Restrict => "RESTRICT",
        ReferenceAction::SetNull => "SET NULL",
        ReferenceAction::SetDefault => "SET DEFAULT",
        ReferenceAction::Cascade => "CASCADE",
    }
}

impl Session {
    /// Every row that refers to a row that there is not.
    pub(super) fn foreign_key_check(&mut self, only: Option<&str>) -> Result<Rows> {
        let catalog = self.current_catalog()?;
        let mut rows = Vec::new();
        if let Some(only) = only {
            let Some(table) = catalog.table(only) else {
                return Err(Error::sql(format!("no such table: {only}")));
            };
            self.check_references_of(table, &mut rows)?;
            return Ok(Rows(rows));
        }
        for table in catalog.tables() {
            self.check_references_of(table, &mut rows)?;
        }
        Ok(Rows(rows))
    }

    /// Whether rows of a table refer to rows that there are not.
    pub(in crate::session) fn has_broken_references(&mut self, table: &str) -> Result<bool> {
        Ok(!self.foreign_key_check(Some(table))?.0.is_empty())
    }

    fn check_references_of(&mut self, table: &Arc<Table>, out: &mut Vec<Vec<Value>>) -> Result<()> {
        if table.references.is_empty() {
            return Ok(());
        }
        let view = self.current_view()?;
        let mut context = self.probing()?;
        let checks = Binder::new(&view, table.sql.clone()).bind_row(table)?;
        let row_program = RowProgram::new(table, &checks)?;
        for (id, (number, reference)) in table.references.iter().enumerate().rev().enumerate() {
            let mut compiler = HookCompiler::new(&view);
            let has_parent = view.catalog.table(&reference.table).is_some();
            let program = if has_parent { Some(compiler.key_of(table, number)?) } else { None };
            let programs = compiler.finish()?;
            let mut start = Vec::new();
            loop {
                let rows = read_rows(table, &row_program, &mut start, &mut context)?;
                if rows.is_empty() {
                    break;
                }
                for (row_id, values) in rows {
                    let key: Vec<Value> =
                        reference.columns.iter().map(|column| values[*column].clone()).collect();
                    let is_met = match program {
                        _ if key.iter().any(Value::is_null) => true,
                        Some(program) => programs.keys[program].has_parent(&key, &context)?,
                        None => false,
                    };
                    if !is_met {
                        out.push(vec![
                            table.name.as_str().into(),
                            match row_id {
                                RowId::Rowid(rowid) => Value::Integer(rowid),
                                RowId::Key(_) => Value::Null,
                            },
                            reference.table.as_str().into(),
                            Value::Integer(id as i64),
                        ]);
                    }
                }
            }
        }
        Ok(())
    }
}
