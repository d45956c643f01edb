//! Joins: which relations there are, and how each is joined.
//!
//! Inner joins are taken apart into relations and conditions and put together again in the order that
//! [`super::sequence`] finds best.

use std::collections::HashMap;

use super::Optimizer;
use super::access::{row_cost, usable_indexes};
use super::decorrelate::asks_for_each_row;
use super::estimate::{BUILD_ROW, LOOK_UP, PROBE_ROW, selectivity};
use super::factor;
use super::flatten::Parts;
use super::pushdown::{filtered, mentions_any};
use super::sequence::{self, Link, Node, Set, Way};
use super::terms::key_at;
use crate::plan::{Access, ColumnId, Comparison, Expr, Join, JoinKind, JoinMethod, Plan, Scan};
use helios_core::value::Collation;

/// As many relations as a set has bits: SQLite's limit for a join, too.
pub(super) const MOST_RELATIONS: usize = 64;

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

impl Relation {
    /// Adds a condition on its rows.
    fn restrict(&mut self, condition: Expr) {
        if let Some((_, own)) = &mut self.table {
            own.push(condition.clone());
        }
        let plan = std::mem::replace(&mut self.plan, Plan::Empty);
        self.plan = filtered(plan, vec![condition]);
    }

    /// The scan, if it reads a table.
    fn scan(&self) -> Option<&Scan> {
        self.table.as_ref().and_then(|(plan, _)| table_below(plan))
    }
}

impl Optimizer<'_> {
    /// Inner joins, however they are nested.
    pub(super) fn inner_joins(&mut self, join: Join, conditions: Vec<Expr>) -> Plan {
        let plan = Plan::Join(Box::new(join));
        let columns = columns_of(&plan);
        let (parts, computed) = Parts::of(plan, conditions);
        let Parts { plans, mut conditions, after, optional, .. } = parts;
        let above = take_above(&optional, &mut conditions);
        factor::take_common(&mut conditions);
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
        let mut dear: Vec<(Expr, usize)> = Vec::new();
        for condition in conditions {
            let set = mentions(&condition);
            if let Some(number) = single(set) {
                match own.len() > 1 && asks_for_each_row(&condition) {
                    true => dear.push((condition, number)),
                    false => own[number].push(condition),
                }
                continue;
            }
            for number in (0..own.len()).filter(|number| set & (1 << number) != 0) {
                own[number].extend(factor::implied(&condition, &|part| mentions(part) == 1 << number));
            }
            between.push((condition, set));
        }
        let mut relations: Vec<Relation> =
            plans.into_iter().zip(own).map(|(plan, own)| self.relation(plan, own)).collect();
        let links: Vec<Link> = between
            .iter()
            .map(|(condition, set)| self.link(condition, *set, &relations, &between, &mentions))
            .collect();
        let nodes: Vec<Node> = relations
            .iter()
            .zip(&after)
            .map(|(one, after)| self.node(one, *after, &between, &mentions))
            .collect();
        let is_free = after.iter().all(|before| *before == 0);
        let order = sequence::best(&nodes, &links);
        let queue = relations.iter().position(|relation| reads_queue(&relation.plan));
        let order = match queue.filter(|_| is_free) {
            Some(queue) => beginning_with(queue, order, &links),
            None => order,
        };
        let last = last_places(&nodes, &links, &order, &dear);
        for ((condition, number), place) in dear.into_iter().zip(last) {
            match place {
                None => relations[number].restrict(condition),
                // What is said of all relations up to there is looked at there.
                Some(place) => between.push((condition, set_of(&order[..=place]))),
            }
        }
        let mut joined = self.assemble(relations, &order, between, (&nodes, &links));
        for (right, conditions) in optional {
            joined = self.left_join(joined, right, conditions);
        }
        let joined = filtered(joined, above);
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
        between: &[(Expr, Set)],
        mentions: &impl Fn(&Expr) -> Set,
    ) -> Link {
        let Expr::Compare(Comparison::Equal, _, left, right) = condition else {
            // What an OR says of the relations alone is counted there.
            let implied = (0..relations.len()).filter(|number| set & (1 << number) != 0);
            let implied = implied
                .filter_map(|number| factor::implied(condition, &|part| mentions(part) == 1 << number));
            let counted: f64 = implied.map(|implied| selectivity(&implied)).product();
            return Link { mentions: set, share: (selectivity(condition) / counted).min(1.0), sides: None };
        };
        let (one, other) = (mentions(left), mentions(right));
        let sides = [(&**left, one), (&**right, other)];
        let is_equal_to = |side: &Expr, condition: &Expr| equal_to(condition, side, None).cloned();
        let known = |(side, set): (&Expr, Set)| {
            // A column that is compared with a key has about as many values as there are keys.
            let others = between.iter().filter_map(|(condition, _)| is_equal_to(side, condition));
            let others = others.filter_map(|other| self.key_values(&other, relations, mentions(&other)));
            self.known_values(side, relations, set).or_else(|| others.reduce(f64::min))
        };
        let guess = |(_, set): (&Expr, Set)| match set.count_ones() {
            1 => self.guessed_values(&relations[set.trailing_zeros() as usize]),
            _ => 10.0,
        };
        let different = match sides.map(known) {
            [Some(one), Some(other)] => f64::max(one, other),
            [Some(known), None] | [None, Some(known)] => known,
            [None, None] => f64::max(guess(sides[0]), guess(sides[1])),
        };
        Link { mentions: set, share: 1.0 / different.max(1.0), sides: Some((one, other)) }
    }

    /// How many different values an expression over a relation has, if it is a column that something is known of.
    fn known_values(&self, side: &Expr, relations: &[Relation], set: Set) -> Option<f64> {
        if let Some(values) = self.key_values(side, relations, set) {
            return Some(values);
        }
        let scan = relations.get(single(set)?)?.scan()?;
        let all = self.statistics.rows(&scan.table).max(1.0);
        scan.table.all_indexes().find_map(|index| {
            let is_first = key_at(scan, index.columns.first()?.column).as_ref() == Some(side);
            if !is_first || index.filter.is_some() {
                return None;
            }
            let analyzed = || index.statistics.as_ref()?.get(1).copied();
            let each = analyzed().or_else(|| self.statistics.agreeing(&scan.table, index, 1));
            each.map(|each| all / each)
        })
    }

    /// How many different values a column has if it is a key of its table.
    fn key_values(&self, side: &Expr, relations: &[Relation], set: Set) -> Option<f64> {
        let scan = relations.get(single(set)?)?.scan()?;
        let is_key = |index: &std::sync::Arc<crate::catalog::Index>| match &index.columns[..] {
            [column] => index.unique && key_at(scan, column.column).as_ref() == Some(side),
            _ => false,
        };
        let is_rowid = key_at(scan, None).as_ref() == Some(side);
        (is_rowid || scan.table.all_indexes().any(is_key)).then(|| self.statistics.rows(&scan.table).max(1.0))
    }

    /// About how many different values a column has that nothing is known of.
    fn guessed_values(&self, relation: &Relation) -> f64 {
        let Some(scan) = relation.scan() else { return relation.rows.max(10.0) };
        let all = self.statistics.rows(&scan.table).max(1.0);
        all.min((all / 10.0).max(30.0))
    }

    fn node(
        &self,
        relation: &Relation,
        after: Set,
        between: &[(Expr, Set)],
        mentions: &impl Fn(&Expr) -> Set,
    ) -> Node {
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
                    let rows = (0..=columns.len())
                        .map(|count| self.rows_of_prefix(&scan.table, index, count, all))
                        .collect();
                    ways.push(Way { columns, rows, row_cost: row_cost(scan, index) });
                }
            }
        }
        Node { rows: relation.rows, cost: relation.cost, ways, after }
    }

    fn assemble(
        &mut self,
        relations: Vec<Relation>,
        order: &[usize],
        mut between: Vec<(Expr, Set)>,
        (nodes, links): (&[Node], &[Link]),
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
                    let kind = JoinKind::Inner { fixed: nodes[next].after != 0 };
                    (self.join_one(kind, left, relation, now, step.looks_up), step.rows)
                }
            });
        }
        let rest = between.into_iter().map(|(condition, _)| condition).collect();
        filtered(joined.map_or(Plan::OneRow, |(plan, _)| plan), rest)
    }

    /// A LEFT JOIN of a left side that is a plan already.
    pub(super) fn left_join(&mut self, left: Plan, right: Plan, conditions: Vec<Expr>) -> Plan {
        let columns = columns_of(&right);
        let (own, between) = conditions
            .into_iter()
            .partition(|condition| is_within(condition, &columns) && mentions_any(condition, &columns));
        self.outer_join(left, right, own, between)
    }

    /// A LEFT JOIN. `own` are conditions on the right side alone.
    fn outer_join(&mut self, left: Plan, right: Plan, own: Vec<Expr>, between: Vec<Expr>) -> Plan {
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

fn set_of(relations: &[usize]) -> Set {
    relations.iter().fold(0, |set, number| set | (1 << number))
}

/// Where conditions on one relation each are best looked at that run a query for each row: after which join there are
/// the fewest rows; `None` for before the relation is joined.
fn last_places(
    nodes: &[Node],
    links: &[Link],
    order: &[usize],
    conditions: &[(Expr, usize)],
) -> Vec<Option<usize>> {
    if conditions.is_empty() {
        return Vec::new();
    }
    let mut rows: Vec<f64> = Vec::with_capacity(order.len());
    for (place, &next) in order.iter().enumerate() {
        rows.push(match rows.last() {
            None => nodes[next].rows,
            Some(&left) => sequence::step(nodes, links, set_of(&order[..place]), left, next).rows,
        });
    }
    let best = |(_, number): &(Expr, usize)| {
        let joined = order.iter().position(|next| next == number)?;
        let places = (joined..order.len()).filter(|&place| rows[place] < nodes[*number].rows);
        places.min_by(|&one, &other| rows[one].total_cmp(&rows[other]))
    };
    conditions.iter().map(best).collect()
}

/// The one relation of a set.
fn single(set: Set) -> Option<usize> {
    (set.count_ones() == 1).then(|| set.trailing_zeros() as usize)
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

/// Takes the conditions that mention what is joined last.
fn take_above(optional: &[(Plan, Vec<Expr>)], conditions: &mut Vec<Expr>) -> Vec<Expr> {
    let columns: Vec<ColumnId> = optional.iter().flat_map(|(plan, _)| columns_of(plan)).collect();
    conditions.extract_if(.., |condition| mentions_any(condition, &columns)).collect()
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
