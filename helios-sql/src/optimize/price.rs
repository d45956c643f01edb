//! What a statement costs from its beginning to its last row, with as many rows as its tables really have.
//!
//! In: an improved query, and somebody who counts. Out: microseconds. The estimates of [`super::estimate`] decide between
//! ways to the same rows and guess what nobody has counted; here whole statements are compared, so what all ways have in
//! common counts too, and rows of tables are those of a table whose columns are kept. The constants were measured with
//! `benches/advice.py`.

use helios_core::value::{Affinity, Collation};

use super::access::{is_covered, share};
use super::estimate::{probe_count, selectivity};
use super::{Optimizer, Statistics};
use crate::plan::{
    Access, Bounds, ColumnId, Comparison, Expr, IndexAccess, Join, JoinMethod, Plan, Probe, Query, Scan,
};

/// Beginning and ending a statement.
const STATEMENT: f64 = 7.0;
/// Looking at a kept row, and at each condition on it.
const SCANNED_ROW: f64 = 0.0004;
const CONDITION: f64 = 0.0008;
const TEXT_CONDITION: f64 = 0.0065;
/// Beginning to look at kept rows.
const SCAN: f64 = 4.0;
/// Going to a place of a table or an index.
const SEEK: f64 = 3.0;
/// Reading an entry of an index that has all that is wanted, or the row that it is of.
const COVERED_ROW: f64 = 0.4;
const FOUND_ROW: f64 = 1.1;
/// Sorting a row, for each time that the number of rows doubles; and looking whether it is among the first, by a number or
/// by a text.
const SORTED_ROW: f64 = 0.015;
const FIRST_ROW: f64 = 0.002;
const FIRST_TEXT_ROW: f64 = 0.012;
/// The part of the cost of a condition that it has after others, which leave fewer rows to it.
const FURTHER_CONDITION: f64 = 0.5;
/// Putting a row into its group.
const GROUPED_ROW: f64 = 0.02;
/// Putting a row into a hash table, and looking for one there.
const BUILT_ROW: f64 = 0.06;
const PROBED_ROW: f64 = 0.03;
/// Making a row of the result.
const RESULT_ROW: f64 = 0.3;

/// Somebody who counts.
pub trait Measures {
    /// How many rows of a scan's table meet conditions on it; `None` if that depends on more than the table.
    fn rows(&self, scan: &Scan, conditions: &[Expr]) -> Option<f64>;

    /// The value of an expression without columns, as a number.
    fn number(&self, expr: &Expr) -> Option<f64>;
}

/// What a query costs, in microseconds.
pub fn price(
    query: &Query,
    subqueries: &[Query],
    statistics: &dyn Statistics,
    measures: &dyn Measures,
) -> f64 {
    let mut slots = 0;
    let optimizer = Optimizer { slots: &mut slots, statistics, shared_rows: Vec::new(), next_column: 0 };
    let pricing = Pricing { optimizer, subqueries, measures };
    let (rows, cost) = pricing.plan(&query.plan);
    STATEMENT + cost + rows * RESULT_ROW
}

struct Pricing<'a> {
    optimizer: Optimizer<'a>,
    subqueries: &'a [Query],
    measures: &'a dyn Measures,
}

impl Pricing<'_> {
    /// How many rows a plan gives, and what they cost.
    fn plan(&self, plan: &Plan) -> (f64, f64) {
        let (rows, cost) = match plan {
            Plan::OneRow | Plan::Queue(_) | Plan::Empty | Plan::Values { .. } | Plan::Function(_) => {
                self.optimizer.estimate(plan)
            }
            Plan::Scan(scan) => self.scan(scan, &scan.access, &[]),
            Plan::Filter { input, condition } => self.filter(input, condition),
            Plan::Project { input, .. } => self.plan(input),
            Plan::Sort { input, first, keys, .. } => {
                let (rows, cost) = self.plan(input);
                let each = match first {
                    Some(_) if keys.iter().any(|key| mentions_text(input, &key.expr)) => FIRST_TEXT_ROW,
                    Some(_) => FIRST_ROW,
                    None => SORTED_ROW * (rows + 2.0).log2(),
                };
                (rows, cost + rows * each)
            }
            Plan::Nearest(nearest) => self.plan(&nearest.input),
            Plan::Limit { input, limit, offset } => self.limit(input, limit.as_ref(), offset.as_ref()),
            Plan::Distinct { input, .. } => {
                let (rows, cost) = self.plan(input);
                (rows, cost + rows * GROUPED_ROW)
            }
            Plan::Aggregate(aggregation) => {
                let (rows, cost) = self.plan(&aggregation.input);
                let groups = if aggregation.groups.is_empty() { 1.0 } else { (rows / 10.0).max(1.0) };
                (groups, cost + rows * GROUPED_ROW)
            }
            Plan::Join(join) => self.join(join),
            Plan::Compound(compound) => {
                let (left, right) = (self.plan(&compound.left.plan), self.plan(&compound.right.plan));
                (left.0 + right.0, left.1 + right.1)
            }
            Plan::Shared(shared) => self.query(shared.number),
            Plan::Recursion(recursion) => {
                let parts =
                    recursion.steps.iter().chain([&recursion.first]).map(|part| self.plan(&part.plan));
                parts.fold((0.0, 0.0), |all, part| (all.0 + part.0, all.1 + part.1))
            }
            Plan::Window(window) => {
                let (rows, cost) = self.plan(&window.input);
                (rows, cost + rows * GROUPED_ROW)
            }
        };
        let mut inner = 0.0;
        plan.for_each_expr(|expr| inner += self.queries_in(expr, rows));
        (rows, cost + inner)
    }

    fn query(&self, number: usize) -> (f64, f64) {
        self.subqueries.get(number).map_or((1.0, 0.0), |query| self.plan(&query.plan))
    }

    /// What the queries in an expression cost: once, or for each row if they ask for it.
    fn queries_in(&self, expr: &Expr, rows: f64) -> f64 {
        let mut cost = 0.0;
        expr.any(&mut |part| {
            let (Expr::InSubquery { subquery, .. }
            | Expr::Subquery { subquery, .. }
            | Expr::Exists(subquery)) = part
            else {
                return false;
            };
            let (inner, each) = self.query(subquery.number);
            cost += if subquery.outer.is_empty() { each + inner * BUILT_ROW } else { rows * (each + SEEK) };
            false
        });
        cost
    }

    fn filter(&self, input: &Plan, condition: &Expr) -> (f64, f64) {
        let mut conditions = Vec::new();
        condition.clone().conjuncts(&mut conditions);
        if let Plan::Scan(scan) = input {
            return self.scan(scan, &scan.access, &conditions);
        }
        let (rows, cost) = self.plan(input);
        ((rows * selectivity(condition)).max(1.0), cost + rows * CONDITION * conditions.len() as f64)
    }

    /// Rows of a table by an access, those that meet conditions.
    fn scan(&self, scan: &Scan, access: &Access, conditions: &[Expr]) -> (f64, f64) {
        let all = self.measures.rows(scan, &[]);
        let all = all.unwrap_or_else(|| self.optimizer.statistics.rows(&scan.table)).max(1.0);
        let by_access = conditions_of(scan, access);
        let meeting = |more: &[Expr]| {
            let both: Vec<Expr> = by_access.iter().flatten().chain(more).cloned().collect();
            by_access.as_ref().and_then(|_| self.measures.rows(scan, &both))
        };
        let (read, cost) = match access {
            Access::All if self.looks_at_none(scan, conditions) => (all, SCAN),
            Access::All => (all, SCAN + all * (SCANNED_ROW + conditions_cost(scan, conditions))),
            Access::Rowids(probe) => {
                let rows = probe_count(probe).min(all);
                (rows, rows * FOUND_ROW)
            }
            Access::RowidRange(bounds) => {
                let guess = || all * self.optimizer.share_of_rowids(scan, bounds);
                let rows = meeting(&[]).unwrap_or_else(guess);
                (rows, SCAN + rows * (SCANNED_ROW + conditions_cost(scan, conditions)))
            }
            Access::Index(access) => {
                let probes: f64 = access.probes.iter().map(probe_count).product();
                let guess = || {
                    let columns = access.probes.len();
                    let each = self.optimizer.rows_of_prefix(&scan.table, &access.index, columns, all);
                    (each * probes * share(&access.bounds)).min(all)
                };
                let rows = meeting(&[]).unwrap_or_else(guess);
                let is_there = access.index.space == scan.table.space || is_covered(scan, &access.index);
                (rows, probes * SEEK + rows * if is_there { COVERED_ROW } else { FOUND_ROW })
            }
            Access::AnyOf(accesses) => {
                let parts = accesses.iter().map(|access| self.scan(scan, access, &[]));
                parts.fold((0.0, 0.0), |all, part| (all.0 + part.0, all.1 + part.1))
            }
        };
        // What is read for one row of another table is taken to meet them as all rows do.
        let guess = || match self.measures.rows(scan, conditions) {
            Some(rows) => read * rows / all,
            None => read * conditions.iter().map(selectivity).product::<f64>(),
        };
        let rows = if conditions.is_empty() { read } else { meeting(conditions).unwrap_or_else(guess) };
        (rows, cost)
    }

    /// Whether a range has nothing of the table: then the least and the greatest values of kept rows say so.
    fn looks_at_none(&self, scan: &Scan, conditions: &[Expr]) -> bool {
        let is_range = |condition: &&Expr| match condition {
            Expr::Compare(comparison, ..) => !matches!(
                comparison,
                Comparison::Equal | Comparison::NotEqual | Comparison::Is | Comparison::IsNot
            ),
            _ => false,
        };
        let meets_none = |condition: &Expr| {
            self.measures.rows(scan, std::slice::from_ref(condition)).is_some_and(|rows| rows == 0.0)
        };
        conditions.iter().filter(is_range).any(meets_none)
    }

    /// The first rows. Where rows come as they are wanted, the others are not computed.
    fn limit(&self, input: &Plan, limit: Option<&Expr>, offset: Option<&Expr>) -> (f64, f64) {
        let (rows, cost) = self.plan(input);
        let number = |expr: Option<&Expr>| expr.map_or(Some(0.0), |expr| self.measures.number(expr));
        let (Some(limit), Some(offset)) = (limit.and_then(|limit| number(Some(limit))), number(offset))
        else {
            return (rows, cost);
        };
        if limit < 0.0 {
            return (rows, cost);
        }
        let wanted = (limit + offset).min(rows);
        let share = if gives_at_once(input) { (wanted + 1.0) / (rows + 1.0) } else { 1.0 };
        (wanted, SEEK + cost * share)
    }

    fn join(&self, join: &Join) -> (f64, f64) {
        let (left, left_cost) = self.plan(&join.left);
        let (right, right_cost) = self.plan(&join.right);
        match &join.method {
            JoinMethod::Lookup { .. } => (left * right, left_cost + left * (right_cost + CONDITION)),
            JoinMethod::Hash { .. } => {
                (left.max(right), left_cost + right_cost + right * BUILT_ROW + left * PROBED_ROW)
            }
            JoinMethod::Nested => {
                let pairs = left * right;
                let rows = if join.conditions.is_empty() { pairs } else { (pairs / 3.0).max(1.0) };
                (rows, left_cost + right_cost + pairs * PROBED_ROW)
            }
        }
    }
}

/// What it costs to look whether a kept row meets conditions.
fn conditions_cost(scan: &Scan, conditions: &[Expr]) -> f64 {
    let cost = |condition: &Expr| {
        let mut mentions_text = false;
        condition.for_each_column(&mut |id| mentions_text |= is_text(scan, id));
        if mentions_text { TEXT_CONDITION } else { CONDITION }
    };
    let all: f64 = conditions.iter().map(cost).sum();
    let first = conditions.first().map_or(0.0, cost);
    first + (all - first) * FURTHER_CONDITION
}

/// Whether a column of a scan may hold texts.
fn is_text(scan: &Scan, id: ColumnId) -> bool {
    let position = scan.columns.iter().find(|(_, known)| *known == id).and_then(|(position, _)| *position);
    let column = position.and_then(|position| scan.table.columns.get(position));
    column.is_some_and(|column| matches!(column.affinity, Affinity::Text | Affinity::Blob))
}

/// Whether an expression over a plan mentions a column that may hold texts.
fn mentions_text(plan: &Plan, expr: &Expr) -> bool {
    let mut found = false;
    plan.for_each_plan(&mut |part| {
        if let Plan::Scan(scan) = part {
            expr.for_each_column(&mut |id| found |= is_text(scan, id));
        }
    });
    found
}

/// Whether the first rows of a plan are there before the last are computed.
fn gives_at_once(plan: &Plan) -> bool {
    match plan {
        Plan::Scan(_) | Plan::OneRow | Plan::Empty | Plan::Values { .. } => true,
        Plan::Filter { input, .. } | Plan::Project { input, .. } => gives_at_once(input),
        Plan::Join(join) => !matches!(join.method, JoinMethod::Hash { .. }) && gives_at_once(&join.left),
        _ => false,
    }
}

/// What an access says of the rows that it reads, as conditions on the scan; `None` if it takes more than the table to
/// say it.
fn conditions_of(scan: &Scan, access: &Access) -> Option<Vec<Expr>> {
    let mut conditions = Vec::new();
    match access {
        Access::All => {}
        Access::Index(access) => {
            let IndexAccess { index, probes, bounds } = &**access;
            for (column, probe) in index.columns.iter().zip(probes) {
                conditions.push(equal(&scan.column(column.column)?, &column.collation, probe)?);
            }
            if !bounds.is_open() {
                let column = index.columns.get(probes.len())?;
                within(&scan.column(column.column)?, &column.collation, bounds, &mut conditions)?;
            }
        }
        Access::RowidRange(bounds) => {
            within(&scan.column(None)?, &Collation::Binary, bounds, &mut conditions)?;
        }
        Access::Rowids(_) | Access::AnyOf(_) => return None,
    }
    Some(conditions)
}

fn equal(key: &Expr, collation: &Collation, probe: &Probe) -> Option<Expr> {
    let compare = |comparison, value: &Expr| {
        Expr::Compare(comparison, collation.clone(), key.clone().into(), value.clone().into())
    };
    match probe {
        Probe::Value(value) => Some(compare(Comparison::Equal, value)),
        Probe::Same(value) => Some(compare(Comparison::Is, value)),
        Probe::List(list) => {
            Some(Expr::Or(list.iter().map(|value| compare(Comparison::Equal, value)).collect()))
        }
        Probe::Query(_) | Probe::Any => None,
    }
}

fn within(key: &Expr, collation: &Collation, bounds: &Bounds, conditions: &mut Vec<Expr>) -> Option<()> {
    if bounds.takes_blobs {
        return None;
    }
    let ends = [
        (&bounds.low, Comparison::GreaterOrEqual, Comparison::Greater),
        (&bounds.high, Comparison::LessOrEqual, Comparison::Less),
    ];
    for (end, closed, open) in ends {
        if let Some((value, is_inside)) = end {
            let comparison = if *is_inside { closed } else { open };
            let (key, value) = (key.clone().into(), value.clone().into());
            conditions.push(Expr::Compare(comparison, collation.clone(), key, value));
        }
    }
    if bounds.leaves_nulls_out {
        conditions.push(Expr::IsNull(key.clone().into(), true));
    }
    Some(())
}
