//! The table of EXPLAIN: the operations of a plan, each after those that it takes rows from.
//!
//! `p1` and `p2` are the addresses of the inputs, `p3` is the number of columns that come out, `p4` is what is worked on
//! or by. What is not there is 0 or NULL.

use helios_core::Value;

use super::{integer, scan};
use crate::ast;
use crate::plan::{JoinKind, JoinMethod, Plan, Query};

/// The rows of the table.
pub(super) fn rows(query: &Query, subqueries: &[Query]) -> Vec<Vec<Value>> {
    let mut writer = Writer { rows: Vec::new(), starts: Vec::new() };
    writer.push("Init", (0, 0), 0, None, "begin");
    for (number, subquery) in subqueries.iter().enumerate() {
        let (root, width) = writer.query(subquery);
        writer.starts.push(root);
        writer.push("Subquery", (root, 0), width, Some(format!("{}", number + 1)), "rows for expressions");
    }
    let (root, width) = writer.query(query);
    writer.push("ResultRow", (root, 0), width, None, "give the rows");
    writer.push("Halt", (0, 0), 0, None, "end");
    writer.rows
}

/// The rows of a statement that has no plan.
pub(super) fn without_plan(statement: &ast::Statement) -> Vec<Vec<Value>> {
    let mut writer = Writer { rows: Vec::new(), starts: Vec::new() };
    writer.push("Init", (0, 0), 0, None, "begin");
    // For this one alone, of which an authorizer hears nothing, programs look here.
    let operation = if matches!(statement, ast::Statement::Vacuum(_)) { "Vacuum" } else { "Statement" };
    writer.push(operation, (0, 0), 0, None, "done as a whole");
    writer.push("Halt", (0, 0), 0, None, "end");
    writer.rows
}

struct Writer {
    rows: Vec<Vec<Value>>,
    /// Where the queries in expressions are, by number.
    starts: Vec<usize>,
}

impl Writer {
    fn push(
        &mut self,
        opcode: &str,
        inputs: (usize, usize),
        width: usize,
        detail: Option<String>,
        comment: &str,
    ) -> usize {
        let address = self.rows.len();
        self.rows.push(vec![
            integer(address),
            Value::text(opcode),
            integer(inputs.0),
            integer(inputs.1),
            integer(width),
            detail.map_or(Value::Null, |detail| Value::text(&detail)),
            integer(0),
            Value::text(comment),
        ]);
        address
    }

    fn query(&mut self, query: &Query) -> (usize, usize) {
        (self.plan(&query.plan), query.columns.len())
    }

    /// Adds the steps of a plan and says where its last one is.
    fn plan(&mut self, plan: &Plan) -> usize {
        let mut inputs = Vec::new();
        plan.for_each_input(|input| inputs.push(self.plan(input)));
        if let Plan::Shared(shared) = plan {
            inputs.extend(self.starts.get(shared.number));
        }
        let pair = (inputs.first().copied().unwrap_or(0), inputs.get(1).copied().unwrap_or(0));
        let (opcode, detail, comment) = describe(plan);
        self.push(opcode, pair, plan.columns().len(), detail, &comment)
    }
}

/// The name of an operation and what it works on.
pub(super) fn title(plan: &Plan) -> String {
    let (operation, detail, _) = describe(plan);
    detail.map_or_else(|| operation.to_owned(), |detail| format!("{operation} {detail}"))
}

/// The name of an operation, what it works on, and a remark.
fn describe(plan: &Plan) -> (&'static str, Option<String>, String) {
    let plain = |opcode, comment: &str| (opcode, None, comment.to_owned());
    match plan {
        Plan::OneRow => plain("OneRow", "one row without columns"),
        Plan::Empty => plain("Empty", "no rows"),
        Plan::Values { rows, .. } => {
            ("Values", Some(rows.len().to_string()), "rows of expressions".to_owned())
        }
        Plan::Scan(scan) => {
            let backward = if scan.backward { "backward" } else { "forward" };
            let line = scan::line(scan, &scan.access);
            ("Scan", Some(scan.table.name.clone()), format!("{line}; {backward}"))
        }
        Plan::Nearest(nearest) => match &nearest.index {
            None => plain("Nearest", "the rows at the least distances, exactly"),
            Some(chosen) => (
                "Nearest",
                Some(chosen.index.name.clone()),
                "the rows at the least distances, by an index".into(),
            ),
        },
        Plan::Filter { .. } => plain("Filter", "rows for which the condition is true"),
        Plan::Project { .. } => plain("Project", "expressions over each row"),
        Plan::Join(join) => {
            let kind = Some(match join.kind {
                JoinKind::Inner { .. } => "Inner".to_owned(),
                kind => format!("{kind:?}"),
            });
            match &join.method {
                JoinMethod::Nested => ("NestedJoin", kind, "every pair".to_owned()),
                JoinMethod::Hash { left, .. } => {
                    ("HashJoin", kind, format!("p2 into a hash table by {} keys", left.len()))
                }
                JoinMethod::Lookup { .. } => ("LookupJoin", kind, "p2 anew for each row of p1".to_owned()),
            }
        }
        Plan::Aggregate(aggregation) => {
            let groups = aggregation.groups.len();
            ("Aggregate", Some(aggregation.aggregates.len().to_string()), format!("groups by {groups} keys"))
        }
        Plan::Sort { keys, first, .. } => {
            let comment = if first.is_some() { "the first rows in order" } else { "rows in order" };
            ("Sort", Some(keys.len().to_string()), comment.to_owned())
        }
        Plan::Limit { .. } => plain("Limit", "some of the rows"),
        Plan::Distinct { columns, .. } => {
            ("Distinct", Some(columns.len().to_string()), "the first of equal rows".to_owned())
        }
        Plan::Compound(compound) => {
            ("Compound", Some(format!("{:?}", compound.operator)), "two sets of rows".to_owned())
        }
        Plan::Shared(shared) => {
            ("Shared", Some(shared.name.to_string()), "rows of a common table".to_owned())
        }
        Plan::Recursion(_) => plain("Recursion", "p2 until there is nothing new"),
        Plan::Queue(queue) => ("Queue", Some(queue.name.to_string()), "rows of the recursion".to_owned()),
        Plan::Function(call) => ("Function", Some(call.name.to_string()), "table-valued function".to_owned()),
        Plan::Window(window) => {
            ("Window", Some(window.calls.len().to_string()), "window functions".to_owned())
        }
    }
}
