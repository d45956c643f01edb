//! An approximate index of vectors on the faiss of the system: its graph `IndexHNSWFlat`, for who trusts that library or
//! wants to compare.
//!
//! The feature `system` compiles a bridge of C++ and links the library that the system has (`libfaiss-dev` on Debian);
//! without it the crate is empty, so that nobody needs a large library who does not use it.
//!
//! ```text
//! bridge.cpp  what is asked of faiss, as functions of C; no exception leaves it
//! bridge      those functions, and that nothing wrong is handed to them
//! index       the graph behind the trait of graphs, with all vectors beside it
//! kind        by which statements make such indexes
//! ```
//!
//! faiss takes no vector out of a graph and writes one down only with its vectors. Removed ones stay ways, a filter keeps
//! them from being answers, and what is saved are the links. An index has each vector twice, for where few vectors pass a
//! filter all that do are looked at ([`helios_vector_flat::GraphIndex`](https://docs.rs/helios-vector-flat)).

#[cfg(feature = "system")]
mod bridge;
#[cfg(feature = "system")]
mod index;
#[cfg(feature = "system")]
mod kind;

#[cfg(feature = "system")]
pub use index::{Faiss, faiss};
#[cfg(feature = "system")]
pub use kind::FaissKind;
