//! From a plan to operators: column numbers become positions.

use helios_core::Result;
use helios_core::{Error, ErrorKind};

use super::aggregate::HashAggregate;
use super::compound::{SetOperation, UnionAll};
use super::distinct::Distinct;
use super::filter::Filter;
use super::hash_join::{HashJoin, Sides};
use super::limit::Limit;
use super::lookup_join::LookupJoin;
use super::nested_join::NestedJoin;
use super::project::Project;
use super::scan::{RowLayout, Scan};
use super::sort::{Key, Sort};
use super::source::{Empty, OneRow, ParameterRows, Values};
use super::{BoxedOperator, SubqueryState};
use crate::ast::CompoundOperator;
use crate::func::Aggregate;
use crate::plan::{AggregateCall, ColumnId, Expr, Join, JoinMethod, Plan, Query};

/// A statement ready to run.
#[derive(Debug)]
pub struct Built {
    /// The root of the operators.
    pub root: BoxedOperator,
    /// The queries in expressions, by number.
    pub subqueries: Vec<SubqueryState>,
}

/// Builds a query and the queries in its expressions.
pub fn build(query: &Query, subqueries: &[Query]) -> Result<Built> {
    let builder = Builder { parameters: None };
    let subqueries = subqueries.iter().map(|query| Ok(SubqueryState::new(builder.query(query)?)));
    let subqueries = subqueries.collect::<Result<_>>()?;
    Ok(Built { root: builder.query(query)?, subqueries })
}

/// Builds a query to run for many parameter sets at once: its parameters become columns of its one row. `None` if the
/// query is not of the kind that can.
pub fn build_batch(query: &Query, parameters: usize) -> Result<Option<Built>> {
    let Plan::Project { input, columns } = &query.plan else {
        return Ok(None);
    };
    let has_subquery = columns.iter().any(|(_, expr)| expr.has_subquery());
    if !matches!(**input, Plan::OneRow) || has_subquery {
        return Ok(None);
    }
    let builder = Builder { parameters: Some(parameters) };
    Ok(Some(Built { root: builder.query(query)?, subqueries: Vec::new() }))
}

/// `expr` with positions in `layout` in place of column numbers.
pub fn resolve(expr: &Expr, layout: &[ColumnId]) -> Result<Expr> {
    let mut resolved = expr.clone();
    let mut missing = false;
    resolve_in(&mut resolved, layout, &mut missing);
    if missing {
        return Err(Error::new(ErrorKind::Internal, "a plan mentions a column that its input does not have"));
    }
    Ok(resolved)
}

fn resolve_in(expr: &mut Expr, layout: &[ColumnId], missing: &mut bool) {
    if let Expr::Column(id) = expr {
        match layout.iter().position(|known| known == id) {
            Some(position) => *id = ColumnId(position as u32),
            None => *missing = true,
        }
    }
    expr.for_each_operand_mut(|operand| resolve_in(operand, layout, missing));
}

struct Builder {
    /// In a batch: how many parameters there are, which are the columns of [`Plan::OneRow`].
    parameters: Option<usize>,
}

impl Builder {
    /// A query whose rows have its columns in its order.
    fn query(&self, query: &Query) -> Result<BoxedOperator> {
        let layout = query.plan.columns();
        let root = self.plan(&query.plan)?;
        if layout == query.columns {
            return Ok(root);
        }
        let exprs =
            query.columns.iter().map(|id| resolve(&Expr::Column(*id), &layout)).collect::<Result<_>>()?;
        Ok(Box::new(Project::new(root, exprs)))
    }

    fn expr(&self, expr: &Expr, layout: &[ColumnId]) -> Result<Expr> {
        let mut resolved = resolve(expr, layout)?;
        if self.parameters.is_some() {
            parameters_to_columns(&mut resolved);
        }
        Ok(resolved)
    }

    fn exprs<'e>(&self, exprs: impl Iterator<Item = &'e Expr>, layout: &[ColumnId]) -> Result<Vec<Expr>> {
        exprs.map(|expr| self.expr(expr, layout)).collect()
    }

    fn plan(&self, plan: &Plan) -> Result<BoxedOperator> {
        Ok(match plan {
            Plan::OneRow if self.parameters.is_some() => Box::new(ParameterRows::default()),
            Plan::OneRow => Box::new(OneRow::default()),
            Plan::Empty => Box::new(Empty),
            Plan::Values { columns, rows } => Box::new(Values::new(rows.clone(), columns.len())),
            Plan::Scan(scan) => {
                let columns: Vec<Option<usize>> =
                    scan.columns.iter().map(|(position, _)| *position).collect();
                let layout = RowLayout::new(&columns);
                let (table, reader) = (scan.table.clone(), scan.reader.clone());
                Box::new(Scan::new(table, reader, layout, scan.access.clone(), scan.backward))
            }
            Plan::Filter { input, condition } => {
                let condition = self.expr(condition, &input.columns())?;
                Box::new(Filter::new(self.plan(input)?, condition))
            }
            Plan::Project { input, columns } => {
                let exprs = self.exprs(columns.iter().map(|(_, expr)| expr), &input.columns())?;
                Box::new(Project::new(self.plan(input)?, exprs))
            }
            Plan::Join(join) => self.join(join)?,
            Plan::Aggregate(aggregation) => {
                let layout = aggregation.input.columns();
                let mut keys = Vec::with_capacity(aggregation.groups.len());
                for (_, expr, collation) in &aggregation.groups {
                    keys.push((self.expr(expr, &layout)?, *collation));
                }
                let mut calls = Vec::with_capacity(aggregation.aggregates.len());
                for (_, call) in &aggregation.aggregates {
                    let mut call = call.clone();
                    call.arguments = self.exprs(call.arguments.iter(), &layout)?;
                    call.filter =
                        call.filter.as_ref().map(|filter| self.expr(filter, &layout)).transpose()?;
                    calls.push(call);
                }
                let is_bare = |call: &AggregateCall| call.function == Aggregate::Bare;
                let leading = aggregation.leading.filter(|_| calls.iter().any(is_bare));
                let leading = aggregation.aggregates.iter().position(|(id, _)| Some(*id) == leading);
                Box::new(HashAggregate::new(self.plan(&aggregation.input)?, keys, calls, leading))
            }
            Plan::Sort { input, keys, first } => {
                let layout = input.columns();
                let mut resolved = Vec::with_capacity(keys.len());
                for key in keys {
                    resolved.push(Key {
                        expr: self.expr(&key.expr, &layout)?,
                        collation: key.collation,
                        descending: key.descending,
                        nulls_first: key.nulls_first,
                    });
                }
                Box::new(Sort::new(self.plan(input)?, resolved, first.clone(), layout.len()))
            }
            Plan::Limit { input, limit, offset } => {
                Box::new(Limit::new(self.plan(input)?, limit.clone(), offset.clone()))
            }
            Plan::Distinct { input, columns } => {
                let layout = input.columns();
                let place = |id: &ColumnId| layout.iter().position(|known| known == id);
                let columns =
                    columns.iter().filter_map(|(id, collation)| Some((place(id)?, *collation))).collect();
                Box::new(Distinct::new(self.plan(input)?, columns))
            }
            Plan::Compound(compound) => {
                let (left, right) = (self.query(&compound.left)?, self.query(&compound.right)?);
                match compound.operator {
                    CompoundOperator::UnionAll => Box::new(UnionAll::new(left, right)),
                    operator => {
                        let collations = compound.columns.iter().map(|(_, collation)| *collation).collect();
                        Box::new(SetOperation::new(operator, left, right, collations))
                    }
                }
            }
        })
    }

    fn join(&self, join: &Join) -> Result<BoxedOperator> {
        let (left_layout, right_layout) = (join.left.columns(), join.right.columns());
        let widths = (left_layout.len(), right_layout.len());
        let layout = [&left_layout[..], &right_layout[..]].concat();
        let residual = match join.conditions.is_empty() {
            true => None,
            false => Some(self.expr(&Expr::all(join.conditions.clone()), &layout)?),
        };
        let (left, right) = (self.plan(&join.left)?, self.plan(&join.right)?);
        Ok(match &join.method {
            JoinMethod::Nested => Box::new(NestedJoin::new(join.kind, left, right, residual, widths)),
            JoinMethod::Hash { left: left_keys, right: right_keys } => {
                let left_keys = self.exprs(left_keys.iter(), &left_layout)?;
                let right_keys = right_keys
                    .iter()
                    .map(|(expr, collation)| Ok((self.expr(expr, &right_layout)?, *collation)))
                    .collect::<Result<_>>()?;
                Box::new(HashJoin::new(
                    join.kind,
                    Sides { left, right, left_keys, right_keys, widths },
                    residual,
                ))
            }
            JoinMethod::Lookup { outer } => {
                let outer = outer
                    .iter()
                    .map(|(slot, expr)| Ok((*slot, self.expr(expr, &left_layout)?)))
                    .collect::<Result<_>>()?;
                Box::new(LookupJoin::new(join.kind, left, right, outer, residual, widths.1))
            }
        })
    }
}

fn parameters_to_columns(expr: &mut Expr) {
    if let Expr::Parameter(position) = expr {
        *expr = Expr::Column(ColumnId(*position as u32));
        return;
    }
    expr.for_each_operand_mut(parameters_to_columns);
}
