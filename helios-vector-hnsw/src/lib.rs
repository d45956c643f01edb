//! An approximate index of vectors: a hierarchical navigable small world (Malkov and Yashunin, 2016,
//! <https://arxiv.org/abs/1603.09320>).
//!
//! ```text
//! links    who is linked with whom, in each layer
//! visited  which vectors a search has looked at
//! graph    searches in one layer, and how a vector finds its neighbours
//! saved    the links as bytes
//! kind     by which statements make such indexes
//! ```
//!
//! Each vector is a node of the lowest layer and, with a chance that falls from layer to layer, of higher ones. A search goes
//! down from the top to the nearest node of each layer, and in the lowest follows links for as long as they lead nearer. A filter
//! is asked inside that search: nodes that do not pass are ways, but no answers. Removed nodes are such nodes.
//!
//! - Nodes are immutable, and their layers depend on nothing but their numbers: the same insertions make the same graph.
//! - Searches run side by side; an insertion has the index for itself.

mod graph;
mod kind;
mod links;
mod saved;
mod visited;

pub use graph::Hnsw;
pub use kind::HnswKind;
