//! Queries in expressions that take values from the row around them only to compare them for equality: they are run
//! once for all rows, with what they compare as their first columns, and each row finds its part by a hash table.
//!
//! `(SELECT max(x) FROM u WHERE u.a = t.a)` becomes `SELECT a, max(x) FROM u GROUP BY a`, asked by `t.a`. That is done
//! where it costs less than to run the query for each row, which an index may make cheap.

use std::collections::{HashMap, HashSet};

use super::Optimizer;
use super::prune::prune;
use super::pushdown::{filtered, substitute};
use crate::func::{Aggregate, JsonForm};
use crate::plan::{
    Aggregation, ColumnId, Comparison, Expr, Join, JoinKind, Plan, Query, SubqueryCall, dependence,
};
use helios_core::Value;
use helios_core::value::Collation;

/// Looking a row's part up.
const ASK: f64 = 0.3;
/// How many rows a filter looks at for each that it lets through, at a guess.
const FILTERED: f64 = 10.0;
/// Beginning to run a query.
const RUN: f64 = 1.0;

/// An equality between something of the surrounding row and something of the query.
#[derive(Clone, Debug)]
struct Key {
    outer: Expr,
    inner: Expr,
    collation: Collation,
}

/// A query without what it took from the surrounding row.
struct Freed {
    /// Whether it is only asked whether it has rows: then its columns are the keys, for IN to look among.
    is_set: bool,
    /// As it was before it was improved.
    original: Query,
    query: Query,
    keys: Vec<(Expr, Collation)>,
    empty: Option<Vec<Expr>>,
}

impl Optimizer<'_> {
    /// Frees the queries in a plan's expressions from the rows around them, where that pays. `originals` are the
    /// queries as they were before they were improved; those in `subqueries` have been.
    pub(super) fn decorrelate(&mut self, plan: &mut Plan, originals: &mut [Query], subqueries: &mut [Query]) {
        let mut wanted: Vec<(SubqueryCall, Use, f64)> = Vec::new();
        self.collect(plan, f64::INFINITY, &mut wanted);
        let mut freed: HashMap<usize, Freed> = HashMap::new();
        for (call, kind, rows) in wanted {
            if call.outer.is_empty() || rows < 2.0 || freed.contains_key(&call.number) {
                continue;
            }
            if let Some(free) = self.free(&call, kind, rows, originals, subqueries) {
                freed.insert(call.number, free);
            }
        }
        if freed.is_empty() {
            return;
        }
        rewrite(plan, &freed);
        for (number, free) in freed {
            subqueries[number] = free.query;
            originals[number] = free.original;
        }
    }

    /// The queries in a plan's expressions that take something from the rows around them, and for about how many rows
    /// each is asked. Of the plan itself, `limit` rows are.
    fn collect(&mut self, plan: &Plan, limit: f64, wanted: &mut Vec<(SubqueryCall, Use, f64)>) {
        let mut found = Vec::new();
        plan.for_each_expr(|expr| {
            calls(expr, &mut |call, kind| {
                if !call.outer.is_empty() {
                    found.push((call.clone(), kind));
                }
            });
        });
        if !found.is_empty() {
            let inputs = self.inputs_of(plan);
            for (call, kind) in found {
                let rows = inputs.iter().map(|input| self.runs(&call, input)).fold(0.0, f64::max);
                wanted.push((call, kind, rows.min(limit)));
            }
        }
        let limit = match plan {
            Plan::Limit { limit: Some(Expr::Constant(Value::Integer(most @ 0..))), offset: None, .. } => {
                *most as f64
            }
            Plan::Project { .. } => limit,
            Plan::Filter { .. } => limit * FILTERED,
            _ => f64::INFINITY,
        };
        plan.for_each_input(|input| self.collect(input, limit, wanted));
    }

    /// What comes into an operation; into a filter, after its conditions that ask no query for each row.
    fn inputs_of(&mut self, plan: &Plan) -> Vec<Plan> {
        let mut inputs = Vec::new();
        plan.for_each_input(|input| inputs.push(input.clone()));
        if let (Plan::Filter { condition, .. }, [_]) = (plan, &inputs[..]) {
            let mut conditions = Vec::new();
            condition.clone().conjuncts(&mut conditions);
            conditions.retain(|condition| !asks_for_each_row(condition));
            inputs = inputs.into_iter().map(|input| filtered(input, conditions.clone())).collect();
        }
        inputs.into_iter().map(|input| self.plan(input)).collect()
    }

    /// About how often a query runs for the rows of `input`: once for neighbours that give it the same. Rows that come of
    /// one row of the outer side of a join are neighbours.
    fn runs(&self, call: &SubqueryCall, input: &Plan) -> f64 {
        let mut given = Vec::new();
        call.outer.iter().for_each(|(_, expr)| expr.for_each_column(&mut |id| given.push(id)));
        let gives = |plan: &Plan| {
            let columns = plan.columns();
            given.iter().all(|id| columns.contains(id))
        };
        let (mut source, mut runs) = (input, f64::INFINITY);
        loop {
            runs = runs.min(self.estimate(source).0);
            source = match source {
                Plan::Filter { input, .. } => input,
                Plan::Join(join) if gives(&join.left) => &join.left,
                _ => return runs,
            }
        }
    }

    fn free(
        &mut self,
        call: &SubqueryCall,
        kind: Use,
        rows: f64,
        originals: &[Query],
        subqueries: &[Query],
    ) -> Option<Freed> {
        let original = &originals[call.number];
        if dependence(original, originals).is_volatile {
            return None;
        }
        let mut freeing = Freeing { next: self.next_column, empty: None };
        let below = match (&original.plan, kind) {
            // One row at most is asked for.
            (
                Plan::Limit { input, limit: Some(Expr::Constant(Value::Integer(1..))), offset: None },
                Use::First | Use::Whether,
            ) => &**input,
            (plan, _) => plan,
        };
        let (plan, keys) = freeing.free(below.clone())?;
        if keys.is_empty() {
            return None;
        }
        let mut columns: Vec<(ColumnId, Expr)> = Vec::with_capacity(keys.len() + original.columns.len());
        for key in &keys {
            columns.push((freeing.new_column(), key.inner.clone()));
        }
        let is_set = kind == Use::Whether && freeing.empty.is_none();
        if !is_set {
            columns.extend(original.columns.iter().map(|id| (*id, Expr::Column(*id))));
        }
        let ids: Vec<ColumnId> = columns.iter().map(|(id, _)| *id).collect();
        let plan = Plan::Project { input: plan.into(), columns };
        let mut query = Query { plan, columns: ids };
        if !dependence(&query, originals).slots.is_empty() {
            return None;
        }
        let empty = match &freeing.empty {
            Some(empty) => {
                let value = |id: &ColumnId| empty.get(id).cloned().unwrap_or(Expr::NULL);
                Some(original.columns.iter().map(value).collect())
            }
            None => None,
        };
        self.next_column = freeing.next;
        let free_original = query.clone();
        query.plan = self.plan(query.plan);
        prune(&mut query.plan, &query.columns);
        let (once_rows, once) = self.estimate(&query.plan);
        let (each_rows, each) = self.estimate(&subqueries[call.number].plan);
        // Whether there is a row the first one tells.
        let each = if kind == Use::Whether { each / each_rows.max(1.0) } else { each };
        if once + once_rows * ASK + rows * ASK >= rows * (each + RUN) {
            return None;
        }
        let outer: HashMap<usize, &Expr> = call.outer.iter().map(|(slot, expr)| (*slot, expr)).collect();
        let keys = keys.into_iter().map(|key| {
            let mut expr = key.outer;
            replace_slots(&mut expr, &outer);
            (expr, key.collation.clone())
        });
        Some(Freed { is_set, original: free_original, query, keys: keys.collect(), empty })
    }
}

/// What is asked of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Its first row.
    First,
    /// Whether it has one.
    Whether,
    /// All of its rows.
    All,
}

/// Calls `visit` for each query in an expression with what is asked of it.
pub(super) fn calls(expr: &Expr, visit: &mut impl FnMut(&SubqueryCall, Use)) {
    match expr {
        Expr::Exists(call) => visit(call, Use::Whether),
        Expr::Subquery { subquery: call, .. } => visit(call, Use::First),
        Expr::InSubquery { subquery: call, .. } => visit(call, Use::All),
        _ => {}
    }
    expr.for_each_operand(|operand| calls(operand, visit));
}

fn rewrite(plan: &mut Plan, freed: &HashMap<usize, Freed>) {
    plan.for_each_expr_mut(|expr| rewrite_expr(expr, freed));
    plan.for_each_input_mut(|input| rewrite(input, freed));
}

fn rewrite_expr(expr: &mut Expr, freed: &HashMap<usize, Freed>) {
    if let Expr::Exists(call) = expr
        && let Some(free) = freed.get(&call.number).filter(|free| free.is_set)
    {
        let mut keys = free.keys.clone();
        keys.iter_mut().for_each(|(key, _)| rewrite_expr(key, freed));
        *expr = among(call.number, keys);
        return;
    }
    if let Expr::Exists(call)
    | Expr::Subquery { subquery: call, .. }
    | Expr::InSubquery { subquery: call, .. } = expr
        && let Some(free) = freed.get(&call.number)
    {
        call.outer.clear();
        call.by.clone_from(&free.keys);
        call.empty.clone_from(&free.empty);
    }
    expr.for_each_operand_mut(|operand| rewrite_expr(operand, freed));
}

/// Whether the rows of a query have keys like those of the row around it; a NULL is like nothing.
fn among(number: usize, keys: Vec<(Expr, Collation)>) -> Expr {
    let subquery = SubqueryCall { number, outer: Vec::new(), by: Vec::new(), empty: None, is_single: false };
    let (operands, collations): (Vec<Expr>, Vec<Collation>) = keys.into_iter().unzip();
    let comparisons = collations.into_iter().map(|collation| (None, collation)).collect();
    let among = Expr::InSubquery { negated: false, operands, comparisons, subquery: subquery.into() };
    Expr::IsTruth(among.into(), true)
}

fn replace_slots(expr: &mut Expr, outer: &HashMap<usize, &Expr>) {
    if let Expr::Outer(slot) = expr
        && let Some(value) = outer.get(slot)
    {
        *expr = (*value).clone();
        return;
    }
    expr.for_each_operand_mut(|operand| replace_slots(operand, outer));
}

/// Whether a condition runs a query for each row that it is looked at for.
pub(super) fn asks_for_each_row(condition: &Expr) -> bool {
    let mut asks = false;
    calls(condition, &mut |call, _| {
        call.outer.iter().for_each(|(_, expr)| expr.for_each_column(&mut |_| asks = true));
    });
    asks
}

fn takes_from_outside(expr: &Expr) -> bool {
    expr.any(&mut |part| matches!(part, Expr::Outer(_)))
}

/// An equality with something of the surrounding row alone on one side.
fn key_of(condition: &Expr) -> Option<Key> {
    let Expr::Compare(Comparison::Equal, collation, a, b) = condition else { return None };
    let mentions_columns = |expr: &Expr| expr.any(&mut |part| matches!(part, Expr::Column(_)));
    let key = |outer: &Expr, inner: &Expr| Key {
        outer: outer.clone(),
        inner: inner.clone(),
        collation: collation.clone(),
    };
    let fits = |outer: &Expr, inner: &Expr| {
        takes_from_outside(outer)
            && !mentions_columns(outer)
            && !outer.has_subquery()
            && mentions_columns(inner)
            && !takes_from_outside(inner)
    };
    if fits(a, b) {
        Some(key(a, b))
    } else if fits(b, a) {
        Some(key(b, a))
    } else {
        None
    }
}

/// Takes equalities with the surrounding row out of a plan.
struct Freeing {
    next: u32,
    /// What columns are over no rows at all, if the plan aggregates without GROUP BY.
    empty: Option<HashMap<ColumnId, Expr>>,
}

impl Freeing {
    fn new_column(&mut self) -> ColumnId {
        self.next += 1;
        ColumnId(self.next - 1)
    }

    /// The plan without them, and what they say of its rows. `None` if they cannot be taken out.
    fn free(&mut self, plan: Plan) -> Option<(Plan, Vec<Key>)> {
        match plan {
            Plan::Filter { input, condition } => {
                let (input, mut keys) = self.free(*input)?;
                if self.empty.is_some() {
                    return None;
                }
                let mut conditions = Vec::new();
                condition.conjuncts(&mut conditions);
                let rest = take_keys(conditions, &mut keys);
                Some((filtered(input, rest), keys))
            }
            Plan::Project { input, mut columns } => {
                let (input, mut keys) = self.free(*input)?;
                if let Some(empty) = &self.empty {
                    let values: HashMap<ColumnId, &Expr> =
                        empty.iter().map(|(id, expr)| (*id, expr)).collect();
                    let mut projected = HashMap::with_capacity(columns.len());
                    for (id, expr) in &columns {
                        let mut expr = expr.clone();
                        substitute(&mut expr, &values);
                        projected.insert(*id, expr);
                    }
                    self.empty = Some(projected);
                }
                for key in &mut keys {
                    let id = self.new_column();
                    columns.push((id, std::mem::replace(&mut key.inner, Expr::Column(id))));
                }
                Some((Plan::Project { input: input.into(), columns }, keys))
            }
            Plan::Aggregate(aggregation) => self.free_aggregation(*aggregation),
            Plan::Sort { input, keys: order, first: None, .. } => {
                let (input, keys) = self.free(*input)?;
                Some((Plan::Sort { input: input.into(), keys: order, ordered: 0, first: None }, keys))
            }
            Plan::Distinct { input, mut columns, .. } => {
                let (input, keys) = self.free(*input)?;
                for key in &keys {
                    let Expr::Column(id) = key.inner else { return None };
                    columns.push((id, key.collation.clone()));
                }
                Some((Plan::Distinct { input: input.into(), columns, in_order: false }, keys))
            }
            Plan::Join(join) => self.free_join(*join),
            other => {
                let mut takes = false;
                other.for_each_plan(&mut |plan| plan.for_each_expr(|expr| takes |= takes_from_outside(expr)));
                if takes { None } else { Some((other, Vec::new())) }
            }
        }
    }

    fn free_aggregation(&mut self, aggregation: Aggregation) -> Option<(Plan, Vec<Key>)> {
        let (input, mut keys) = self.free(aggregation.input)?;
        if self.empty.is_some() {
            return None;
        }
        if aggregation.groups.is_empty() {
            let mut empty = HashMap::with_capacity(aggregation.aggregates.len());
            for (id, call) in &aggregation.aggregates {
                empty.insert(*id, Expr::Constant(over_nothing(&call.function)?));
            }
            self.empty = Some(empty);
        }
        let mut groups = aggregation.groups;
        for key in &mut keys {
            let id = self.new_column();
            groups.push((id, std::mem::replace(&mut key.inner, Expr::Column(id)), key.collation.clone()));
        }
        Some((Plan::Aggregate(Box::new(Aggregation { input, groups, in_order: false, ..aggregation })), keys))
    }

    fn free_join(&mut self, join: Join) -> Option<(Plan, Vec<Key>)> {
        let (left, mut keys) = self.free(join.left)?;
        let (right, more) = self.free(join.right)?;
        if self.empty.is_some() || (!more.is_empty() && join.kind == JoinKind::Left) {
            return None;
        }
        let conditions = match join.kind {
            JoinKind::Inner { .. } => {
                keys.extend(more);
                take_keys(join.conditions, &mut keys)
            }
            JoinKind::Left => join.conditions,
            JoinKind::Right | JoinKind::Full if keys.is_empty() && more.is_empty() => join.conditions,
            JoinKind::Right | JoinKind::Full => return None,
        };
        Some((Plan::Join(Box::new(Join { left, right, conditions, ..join })), keys))
    }
}

/// Moves the equalities with the surrounding row from the conditions to the keys.
fn take_keys(conditions: Vec<Expr>, keys: &mut Vec<Key>) -> Vec<Expr> {
    let mut rest = Vec::with_capacity(conditions.len());
    for condition in conditions {
        match key_of(&condition) {
            Some(key) => keys.push(key),
            None => rest.push(condition),
        }
    }
    rest
}

/// The value of an aggregate over no rows, if it is known.
fn over_nothing(function: &Aggregate) -> Option<Value> {
    Some(match function {
        Aggregate::CountRows | Aggregate::Count => Value::Integer(0),
        Aggregate::Total => Value::real(0.0),
        Aggregate::JsonArray { form: JsonForm::Text } => Value::text("[]"),
        Aggregate::JsonObject { form: JsonForm::Text } => Value::text("{}"),
        Aggregate::Sum
        | Aggregate::Average
        | Aggregate::Minimum
        | Aggregate::Maximum
        | Aggregate::Concatenate
        | Aggregate::VectorSum
        | Aggregate::VectorAverage
        | Aggregate::Bare => Value::Null,
        _ => return None,
    })
}

/// A number that no column of these queries has yet.
pub(super) fn next_column(query: &Query, subqueries: &[Query]) -> u32 {
    let mut ids = HashSet::new();
    for query in subqueries.iter().chain([query]) {
        ids.extend(query.columns.iter().copied());
        query.plan.for_each_plan(&mut |plan| ids.extend(plan.columns()));
    }
    ids.into_iter().map(|id| id.0 + 1).max().unwrap_or(0)
}
