//! An approximate index of vectors on the crate [`hnsw_rs`](mod@hnsw_rs): a second graph beside `helios-vector-hnsw`, for who
//! knows that crate or wants to compare.
//!
//! ```text
//! order  distances in a form that the crate can work with
//! index  the graph, with all vectors beside it
//! kind   by which statements make such indexes
//! ```
//!
//! What the crate cannot do is done around it, and costs what it costs:
//!
//! - It takes no vector out. Removed ones stay ways, and a filter keeps them from being answers.
//! - Its filter may leave a search with fewer answers than there are. Where few vectors pass, or fewer come back than were
//!   asked for, all vectors that pass are looked at, which are kept beside the graph for this: an index has each vector
//!   twice, and about 2.5 KB more for its links, 16 times those of `hnsw`.
//! - It writes its graph to files only. What is saved here says which vectors were removed; loading links all vectors anew, in
//!   the same order and to the same graph. Opening a large index takes as long as making it.
//! - It stops the process if distances are negative or no numbers, and where a node is to have more than 256 neighbours. So
//!   distances are brought into an order of positive numbers, and the options have bounds.
//!
//! Insertions come one after the other, so that the same insertions make the same graph. Searches run side by side.

mod index;
mod kind;
mod order;

pub use index::{HnswRs, hnsw_rs};
pub use kind::HnswRsKind;
