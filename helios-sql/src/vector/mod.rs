//! Indexes of vectors: the kinds that there are, the indexes that are in memory, and how they are stored.
//!
//! In: the entries that statements write beside rows, and rows. Out: candidates for the nearest rows, which whoever asks
//! compares with what its view shows: the rows are the truth, an index is never more than a guess.
//!
//! ```text
//! kinds     kinds of indexes by name
//! entries   what an index has in the store like any other: what its graph says of a view, and which rows it does not
//! graph     an index in memory: the rows of its vectors, and which view may see which
//! build     making a graph, or adding to one, and writing down what is new of it
//! stored    a graph as parts in the store
//! registry  the graphs that are in memory
//! ```
//!
//! **Entries** are versioned keys in the space of the index, so they are on branches and in the past, in transactions and
//! savepoints, in all processes. One names the *generation* of a graph; the others the rows that changed since, or have no
//! distance. A view that sees a generation and these rows knows that the graph has all the others just as they are.
//!
//! **Graphs** are derived from rows and have no versions. One knows the generations that it covers, and vectors are never
//! taken out of it or changed, so it serves all views that see one of those. If it is lost, rows are searched exactly until
//! somebody makes it anew.

mod build;
mod entries;
mod graph;
mod kinds;
mod registry;
mod stored;

pub use build::Builder;
pub use entries::{Entries, Head, Marker, write_head};
pub use graph::{Graph, GraphFinds, GraphSearch};
pub use kinds::VectorKinds;
pub use registry::{Changed, VectorIndexes, VectorLimits};
