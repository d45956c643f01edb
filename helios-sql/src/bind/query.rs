//! Whole queries: WITH, compounds, ORDER BY, LIMIT.

use std::sync::Arc;

use helios_core::value::Collation;
use helios_core::{Error, Result};

use super::function::written_integer;
use super::limit::{check_columns, check_terms};
use super::scope::Scope;
use super::select::{ordinal, position_of};
use super::{Action, Binder, Bound, JsonMarks};
use crate::ast::{CompoundOperator, Expression, OrderingTerm, ResultColumn, Select, SelectCore, SelectTerm};
use crate::plan::{ColumnId, ColumnInfo, CompoundPlan, Expr, Plan, Query, SortKey};
use crate::stack::with_room;

/// A bound query: rows with named columns.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    pub(super) plan: Plan,
    pub(super) columns: Vec<(ColumnId, Arc<str>)>,
}

impl Relation {
    pub(super) fn ids(&self) -> Vec<ColumnId> {
        self.columns.iter().map(|(id, _)| *id).collect()
    }
}

impl Binder<'_> {
    /// Binds a statement that is a query.
    pub fn bind_query(mut self, select: &Select) -> Result<Bound> {
        let relation = self.select(select)?;
        let output =
            relation.columns.iter().map(|(id, name)| (name.clone(), self.info(*id).clone())).collect();
        let query = Query { columns: relation.ids(), plan: relation.plan };
        self.finish(query, output)
    }

    /// A query inside an expression, with what it takes from the queries around it.
    pub(super) fn select_in_scope(&mut self, select: &Select) -> Result<(Relation, Vec<(usize, Expr)>)> {
        // A scope without sources stands between, so that all terms of the query collect what they take in one place.
        self.scopes.push(Scope { is_boundary: true, ..Scope::default() });
        let relation = self.select(select);
        let scope = self.scopes.pop().unwrap_or_default();
        Ok((relation?, scope.outer))
    }

    pub(super) fn select(&mut self, select: &Select) -> Result<Relation> {
        let marks_json = std::mem::take(&mut self.marks_json);
        self.enter_query()?;
        let outside = self.common.len();
        self.push_common(&select.with);
        self.marks_json = if select.rest.is_empty() { marks_json } else { JsonMarks::None };
        let relation = with_room(|| self.select_body(select));
        self.common.truncate(outside);
        self.leave_query();
        relation
    }

    fn select_body(&mut self, select: &Select) -> Result<Relation> {
        let mut relation = if select.rest.is_empty() {
            self.term(&select.first, &select.order_by)?
        } else {
            self.compound(select)?
        };
        if select.limit.is_some() || select.offset.is_some() {
            let limit = select.limit.as_ref().map(|limit| self.count(limit)).transpose()?;
            let offset = select.offset.as_ref().map(|offset| self.count(offset)).transpose()?;
            relation.plan = Plan::Limit { input: relation.plan.into(), limit, offset };
        }
        Ok(relation)
    }

    /// LIMIT and OFFSET see no columns at all.
    pub(super) fn count(&mut self, expression: &Expression) -> Result<Expr> {
        let scopes = std::mem::take(&mut self.scopes);
        let bound = self.bind_expr(expression);
        self.scopes = scopes;
        bound
    }

    pub(super) fn term(&mut self, term: &SelectTerm, order_by: &[OrderingTerm]) -> Result<Relation> {
        self.scopes.push(Scope::default());
        let relation = match term {
            SelectTerm::Select(core) => self.core(core, order_by),
            SelectTerm::Values(rows) if self.is_collected(rows)? => {
                check_columns(rows[0].len())?;
                self.core(&SelectCore::of_columns(named(&rows[0])), order_by)
            }
            SelectTerm::Values(rows) => {
                self.marks_json = JsonMarks::None;
                self.values(rows, order_by)
            }
        };
        self.scopes.pop();
        relation
    }

    /// An error if a row that INSERT is given has aggregates or window functions: there it is no query.
    pub(super) fn refuse_collecting(&mut self, row: &[Expression]) -> Result<()> {
        for value in row {
            if self.collects(value)? {
                self.scopes.push(Scope::default());
                let bound = self.bind(value);
                self.scopes.pop();
                bound?;
            }
        }
        Ok(())
    }

    /// Whether VALUES is one row with aggregates or window functions, which is what SELECT makes of them.
    fn is_collected(&self, rows: &[Vec<Expression>]) -> Result<bool> {
        let [row] = rows else { return Ok(false) };
        for value in row {
            if self.collects(value)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn values(&mut self, rows: &[Vec<Expression>], order_by: &[OrderingTerm]) -> Result<Relation> {
        let width = rows.first().map_or(0, Vec::len);
        check_columns(width)?;
        let is_allowed = self.may_query(Action::Select)?;
        let mut bound = Vec::with_capacity(rows.len());
        for row in rows {
            bound.push(row.iter().map(|value| self.bind_expr(value)).collect::<Result<Vec<_>>>()?);
        }
        self.unify_rows(&mut bound)?;
        let columns: Vec<(ColumnId, Arc<str>)> = (1..=width)
            .map(|number| {
                let name: Arc<str> = format!("column{number}").into();
                let declared_type = self.common_type_name(bound.iter().map(|row| &row[number - 1]));
                let info = ColumnInfo { name: Some(name.clone()), declared_type, ..ColumnInfo::default() };
                (self.new_column(info), name)
            })
            .collect();
        let ids = columns.iter().map(|(id, _)| *id).collect();
        let mut relation = Relation {
            plan: Plan::Values { columns: ids, rows: if is_allowed { bound } else { Vec::new() } },
            columns,
        };
        self.sort_compound(&mut relation, order_by, &[])?;
        Ok(relation)
    }

    fn compound(&mut self, select: &Select) -> Result<Relation> {
        let mut left = self.term(&select.first, &[])?;
        let mut terms = vec![&select.first];
        for compound in &select.rest {
            let mut right = self.term(&compound.term, &[])?;
            if right.columns.len() != left.columns.len() {
                return Err(different_widths(compound.operator));
            }
            self.unify_compound(compound.operator, &mut left, &mut right)?;
            left = self.combine(compound.operator, left, right);
            terms.push(&compound.term);
        }
        self.sort_compound(&mut left, &select.order_by, &terms)?;
        Ok(left)
    }

    fn combine(&mut self, operator: CompoundOperator, left: Relation, right: Relation) -> Relation {
        let mut columns = Vec::with_capacity(left.columns.len());
        let mut compared = Vec::with_capacity(left.columns.len());
        for ((l, name), (r, _)) in left.columns.iter().zip(&right.columns) {
            let (l, r) = (self.info(*l).clone(), self.info(*r).clone());
            // The first query says what the column is, whatever the others put in.
            let is_mixed = l.is_mixed || l.affinity != r.affinity;
            let info = ColumnInfo {
                collation: l.collation.or(r.collation),
                declared_type: self.common_declared(l.declared_type.as_ref(), r.declared_type.as_ref()),
                is_mixed,
                origin: None,
                ..l
            };
            let collation: Collation = info.collation.clone().unwrap_or_default();
            let id = self.new_column(info);
            columns.push((id, name.clone()));
            compared.push((id, collation));
        }
        let left = Query { columns: left.ids(), plan: left.plan };
        let right = Query { columns: right.ids(), plan: right.plan };
        let plan = Plan::Compound(Box::new(CompoundPlan { operator, left, right, columns: compared }));
        Relation { plan, columns }
    }

    fn sort_compound(
        &mut self,
        relation: &mut Relation,
        order_by: &[OrderingTerm],
        terms: &[&SelectTerm],
    ) -> Result<()> {
        let keys = self.compound_keys(relation, order_by, terms)?;
        if !keys.is_empty() {
            let input = std::mem::replace(&mut relation.plan, Plan::Empty);
            relation.plan = Plan::Sort { input: input.into(), keys, ordered: 0, first: None };
        }
        Ok(())
    }

    /// ORDER BY over a compound names result columns, by number, by name or by repeating one.
    pub(super) fn compound_keys(
        &mut self,
        relation: &Relation,
        order_by: &[OrderingTerm],
        terms: &[&SelectTerm],
    ) -> Result<Vec<SortKey>> {
        check_terms(order_by.len(), "ORDER BY")?;
        let mut keys: Vec<SortKey> = Vec::with_capacity(order_by.len());
        for (number, term) in order_by.iter().enumerate() {
            let (expression, collation) = match &term.expression {
                Expression::Collate(inner, name) => {
                    (&**inner, Some(self.environment.catalog().collation(name)))
                }
                other => (other, None),
            };
            let position = match written_integer(expression) {
                Some(written) => Some(position_of(written, relation.columns.len(), "ORDER BY", number)?),
                None => find_column(expression, relation, terms),
            };
            let Some(position) = position else {
                return Err(Error::sql(format!(
                    "{} ORDER BY term does not match any column in the result set",
                    ordinal(number + 1)
                )));
            };
            let column = self.column_expression(relation.columns[position].0);
            let collation = collation.unwrap_or(column.collation());
            let of = self.sql_type(&column.expr);
            let expr = self.sorted_by(column.expr, of)?;
            keys.push(self.sort_key(term, expr, collation)?);
        }
        Ok(keys)
    }
}

/// The result column of a compound that an expression names: in the first term that has it.
fn find_column(expression: &Expression, relation: &Relation, terms: &[&SelectTerm]) -> Option<usize> {
    if let Expression::Column(name) = expression
        && name.table.is_none()
        && let Some(position) =
            relation.columns.iter().position(|(_, column)| column.eq_ignore_ascii_case(&name.column))
    {
        return Some(position);
    }
    terms.iter().find_map(|term| match term {
        SelectTerm::Select(core) => core.columns.iter().position(|column| match column {
            ResultColumn::Expression { expression: written, alias, .. } => {
                let written = match written {
                    Expression::Collate(inner, _) => inner,
                    plain => plain,
                };
                written == expression
                    || matches!((alias, expression), (Some(alias), Expression::Column(name))
                        if name.table.is_none() && alias.eq_ignore_ascii_case(&name.column))
            }
            _ => false,
        }),
        SelectTerm::Values(_) => None,
    })
}

pub(super) fn different_widths(operator: CompoundOperator) -> Error {
    let name = match operator {
        CompoundOperator::Union => "UNION",
        CompoundOperator::UnionAll => "UNION ALL",
        CompoundOperator::Intersect => "INTERSECT",
        CompoundOperator::Except => "EXCEPT",
    };
    Error::sql(format!(
        "SELECTs to the left and right of {name} do not have the same number of result columns"
    ))
}

/// Values as result columns with the names that those of VALUES have.
fn named(row: &[Expression]) -> Vec<ResultColumn> {
    let column = |(place, value): (usize, &Expression)| ResultColumn::Expression {
        expression: value.clone(),
        alias: Some(format!("column{}", place + 1)),
        span: Default::default(),
    };
    row.iter().enumerate().map(column).collect()
}
