//! EXPLAIN QUERY PLAN, EXPLAIN and EXPLAIN ANALYZE: a plan as rows.
//!
//! In: a plan after optimisation. Out: a query that gives its description: a tree in SQLite's words
//! (<https://sqlite.org/eqp.html>) with words of the same manner where SQLite has no such operation, or a table of the
//! plan's steps in the shape of SQLite's programs.

pub(super) mod analyze;
mod scan;
mod steps;
mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::Value;

use super::OutputColumn;
use crate::ast;
use crate::plan::{ColumnId, Expr, Plan, Query};

/// What queries in FROM are called, by their columns.
pub(super) type Names = HashMap<ColumnId, Arc<str>>;

/// The columns that SQLite gives: to EXPLAIN QUERY PLAN, or to EXPLAIN.
pub(super) fn columns(is_short: bool) -> Vec<OutputColumn> {
    let column =
        |name: &str| OutputColumn { name: name.into(), declared_type: None, is_vector: false, origin: None };
    let long = ["addr", "opcode", "p1", "p2", "p3", "p4", "p5", "comment"];
    let short = ["id", "parent", "notused", "detail"];
    if is_short { short.map(column).to_vec() } else { long.map(column).to_vec() }
}

/// A query that gives the description of a query, and of how rows are found that refer to those that it is run for to change
/// them.
pub(super) fn rows_of(
    query: &Query,
    subqueries: &[Query],
    names: &Names,
    lookups: &[Query],
    is_short: bool,
) -> Query {
    give(
        is_short,
        match is_short {
            true => tree::rows(query, subqueries, names, lookups),
            false => steps::rows(query, subqueries),
        },
    )
}

/// The tree as a text: a line for each node, those below another one indented.
pub(super) fn text(query: &Query, subqueries: &[Query], names: &Names) -> String {
    tree::lines(query, subqueries, names).join("\n")
}

/// The description of a statement that reads nothing by a plan.
pub(super) fn rows_without_plan(statement: &ast::Statement, is_short: bool) -> Query {
    give(is_short, if is_short { Vec::new() } else { steps::without_plan(statement) })
}

fn give(is_short: bool, rows: Vec<Vec<Value>>) -> Query {
    let rows = rows.into_iter().map(|row| row.into_iter().map(Expr::Constant).collect()).collect();
    let columns: Vec<ColumnId> = (0..if is_short { 4 } else { 8 }).map(ColumnId).collect();
    Query { plan: Plan::Values { columns: columns.clone(), rows }, columns }
}

fn integer(number: usize) -> Value {
    Value::Integer(number as i64)
}
