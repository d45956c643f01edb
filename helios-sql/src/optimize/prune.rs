//! No column is read or computed that nobody asks for.

use crate::plan::{ColumnId, ColumnSet, Plan};

/// Takes away all columns that `wanted` does not need.
pub(super) fn prune(plan: &mut Plan, wanted: &[ColumnId]) {
    prune_to(plan, wanted.iter().copied().collect());
}

fn prune_to(plan: &mut Plan, mut wanted: ColumnSet) {
    if let Plan::Project { columns, .. } = plan {
        columns.retain(|(id, _)| wanted.contains(*id));
    }
    if let Plan::Aggregate(aggregation) = plan {
        let leading = aggregation.leading;
        aggregation.aggregates.retain(|(id, _)| wanted.contains(*id) || Some(*id) == leading);
    }
    if let Plan::Window(window) = plan {
        window.calls.retain(|(id, _)| wanted.contains(*id));
    }
    if let Plan::Distinct { columns, .. } = plan {
        wanted.extend(columns.iter().map(|(id, _)| *id));
    }
    plan.for_each_expr(|expr| {
        expr.for_each_column(&mut |id| {
            wanted.insert(id);
        });
    });
    match plan {
        Plan::OneRow | Plan::Empty | Plan::Values { .. } => {}
        Plan::Scan(scan) => scan.columns.retain(|(_, id)| wanted.contains(*id)),
        Plan::Compound(compound) => {
            let (left, right) = (compound.left.columns.clone(), compound.right.columns.clone());
            prune(&mut compound.left.plan, &left);
            prune(&mut compound.right.plan, &right);
        }
        Plan::Join(join) => {
            prune_to(&mut join.left, wanted.clone());
            prune_to(&mut join.right, wanted);
        }
        Plan::Filter { input, .. }
        | Plan::Project { input, .. }
        | Plan::Sort { input, .. }
        | Plan::Limit { input, .. }
        | Plan::Distinct { input, .. } => prune_to(input, wanted),
        Plan::Nearest(nearest) => prune_to(&mut nearest.input, wanted),
        Plan::Aggregate(aggregation) => prune_to(&mut aggregation.input, wanted),
        Plan::Window(window) => prune_to(&mut window.input, wanted),
        Plan::Shared(shared) => shared.columns.retain(|(id, _)| wanted.contains(*id)),
        Plan::Function(call) => call.columns.retain(|(id, _)| wanted.contains(*id)),
        Plan::Queue(queue) => queue.columns.retain(|(id, _)| wanted.contains(*id)),
        Plan::Recursion(recursion) => {
            for query in std::iter::once(&mut recursion.first).chain(&mut recursion.steps) {
                let columns = query.columns.clone();
                prune(&mut query.plan, &columns);
            }
        }
    }
}
