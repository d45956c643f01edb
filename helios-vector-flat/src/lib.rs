//! Exact search among vectors of 32-bit floats.
//!
//! In: a query, and rows of little-endian floats as they are stored, one behind the other. Out: their distances, and the
//! nearest of them.
//!
//! ```text
//! kernel       sums over two vectors, in the widest registers that the processor has
//! measure      distances with nothing prepared
//! query        one side of many distances, prepared
//! nearest      the first k of many candidates
//! flat         an index of all of it, for where an index is asked for
//! graph_index  the same beside a graph that a library makes
//! ```
//!
//! Distances are the same bits on every processor: all kernels add up in the same lanes and the same order, and none
//! fuses a product with a sum. That costs nothing where it counts, since the memory is slower than the sums.

mod flat;
mod graph_index;
mod kernel;
mod measure;
mod nearest;
mod query;

pub use flat::{Flat, FlatKind};
pub use graph_index::{Graph, GraphIndex, broken_links};
pub use helios_core::vector::Metric;
pub use kernel::level_name;
pub use measure::Measure;
pub use nearest::{Candidate, Nearest};
pub use query::Query;
