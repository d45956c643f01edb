//! Rows and index entries as keys and payloads.
//!
//! ```text
//! row          key: rowid                     payload: record of all columns, NULL in place of the rowid's
//! index entry  key: columns, rowid            payload: none
//!              key: columns (unique, no NULL) payload: rowid
//! ```
//! So two rows with the same unique values have the same key, and a conflict between two commits is found by the keys
//! that they write. A column of an index is written with its collation and its direction.

mod entry;
mod range;

pub use entry::{entry_rowid, write_entry};
pub use range::{BoundValues, IndexRange, index_range, rowid_of_value, rowid_range};
