//! Grouped queries: what stands above the aggregation may only speak of groups.

use std::collections::HashSet;

use helios_core::value::{Affinity, Collation};
use helios_core::{Error, Result};

use super::{Binder, Typed};
use crate::func::Aggregate;
use crate::plan::{AggregateCall, Aggregation, ColumnId, ColumnInfo, Expr, Plan};

/// The groups of a query: what each row's group is found by.
pub(super) struct Groups {
    pub(super) columns: Vec<(ColumnId, Expr, Collation)>,
    /// With GROUPING SETS: a number with a bit for each expression, which is set where a row is not grouped by it.
    pub(super) mask: Option<ColumnId>,
}

impl Binder<'_> {
    /// Gives each expression of GROUP BY a column.
    pub(super) fn groups(&mut self, keys: Vec<Typed>, has_sets: bool) -> Groups {
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
        let columns = columns.collect();
        Groups { columns, mask: has_sets.then(|| self.new_column(ColumnInfo::default())) }
    }

    /// Rewrites an expression over rows to one over groups: aggregates and grouped expressions become columns of the
    /// aggregation; any other column is taken from one row of the group.
    pub(super) fn over_groups(&mut self, groups: &Groups, expr: &mut Expr) {
        let level = self.scopes.len() - 1;
        let scope = &self.scopes[level];
        let aggregates = scope.aggregates.iter().map(|(id, _)| *id);
        let windows = scope.windows.iter().flat_map(super::window::WindowGroup::columns);
        let above: HashSet<ColumnId> = aggregates.chain(windows).chain(groups.mask).collect();
        self.rewrite(groups, &above, false, expr);
    }

    /// `is_within` says whether it is in a query of the expression, and not in the expression itself.
    fn rewrite(&mut self, groups: &Groups, above: &HashSet<ColumnId>, is_within: bool, expr: &mut Expr) {
        match self.grouping_call(groups, expr) {
            Ok(Some(value)) => {
                *expr = value;
                return;
            }
            Ok(None) => {}
            Err(error) => {
                *self.refused.borrow_mut() = Some(error);
                return;
            }
        }
        let key = groups.columns.iter().find(|(_, key, _)| key == expr);
        if let Some((id, _, collation)) = key
            && !self.is_of_a_row(expr, collation)
        {
            *expr = Expr::Column(*id);
            return;
        }
        if let Expr::Column(id) = expr {
            if !above.contains(id) {
                if key.is_none() {
                    self.refuse_ungrouped(groups, *id, is_within);
                }
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
        if let Expr::InSubquery { operands, subquery, .. } = expr {
            operands.iter_mut().for_each(|operand| self.rewrite(groups, above, is_within, operand));
            subquery.operands_mut().for_each(|operand| self.rewrite(groups, above, true, operand));
            return;
        }
        let is_within = is_within || matches!(expr, Expr::Subquery { .. } | Expr::Exists(_));
        expr.for_each_operand_mut(|operand| self.rewrite(groups, above, is_within, operand));
    }

    /// Notes that PostgreSQL refuses a column which rows are not grouped by, unless the key of its table is among those.
    fn refuse_ungrouped(&self, groups: &Groups, id: ColumnId, is_within: bool) {
        if !self.resolves_types() || self.refused.borrow().is_some() {
            return;
        }
        let is_here = |column: &&super::scope::SourceColumn| column.id == id;
        let sources = &self.scopes[self.scopes.len() - 1].sources;
        let found = sources.iter().find_map(|source| Some((source, source.columns.iter().find(is_here)?)));
        let Some((source, column)) = found.filter(|(source, _)| !self.has_grouped_key(groups, source)) else {
            return;
        };
        let name = match source.name.is_empty() {
            true => column.name.to_string(),
            false => format!("{}.{}", source.name, column.name),
        };
        *self.refused.borrow_mut() = Some(Error::sql(match is_within {
            true => format!("subquery uses ungrouped column \"{name}\" from outer query"),
            false => {
                format!(
                    "column \"{name}\" must appear in the GROUP BY clause or be used in an aggregate function"
                )
            }
        }));
    }

    /// Whether rows are grouped by the primary key of a table, among others.
    fn has_grouped_key(&self, groups: &Groups, source: &super::scope::Source) -> bool {
        let Some(name) = &source.table else { return false };
        let Some(table) = self.environment.catalog().table(name) else { return true };
        let is_grouped = |position: &usize| {
            let column = table.columns.get(*position).and_then(|column| source.column(&column.name));
            column.is_some_and(|column| {
                groups.columns.iter().any(|(_, key, _)| *key == Expr::Column(column.id))
            })
        };
        !table.primary_key.is_empty() && table.primary_key.iter().all(is_grouped)
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
    pub(super) fn aggregation(
        &mut self,
        input: Plan,
        groups: Groups,
        sets: Option<&[Vec<usize>]>,
    ) -> Result<Plan> {
        let level = self.scopes.len() - 1;
        let aggregates = std::mem::take(&mut self.scopes[level].aggregates);
        let mut extremes = aggregates.iter().filter(|(_, call)| is_extreme(call));
        let leading = extremes.next_back().map(|(id, _)| *id);
        if let Some(sets) = sets {
            return self.grouping_sets(input, &groups, sets, aggregates, leading);
        }
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
