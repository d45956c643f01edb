//! What statements may keep in memory, and what they put into temporary files beyond it.
//!
//! In: rows, as chunks, and keys, as bytes whose order is the order asked for. Out: the same, from memory or from disk;
//! nobody can tell from an answer where it lay. Operators that collect rows are made of these:
//!
//! | | takes | gives |
//! |---|---|---|
//! | [`ChunkList`] | chunks | the chunk at a position |
//! | [`RowQueue`] | chunks | them again, once each, in their order |
//! | [`PriorityQueue`] | rows with keys | the least of those that are there |
//! | [`Sorter`] | rows with keys | the rows in the order of their keys, equal ones as they came |
//! | [`SortedStore`] | rows in the order of their keys | the rows with a key |
//! | [`KeySet`] | keys | whether a key is new |
//! | [`StreamWriter`] | rows | a [`Stream`] of them on disk |
//!
//! - Each collection has an [`Account`] with the [`Memory`] of its database and tells it after each batch how much it
//!   holds. Where the answer is that this does not fit, the collection writes what it holds to a file and lets it go.
//! - Files have no names: nobody else can open them, and they go with the process, however that ends.
//! - All bytes pass through [`mod@file`], block by block.
//! - A full disk is an error of kind `Full`; the statement fails, and nothing that was stored is touched.

mod codec;
mod file;
mod filter;
mod last;
mod list;
mod memory;
mod merge;
mod order;
mod priority;
mod queue;
mod set;
mod sorter;
mod store;
mod stream;

pub use last::{LastOfEqual, key_of};
pub use list::ChunkList;
pub use memory::{Account, Memory, Workspace};
pub use merge::Merge;
pub use priority::PriorityQueue;
pub use queue::RowQueue;
pub use set::KeySet;
pub use sorter::{Sorted, Sorter};
pub use store::SortedStore;
pub use stream::{Stream, StreamFile, StreamReader, StreamWriter};
