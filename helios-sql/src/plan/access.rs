//! How the rows of a table are found.

use std::sync::Arc;

use super::Expr;
use crate::catalog::Index;

/// How the rows of a table are found.
#[derive(Clone, Debug)]
pub enum Access {
    /// All rows, in the order of their rowids.
    All,
    /// Rows by their rowids, in ascending order, each once.
    Rowids(Probe),
    /// Rows whose rowids are in a range.
    RowidRange(Bounds),
    /// Rows by an index, in its order.
    Index(Box<IndexAccess>),
    /// Rows by any of several accesses, each once, in the order in which they are first found.
    AnyOf(Vec<Access>),
}

/// Rows by an index.
#[derive(Clone, Debug)]
pub struct IndexAccess {
    /// The index.
    pub index: Arc<Index>,
    /// What its first columns are.
    pub probes: Vec<Probe>,
    /// Bounds of the column after those.
    pub bounds: Bounds,
}

/// What the value of a column of an index, or a rowid, is.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    /// Equal to a value. NULL equals nothing.
    Value(Expr),
    /// The same as a value. NULL is the same as NULL.
    Same(Expr),
    /// Equal to one of some values.
    List(Vec<Expr>),
    /// Equal to one of the rows of a query: an [`Expr::InSubquery`] with nothing of interest as its operand.
    Query(Expr),
    /// Anything: every value that there is, is looked up in turn.
    Any,
}

/// A range of values.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bounds {
    /// The lower bound, and whether it belongs to the range.
    pub low: Option<(Expr, bool)>,
    /// The upper bound, and whether it belongs to the range.
    pub high: Option<(Expr, bool)>,
    /// Whether NULLs are left out where there is no lower bound. With a bound they are.
    pub leaves_nulls_out: bool,
    /// Whether blobs belong to the range of texts, too: patterns match them.
    pub takes_blobs: bool,
}

impl Bounds {
    /// Whether they are none.
    pub fn is_open(&self) -> bool {
        self.low.is_none() && self.high.is_none() && !self.leaves_nulls_out
    }

    /// Calls `visit` with each bound.
    pub fn for_each_expr<'a>(&'a self, mut visit: impl FnMut(&'a Expr)) {
        self.low.iter().chain(&self.high).for_each(|(expr, _)| visit(expr));
    }
}

impl Probe {
    /// The expressions that tell the values.
    pub fn exprs(&self) -> &[Expr] {
        match self {
            Probe::Value(expr) | Probe::Same(expr) | Probe::Query(expr) => std::slice::from_ref(expr),
            Probe::List(exprs) => exprs,
            Probe::Any => &[],
        }
    }

    /// The expressions that tell the values, to change them.
    pub fn exprs_mut(&mut self) -> &mut [Expr] {
        match self {
            Probe::Value(expr) | Probe::Same(expr) | Probe::Query(expr) => std::slice::from_mut(expr),
            Probe::List(exprs) => exprs,
            Probe::Any => &mut [],
        }
    }
}

impl Access {
    /// Rows by an index alone, for its order.
    pub fn whole_index(index: Arc<Index>) -> Access {
        Access::Index(Box::new(IndexAccess { index, probes: Vec::new(), bounds: Bounds::default() }))
    }

    /// Calls `visit` with each expression.
    pub fn for_each_expr<'a>(&'a self, visit: &mut dyn FnMut(&'a Expr)) {
        match self {
            Access::All => {}
            Access::Rowids(probe) => probe.exprs().iter().for_each(visit),
            Access::RowidRange(bounds) => bounds.for_each_expr(visit),
            Access::Index(access) => {
                access.probes.iter().flat_map(Probe::exprs).for_each(&mut *visit);
                access.bounds.for_each_expr(visit);
            }
            Access::AnyOf(accesses) => {
                accesses.iter().for_each(|access| access.for_each_expr(visit));
            }
        }
    }

    /// Calls `visit` with each expression, to change it.
    pub fn for_each_expr_mut(&mut self, visit: &mut dyn FnMut(&mut Expr)) {
        let bounds = match self {
            Access::All => return,
            Access::Rowids(probe) => return probe.exprs_mut().iter_mut().for_each(visit),
            Access::RowidRange(bounds) => bounds,
            Access::Index(access) => {
                access.probes.iter_mut().flat_map(Probe::exprs_mut).for_each(&mut *visit);
                &mut access.bounds
            }
            Access::AnyOf(accesses) => {
                return accesses.iter_mut().for_each(|access| access.for_each_expr_mut(visit));
            }
        };
        bounds.low.iter_mut().chain(&mut bounds.high).for_each(|(expr, _)| visit(expr));
    }
}
