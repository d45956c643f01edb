//! Window functions in plans.

use super::{ColumnId, Expr, Plan, SortKey};
use crate::ast::{FrameExclude, FrameUnit};
use crate::func::{Aggregate, WindowFunction};
use helios_core::value::Collation;

/// Window functions over one window: each row of the input with their values after its own columns.
#[derive(Clone, Debug)]
pub struct WindowPlan {
    /// Where the rows come from: sorted by `partition` and then by `order`.
    pub input: Plan,
    /// Rows that are equal in these belong together.
    pub partition: Vec<(Expr, Collation)>,
    /// The order within a partition; rows that are equal in it are peers.
    pub order: Vec<SortKey>,
    /// The functions.
    pub calls: Vec<(ColumnId, WindowCall)>,
}

/// A call of a window function.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    /// The function.
    pub function: WindowKind,
    /// Its arguments.
    pub arguments: Vec<Expr>,
    /// FILTER.
    pub filter: Option<Expr>,
    /// The collation of the first argument.
    pub collation: Collation,
    /// The rows that it sees.
    pub frame: Frame,
}

/// What is computed over a window.
#[derive(Clone, Debug, PartialEq)]
pub enum WindowKind {
    /// A function that exists for windows alone.
    Window(WindowFunction),
    /// An aggregate function.
    Aggregate(Aggregate),
}

/// The rows around a row that a window function sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What bounds count.
    pub unit: FrameUnit,
    /// The first row.
    pub start: Bound,
    /// The last row.
    pub end: Bound,
    /// What is left out.
    pub exclude: FrameExclude,
}

/// One end of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// The first row of the partition for a start, the last for an end.
    Unbounded,
    /// So much before the row. The offset mentions no columns.
    Preceding(Expr),
    /// The row, or its peers.
    CurrentRow,
    /// So much after the row. The offset mentions no columns.
    Following(Expr),
}

impl Frame {
    /// The offsets of its bounds.
    pub fn offsets(&self) -> impl Iterator<Item = &Expr> {
        [&self.start, &self.end].into_iter().filter_map(|bound| match bound {
            Bound::Preceding(offset) | Bound::Following(offset) => Some(offset),
            Bound::Unbounded | Bound::CurrentRow => None,
        })
    }
}

impl WindowPlan {
    /// Calls `visit` with each expression.
    pub fn for_each_expr<'a>(&'a self, mut visit: impl FnMut(&'a Expr)) {
        self.partition.iter().for_each(|(expr, _)| visit(expr));
        self.order.iter().for_each(|key| visit(&key.expr));
        for (_, call) in &self.calls {
            call.arguments.iter().chain(&call.filter).chain(call.frame.offsets()).for_each(&mut visit);
        }
    }

    /// Calls `visit` with each expression over the input's columns, to change it.
    pub fn for_each_expr_mut(&mut self, mut visit: impl FnMut(&mut Expr)) {
        self.partition.iter_mut().for_each(|(expr, _)| visit(expr));
        self.order.iter_mut().for_each(|key| visit(&mut key.expr));
        for (_, call) in &mut self.calls {
            call.arguments.iter_mut().chain(&mut call.filter).for_each(&mut visit);
        }
    }
}
