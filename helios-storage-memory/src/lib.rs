//! The storage driver `memory`: a map that lives as long as the process.
//!
//! In: batches. Out: snapshots that share structure with the newest state ([`tree`]), so taking one costs a reference
//! count and a commit copies only what it changes, and only where a snapshot still shows it.

mod leaf;
mod node;
mod storage;
mod tree;

pub use storage::MemoryStorage;
