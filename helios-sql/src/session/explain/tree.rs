//! The tree of EXPLAIN QUERY PLAN: a node for each table that is read, each query that is run by itself, and each
//! temporary structure.

use helios_core::Value;

use super::{Names, integer, scan};
use crate::ast::CompoundOperator;
use crate::plan::{
    Access, AggregateCall, Expr, Join, JoinKind, JoinMethod, NearestIndex, NearestPlan, Plan, Query,
    Recursion, Scan, SubqueryCall, dependence,
};

/// A line with the lines below it.
#[derive(Debug, Default)]
struct Node {
    detail: String,
    below: Vec<Node>,
}

impl Node {
    fn new(detail: impl Into<String>) -> Node {
        Node { detail: detail.into(), below: Vec::new() }
    }
}

/// The rows of the tree: number, number of the node above, an unused column, and the line. `lookups` are run by themselves
/// for each row that the statement changes.
pub(super) fn rows(query: &Query, subqueries: &[Query], names: &Names, lookups: &[Query]) -> Vec<Vec<Value>> {
    let mut writer = Writer { subqueries, names, shown: vec![false; subqueries.len()] };
    let mut nodes = writer.query(query);
    nodes.extend(lookups.iter().flat_map(|lookup| writer.query(lookup)));
    let mut rows = Vec::new();
    number(&nodes, 0, &mut rows);
    rows
}

/// The lines of the tree, indented.
pub(super) fn lines(query: &Query, subqueries: &[Query], names: &Names) -> Vec<String> {
    let mut writer = Writer { subqueries, names, shown: vec![false; subqueries.len()] };
    let mut lines = Vec::new();
    indent(&writer.query(query), 0, &mut lines);
    lines
}

fn indent(nodes: &[Node], depth: usize, lines: &mut Vec<String>) {
    for node in nodes {
        lines.push(format!("{}{}", "  ".repeat(depth), node.detail));
        indent(&node.below, depth + 1, lines);
    }
}

fn number(nodes: &[Node], parent: usize, rows: &mut Vec<Vec<Value>>) {
    for node in nodes {
        let id = rows.len() + 1;
        rows.push(vec![integer(id), integer(parent), integer(0), Value::text(&node.detail)]);
        number(&node.below, id, rows);
    }
}

struct Writer<'a> {
    subqueries: &'a [Query],
    names: &'a Names,
    /// Queries of the statement that have been told already.
    shown: Vec<bool>,
}

impl Writer<'_> {
    fn query(&mut self, query: &Query) -> Vec<Node> {
        let mut nodes = Vec::new();
        self.plan(&query.plan, true, &mut nodes);
        nodes
    }

    /// Adds the lines of a plan. `is_top` if it is no source of another one's rows.
    fn plan(&mut self, plan: &Plan, is_top: bool, out: &mut Vec<Node>) {
        if recursion_below(plan).is_some() || (!is_top && is_by_itself(plan)) {
            return self.source(plan, out);
        }
        match plan {
            Plan::OneRow => out.push(Node::new("SCAN CONSTANT ROW")),
            Plan::Empty => out.push(Node::new("SCAN 0 CONSTANT ROWS")),
            Plan::Values { rows, .. } if rows.len() == 1 => out.push(Node::new("SCAN CONSTANT ROW")),
            Plan::Values { rows, .. } => {
                out.push(Node::new(format!("SCAN {}-ROW VALUES CLAUSE", rows.len())));
            }
            Plan::Scan(scan) => out.push(self.scan(scan)),
            Plan::Nearest(nearest) => {
                self.nearest(nearest, is_top, out);
            }
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Sort { input, .. }
            | Plan::Distinct { input, .. } => self.plan(input, is_top, out),
            Plan::Aggregate(aggregation) => match &aggregation.input {
                // One row is enough.
                Plan::Limit { input, .. } if aggregation.groups.is_empty() => self.one_row(input, out),
                input => self.plan(input, false, out),
            },
            Plan::Join(join) => self.join(join, out),
            Plan::Shared(shared) => {
                if !std::mem::replace(&mut self.shown[shared.number], true) {
                    let mut node = Node::new(format!("MATERIALIZE {}", shared.name));
                    node.below = self.query(&self.subqueries[shared.number]);
                    out.push(node);
                }
                out.push(Node::new(format!("SCAN {}", shared.name)));
            }
            Plan::Function(call) => {
                let (number, text) =
                    call.choice.as_ref().map_or((0, ""), |choice| (choice.number, &*choice.text));
                out.push(Node::new(format!("SCAN {} VIRTUAL TABLE INDEX {number}:{text}", call.name)));
            }
            Plan::Queue(queue) => out.push(Node::new(format!("SCAN {}", queue.name))),
            // Told of as a query of its own.
            Plan::Recursion(_) => {}
            Plan::Window(window) => self.plan(&window.input, false, out),
            Plan::Compound(_) => self.compound(plan, out),
        }
        self.expressions(plan, out);
        match plan {
            Plan::Sort { ordered, .. } => {
                let part = if *ordered > 0 { "RIGHT PART OF " } else { "" };
                out.push(Node::new(format!("USE TEMP B-TREE FOR {part}ORDER BY")));
            }
            Plan::Distinct { in_order: false, .. } => out.push(Node::new("USE TEMP B-TREE FOR DISTINCT")),
            Plan::Aggregate(aggregation) => {
                if !aggregation.groups.is_empty() && !aggregation.in_order {
                    out.push(Node::new("USE TEMP B-TREE FOR GROUP BY"));
                }
                let distinct = aggregation.aggregates.iter().filter(|(_, call)| call.distinct);
                out.extend(
                    distinct.map(|(_, call)| {
                        Node::new(format!("USE TEMP B-TREE FOR {}(DISTINCT)", name_of(call)))
                    }),
                );
            }
            _ => {}
        }
    }

    /// A search among vectors. The rows that may be found are told below an index, if not all may be.
    fn nearest(&mut self, nearest: &NearestPlan, is_top: bool, out: &mut Vec<Node>) {
        let (Some(NearestIndex { index, .. }), Plan::Scan(scan)) = (&nearest.index, &nearest.input) else {
            self.plan(&nearest.input, is_top, out);
            if let Some(node) = out.last_mut() {
                node.detail += " FOR NEAREST VECTORS";
            }
            return;
        };
        let column = index.vector.as_ref().map_or("", |vector| &*scan.table.columns[vector.column].name);
        let mut node =
            Node::new(format!("SEARCH {} USING VECTOR INDEX {} ({column})", scan.alias, index.name));
        let (conditions, _) = nearest.conditions_without_vectors().unwrap_or_default();
        if !conditions.is_empty() || !matches!(scan.access, Access::All) {
            node.below.push(self.scan(scan));
        }
        out.push(node);
    }

    /// A query that gives its rows one by one to the one around it.
    fn source(&mut self, plan: &Plan, out: &mut Vec<Node>) {
        let name = name_below(plan, self.names).cloned();
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "(subquery)".into());
        let mut node = Node::new(format!("CO-ROUTINE {name}"));
        match recursion_below(plan) {
            Some(recursion) => self.recursion(recursion, &mut node.below),
            None => self.plan(plan, true, &mut node.below),
        }
        out.push(node);
        out.push(Node::new(format!("SCAN {name}")));
    }

    /// A scan that ends with its first row.
    fn one_row(&mut self, plan: &Plan, out: &mut Vec<Node>) {
        self.plan(plan, false, out);
        if let Some(node) = out.last_mut()
            && let Some(rest) = node.detail.strip_prefix("SCAN ")
        {
            node.detail = format!("SEARCH {rest}");
        }
    }

    fn scan(&mut self, scan: &Scan) -> Node {
        let Access::AnyOf(accesses) = &scan.access else {
            return Node::new(scan::line(scan, &scan.access));
        };
        let mut node = Node::new("MULTI-INDEX OR");
        for (number, access) in accesses.iter().enumerate() {
            let mut part = Node::new(format!("INDEX {}", number + 1));
            part.below.push(Node::new(scan::line(scan, access)));
            node.below.push(part);
        }
        node
    }

    fn join(&mut self, join: &Join, out: &mut Vec<Node>) {
        self.plan(&join.left, false, out);
        let before = out.len();
        self.plan(&join.right, false, out);
        // The line of the right side's rows is the last of its lines that read anything.
        let reads =
            |node: &&mut Node| ["SCAN", "SEARCH", "MULTI"].iter().any(|word| node.detail.starts_with(word));
        if let Some(node) = out[before..].iter_mut().rev().find(reads) {
            if matches!(join.method, JoinMethod::Hash { .. }) {
                node.detail.push_str(" INTO HASH TABLE");
            }
            node.detail.push_str(match join.kind {
                JoinKind::Inner { .. } => "",
                JoinKind::Left => " LEFT-JOIN",
                JoinKind::Right => " RIGHT-JOIN",
                JoinKind::Full => " FULL-JOIN",
            });
        }
    }

    fn recursion(&mut self, recursion: &Recursion, out: &mut Vec<Node>) {
        let mut setup = Node::new("SETUP");
        setup.below = self.query(&recursion.first);
        out.push(setup);
        for step in &recursion.steps {
            let mut node = Node::new("RECURSIVE STEP");
            node.below = self.query(step);
            out.push(node);
        }
    }

    fn compound(&mut self, plan: &Plan, out: &mut Vec<Node>) {
        let mut parts = Vec::new();
        let first = left_most(plan, &mut parts);
        let mut node = Node::new("COMPOUND QUERY");
        let mut left_most = Node::new("LEFT-MOST SUBQUERY");
        self.plan(first, true, &mut left_most.below);
        node.below.push(left_most);
        for (operator, query) in parts.into_iter().rev() {
            let mut part = Node::new(match operator {
                CompoundOperator::UnionAll => "UNION ALL",
                CompoundOperator::Union => "UNION USING TEMP B-TREE",
                CompoundOperator::Except => "EXCEPT USING TEMP B-TREE",
                CompoundOperator::Intersect => "INTERSECT USING TEMP B-TREE",
            });
            part.below = self.query(query);
            node.below.push(part);
        }
        out.push(node);
    }

    /// The queries in the expressions of an operation.
    fn expressions(&mut self, plan: &Plan, out: &mut Vec<Node>) {
        let mut calls = Vec::new();
        plan.for_each_expr(|expr| collect(expr, &mut calls));
        for (call, is_list) in calls {
            if std::mem::replace(&mut self.shown[call.number], true) {
                continue;
            }
            let query = &self.subqueries[call.number];
            let depends = !call.outer.is_empty() || !dependence(query, self.subqueries).slots.is_empty();
            let correlated = if depends { "CORRELATED " } else { "" };
            let kind = if is_list { "LIST" } else { "SCALAR" };
            let by = if call.by.is_empty() { "" } else { " INTO HASH TABLE" };
            let mut node = Node::new(format!("{correlated}{kind} SUBQUERY {}{by}", call.number + 1));
            node.below = self.query(query);
            out.push(node);
        }
    }
}

/// The recursion whose rows a plan gives, filtered and projected.
fn recursion_below(plan: &Plan) -> Option<&Recursion> {
    match plan {
        Plan::Recursion(recursion) => Some(recursion),
        Plan::Filter { input, .. } | Plan::Project { input, .. } => recursion_below(input),
        _ => None,
    }
}

/// What the rows of a plan are called.
fn name_below<'n>(plan: &Plan, names: &'n Names) -> Option<&'n std::sync::Arc<str>> {
    let own = plan.columns().iter().find_map(|id| names.get(id));
    own.or_else(|| match plan {
        Plan::Filter { input, .. } | Plan::Project { input, .. } => name_below(input, names),
        _ => None,
    })
}

/// Whether a plan in FROM is a query of its own, not just rows of tables.
fn is_by_itself(plan: &Plan) -> bool {
    match plan {
        Plan::Filter { input, .. } | Plan::Project { input, .. } => is_by_itself(input),
        Plan::Sort { .. }
        | Plan::Distinct { .. }
        | Plan::Limit { .. }
        | Plan::Aggregate(_)
        | Plan::Window(_)
        | Plan::Recursion(_)
        | Plan::Values { .. }
        | Plan::Compound(_) => true,
        Plan::OneRow
        | Plan::Empty
        | Plan::Scan(_)
        | Plan::Nearest(_)
        | Plan::Join(_)
        | Plan::Shared(_)
        | Plan::Queue(_)
        | Plan::Function(_) => false,
    }
}

/// The first query of a compound, and the others from the last one on.
fn left_most<'a>(plan: &'a Plan, parts: &mut Vec<(CompoundOperator, &'a Query)>) -> &'a Plan {
    match plan {
        Plan::Compound(compound) => {
            parts.push((compound.operator, &compound.right));
            left_most(&compound.left.plan, parts)
        }
        plan => plan,
    }
}

fn collect<'e>(expr: &'e Expr, calls: &mut Vec<(&'e SubqueryCall, bool)>) {
    match expr {
        Expr::InSubquery { subquery, .. } => calls.push((subquery, true)),
        Expr::Subquery { subquery, .. } | Expr::Exists(subquery) => calls.push((subquery, false)),
        _ => {}
    }
    expr.for_each_operand(|operand| collect(operand, calls));
}

/// What an aggregate is called.
fn name_of(call: &AggregateCall) -> String {
    use crate::func::Aggregate;
    match &call.function {
        Aggregate::CountRows | Aggregate::Count => "count".to_owned(),
        Aggregate::Average => "avg".to_owned(),
        Aggregate::Minimum => "min".to_owned(),
        Aggregate::Maximum => "max".to_owned(),
        Aggregate::VectorSum => "vector_sum".to_owned(),
        Aggregate::VectorAverage => "vector_avg".to_owned(),
        Aggregate::Concatenate => "group_concat".to_owned(),
        other => {
            let name = format!("{other:?}").to_lowercase();
            name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned()
        }
    }
}
