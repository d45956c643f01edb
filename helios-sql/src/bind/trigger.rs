//! OLD and NEW in the statements of triggers.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::{Binder, Environment, Typed};
use crate::ast::{ColumnName, Expression};
use crate::catalog::{Table, is_rowid_name};
use crate::plan::Expr;

/// The row that fires a trigger: its values are in the first slots, those of OLD before those of NEW; of each the columns
/// of the table, then the rowid.
#[derive(Clone, Debug)]
pub struct TriggerRows {
    /// The table.
    pub table: Arc<Table>,
    /// The number of the schema that the trigger is of.
    pub home: usize,
    /// Whether there is a row before the change.
    pub has_old: bool,
    /// Whether there is one after it.
    pub has_new: bool,
}

impl<'a> Binder<'a> {
    /// A binder for a part of a trigger with this text.
    pub fn for_trigger(environment: &'a dyn Environment, source: Arc<str>, rows: TriggerRows) -> Binder<'a> {
        let mut binder = Binder::new(environment, source);
        let slots = 2 * (rows.table.columns.len() + 1);
        let is_temporary = environment.schema_name(rows.home) == "temp";
        binder.home = (!is_temporary).then_some(rows.home);
        binder.slots = vec![Typed::plain(Expr::NULL); slots];
        binder.trigger_rows = Some(rows);
        binder
    }

    /// The table whose triggers are bound, with the columns of a view filled in.
    ///
    /// # Errors
    /// The view's query cannot be bound.
    pub fn fired_table(mut self, table: &Arc<Table>) -> Result<Arc<Table>> {
        if table.view.is_some() { self.view_with_columns(table) } else { Ok(table.clone()) }
    }

    /// Binds an expression that sees nothing.
    ///
    /// # Errors
    /// A name means nothing.
    pub fn bind_alone(mut self, expression: &Expression) -> Result<Expr> {
        let bound = self.bind_expr(expression)?;
        self.check_raise()?;
        Ok(bound)
    }

    /// Binds an expression that sees only OLD and NEW, as the one column of a query.
    ///
    /// # Errors
    /// A name means nothing.
    pub fn bind_condition(mut self, condition: &Expression) -> Result<super::Bound> {
        let column = crate::ast::ResultColumn::Expression {
            expression: condition.clone(),
            alias: None,
            span: Default::default(),
        };
        self.skip_select();
        self.bind_query(&crate::ast::Select::of_columns(vec![column]))
    }

    /// What `OLD.x` or `NEW.x` means.
    pub(super) fn trigger_column(&mut self, name: &ColumnName) -> Option<Result<Typed>> {
        let rows = self.trigger_rows.clone()?;
        let table = name.table.as_ref().filter(|_| name.schema.is_none())?;
        let start = if table.eq_ignore_ascii_case("old") && rows.has_old {
            0
        } else if table.eq_ignore_ascii_case("new") && rows.has_new {
            rows.table.columns.len() + 1
        } else {
            return None;
        };
        let typed = |position: usize| Typed::plain(Expr::Outer(start + position));
        Some(match rows.table.column(&name.column) {
            Some(position) => {
                self.note_name_of(&rows.table, name);
                let column = &rows.table.columns[position];
                match self.may_read_row(&rows.table.name, rows.table.slot, &column.name) {
                    Ok(true) => {}
                    Ok(false) => return Some(Ok(Typed::plain(Expr::NULL))),
                    Err(error) => return Some(Err(error)),
                }
                // SQLite converts nothing to the type of such a column, but for that of the rowid.
                let affinity = (rows.table.rowid_column == Some(position)).then_some(column.affinity);
                let collation = Some(column.collation.clone());
                Ok(Typed { affinity, collation, converted: rows.table.view.is_none(), ..typed(position) })
            }
            None if is_rowid_name(&name.column) && rows.table.row_key.is_none() => {
                Ok(typed(rows.table.rowid_position()))
            }
            None => Err(Error::sql(format!("no such column: {table}.{}", name.column))),
        })
    }
}
