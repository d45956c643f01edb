//! Types while a statement in PostgreSQL's dialect is bound: what its operators mean goes by them.
//!
//! What a column of a query is, its information tells as a declared type, so it is known wherever the query is used.

use std::sync::Arc;

use super::Binder;
use crate::plan::{AggregateCall, ColumnId, ColumnInfo, Expr, SubqueryCall};
use crate::types::{Known, SqlType, common_type, of_aggregate, of_expression};

impl Known for Binder<'_> {
    fn column(&self, id: ColumnId) -> SqlType {
        let declared = self.info(id).declared_type.as_deref();
        declared.map(SqlType::declared).unwrap_or_default()
    }

    fn parameter(&self, _: usize) -> SqlType {
        SqlType::UNKNOWN
    }

    fn outer(&self, slot: usize) -> SqlType {
        self.slots.get(slot).map(|value| of_expression(&value.expr, self)).unwrap_or_default()
    }

    fn subquery(&self, call: &SubqueryCall, column: usize) -> SqlType {
        let query = self.subqueries.get(call.number);
        let id = query.and_then(|query| query.columns.get(call.by.len() + column));
        id.map(|id| Known::column(self, *id)).unwrap_or_default()
    }
}

impl Binder<'_> {
    /// The type of an expression.
    pub(super) fn sql_type(&self, expr: &Expr) -> SqlType {
        of_expression(expr, self)
    }

    /// The name of an expression's type, as a column would declare it.
    pub(super) fn type_name(&self, expr: &Expr) -> Option<Arc<str>> {
        match self.is_postgres() {
            true => declared_as(self.sql_type(expr)),
            false => None,
        }
    }

    /// The name of the type that some expressions have in common.
    pub(super) fn common_type_name<'e>(&self, exprs: impl Iterator<Item = &'e Expr>) -> Option<Arc<str>> {
        match self.is_postgres() {
            true => declared_as(common_type(exprs.map(|expr| self.sql_type(expr)))),
            false => None,
        }
    }

    /// The declared type of a column that two queries put values into: what the first says, or for PostgreSQL's clients
    /// the one that both have in common.
    pub(super) fn common_declared(
        &self,
        left: Option<&Arc<str>>,
        right: Option<&Arc<str>>,
    ) -> Option<Arc<str>> {
        let types =
            [left, right].map(|declared| declared.map(|name| SqlType::declared(name)).unwrap_or_default());
        match self.is_postgres() && types[0] != types[1] {
            true => declared_as(common_type(types.into_iter())),
            false => left.cloned(),
        }
    }

    /// What is known of the column of an aggregate, with its type.
    pub(super) fn typed_aggregate(&self, call: &AggregateCall, info: ColumnInfo) -> ColumnInfo {
        if !self.is_postgres() || info.declared_type.is_some() {
            return info;
        }
        ColumnInfo { declared_type: declared_as(of_aggregate(call, self)), ..info }
    }
}

/// The declared type of a type that is known.
fn declared_as(of: SqlType) -> Option<Arc<str>> {
    of.is_known().then(|| of.declared_name().into())
}
