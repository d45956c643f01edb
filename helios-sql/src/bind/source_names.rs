//! What the columns of a query in FROM are called.

use std::sync::Arc;

use super::query::Relation;
use super::{Binder, distinct_names};
use crate::ast::Expression;
use crate::catalog::is_rowid_name;

impl Binder<'_> {
    /// The names of a query's columns for the query around it, all different. They are those that its own rows have, but
    /// that a rowid is called as it was written, also where a column stands for it (`sqlite3ColumnsFromExprList` sees names
    /// before their meaning is known).
    pub(super) fn source_names(&self, relation: &Relation) -> Vec<Arc<str>> {
        let names =
            relation.columns.iter().map(|(id, name)| self.info(*id).rowid_name.as_ref().unwrap_or(name));
        distinct_names(names.cloned())
    }
}

/// How an expression calls a rowid, if it is one.
pub(super) fn rowid_name(written: &Expression) -> Option<Arc<str>> {
    match written {
        Expression::Column(name) if is_rowid_name(&name.column) => Some(name.column.as_str().into()),
        _ => None,
    }
}
