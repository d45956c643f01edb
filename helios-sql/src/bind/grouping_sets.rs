//! GROUPING SETS: rows are grouped several times, each time by some of the expressions of GROUP BY.
//!
//! In: the rows, all expressions of GROUP BY, and the sets of them. Out: the rows of one grouping behind the other, with
//! NULL for what a grouping does not go by, and a number that tells the groupings apart, from which GROUPING() is computed.
//! What is grouped is computed once for all of them.

use std::collections::HashMap;

use helios_core::value::Collation;
use helios_core::{Error, Result, Value};

use super::grouping::Groups;
use super::postgres_operator::call;
use super::{Binder, Typed};
use crate::ast::CompoundOperator;
use crate::plan::{
    AggregateCall, Aggregation, Arithmetic, ColumnId, ColumnInfo, CompoundPlan, Expr, Function, Plan, Query,
    SharedPlan,
};

/// The function that tells what a row is not grouped by.
pub(super) const GROUPING: &str = "grouping";

/// The most expressions that sets may be of: a bit of a number says of each whether it is one of the set.
const MAX_EXPRESSIONS: usize = 60;

/// What all groupings read.
struct Shared {
    /// The number of the query.
    number: usize,
    /// Its columns.
    columns: Vec<ColumnId>,
    /// Those of them that are the expressions of GROUP BY.
    keys: Vec<ColumnId>,
    /// The aggregates over them, and the one from whose row other columns come.
    aggregates: Vec<(ColumnId, AggregateCall)>,
    leading: Option<ColumnId>,
}

impl Binder<'_> {
    /// GROUPING() as a number that is computed from what a row is grouped by; `None` of another expression.
    pub(super) fn grouping_call(&self, groups: &Groups, expr: &Expr) -> Result<Option<Expr>> {
        let Expr::Call { function: Function::BuiltIn(function), arguments, .. } = expr else {
            return Ok(None);
        };
        if function.name != GROUPING {
            return Ok(None);
        }
        let mut value = Expr::Constant(Value::Integer(0));
        for argument in arguments {
            let Some(place) = groups.columns.iter().position(|(_, key, _)| key == argument) else {
                return Err(Error::sql(
                    "arguments to GROUPING must be grouping expressions of the associated query level",
                ));
            };
            let Some(mask) = groups.mask else { continue };
            let constant = |number: i64| Box::new(Expr::Constant(Value::Integer(number)));
            let shifted =
                Expr::Arithmetic(Arithmetic::ShiftRight, Expr::Column(mask).into(), constant(place as i64));
            let bit = Expr::Arithmetic(Arithmetic::BitAnd, shifted.into(), constant(1));
            let before = Expr::Arithmetic(Arithmetic::ShiftLeft, value.into(), constant(1));
            value = Expr::Arithmetic(Arithmetic::Add, before.into(), bit.into());
        }
        call("::int4", &[Typed::plain(value)]).map(|typed| Some(typed.expr))
    }

    /// The groupings, one behind the other.
    pub(super) fn grouping_sets(
        &mut self,
        input: Plan,
        groups: &Groups,
        sets: &[Vec<usize>],
        aggregates: Vec<(ColumnId, AggregateCall)>,
        leading: Option<ColumnId>,
    ) -> Result<Plan> {
        if groups.columns.len() > MAX_EXPRESSIONS {
            return Err(Error::sql("GROUPING SETS of more than 60 expressions is not supported"));
        }
        let shared = self.share(input, groups, aggregates, leading);
        let wanted: Vec<ColumnId> = groups
            .columns
            .iter()
            .map(|(id, ..)| *id)
            .chain(shared.aggregates.iter().map(|(id, _)| *id))
            .chain(groups.mask)
            .collect();
        let mut whole: Option<Query> = None;
        for (place, set) in sets.iter().enumerate() {
            let is_last = place + 1 == sets.len();
            let is_only = sets.len() == 1;
            let outputs = if is_only { wanted.clone() } else { self.new_columns_like(&wanted) };
            let one = self.grouping_by(&shared, groups, set, &outputs);
            let right = Query { plan: one, columns: outputs };
            whole = Some(match whole {
                None => right,
                Some(left) => {
                    let columns = if is_last { wanted.clone() } else { self.new_columns_like(&wanted) };
                    let compared = columns.iter().map(|id| (*id, Collation::Binary)).collect();
                    let operator = CompoundOperator::UnionAll;
                    let compound = CompoundPlan { operator, left, right, columns: compared };
                    Query { plan: Plan::Compound(Box::new(compound)), columns }
                }
            });
        }
        Ok(whole.map_or(Plan::Empty, |query| query.plan))
    }

    /// The rows with the keys as columns, as a query that each grouping reads; and the aggregates without queries in them.
    fn share(
        &mut self,
        input: Plan,
        groups: &Groups,
        mut aggregates: Vec<(ColumnId, AggregateCall)>,
        leading: Option<ColumnId>,
    ) -> Shared {
        let mut columns: Vec<(ColumnId, Expr)> =
            input.columns().into_iter().map(|id| (id, Expr::Column(id))).collect();
        let mut keys = Vec::with_capacity(groups.columns.len());
        for (id, key, _) in &groups.columns {
            let info = self.info(*id).clone();
            let computed = self.new_column(info);
            keys.push(computed);
            columns.push((computed, key.clone()));
        }
        for (_, aggregate) in &mut aggregates {
            for expr in exprs_of(aggregate) {
                let has_query = expr.any(&mut |part| {
                    matches!(part, Expr::Subquery { .. } | Expr::Exists(_) | Expr::InSubquery { .. })
                });
                if has_query {
                    let computed = self.new_column(ColumnInfo::default());
                    columns.push((computed, std::mem::replace(expr, Expr::Column(computed))));
                }
            }
        }
        let ids: Vec<ColumnId> = columns.iter().map(|(id, _)| *id).collect();
        let plan = Plan::Project { input: input.into(), columns };
        self.subqueries.push(Query { plan, columns: ids.clone() });
        Shared { number: self.subqueries.len() - 1, columns: ids, keys, aggregates, leading }
    }

    fn new_columns_like(&mut self, ids: &[ColumnId]) -> Vec<ColumnId> {
        ids.iter()
            .map(|id| {
                let info = self.info(*id).clone();
                self.new_column(info)
            })
            .collect()
    }

    /// One grouping: its keys, the aggregates, and the number that tells which it is.
    fn grouping_by(&mut self, shared: &Shared, groups: &Groups, set: &[usize], outputs: &[ColumnId]) -> Plan {
        let (keys, number) = (&shared.keys, shared.number);
        let read = self.new_columns_like(&shared.columns);
        let renamed: HashMap<ColumnId, ColumnId> =
            shared.columns.iter().copied().zip(read.iter().copied()).collect();
        let columns = read.iter().enumerate().map(|(position, id)| (*id, position)).collect();
        let input = Plan::Shared(Box::new(SharedPlan {
            number,
            name: "grouping sets".into(),
            columns,
            may_inline: false,
        }));
        let mut shown: Vec<Expr> = vec![Expr::NULL; keys.len()];
        let mut by = Vec::with_capacity(set.len());
        for &place in set {
            let info = self.info(groups.columns[place].0).clone();
            let id = self.new_column(info);
            shown[place] = Expr::Column(id);
            by.push((id, Expr::Column(renamed[&keys[place]]), groups.columns[place].2.clone()));
        }
        let ids = self.new_columns_like(&shared.aggregates.iter().map(|(id, _)| *id).collect::<Vec<_>>());
        let mut leads = None;
        let mut calls = Vec::with_capacity(shared.aggregates.len());
        for ((known, aggregate), id) in shared.aggregates.iter().zip(ids) {
            let mut aggregate = aggregate.clone();
            exprs_of(&mut aggregate).for_each(|expr| rename(expr, &renamed));
            if shared.leading == Some(*known) {
                leads = Some(id);
            }
            shown.push(Expr::Column(id));
            calls.push((id, aggregate));
        }
        let missing = (0..keys.len()).filter(|place| !set.contains(place));
        let mask = missing.fold(0_i64, |mask, place| mask | 1 << place);
        shown.push(Expr::Constant(Value::Integer(mask)));
        let aggregation =
            Aggregation { input, groups: by, in_order: false, aggregates: calls, leading: leads };
        let columns = outputs.iter().copied().zip(shown).collect();
        Plan::Project { input: Plan::Aggregate(Box::new(aggregation)).into(), columns }
    }
}

/// The expressions of an aggregate.
fn exprs_of(aggregate: &mut AggregateCall) -> impl Iterator<Item = &mut Expr> {
    let order = aggregate.order.iter_mut().map(|key| &mut key.expr);
    aggregate.arguments.iter_mut().chain(&mut aggregate.filter).chain(order)
}

/// Has an expression mention columns by other numbers.
fn rename(expr: &mut Expr, renamed: &HashMap<ColumnId, ColumnId>) {
    if let Expr::Column(id) = expr {
        if let Some(other) = renamed.get(id) {
            *id = *other;
        }
        return;
    }
    expr.for_each_operand_mut(|operand| rename(operand, renamed));
}
