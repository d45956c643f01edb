//! Kinds of indexes, by the names that statements call them.

use std::fmt;

use super::{Metric, VectorIndex};

/// What makes indexes of a kind.
pub trait VectorIndexKind: fmt::Debug + Send + Sync {
    /// What statements call it, in lower case.
    fn name(&self) -> &'static str;

    /// What can be said about an index when it is made.
    fn options(&self) -> &'static [IndexOption];

    /// An empty index. `options` are values within their bounds, in the order of [`VectorIndexKind::options`].
    fn make(&self, metric: Metric, dimensions: usize, options: &[usize]) -> Box<dyn VectorIndex>;
}

/// A number that can be said about an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexOption {
    /// What statements call it, in lower case.
    pub name: &'static str,
    /// What it is if nothing is said.
    pub default: usize,
    /// The least value that it takes.
    pub least: usize,
    /// The greatest value that it takes.
    pub most: usize,
}
