//! Rows that are there already, as a common table: what an earlier part of the statement gave.

use std::sync::Arc;

use helios_core::{Error, Result, Value};

use super::Binder;
use super::query::Relation;
use crate::plan::{ColumnId, ColumnInfo, Expr, Plan};

/// What a change of rows in WITH gave.
#[derive(Clone, Debug)]
pub struct GivenRows {
    /// What it is called.
    pub name: String,
    /// Its columns; `None` if it gives no rows.
    pub columns: Option<Vec<(Arc<str>, ColumnInfo)>>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

impl Binder<'_> {
    /// The rows that a change of this name gave.
    pub(super) fn given_rows(&mut self, name: &str) -> Result<Relation> {
        let given = self.environment.given_rows(name);
        let Some((columns, rows)) =
            given.as_ref().and_then(|given| Some((given.columns.as_ref()?, &given.rows)))
        else {
            return Err(Error::sql(format!("WITH query \"{name}\" does not have a RETURNING clause")));
        };
        let columns: Vec<(ColumnId, Arc<str>)> = columns
            .iter()
            .map(|(name, info)| (self.new_column(ColumnInfo { origin: None, ..info.clone() }), name.clone()))
            .collect();
        let constants = |row: &Vec<Value>| row.iter().map(|value| Expr::Constant(value.clone())).collect();
        let ids = columns.iter().map(|(id, _)| *id).collect();
        let plan = Plan::Values { columns: ids, rows: rows.iter().map(constants).collect() };
        Ok(Relation { plan, columns })
    }
}
