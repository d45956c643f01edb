//! The storage driver `sled`: a folder, one process, by the crate `sled`.
//!
//! In: batches. Out: snapshots. sled has no snapshots, and what it calls a flush does not reach the disk's plates; this
//! crate adds both:
//!
//! - [`key`]: keys as sled finds them again.
//! - [`undo`]: what commits have replaced, as long as a snapshot may ask for it, so that a snapshot is the tree with the
//!   later changes taken back.
//! - [`store`]: one tree is the whole store, a batch of sled is a commit. Reads and the moment in which a batch is applied
//!   exclude each other, because sled shows batches in part.
//! - [`snapshot`]: cursors that read the tree in pieces.
//! - [`count`]: how many commits there are, so that those are missed that damage takes away.
//! - [`sync`]: what makes a commit survive a power cut.
//! - [`folder`]: what stands at a path before sled is let at it.
//! - [`error`]: errors and panics of sled as errors.

mod count;
mod error;
mod folder;
mod key;
mod options;
mod snapshot;
mod store;
mod sync;
mod undo;

pub use helios_core::storage::Durability;
pub use options::{Mode, Options};
pub use store::SledStorage;
