//! The storage driver `redb`: one file, many readers, one writer at a time, by the crate `redb`.
//!
//! In: batches. Out: redb's own snapshots. The whole store is one redb table of byte strings; this crate adds what the
//! contract asks for beyond it:
//!
//! - [`store`]: a failed disk makes the driver reopen and recover before anything else happens.
//! - [`apply`]: batches written with redb's append cursor where keys come in runs; [`rewrite`](mod@rewrite): where they lie
//!   close together.
//! - [`handle`]: files of many processes are opened for reading, and for writing with the first commit.
//! - [`side_file`]: a small file beside the database, there while it is open, through which processes see each other's
//!   commits in nanoseconds and take turns. The last process to close removes it.
//! - [`create`]: new files, which are there as a whole or not at all.
//! - [`guard`]: what redb panics over is damage, and an error.
//! - [`sealed`]: pages that are sealed on their way to the file; [`vault`]: the keys of a store and how they change.
//! - [`verify`](mod@verify): whether a file is as redb has written it.
//! - [`recognise`]: what a file is before redb is let at it.

mod apply;
mod create;
mod error;
mod guard;
mod handle;
mod options;
mod pairs;
mod recognise;
mod replace;
mod rewrite;
mod sealed;
mod side_file;
mod snapshot;
mod source;
mod store;
mod vault;
mod verify;

pub use helios_core::storage::Durability;
pub use options::{Options, Processes};
pub use source::Encryption;
pub use store::RedbStorage;
pub use verify::verify;
