//! The least or the greatest value of a column is at an end of its index
//! (<https://sqlite.org/optoverview.html#the_min_max_optimization>).

use helios_core::Value;
use helios_core::value::Collation;

use super::order::{Effort, gives_order};
use crate::func::Aggregate;
use crate::plan::{Access, Aggregation, Expr, Plan, Probe, Scan, SortKey};

/// Lets an aggregation read one row, where that has the one value that is asked for.
pub(super) fn shorten(aggregation: &mut Aggregation) {
    // With other columns beside it, or with values that are equal and not the same, it matters which row that is.
    let [(_, call)] = &aggregation.aggregates[..] else { return };
    if call.collation != Collation::Binary {
        return;
    }
    let descending = match call.function {
        Aggregate::Minimum => false,
        Aggregate::Maximum => true,
        _ => return,
    };
    let ([argument], None, true) = (&call.arguments[..], &call.filter, aggregation.groups.is_empty()) else {
        return;
    };
    let key = SortKey {
        expr: argument.clone(),
        collation: call.collation.clone(),
        descending,
        nulls_first: !descending,
    };
    let mut input = aggregation.input.clone();
    let was_filtered = matches!(input, Plan::Filter { .. });
    if !descending {
        let condition = Expr::IsNull(argument.clone().into(), true);
        input = Plan::Filter { input: input.into(), condition };
    }
    if !gives_order(&mut input, &[key], Effort::ForFew) {
        return;
    }
    if let Some(Scan { access: Access::Index(access), .. }) = scan_below(&mut input) {
        if access.probes.is_empty() && was_filtered {
            // Rows that a filter drops would each be looked up.
            return;
        }
        let is_next = access.probes.iter().all(|probe| matches!(probe, Probe::Value(_)));
        if !descending && is_next && access.bounds.is_open() {
            access.bounds.leaves_nulls_out = true;
        }
    }
    let limit = Some(Expr::Constant(Value::Integer(1)));
    aggregation.input = Plan::Limit { input: input.into(), limit, offset: None };
}

fn scan_below(plan: &mut Plan) -> Option<&mut Scan> {
    match plan {
        Plan::Scan(scan) => Some(scan),
        Plan::Filter { input, .. } | Plan::Project { input, .. } => scan_below(input),
        _ => None,
    }
}
