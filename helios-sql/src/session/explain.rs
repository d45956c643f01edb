//! EXPLAIN QUERY PLAN: one row for each table that is read and each temporary sort or table, in SQLite's words.

use helios_core::Value;

use super::OutputColumn;
use crate::exec::is_covered;
use crate::plan::{Access, Bounds, ColumnId, Expr, JoinMethod, Plan, Query, Scan};

/// The columns that SQLite gives: to EXPLAIN QUERY PLAN, or to EXPLAIN.
pub(super) fn columns(is_short: bool) -> Vec<OutputColumn> {
    let column = |name: &str| OutputColumn { name: name.into(), declared_type: None };
    let long = ["addr", "opcode", "p1", "p2", "p3", "p4", "p5", "comment"];
    let short = ["id", "parent", "notused", "detail"];
    if is_short { short.map(column).to_vec() } else { long.map(column).to_vec() }
}

/// A query that gives the description of a plan. There are no instructions to show to EXPLAIN: it gives one row for each
/// step of the plan, with what EXPLAIN QUERY PLAN says of it as the comment.
pub(super) fn rows_of(plan: &Plan, is_short: bool) -> Query {
    let mut lines = Vec::new();
    describe(plan, &mut lines);
    let number = |number: usize| Value::Integer(number as i64);
    let row = |(place, line): (usize, String)| {
        let detail = Value::text(&line);
        let values = if is_short {
            vec![number(place + 1), number(0), number(0), detail]
        } else {
            let step = line.split(' ').next().map_or(Value::Null, Value::text);
            vec![number(place), step, number(0), number(0), number(0), Value::Null, number(0), detail]
        };
        values.into_iter().map(Expr::Constant).collect()
    };
    let columns: Vec<ColumnId> = (0..if is_short { 4 } else { 8 }).map(ColumnId).collect();
    let rows = lines.into_iter().enumerate().map(row).collect();
    Query { plan: Plan::Values { columns: columns.clone(), rows }, columns }
}

fn describe(plan: &Plan, lines: &mut Vec<String>) {
    match plan {
        Plan::OneRow | Plan::Empty => lines.push("SCAN CONSTANT ROW".to_owned()),
        Plan::Values { rows, .. } => lines.push(format!("SCAN {} CONSTANT ROWS", rows.len())),
        Plan::Scan(scan) => lines.push(describe_scan(scan)),
        Plan::Filter { input, .. } | Plan::Project { input, .. } | Plan::Limit { input, .. } => {
            describe(input, lines);
        }
        Plan::Sort { input, .. } => {
            describe(input, lines);
            lines.push("USE TEMP B-TREE FOR ORDER BY".to_owned());
        }
        Plan::Distinct { input, .. } => {
            describe(input, lines);
            lines.push("USE TEMP B-TREE FOR DISTINCT".to_owned());
        }
        Plan::Aggregate(aggregation) => {
            describe(&aggregation.input, lines);
            if !aggregation.groups.is_empty() {
                lines.push("USE TEMP B-TREE FOR GROUP BY".to_owned());
            }
        }
        Plan::Join(join) => {
            describe(&join.left, lines);
            let before = lines.len();
            describe(&join.right, lines);
            if matches!(join.method, JoinMethod::Hash { .. }) {
                lines[before..].iter_mut().for_each(|line| line.push_str(" INTO HASH TABLE"));
            }
        }
        Plan::Shared(shared) => lines.push(format!("SCAN {}", shared.name)),
        Plan::Function(call) => {
            let (number, text) =
                call.choice.as_ref().map_or((0, ""), |choice| (choice.number, &*choice.text));
            lines.push(format!("SCAN {} VIRTUAL TABLE INDEX {number}:{text}", call.name));
        }
        Plan::Queue(queue) => lines.push(format!("SCAN {}", queue.name)),
        Plan::Recursion(recursion) => {
            lines.push("SETUP".to_owned());
            describe(&recursion.first.plan, lines);
            for step in &recursion.steps {
                lines.push("RECURSIVE STEP".to_owned());
                describe(&step.plan, lines);
            }
        }
        Plan::Window(window) => describe(&window.input, lines),
        Plan::Compound(compound) => {
            describe(&compound.left.plan, lines);
            lines.push(format!("COMPOUND {:?}", compound.operator).to_uppercase());
            describe(&compound.right.plan, lines);
        }
    }
}

fn describe_scan(scan: &Scan) -> String {
    let name = &scan.alias;
    match &scan.access {
        Access::All => format!("SCAN {name}"),
        Access::Rowids(_) => format!("SEARCH {name} USING INTEGER PRIMARY KEY (rowid=?)"),
        Access::RowidRange(bounds) => {
            format!("SEARCH {name} USING INTEGER PRIMARY KEY ({})", range("rowid", bounds).join(" AND "))
        }
        Access::Index { index, equal, bounds } => {
            let column = |number: usize| match index.columns[number].column {
                Some(position) => match scan.table.columns.get(position) {
                    Some(column) => column.name.to_string(),
                    None => "<expr>".to_owned(),
                },
                None => "rowid".to_owned(),
            };
            let mut terms: Vec<String> =
                (0..equal.len()).map(|number| format!("{}=?", column(number))).collect();
            if equal.len() < index.columns.len() {
                terms.extend(range(&column(equal.len()), bounds));
            }
            let covering = if is_covered(scan) { "COVERING INDEX" } else { "INDEX" };
            if terms.is_empty() {
                return format!("SCAN {name} USING {covering} {}", index.name);
            }
            format!("SEARCH {name} USING {covering} {} ({})", index.name, terms.join(" AND "))
        }
    }
}

fn range(column: &str, bounds: &Bounds) -> Vec<String> {
    let low = bounds.low.iter().map(|_| format!("{column}>?"));
    low.chain(bounds.high.iter().map(|_| format!("{column}<?"))).collect()
}
