//! Common tables in plans.

use std::sync::Arc;

use super::{ColumnId, Query, SortKey};
use crate::plan::Expr;
use helios_core::value::Collation;

/// A use of a query that is run once for all its uses.
#[derive(Clone, Debug)]
pub struct SharedPlan {
    /// The query's number among the queries of the statement.
    pub number: usize,
    /// What it is called in the statement.
    pub name: Arc<str>,
    /// The columns, with their positions in the query's result.
    pub columns: Vec<(ColumnId, usize)>,
    /// Whether the query may be put in the place of this use if it is the only one.
    pub may_inline: bool,
}

/// The rows that a step of a recursion works on.
#[derive(Clone, Debug)]
pub struct QueuePlan {
    /// The number of the recursion, unique in the statement.
    pub number: usize,
    /// What it is called in the statement.
    pub name: Arc<str>,
    /// The columns, with their positions in the recursion's rows.
    pub columns: Vec<(ColumnId, usize)>,
}

/// A recursive common table (<https://sqlite.org/lang_with.html#recursive_query_examples>).
#[derive(Clone, Debug)]
pub struct Recursion {
    /// Its number, which its steps' queues name.
    pub number: usize,
    /// What the queue begins with.
    pub first: Query,
    /// What is run for rows from the queue; their rows are put into it.
    pub steps: Vec<Query>,
    /// The columns, with the collations that decide which rows are equal.
    pub columns: Vec<(ColumnId, Collation)>,
    /// A row that was in the queue before is left out.
    pub is_distinct: bool,
    /// In which order rows leave the queue; empty for the order in which they came.
    pub order: Vec<SortKey>,
    /// After how many rows it ends; negative for never.
    pub limit: Option<Expr>,
    /// How many rows are not given, but go through the steps.
    pub offset: Option<Expr>,
}
