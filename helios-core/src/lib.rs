//! The kernel of helios.
//!
//! Everything that does not know SQL and does not know a driver: values and their bytes, the contract of a storage
//! driver, versions, branches, transactions. The modules form one line; each uses only those before it:
//!
//! ```text
//! error, clock      how things fail; where time and chance come from
//! process           what belongs to one process, although `fork` copies it
//! value             SQLite's five classes, their order, affinities, text forms
//! encoding          values, keys and rows as bytes
//! storage           the contract of a driver: an ordered map with snapshots and atomic batches
//! cipher            the contract of a cipher; keys, and who keeps them
//! vector            the contract of an index of vectors
//! versioned         every key has versions: the present, the history, views of a moment
//! branch            every version lives on a branch: records, views through a parent, the store
//! transaction       write sets, turns, the commit queue, validation
//! ```
//!
//! Invariants: storage never sees a value; nothing below `transaction` waits for another writer; no module reads a
//! clock or makes a random number of its own.

pub mod branch;
pub mod cipher;
pub mod clock;
pub mod encoding;
pub mod error;
pub mod process;
pub mod storage;
pub mod transaction;
pub mod value;
pub mod vector;
pub mod versioned;

pub use error::{Broken, BrokenRule, Constraint, Error, ErrorKind, Result};
pub use value::{Value, ValueRef};
