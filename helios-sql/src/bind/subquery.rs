//! Queries inside expressions.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Error, Result, Value};

use super::expression::compared_as;
use super::operator::comparison_collation;
use super::query::Relation;
use super::{Binder, JsonMarks, Typed, json};
use crate::ast::{Expression, Select};
use crate::plan::{ColumnId, Expr, Plan, Query, SubqueryCall};

impl Binder<'_> {
    /// Binds a query of an expression.
    fn subquery(&mut self, select: &Select) -> Result<(SubqueryCall, Relation)> {
        if let Some(place) = self.restricted {
            return Err(Error::sql(format!("subqueries prohibited in {place}")));
        }
        let (relation, outer) = self.select_in_scope(select)?;
        self.subqueries.push(Query { plan: relation.plan.clone(), columns: relation.ids() });
        let number = self.subqueries.len() - 1;
        let is_single = self.resolves_types() && !has_one_row(&relation.plan);
        Ok((SubqueryCall { number, outer, by: Vec::new(), empty: None, is_single }, relation))
    }

    pub(super) fn exists(&mut self, select: &Select) -> Result<Typed> {
        let (subquery, _) = self.subquery(select)?;
        // Whether there is a row its columns do not tell.
        self.subqueries[subquery.number].columns.clear();
        Ok(Typed::plain(Expr::Exists(subquery.into())))
    }

    pub(super) fn scalar_subquery(&mut self, select: &Select) -> Result<Typed> {
        let (subquery, relation) = self.marking_json(JsonMarks::All, |binder| binder.subquery(select))?;
        let [(id, _)] = relation.columns[..] else {
            return Err(wrong_width(relation.columns.len(), 1));
        };
        Ok(self.subquery_column(&subquery, 0, id))
    }

    /// One column of a query as a value. It keeps its affinity, but not its collation.
    fn subquery_column(&self, subquery: &SubqueryCall, column: usize, id: ColumnId) -> Typed {
        let typed = self.column_expression(id);
        let mut expr = Expr::Subquery { subquery: subquery.clone().into(), column };
        if self.info(id).is_json {
            expr = json::unmarked(expr);
        }
        Typed { expr, collation: None, explicit: false, ..typed }
    }

    /// A query as a row value: one expression for each of its columns.
    pub(super) fn subquery_columns(&mut self, select: &Select) -> Result<Vec<Typed>> {
        let (subquery, relation) = self.subquery(select)?;
        let columns = relation.columns.iter().enumerate();
        Ok(columns.map(|(column, (id, _))| self.subquery_column(&subquery, column, *id)).collect())
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
        let typed = Typed::over(Expr::NULL, &operands.iter().collect::<Vec<_>>());
        let mut exprs = Vec::new();
        let mut comparisons = Vec::new();
        for (operand, (id, _)) in operands.into_iter().zip(last_columns(&relation)) {
            let column = Typed { explicit: self.info(id).is_collated, ..self.column_expression(id) };
            if self.resolves_types() {
                self.check_comparable("=", &operand, &column)?;
            }
            let collation = comparison_collation(&operand, &column);
            let wanted = match (operand.affinity, column.affinity) {
                (Some(a), Some(b)) if a.is_numeric() || b.is_numeric() => Some(Affinity::Numeric),
                (Some(_), Some(_)) | (None, None) => None,
                (Some(only), None) | (None, Some(only)) => Some(compared_as(only)),
            };
            let wanted = wanted.filter(|wanted| *wanted != Affinity::Blob);
            // A column holds what its affinity makes of values.
            let is_converted = operand.converted && operand.affinity.map(compared_as) == wanted;
            exprs.push(match wanted {
                Some(wanted) if !is_converted => super::expression::converted(wanted, operand.expr),
                _ => operand.expr,
            });
            comparisons.push((wanted, collation));
        }
        let subquery = subquery.into();
        Ok(Typed { expr: Expr::InSubquery { negated, operands: exprs, comparisons, subquery }, ..typed })
    }
}

/// Whether it is seen that a query has no more than one row.
fn has_one_row(plan: &Plan) -> bool {
    match plan {
        Plan::OneRow | Plan::Limit { limit: Some(Expr::Constant(Value::Integer(..=1))), .. } => true,
        Plan::Aggregate(aggregation) => aggregation.groups.is_empty(),
        Plan::Project { input, .. } | Plan::Filter { input, .. } | Plan::Sort { input, .. } => {
            has_one_row(input)
        }
        _ => false,
    }
}

/// The columns by which IN compares: of a compound, those of its last query.
fn last_columns(relation: &Relation) -> Vec<(ColumnId, Arc<str>)> {
    let mut plan = &relation.plan;
    loop {
        match plan {
            Plan::Sort { input, .. } | Plan::Limit { input, .. } => plan = input,
            Plan::Compound(compound) => {
                let name = Arc::<str>::from("");
                return compound.right.columns.iter().map(|id| (*id, name.clone())).collect();
            }
            _ => return relation.columns.clone(),
        }
    }
}

fn wrong_width(given: usize, wanted: usize) -> Error {
    Error::sql(format!("sub-select returns {given} columns - expected {wanted}"))
}
