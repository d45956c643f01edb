//! The contract of an index of vectors.
//!
//! An index knows vectors by numbers that it gives out itself, from 0 on, and never again: a vector that changes is removed
//! and inserted anew. It keeps no vectors of its own beyond what it needs to compare them, and knows nothing of rows,
//! branches or moments: who may see what is the business of the filter that a search is given.

mod graph;
mod kind;
mod metric;

use std::fmt;

pub use graph::GraphParameters;
pub use kind::{IndexOption, VectorIndexKind};
pub use metric::Metric;

use crate::error::Result;

/// A vector in an index.
pub type Node = u32;

/// Says which vectors a search may find.
pub type NodeFilter<'a> = dyn Fn(Node) -> bool + Sync + 'a;

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Vectors with their distances, the nearest first.
    pub nearest: Vec<(f64, Node)>,
    /// Whether the index gave up because the filter lets so few vectors pass that looking at all of those costs less. Then
    /// `nearest` means nothing.
    pub gave_up: bool,
}

/// An index of vectors of one dimension under one metric.
pub trait VectorIndex: fmt::Debug + Send + Sync {
    /// Adds a vector: its elements, as many as the index has dimensions and all finite. Under [`Metric::Cosine`] they are
    /// not all zeros.
    fn insert(&mut self, vector: &[f32]) -> Node;

    /// Adds vectors in their order, which may be quicker than one after the other.
    fn insert_all(&mut self, vectors: &[&[f32]]) {
        for vector in vectors {
            self.insert(vector);
        }
    }

    /// Takes a vector out of all searches. It may go on serving as a way to others.
    fn remove(&mut self, node: Node);

    /// How many vectors were inserted; those that were removed count.
    fn len(&self) -> usize;

    /// Whether no vector was inserted.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them were removed.
    fn removed(&self) -> usize;

    /// The nearest vectors that pass, `most` of them unless fewer were found. With more `effort` fewer are missed; an exact
    /// index misses none.
    fn search(&self, query: &[f32], most: usize, effort: usize, passes: &NodeFilter<'_>) -> Found;

    /// Writes down all but the vectors.
    fn save(&self, out: &mut Vec<u8>);

    /// Takes up what [`VectorIndex::save`] wrote, in an index that was made in the same way and is empty. `vectors` hands
    /// out the same vectors as were inserted, in the same order.
    ///
    /// # Errors
    /// Bytes that such an index has not written, or other vectors than there were.
    fn load(&mut self, saved: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()>;
}
