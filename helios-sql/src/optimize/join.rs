//! The order and the methods of joins.
//!
//! Inner joins are taken apart into relations and conditions and put together again: every relation is tried as the
//! first, and after it always the one that costs least. Costs are in microseconds as measured on row storage.

use super::Optimizer;
use super::access::choose_access;
use super::pushdown::filtered;
use crate::plan::{Access, ColumnId, Comparison, Expr, Join, JoinKind, JoinMethod, Plan};
use helios_core::value::Collation;

/// Reading one more row of a scan.
const SCAN_ROW: f64 = 0.07;
/// Finding one row by its key.
const LOOKUP: f64 = 2.0;
/// Putting a row into a hash table, and looking one up.
const BUILD_ROW: f64 = 0.1;
const PROBE_ROW: f64 = 0.05;
/// How many rows a table-valued function gives, at a guess.
const FUNCTION_ROWS: f64 = 25.0;
/// How many rows come of each row that a recursion begins with, at a guess.
const RECURSION_STEPS: f64 = 100.0;

/// All columns of a plan.
pub(super) fn columns_of(plan: &Plan) -> Vec<ColumnId> {
    plan.columns()
}

/// Whether an expression mentions no column but these.
pub(super) fn is_within(expr: &Expr, columns: &[ColumnId]) -> bool {
    let mut within = true;
    expr.for_each_column(&mut |id| within &= columns.contains(&id));
    within
}

/// A right side that looks rows up, the conditions that it does not meet by that, and the slots it takes values from.
type Lookup = (Plan, Vec<Expr>, Vec<(usize, Expr)>);

/// A part of an inner join.
struct Relation {
    plan: Plan,
    columns: Vec<ColumnId>,
    rows: f64,
    /// What its rows cost.
    cost: f64,
}

/// What joining one more relation would mean.
struct Step {
    relation: usize,
    cost: f64,
    rows: f64,
}

impl Optimizer<'_> {
    /// Inner joins, however they are nested.
    pub(super) fn inner_joins(&mut self, join: Join, mut conditions: Vec<Expr>) -> Plan {
        let mut plans = Vec::new();
        let mut is_fixed = false;
        flatten(Plan::Join(Box::new(join)), &mut plans, &mut conditions, &mut is_fixed);
        let mut relations: Vec<Relation> = Vec::with_capacity(plans.len());
        for plan in plans {
            let columns = columns_of(&plan);
            let (own, rest) = conditions
                .into_iter()
                .partition(|condition| is_within(condition, &columns) && mentions_something(condition));
            conditions = rest;
            let plan = self.push_down(plan, own);
            let (rows, cost) = self.estimate(&plan);
            relations.push(Relation { plan, columns, rows, cost });
        }
        let sequence =
            if is_fixed { (0..relations.len()).collect() } else { best_sequence(&relations, &conditions) };
        self.assemble(relations, &sequence, conditions, is_fixed)
    }

    fn assemble(
        &mut self,
        relations: Vec<Relation>,
        sequence: &[usize],
        mut conditions: Vec<Expr>,
        fixed: bool,
    ) -> Plan {
        let mut relations: Vec<Option<Relation>> = relations.into_iter().map(Some).collect();
        let mut joined: Option<Relation> = None;
        for &next in sequence {
            let Some(relation) = relations[next].take() else { continue };
            let Some(left) = joined.take() else {
                joined = Some(relation);
                continue;
            };
            let columns = [&left.columns[..], &relation.columns[..]].concat();
            let (now, later) = conditions.into_iter().partition(|condition| is_within(condition, &columns));
            conditions = later;
            let step = cost_of_step(&left.columns, left.rows, &relation, &now);
            let kind = JoinKind::Inner { fixed };
            let plan = self.join_by_cost(kind, left.plan, left.rows, relation, now);
            joined = Some(Relation { plan, columns, rows: step.1, cost: 0.0 });
        }
        match joined {
            Some(joined) => filtered(joined.plan, conditions),
            None => filtered(Plan::OneRow, conditions),
        }
    }

    /// A LEFT JOIN. `own` are conditions on the right side alone.
    pub(super) fn outer_join(&mut self, left: Plan, right: Plan, own: Vec<Expr>, between: Vec<Expr>) -> Plan {
        let (left_rows, _) = self.estimate(&left);
        let columns = columns_of(&right);
        let plan = self.push_down(right, own);
        let (rows, cost) = self.estimate(&plan);
        self.join_by_cost(JoinKind::Left, left, left_rows, Relation { plan, columns, rows, cost }, between)
    }

    fn join_by_cost(
        &mut self,
        kind: JoinKind,
        left: Plan,
        left_rows: f64,
        right: Relation,
        conditions: Vec<Expr>,
    ) -> Plan {
        let hash_cost = right.cost + right.rows * BUILD_ROW + left_rows * PROBE_ROW;
        let has_keys = has_equality(&conditions, &columns_of(&left), &right.columns);
        if !has_keys || left_rows * LOOKUP < hash_cost {
            let left_columns = columns_of(&left);
            if let Some((right_plan, rest, outer)) = self.lookup(&right.plan, &conditions, &left_columns) {
                let method = JoinMethod::Lookup { outer };
                return Plan::Join(Box::new(Join {
                    kind,
                    left,
                    right: right_plan,
                    conditions: rest,
                    method,
                }));
            }
        }
        let join = Join { kind, left, right: right.plan, conditions, method: JoinMethod::Nested };
        Plan::Join(Box::new(self.with_method(join)))
    }

    /// A join by hash table where there is an equality, by looking at all pairs where there is none.
    pub(super) fn with_method(&mut self, mut join: Join) -> Join {
        let (left_columns, right_columns) = (columns_of(&join.left), columns_of(&join.right));
        let (mut left, mut right, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for condition in join.conditions {
            match equality(&condition, &left_columns, &right_columns) {
                Some((on_left, on_right, collation)) => {
                    left.push(on_left.clone());
                    right.push((on_right.clone(), collation));
                }
                None => rest.push(condition),
            }
        }
        join.conditions = rest;
        join.method = if left.is_empty() { JoinMethod::Nested } else { JoinMethod::Hash { left, right } };
        join
    }

    /// The right side as a scan that looks its rows up by values of the left side, if conditions allow that.
    fn lookup(&mut self, right: &Plan, conditions: &[Expr], left_columns: &[ColumnId]) -> Option<Lookup> {
        let (scan, own) = match right {
            Plan::Scan(scan) => (scan, None),
            Plan::Filter { input, condition } => match &**input {
                Plan::Scan(scan) => (scan, Some(condition.clone())),
                _ => return None,
            },
            _ => return None,
        };
        if !matches!(scan.access, Access::All) {
            return None;
        }
        let mut scan = scan.clone();
        let mut rest = conditions.to_vec();
        if !choose_access(&mut scan, &mut rest, &|id| left_columns.contains(&id)) {
            return None;
        }
        let mut outer = Vec::new();
        scan.access.for_each_expr_mut(|expr| {
            let slot = self.new_slot();
            outer.push((slot, std::mem::replace(expr, Expr::Outer(slot))));
        });
        let plan = filtered(Plan::Scan(scan), own.into_iter().collect());
        Some((plan, rest, outer))
    }

    /// About how many rows a plan gives, and what they cost.
    pub(super) fn estimate(&self, plan: &Plan) -> (f64, f64) {
        match plan {
            // Of a queue one row at a time is what SQLite counts with.
            Plan::OneRow | Plan::Queue(_) => (1.0, 0.0),
            Plan::Empty => (0.0, 0.0),
            Plan::Values { rows, .. } => (rows.len() as f64, 0.0),
            Plan::Scan(scan) => {
                let all = self.statistics.rows(&scan.table).max(1.0);
                match &scan.access {
                    Access::All => (all, all * SCAN_ROW),
                    Access::Rowids(rowids) => (rowids.len() as f64, rowids.len() as f64 * LOOKUP),
                    Access::RowidRange(bounds) => {
                        let part =
                            all / if bounds.low.is_some() && bounds.high.is_some() { 16.0 } else { 4.0 };
                        (part, part * SCAN_ROW)
                    }
                    Access::Index { index, equal, bounds } => {
                        let mut rows = all;
                        if index.unique && equal.len() == index.columns.len() {
                            rows = 1.0;
                        }
                        rows /= 10_f64.powi(equal.len() as i32);
                        bounds.for_each_expr(|_| rows /= 4.0);
                        (rows.max(1.0), rows.max(1.0) * LOOKUP)
                    }
                }
            }
            Plan::Filter { input, condition } => {
                let (rows, cost) = self.estimate(input);
                let mut parts = Vec::new();
                condition.clone().conjuncts(&mut parts);
                let share: f64 = parts.iter().map(selectivity).product();
                ((rows * share).max(1.0), cost)
            }
            Plan::Project { input, .. } | Plan::Sort { input, .. } | Plan::Distinct { input, .. } => {
                self.estimate(input)
            }
            Plan::Limit { input, limit, .. } => {
                let (rows, cost) = self.estimate(input);
                match limit {
                    Some(Expr::Constant(helios_core::Value::Integer(limit))) if *limit >= 0 => {
                        (rows.min(*limit as f64), cost)
                    }
                    _ => (rows, cost),
                }
            }
            Plan::Aggregate(aggregation) => {
                let (rows, cost) = self.estimate(&aggregation.input);
                (if aggregation.groups.is_empty() { 1.0 } else { (rows / 10.0).max(1.0) }, cost)
            }
            Plan::Join(join) => {
                let (left, left_cost) = self.estimate(&join.left);
                let (right, right_cost) = self.estimate(&join.right);
                (left.max(right), left_cost + right_cost)
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
}

fn mentions_something(condition: &Expr) -> bool {
    let mut found = false;
    condition.for_each_column(&mut |_| found = true);
    found
}

/// The share of rows that a condition lets through, at a guess.
fn selectivity(condition: &Expr) -> f64 {
    match condition {
        Expr::Compare(Comparison::Equal | Comparison::Is, ..) => 0.1,
        Expr::Compare(..) => 0.4,
        _ => 0.5,
    }
}

fn flatten(plan: Plan, plans: &mut Vec<Plan>, conditions: &mut Vec<Expr>, is_fixed: &mut bool) {
    match plan {
        Plan::Join(join)
            if matches!(join.kind, JoinKind::Inner { .. })
                && !matches!(join.method, JoinMethod::Lookup { .. }) =>
        {
            let join = *join;
            *is_fixed |= join.kind == JoinKind::Inner { fixed: true };
            flatten(join.left, plans, conditions, is_fixed);
            flatten(join.right, plans, conditions, is_fixed);
            conditions.extend(join.conditions);
        }
        other => plans.push(other),
    }
}

/// The sides of an equality between two sets of columns, the left set's first, and its collation.
fn equality<'e>(
    condition: &'e Expr,
    left: &[ColumnId],
    right: &[ColumnId],
) -> Option<(&'e Expr, &'e Expr, Collation)> {
    let Expr::Compare(Comparison::Equal, collation, a, b) = condition else { return None };
    let joins = |a: &Expr, b: &Expr| {
        mentions_something(a) && mentions_something(b) && is_within(a, left) && is_within(b, right)
    };
    if joins(a, b) {
        Some((a, b, collation.clone()))
    } else if joins(b, a) {
        Some((b, a, collation.clone()))
    } else {
        None
    }
}

fn has_equality(conditions: &[Expr], left: &[ColumnId], right: &[ColumnId]) -> bool {
    conditions.iter().any(|condition| equality(condition, left, right).is_some())
}

/// What it costs to join a relation, and about how many rows come out.
fn cost_of_step(left: &[ColumnId], left_rows: f64, right: &Relation, conditions: &[Expr]) -> (f64, f64) {
    let can_look_up = match &right.plan {
        Plan::Scan(scan) => {
            matches!(scan.access, Access::All) && {
                let mut scan = scan.clone();
                choose_access(&mut scan, &mut conditions.to_vec(), &|id| left.contains(&id))
            }
        }
        _ => false,
    };
    if has_equality(conditions, left, &right.columns) {
        let hash = right.cost + right.rows * BUILD_ROW + left_rows * PROBE_ROW;
        let cost = if can_look_up { hash.min(left_rows * LOOKUP) } else { hash };
        return (cost, left_rows.max(right.rows));
    }
    if can_look_up {
        return (left_rows * LOOKUP, left_rows.max(right.rows));
    }
    let pairs = left_rows * right.rows;
    (right.cost + pairs * PROBE_ROW, if conditions.is_empty() { pairs } else { pairs / 3.0 })
}

/// The order in which relations are joined.
fn best_sequence(relations: &[Relation], conditions: &[Expr]) -> Vec<usize> {
    let mut best: Option<(f64, Vec<usize>)> = None;
    for first in 0..relations.len() {
        let (cost, sequence) = sequence_from(first, relations, conditions);
        if best.as_ref().is_none_or(|(least, _)| cost < *least * 0.99) {
            best = Some((cost, sequence));
        }
    }
    best.map(|(_, sequence)| sequence).unwrap_or_default()
}

fn sequence_from(first: usize, relations: &[Relation], conditions: &[Expr]) -> (f64, Vec<usize>) {
    let mut sequence = vec![first];
    let mut columns = relations[first].columns.clone();
    let mut total = relations[first].cost;
    let mut rows = relations[first].rows;
    while sequence.len() < relations.len() {
        let mut best: Option<Step> = None;
        for (number, relation) in
            relations.iter().enumerate().filter(|(number, _)| !sequence.contains(number))
        {
            let all = [&columns[..], &relation.columns[..]].concat();
            let usable: Vec<Expr> =
                conditions.iter().filter(|condition| is_within(condition, &all)).cloned().collect();
            let (cost, joined) = cost_of_step(&columns, rows, relation, &usable);
            if best.as_ref().is_none_or(|best| cost + joined * PROBE_ROW < best.cost + best.rows * PROBE_ROW)
            {
                best = Some(Step { relation: number, cost, rows: joined });
            }
        }
        let Some(step) = best else { break };
        total += step.cost + step.rows * PROBE_ROW;
        rows = step.rows;
        columns.extend_from_slice(&relations[step.relation].columns);
        sequence.push(step.relation);
    }
    (total, sequence)
}
