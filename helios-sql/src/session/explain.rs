//! EXPLAIN QUERY PLAN: one row for each table that is read and each temporary sort or table, in SQLite's words.

use helios_core::Value;

use super::OutputColumn;
use crate::plan::{Access, Bounds, ColumnId, Expr, JoinMethod, Plan, Query, Scan};

/// The columns that SQLite gives.
pub(super) fn columns() -> Vec<OutputColumn> {
    let column = |name: &str| OutputColumn { name: name.into(), declared_type: None };
    ["id", "parent", "notused", "detail"].map(column).to_vec()
}

/// A query that gives the description of a plan.
pub(super) fn rows_of(plan: &Plan) -> Query {
    let mut lines = Vec::new();
    describe(plan, &mut lines);
    let row = |(number, line): (usize, String)| {
        let values =
            [Value::Integer(number as i64 + 1), Value::Integer(0), Value::Integer(0), Value::text(&line)];
        values.map(Expr::Constant).to_vec()
    };
    let columns: Vec<ColumnId> = (0..4).map(ColumnId).collect();
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
        Plan::Function(call) => lines.push(format!("SCAN {} VIRTUAL TABLE INDEX 1:", call.name)),
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
                Some(position) => scan.table.columns[position].name.to_string(),
                None => "rowid".to_owned(),
            };
            let mut terms: Vec<String> =
                (0..equal.len()).map(|number| format!("{}=?", column(number))).collect();
            if equal.len() < index.columns.len() {
                terms.extend(range(&column(equal.len()), bounds));
            }
            if terms.is_empty() {
                return format!("SCAN {name} USING INDEX {}", index.name);
            }
            format!("SEARCH {name} USING INDEX {} ({})", index.name, terms.join(" AND "))
        }
    }
}

fn range(column: &str, bounds: &Bounds) -> Vec<String> {
    let low = bounds.low.iter().map(|_| format!("{column}>?"));
    low.chain(bounds.high.iter().map(|_| format!("{column}<?"))).collect()
}
