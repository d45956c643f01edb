//! Joins: which relations there are, and how each is joined.
//!
//! Inner joins are taken apart into relations and conditions and put together again in the order that
//! [`super::sequence`] finds best.

use std::collections::HashMap;

use super::Optimizer;
use super::access::{row_cost, rows_of_prefix, usable_indexes};
use super::estimate::{BUILD_ROW, LOOK_UP, PROBE_ROW, selectivity};
use super::pushdown::{filtered, is_stable, substitute};
use super::sequence::{self, Link, Node, Set, Way};
use super::terms::key_at;
use crate::plan::{Access, ColumnId, Comparison, Expr, Join, JoinKind, JoinMethod, Plan, Scan};
use helios_core::value::Collation;

/// As many relations as a set has bits: SQLite's limit for a join, too.
const MOST_RELATIONS: usize = 64;

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
    /// Its rows after its own conditions.
    plan: Plan,
    /// The same before an access was chosen, if it reads a table, and its own conditions.
    table: Option<(Plan, Vec<Expr>)>,
    rows: f64,
    cost: f64,
}

impl Optimizer<'_> {
    /// Inner joins, however they are nested.
    pub(super) fn inner_joins(&mut self, join: Join, conditions: Vec<Expr>) -> Plan {
        let plan = Plan::Join(Box::new(join));
        let mut parts = Parts { conditions, flattens: can_flatten(&plan), ..Parts::default() };
        let columns = columns_of(&plan);
        parts.take_apart(plan);
        let computed = parts.resolve();
        let Parts { plans, mut conditions, is_fixed, .. } = parts;
        super::constants::spread(&mut conditions);
        let mut owner: HashMap<ColumnId, usize> = HashMap::new();
        for (number, plan) in plans.iter().enumerate() {
            owner.extend(columns_of(plan).into_iter().map(|id| (id, number)));
        }
        let mentions = |expr: &Expr| {
            let mut set: Set = 0;
            expr.for_each_column(&mut |id| set |= owner.get(&id).map_or(0, |number| 1 << number));
            set
        };
        let mut own: Vec<Vec<Expr>> = vec![Vec::new(); plans.len()];
        let mut between: Vec<(Expr, Set)> = Vec::new();
        for condition in conditions {
            let set = mentions(&condition);
            match set.count_ones() {
                1 => own[set.trailing_zeros() as usize].push(condition),
                _ => between.push((condition, set)),
            }
        }
        let relations: Vec<Relation> =
            plans.into_iter().zip(own).map(|(plan, own)| self.relation(plan, own)).collect();
        let links: Vec<Link> = between
            .iter()
            .map(|(condition, set)| self.link(condition, *set, &relations, &mentions))
            .collect();
        let nodes: Vec<Node> =
            relations.iter().map(|relation| self.node(relation, &between, &mentions)).collect();
        let order = match is_fixed {
            true => (0..relations.len()).collect(),
            false => sequence::best(&nodes, &links),
        };
        let queue = relations.iter().position(|relation| reads_queue(&relation.plan));
        let order = match queue.filter(|_| !is_fixed) {
            Some(queue) => beginning_with(queue, order, &links),
            None => order,
        };
        let joined = self.assemble(relations, &order, between, (&nodes, &links), is_fixed);
        if computed.is_empty() {
            return joined;
        }
        // What queries in FROM computed is computed from the rows of the join.
        let value = |id: ColumnId| computed.get(&id).cloned().unwrap_or(Expr::Column(id));
        let columns = columns.into_iter().map(|id| (id, value(id))).collect();
        Plan::Project { input: joined.into(), columns }
    }

    fn relation(&mut self, plan: Plan, own: Vec<Expr>) -> Relation {
        let table = table_below(&plan).map(|_| (plan.clone(), own.clone()));
        let plan = self.push_down(plan, own);
        let (rows, cost) = self.estimate(&plan);
        Relation { plan, table, rows, cost }
    }

    /// What is known of a condition between relations.
    fn link(
        &self,
        condition: &Expr,
        set: Set,
        relations: &[Relation],
        mentions: &impl Fn(&Expr) -> Set,
    ) -> Link {
        let Expr::Compare(Comparison::Equal, _, left, right) = condition else {
            return Link { mentions: set, share: selectivity(condition), sides: None };
        };
        let (one, other) = (mentions(left), mentions(right));
        let different = |side: &Expr, set: Set| match set.count_ones() {
            1 => self.different_values(side, &relations[set.trailing_zeros() as usize]),
            _ => 10.0,
        };
        let share = 1.0 / f64::max(different(left, one), different(right, other)).max(1.0);
        Link { mentions: set, share, sides: Some((one, other)) }
    }

    /// About how many different values an expression over a relation has.
    fn different_values(&self, side: &Expr, relation: &Relation) -> f64 {
        let Some(scan) = relation.table.as_ref().and_then(|(plan, _)| table_below(plan)) else {
            return relation.rows.max(10.0);
        };
        let all = self.statistics.rows(&scan.table).max(1.0);
        if key_at(scan, None).as_ref() == Some(side) {
            return all;
        }
        let known = scan.table.all_indexes().find_map(|index| {
            let first = index.columns.first()?;
            if key_at(scan, first.column).as_ref() != Some(side) {
                return None;
            }
            let is_key = index.unique && index.columns.len() == 1;
            (is_key || index.statistics.is_some()).then(|| all / rows_of_prefix(index, 1, all))
        });
        known.unwrap_or_else(|| all.min((all / 10.0).max(30.0)))
    }

    fn node(&self, relation: &Relation, between: &[(Expr, Set)], mentions: &impl Fn(&Expr) -> Set) -> Node {
        let mut ways = Vec::new();
        if let Some((plan, own)) = &relation.table
            && let Some(scan) = table_below(plan)
        {
            let all = self.statistics.rows(&scan.table).max(1.0);
            let sources = |key: &Expr, collation: Option<&Collation>| {
                let conditions = between.iter().map(|(condition, _)| condition).chain(own);
                conditions.filter_map(|condition| equal_to(condition, key, collation)).map(mentions).collect()
            };
            if let Some(rowid) = key_at(scan, None) {
                let columns: Vec<Vec<Set>> = vec![sources(&rowid, None)];
                ways.push(Way { columns, rows: vec![all, 1.0], row_cost: 0.5 });
            }
            for index in usable_indexes(scan).filter(|index| index.filter.is_none()) {
                let columns = index.columns.iter().map_while(|column| {
                    if !column.collation.is_stored() {
                        return None;
                    }
                    let key = key_at(scan, column.column)?;
                    let found: Vec<Set> = sources(&key, column.column.map(|_| &column.collation));
                    (!found.is_empty()).then_some(found)
                });
                let columns: Vec<Vec<Set>> = columns.collect();
                if !columns.is_empty() {
                    let rows = (0..=columns.len()).map(|count| rows_of_prefix(index, count, all)).collect();
                    ways.push(Way { columns, rows, row_cost: row_cost(scan, index) });
                }
            }
        }
        Node { rows: relation.rows, cost: relation.cost, ways }
    }

    fn assemble(
        &mut self,
        relations: Vec<Relation>,
        order: &[usize],
        mut between: Vec<(Expr, Set)>,
        (nodes, links): (&[Node], &[Link]),
        fixed: bool,
    ) -> Plan {
        let mut relations: Vec<Option<Relation>> = relations.into_iter().map(Some).collect();
        let mut joined: Option<(Plan, f64)> = None;
        let mut set: Set = 0;
        for &next in order {
            let Some(relation) = relations[next].take() else { continue };
            let before = set;
            set |= 1 << next;
            let (now, later): (Vec<_>, Vec<_>) =
                between.into_iter().partition(|(_, mentions)| mentions & !set == 0);
            between = later;
            let now: Vec<Expr> = now.into_iter().map(|(condition, _)| condition).collect();
            joined = Some(match joined.take() {
                None => (filtered(relation.plan, now), relation.rows),
                Some((left, left_rows)) => {
                    let step = sequence::step(nodes, links, before, left_rows, next);
                    let kind = JoinKind::Inner { fixed };
                    (self.join_one(kind, left, relation, now, step.looks_up), step.rows)
                }
            });
        }
        let rest = between.into_iter().map(|(condition, _)| condition).collect();
        filtered(joined.map_or(Plan::OneRow, |(plan, _)| plan), rest)
    }

    /// A LEFT JOIN. `own` are conditions on the right side alone.
    pub(super) fn outer_join(&mut self, left: Plan, right: Plan, own: Vec<Expr>, between: Vec<Expr>) -> Plan {
        let (left_rows, _) = self.estimate(&left);
        let relation = self.relation(right, own);
        let columns = columns_of(&left);
        let has_keys = between
            .iter()
            .any(|condition| equality(condition, &columns, &columns_of(&relation.plan)).is_some());
        let whole = match has_keys {
            true => relation.cost + relation.rows * BUILD_ROW + left_rows * PROBE_ROW,
            false => relation.cost + left_rows * relation.rows * PROBE_ROW,
        };
        let looks_up = left_rows * (LOOK_UP + 1.0) < whole;
        self.join_one(JoinKind::Left, left, relation, between, looks_up)
    }

    /// A join of one more relation, by looking its rows up if that is said to be better and is possible.
    fn join_one(
        &mut self,
        kind: JoinKind,
        left: Plan,
        right: Relation,
        conditions: Vec<Expr>,
        looks_up: bool,
    ) -> Plan {
        if looks_up && let Some((table, own)) = right.table {
            let left_columns = columns_of(&left);
            if let Some((right, rest, outer)) = self.lookup(table, own, &conditions, &left_columns) {
                let method = JoinMethod::Lookup { outer };
                return Plan::Join(Box::new(Join { kind, left, right, conditions: rest, method }));
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
    fn lookup(
        &mut self,
        mut table: Plan,
        own: Vec<Expr>,
        conditions: &[Expr],
        left_columns: &[ColumnId],
    ) -> Option<Lookup> {
        let scan = scan_below(&mut table)?;
        // The conditions of the right side alone come first: a position below their number is one of theirs.
        let count = own.len();
        let mut all = own;
        all.extend_from_slice(conditions);
        let is_known = |id: ColumnId| left_columns.contains(&id);
        let found = self.best_access(scan, &all, &is_known)?;
        scan.access = found.access;
        let mut outer = Vec::new();
        scan.access.for_each_expr_mut(&mut |expr| {
            let mut takes = false;
            expr.for_each_column(&mut |id| takes |= left_columns.contains(&id));
            if takes {
                let slot = self.new_slot();
                outer.push((slot, std::mem::replace(expr, Expr::Outer(slot))));
            }
        });
        if outer.is_empty() {
            return None;
        }
        let (mut own, mut rest) = (Vec::new(), Vec::new());
        for (position, condition) in all.into_iter().enumerate() {
            if !found.used.contains(&position) {
                if position < count { own.push(condition) } else { rest.push(condition) }
            }
        }
        Some((filtered(table, own), rest, outer))
    }
}

/// Whether a plan reads the rows that a step of a recursion is about.
fn reads_queue(plan: &Plan) -> bool {
    let mut found = false;
    plan.for_each_plan(&mut |part| found |= matches!(part, Plan::Queue(_)));
    found
}

/// An order that begins with one relation: it has few rows, and the others are the same in every step of a recursion.
fn beginning_with(first: usize, order: Vec<usize>, links: &[Link]) -> Vec<usize> {
    if order.first() == Some(&first) {
        return order;
    }
    let mut rest: Vec<usize> = order.into_iter().filter(|number| *number != first).collect();
    let (mut order, mut set): (Vec<usize>, Set) = (vec![first], 1 << first);
    while !rest.is_empty() {
        let is_linked = |number: &usize| {
            links.iter().any(|link| link.mentions & set != 0 && link.mentions & (1 << number) != 0)
        };
        let place = rest.iter().position(is_linked).unwrap_or(0);
        let next = rest.remove(place);
        set |= 1 << next;
        order.push(next);
    }
    order
}

/// Inner joins taken apart.
#[derive(Default)]
struct Parts {
    plans: Vec<Plan>,
    conditions: Vec<Expr>,
    is_fixed: bool,
    /// Whether queries in FROM that only filter, compute and join become a part of the join.
    flattens: bool,
    /// What those queries compute, the outer ones first.
    computed: Vec<(ColumnId, Expr)>,
}

impl Parts {
    fn take_apart(&mut self, plan: Plan) {
        match plan {
            Plan::Join(join)
                if matches!(join.kind, JoinKind::Inner { .. })
                    && !matches!(join.method, JoinMethod::Lookup { .. })
                    && self.plans.len() < MOST_RELATIONS - 1 =>
            {
                let join = *join;
                self.is_fixed |= join.kind == JoinKind::Inner { fixed: true };
                self.take_apart(join.left);
                self.take_apart(join.right);
                self.conditions.extend(join.conditions);
            }
            Plan::Project { input, columns } if self.flattens && is_flat(&input, &columns) => {
                self.computed.extend(columns);
                self.take_apart(*input);
            }
            Plan::Filter { input, condition }
                if self.flattens && is_stable(&condition) && is_flat(&input, &[]) =>
            {
                condition.conjuncts(&mut self.conditions);
                self.take_apart(*input);
            }
            other => self.plans.push(other),
        }
    }

    /// Writes all conditions in columns of the parts alone. Answers with what columns are that were computed, in the same
    /// way.
    fn resolve(&mut self) -> HashMap<ColumnId, Expr> {
        let mut resolved: HashMap<ColumnId, Expr> = HashMap::new();
        for (id, mut expr) in std::mem::take(&mut self.computed).into_iter().rev() {
            substitute(&mut expr, &resolved.iter().map(|(id, expr)| (*id, expr)).collect());
            resolved.insert(id, expr);
        }
        if !resolved.is_empty() {
            let values = resolved.iter().map(|(id, expr)| (*id, expr)).collect();
            self.conditions.iter_mut().for_each(|condition| substitute(condition, &values));
        }
        resolved
    }
}

/// Whether a query in FROM can become a part of the join around it: it computes what it may be computed anywhere, from
/// rows of tables or of joins whose order is free.
fn is_flat(input: &Plan, columns: &[(ColumnId, Expr)]) -> bool {
    let is_plain = |(_, expr): &(ColumnId, Expr)| !expr.has_subquery() && is_stable(expr);
    columns.iter().all(is_plain)
        && match input {
            Plan::Scan(_) => true,
            Plan::Project { input, columns } => is_flat(input, columns),
            Plan::Filter { input, condition } => is_stable(condition) && is_flat(input, &[]),
            Plan::Join(join) => {
                join.kind == JoinKind::Inner { fixed: false }
                    && !matches!(join.method, JoinMethod::Lookup { .. })
            }
            _ => false,
        }
}

/// Whether a join stays within the limit if the queries in it become a part of it.
fn can_flatten(plan: &Plan) -> bool {
    fn count(plan: &Plan) -> usize {
        match plan {
            Plan::Join(join) => count(&join.left) + count(&join.right),
            Plan::Project { input, .. } | Plan::Filter { input, .. } => count(input),
            _ => 1,
        }
    }
    count(plan) < MOST_RELATIONS
}

/// The scan of a plan that reads one table whole and does nothing but compute columns from it.
fn table_below(plan: &Plan) -> Option<&Scan> {
    match plan {
        Plan::Scan(scan) if matches!(scan.access, Access::All) => Some(scan),
        _ => None,
    }
}

fn scan_below(plan: &mut Plan) -> Option<&mut Scan> {
    match plan {
        Plan::Scan(scan) if matches!(scan.access, Access::All) => Some(scan),
        _ => None,
    }
}

/// What a condition says that `key` is equal to.
fn equal_to<'e>(condition: &'e Expr, key: &Expr, collation: Option<&Collation>) -> Option<&'e Expr> {
    let Expr::Compare(Comparison::Equal | Comparison::Is, by, left, right) = condition else { return None };
    if collation.is_some_and(|collation| collation != by) {
        return None;
    }
    if **left == *key {
        Some(right)
    } else if **right == *key {
        Some(left)
    } else {
        None
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

fn mentions_something(condition: &Expr) -> bool {
    let mut found = false;
    condition.for_each_column(&mut |_| found = true);
    found
}
