//! Queries inside expressions.

use helios_core::value::Affinity;
use helios_core::{Error, Result};

use super::expression::compared_as;
use super::query::Relation;
use super::{Binder, Typed};
use crate::ast::{Expression, Select};
use crate::plan::{Expr, Query, SubqueryCall};

impl Binder<'_> {
    /// Binds a query of an expression.
    fn subquery(&mut self, select: &Select) -> Result<(SubqueryCall, Relation)> {
        let (relation, outer) = self.select_in_scope(select)?;
        self.subqueries.push(Query { plan: relation.plan.clone(), columns: relation.ids() });
        Ok((SubqueryCall { number: self.subqueries.len() - 1, outer }, relation))
    }

    pub(super) fn exists(&mut self, select: &Select) -> Result<Typed> {
        let (subquery, _) = self.subquery(select)?;
        Ok(Typed::plain(Expr::Exists(subquery)))
    }

    pub(super) fn scalar_subquery(&mut self, select: &Select) -> Result<Typed> {
        let (subquery, relation) = self.subquery(select)?;
        let [(id, _)] = relation.columns[..] else {
            return Err(wrong_width(relation.columns.len(), 1));
        };
        let column = self.column_expression(id);
        Ok(Typed { expr: Expr::Subquery { subquery, column: 0 }, ..column })
    }

    /// A query as a row value: one expression for each of its columns.
    pub(super) fn subquery_columns(&mut self, select: &Select) -> Result<Vec<Expr>> {
        let (subquery, relation) = self.subquery(select)?;
        Ok((0..relation.columns.len())
            .map(|column| Expr::Subquery { subquery: subquery.clone(), column })
            .collect())
    }

    pub(super) fn in_select(
        &mut self,
        negated: bool,
        operand: &Expression,
        select: &Select,
    ) -> Result<Typed> {
        let operands = match operand {
            Expression::Row(operands) => {
                operands.iter().map(|operand| self.bind(operand)).collect::<Result<Vec<_>>>()?
            }
            operand => vec![self.bind(operand)?],
        };
        let (subquery, relation) = self.subquery(select)?;
        if relation.columns.len() != operands.len() {
            return Err(wrong_width(relation.columns.len(), operands.len()));
        }
        let mut exprs = Vec::new();
        let mut comparisons = Vec::new();
        for (operand, (id, _)) in operands.into_iter().zip(&relation.columns) {
            let column = self.column_expression(*id);
            let collation = operand.collation();
            let wanted = match (operand.affinity, column.affinity) {
                (Some(a), Some(b)) if a.is_numeric() || b.is_numeric() => Some(Affinity::Numeric),
                (Some(_), Some(_)) | (None, None) => None,
                (Some(only), None) | (None, Some(only)) => Some(compared_as(only)),
            };
            let wanted = wanted.filter(|wanted| *wanted != Affinity::Blob);
            exprs.push(match wanted {
                Some(wanted) => super::expression::converted(wanted, operand.expr),
                None => operand.expr,
            });
            comparisons.push((wanted, collation));
        }
        Ok(Typed::plain(Expr::InSubquery { negated, operands: exprs, comparisons, subquery }))
    }
}

fn wrong_width(given: usize, wanted: usize) -> Error {
    Error::sql(format!("sub-select returns {given} columns - expected {wanted}"))
}
