//! Rows and index entries as keys and payloads.
//!
//! ```text
//! row          key: rowid                       payload: record of all columns
//!              key: primary key (WITHOUT ROWID) payload: record of all columns
//! index entry  key: columns, row's key          payload: none
//!              key: columns (unique, no NULL)   payload: row's key
//! ```
//! NULL stands in a record in place of the rowid under another name and of virtual columns. A partial index has no entry
//! for rows that do not meet its condition.
//!
//! So two rows with the same unique values have the same key, and a conflict between two commits is found by the keys
//! that they write. A column of an index is written with its collation and its direction.

mod decode;
mod entry;
mod range;
mod row_id;
mod sample;
mod stored;

pub use decode::RowDecoder;
pub use entry::{entry_row_key, write_entry};
pub use range::{BoundValues, Keys, index_ranges, rowid_of_value, rowid_range};
pub use row_id::RowId;
pub use sample::{Agreeing, Samples, agreeing, different};
pub use stored::stored_rows;
