//! Sorts by a distance of which only the first rows are needed: searches among vectors.
//!
//! In: a sort over filters and projections of one table. Out: the same sort over the nearest rows alone. Those are found
//! by reading no more than the vectors and what the conditions mention; the other columns are read of the rows found.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::vector::Metric;

use super::Optimizer;
use super::estimate::selectivity;
use super::pushdown::{is_stable, substitute};
use crate::ast::IndexHint;
use crate::catalog::Index;
use crate::func::vector::{VECTOR_DISTANCE, metric_argument};
use crate::plan::{ColumnId, Expr, Function, NearestIndex, NearestPlan, Plan, Scan, SortKey};

/// Puts a search in the place of the scan whose rows a sort gives the first `count` of, if that is one.
pub(super) fn search(input: &mut Plan, keys: &[SortKey], count: &Expr) {
    let is_one = match keys {
        [_] => true,
        // Rows of equal distance come in the order of rowids anyway.
        [_, second] => !second.descending,
        _ => false,
    };
    if !is_one || keys[0].descending {
        return;
    }
    let exprs: Vec<Expr> = keys.iter().map(|key| key.expr.clone()).collect();
    search_below(input, exprs, keys[0].nulls_first, count);
}

fn search_below(plan: &mut Plan, mut exprs: Vec<Expr>, nulls_first: bool, count: &Expr) {
    if let Plan::Project { input, columns } = plan {
        let below: HashMap<ColumnId, &Expr> = columns.iter().map(|(id, expr)| (*id, expr)).collect();
        exprs.iter_mut().for_each(|expr| substitute(expr, &below));
        return search_below(input, exprs, nulls_first, count);
    }
    let (scan, condition) = match plan {
        Plan::Scan(scan) => (&**scan, None),
        Plan::Filter { input, condition } => match &**input {
            Plan::Scan(scan) => (&**scan, Some(condition.clone())),
            _ => return,
        },
        _ => return,
    };
    if !suits(scan) || exprs.get(1).is_some_and(|second| !is_rowid(scan, second)) {
        return;
    }
    let Some((vector, query, metric)) = distance(scan, &exprs[0]) else { return };
    let input = Plan::Scan(Box::new(scan.clone()));
    let count = count.clone();
    let index = None;
    let nearest = NearestPlan { input, condition, vector, query, metric, count, nulls_first, index };
    *plan = Plan::Nearest(Box::new(nearest));
}

/// Whether the rows of a scan are found again by their rowids.
fn suits(scan: &Scan) -> bool {
    let is_stored =
        |position: Option<usize>| position.is_none_or(|position| position < scan.table.columns.len());
    scan.table.has_rowid()
        && !scan.for_change
        && !scan.backward
        && match &scan.hint {
            IndexHint::By(name) => hinted(scan, name).is_some(),
            _ => true,
        }
        && scan.columns.iter().all(|(position, _)| is_stored(*position))
}

/// The index of vectors that a hint names.
fn hinted<'s>(scan: &'s Scan, name: &str) -> Option<&'s Arc<Index>> {
    let mut vectors = scan.table.indexes.iter().filter(|index| index.vector.is_some());
    vectors.find(|index| index.name.eq_ignore_ascii_case(name))
}

/// The metric that a search says, if that is known before it runs.
fn known_metric(nearest: &NearestPlan) -> Option<Metric> {
    match &nearest.metric {
        None => Some(Metric::Cosine),
        Some(Expr::Constant(name)) => metric_argument(Some(name.as_ref())).ok().flatten(),
        Some(_) => None,
    }
}

impl Optimizer<'_> {
    /// Gives searches indexes where those are likely to cost less than looking at all rows.
    pub(super) fn choose_vector_indexes(&self, plan: &mut Plan) {
        if let Plan::Nearest(nearest) = plan {
            self.choose_vector_index(nearest);
        }
        plan.for_each_input_mut(|input| self.choose_vector_indexes(input));
    }

    fn choose_vector_index(&self, nearest: &mut NearestPlan) {
        let Plan::Scan(scan) = &nearest.input else { return };
        let (Some(metric), Expr::Column(column)) = (known_metric(nearest), &nearest.vector) else { return };
        // What is in memory is of the session's own database.
        if scan.hint == IndexHint::NotIndexed || scan.table.slot != 0 {
            return;
        }
        let position = scan.columns.iter().find(|(_, id)| id == column).and_then(|(position, _)| *position);
        let suits = |index: &&Arc<Index>| {
            let vector = index.vector.as_ref();
            vector.is_some_and(|vector| Some(vector.column) == position && vector.metric == metric)
        };
        let is_forced = matches!(scan.hint, IndexHint::By(_));
        let found = match &scan.hint {
            IndexHint::By(name) => hinted(scan, name).filter(suits),
            _ => scan.table.indexes.iter().rev().find(suits),
        };
        let (Some(index), Some((conditions, _))) = (found, nearest.conditions_without_vectors()) else {
            return;
        };
        let (rows, _) = self.estimate(&nearest.input);
        let passing = rows * conditions.iter().map(selectivity).product::<f64>();
        if is_forced || passing > worth_looking_at(self.statistics.rows(&scan.table)) {
            nearest.index = Some(NearestIndex { index: index.clone(), is_forced });
            if let Plan::Scan(scan) = &mut nearest.input {
                scan.hint = IndexHint::None;
            }
        }
    }
}

/// Up to so many candidates of so many rows it costs less to look at each of them than to ask an index: where the curves
/// met that were measured with 100,000 vectors of 384 elements, of which filters left 1, 10 and 100 %.
pub fn worth_looking_at(rows: f64) -> f64 {
    8000.0 * (rows / 100_000.0).powf(0.43)
}

fn is_rowid(scan: &Scan, expr: &Expr) -> bool {
    let Expr::Column(id) = expr else { return false };
    let position = scan.columns.iter().find(|(_, known)| known == id).map(|(position, _)| *position);
    position.is_some_and(|position| position.is_none() || position == scan.table.rowid_column)
}

/// The column, the vector that it is compared with, and the metric, if an expression is a distance.
fn distance(scan: &Scan, expr: &Expr) -> Option<(Expr, Expr, Option<Expr>)> {
    let Expr::Call { function: Function::BuiltIn(function), arguments, .. } = expr else { return None };
    if function.name != VECTOR_DISTANCE || !arguments[2..].iter().all(is_constant) {
        return None;
    }
    let is_column = |expr: &Expr| {
        let Expr::Column(id) = expr else { return false };
        scan.columns.iter().any(|(_, known)| known == id)
    };
    let (vector, query) = match (&arguments[0], &arguments[1]) {
        (vector, query) | (query, vector) if is_column(vector) && is_constant(query) => (vector, query),
        _ => return None,
    };
    Some((vector.clone(), query.clone(), arguments.get(2).cloned()))
}

/// Whether a value is the same for all rows.
fn is_constant(expr: &Expr) -> bool {
    let mut mentions = false;
    expr.for_each_column(&mut |_| mentions = true);
    !mentions && is_stable(expr)
}
