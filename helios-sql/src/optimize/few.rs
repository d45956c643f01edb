//! How many rows scans begin with: few where few are likely to be enough, below LIMIT and in queries of which the first
//! row is asked for; a whole chunk where all are read in any case, below aggregates and sorts.

use super::decorrelate::{Use, calls};
use crate::plan::{Expr, JoinMethod, Plan, Query};
use helios_core::Value;

/// Scans begin with more rows than that anyway.
const MOST: usize = 16;

/// A whole chunk, however many rows that is.
const ALL: usize = usize::MAX;

/// Tells scans how many rows to begin with.
pub(super) fn expect_few(query: &mut Query, subqueries: &mut [Query]) {
    subqueries.iter_mut().chain([&mut *query]).for_each(|query| below_collectors(&mut query.plan));
    let mut first: Vec<usize> = Vec::new();
    for query in subqueries.iter().chain([&*query]) {
        query.plan.for_each_plan(&mut |plan| {
            plan.for_each_expr(|expr| {
                calls(expr, &mut |call, kind| {
                    if kind != Use::All && call.by.is_empty() {
                        first.push(call.number);
                    }
                });
            });
        });
    }
    first.into_iter().for_each(|number| begin_with(1, &mut subqueries[number].plan));
    subqueries.iter_mut().chain([query]).for_each(|query| below_limits(&mut query.plan));
}

/// What collects all its rows before it gives one needs no small beginning.
fn below_collectors(plan: &mut Plan) {
    match plan {
        Plan::Aggregate(aggregation) if !aggregation.in_order => {
            begin_with(ALL, &mut aggregation.input);
        }
        Plan::Sort { input, ordered: 0, .. } => begin_with(ALL, input),
        _ => {}
    }
    plan.for_each_input_mut(below_collectors);
}

fn below_limits(plan: &mut Plan) {
    if let Plan::Limit { input, limit: Some(Expr::Constant(Value::Integer(limit))), offset: None } = plan
        && let Some(rows) = usize::try_from(*limit).ok().filter(|rows| (1..MOST).contains(rows))
    {
        begin_with(rows, input);
    }
    plan.for_each_input_mut(below_limits);
}

/// Makes the scan whose rows come first begin with so many.
fn begin_with(rows: usize, plan: &mut Plan) {
    match plan {
        Plan::Scan(scan) => scan.first_rows = Some(rows),
        Plan::Filter { input, .. } | Plan::Project { input, .. } | Plan::Limit { input, .. } => {
            begin_with(rows, input);
        }
        Plan::Join(join) => {
            begin_with(rows, &mut join.left);
            if matches!(join.method, JoinMethod::Lookup { .. }) {
                begin_with(rows, &mut join.right);
            }
        }
        _ => {}
    }
}
