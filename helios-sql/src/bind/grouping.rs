//! Grouped queries: what stands above the aggregation may only speak of groups.

use std::collections::HashSet;

use helios_core::Result;
use helios_core::value::{Affinity, Collation};

use super::{Binder, Typed};
use crate::func::Aggregate;
use crate::plan::{AggregateCall, Aggregation, ColumnId, ColumnInfo, Expr, Plan};

/// The groups of a query: what each row's group is found by.
pub(super) struct Groups {
    columns: Vec<(ColumnId, Expr, Collation)>,
}

impl Binder<'_> {
    /// Gives each expression of GROUP BY a column.
    pub(super) fn groups(&mut self, keys: Vec<Typed>) -> Groups {
        let columns = keys.into_iter().map(|key| {
            let collation = key.collation();
            let info = match key.expr {
                Expr::Column(id) => self.info(id).clone(),
                _ => ColumnInfo {
                    affinity: key.affinity,
                    collation: key.collation,
                    is_mixed: !key.converted,
                    ..ColumnInfo::default()
                },
            };
            (self.new_column(info), key.expr, collation)
        });
        Groups { columns: columns.collect() }
    }

    /// Rewrites an expression over rows to one over groups: aggregates and grouped expressions become columns of the
    /// aggregation; any other column is taken from one row of the group.
    pub(super) fn over_groups(&mut self, groups: &Groups, expr: &mut Expr) {
        let level = self.scopes.len() - 1;
        let scope = &self.scopes[level];
        let aggregates = scope.aggregates.iter().map(|(id, _)| *id);
        let windows = scope.windows.iter().flat_map(super::window::WindowGroup::columns);
        let above: HashSet<ColumnId> = aggregates.chain(windows).collect();
        self.rewrite(groups, &above, expr);
    }

    fn rewrite(&mut self, groups: &Groups, above: &HashSet<ColumnId>, expr: &mut Expr) {
        if let Some((id, _, collation)) = groups.columns.iter().find(|(_, key, _)| key == expr)
            && !self.is_of_a_row(expr, collation)
        {
            *expr = Expr::Column(*id);
            return;
        }
        if let Expr::Column(id) = expr {
            if !above.contains(id) {
                let info = self.info(*id).clone();
                let call = AggregateCall {
                    function: Aggregate::Bare,
                    arguments: vec![expr.clone()],
                    distinct: false,
                    filter: None,
                    collation: Collation::Binary,
                    order: Vec::new(),
                };
                *expr = self.aggregate_column(call, info).expr;
            }
            return;
        }
        expr.for_each_operand_mut(|operand| self.rewrite(groups, above, operand));
    }

    /// Whether a column that rows are grouped by is that of the row with the min or max: in SQLite it is, which makes a
    /// difference where equal values are not the same.
    fn is_of_a_row(&self, key: &Expr, collation: &Collation) -> bool {
        let Expr::Column(id) = key else { return false };
        let differs = *collation != Collation::Binary || self.info(*id).affinity == Some(Affinity::Blob);
        let aggregates = &self.scopes[self.scopes.len() - 1].aggregates;
        differs && aggregates.iter().any(|(_, call)| is_extreme(call))
    }

    /// Rewrites what the windows of the query are over.
    pub(super) fn windows_over_groups(&mut self, groups: &Groups) {
        let level = self.scopes.len() - 1;
        let mut windows = std::mem::take(&mut self.scopes[level].windows);
        Binder::for_each_window_expr(&mut windows, |expr| self.over_groups(groups, expr));
        self.scopes[level].windows = windows;
    }

    /// The aggregation itself.
    pub(super) fn aggregation(&mut self, input: Plan, groups: Groups) -> Result<Plan> {
        let level = self.scopes.len() - 1;
        let aggregates = std::mem::take(&mut self.scopes[level].aggregates);
        let mut extremes = aggregates.iter().filter(|(_, call)| is_extreme(call));
        let leading = extremes.next_back().map(|(id, _)| *id);
        Ok(Plan::Aggregate(Box::new(Aggregation {
            input,
            groups: groups.columns,
            in_order: false,
            aggregates,
            leading,
        })))
    }
}

/// Whether an aggregate is a min or max from whose row other columns come.
fn is_extreme(call: &AggregateCall) -> bool {
    matches!(call.function, Aggregate::Minimum | Aggregate::Maximum)
}
