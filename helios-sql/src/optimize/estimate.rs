//! About how many rows a plan gives, and what they cost.
//!
//! Costs are in microseconds as measured on row storage. What is known is the number of rows of tables and what ANALYZE
//! found of indexes; the rest are guesses.

use helios_core::Value;

use super::Optimizer;
use super::access::{LOOKUP, SCAN_ROW, row_cost, share};
use crate::plan::{Access, Comparison, Expr, JoinKind, JoinMethod, Plan, Probe, Scan};

/// Putting a row into a hash table, looking one up, and making a pair.
pub(super) const BUILD_ROW: f64 = 0.1;
pub(super) const PROBE_ROW: f64 = 0.05;
/// Putting a row into its group.
const GROUP_ROW: f64 = 0.1;
/// Beginning to look rows up for one row of the left side.
pub(super) const LOOK_UP: f64 = 1.5;
/// How many rows a table-valued function gives, at a guess.
const FUNCTION_ROWS: f64 = 25.0;
/// How many rows come of each row that a recursion begins with, at a guess.
const RECURSION_STEPS: f64 = 100.0;

impl Optimizer<'_> {
    /// About how many rows a plan gives, and what they cost.
    pub(super) fn estimate(&self, plan: &Plan) -> (f64, f64) {
        match plan {
            // Of a queue one row at a time is what SQLite counts with.
            Plan::OneRow | Plan::Queue(_) => (1.0, 0.0),
            Plan::Empty => (0.0, 0.0),
            Plan::Values { rows, .. } => (rows.len() as f64, 0.0),
            Plan::Scan(scan) => self.estimate_scan(scan, &scan.access),
            Plan::Filter { input, condition } => {
                let (rows, cost) = self.estimate(input);
                ((rows * selectivity(condition)).max(1.0), cost)
            }
            Plan::Project { input, .. } | Plan::Sort { input, .. } | Plan::Distinct { input, .. } => {
                self.estimate(input)
            }
            Plan::Nearest(nearest) => self.estimate(&nearest.input),
            Plan::Limit { input, limit, .. } => {
                let (rows, cost) = self.estimate(input);
                match limit {
                    Some(Expr::Constant(Value::Integer(limit))) if *limit >= 0 => {
                        (rows.min(*limit as f64), cost)
                    }
                    _ => (rows, cost),
                }
            }
            Plan::Aggregate(aggregation) => {
                let (rows, cost) = self.estimate(&aggregation.input);
                match aggregation.groups.is_empty() {
                    true => (1.0, cost),
                    false => ((rows / 10.0).max(1.0), cost + rows * GROUP_ROW),
                }
            }
            Plan::Join(join) => {
                let (left, left_cost) = self.estimate(&join.left);
                let (right, right_cost) = self.estimate(&join.right);
                match &join.method {
                    JoinMethod::Lookup { .. } => (left * right, left_cost + left * (right_cost + LOOK_UP)),
                    JoinMethod::Hash { .. } => {
                        (left.max(right), left_cost + right_cost + right * BUILD_ROW + left * PROBE_ROW)
                    }
                    JoinMethod::Nested => {
                        let pairs = left * right;
                        let is_open = join.conditions.is_empty() || join.kind == JoinKind::Full;
                        let rows = if is_open { pairs } else { (pairs / 3.0).max(1.0) };
                        (rows, left_cost + right_cost + pairs * PROBE_ROW)
                    }
                }
            }
            Plan::Shared(shared) => {
                let rows = self.shared_rows.get(shared.number).copied().unwrap_or(1.0);
                (rows, rows * SCAN_ROW)
            }
            Plan::Recursion(recursion) => {
                let (rows, cost) = self.estimate(&recursion.first.plan);
                (rows * RECURSION_STEPS, cost + rows * RECURSION_STEPS)
            }
            Plan::Function(_) => (FUNCTION_ROWS, FUNCTION_ROWS * SCAN_ROW),
            Plan::Window(window) => self.estimate(&window.input),
            Plan::Compound(compound) => {
                let (left, left_cost) = self.estimate(&compound.left.plan);
                let (right, right_cost) = self.estimate(&compound.right.plan);
                (left + right, left_cost + right_cost)
            }
        }
    }

    /// About how many rows an access to a table gives, and what they cost.
    fn estimate_scan(&self, scan: &Scan, access: &Access) -> (f64, f64) {
        let all = self.statistics.rows(&scan.table).max(1.0);
        match access {
            Access::All => (all, all * SCAN_ROW),
            Access::Rowids(probe) => {
                let rows = probe_count(probe).min(all);
                (rows, rows * LOOKUP)
            }
            Access::RowidRange(bounds) => {
                let part = (all * self.share_of_rowids(scan, bounds)).max(1.0);
                (part, part * SCAN_ROW)
            }
            Access::Index(access) => {
                let each = self.rows_of_prefix(&scan.table, &access.index, access.probes.len(), all);
                let probes: f64 = access.probes.iter().map(probe_count).product();
                let rows = (each * probes * share(&access.bounds)).clamp(1.0, all);
                (rows, rows * row_cost(scan, &access.index))
            }
            Access::AnyOf(accesses) => {
                let parts = accesses.iter().map(|access| self.estimate_scan(scan, access));
                let (rows, cost) = parts.fold((0.0, 0.0), |all, part| (all.0 + part.0, all.1 + part.1));
                (rows.min(all), cost)
            }
        }
    }
}

/// About how many values a probe has.
pub(super) fn probe_count(probe: &Probe) -> f64 {
    match probe {
        Probe::Value(_) | Probe::Same(_) => 1.0,
        Probe::List(list) => (list.len() as f64).max(1.0),
        Probe::Query(_) | Probe::Any => 20.0,
    }
}

/// The share of rows that a condition lets through, at a guess.
pub(super) fn selectivity(condition: &Expr) -> f64 {
    match condition {
        Expr::And(parts) => parts.iter().map(selectivity).product(),
        Expr::Or(parts) => parts.iter().map(selectivity).sum::<f64>().min(1.0),
        Expr::Compare(Comparison::Equal | Comparison::Is, ..) | Expr::Pattern { negated: false, .. } => 0.1,
        Expr::Compare(Comparison::NotEqual | Comparison::IsNot, ..) | Expr::Pattern { negated: true, .. } => {
            0.9
        }
        Expr::Compare(..) => 0.4,
        Expr::InList { negated: false, list, .. } => (0.1 * list.len() as f64).min(0.5),
        _ => 0.5,
    }
}
