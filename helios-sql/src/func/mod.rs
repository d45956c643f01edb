//! Functions of SQL.
//!
//! In: argument values. Out: a value, exactly SQLite's. One file per family; each file ends in a table of its
//! functions, and [`scalar`] looks through all of them. A function sees nothing of plans, tables or sessions but what
//! its [`CallContext`] shows.

use helios_core::clock::{Entropy, Moment};
use helios_core::value::Collation;
use helios_core::{Result, Value, ValueRef};

/// What a function may know about the statement that calls it.
#[derive(Clone, Copy, Debug)]
pub struct CallContext<'a> {
    /// The time of the statement: the same for every row.
    pub now: Moment,
    /// Where random numbers come from.
    pub entropy: &'a dyn Entropy,
    /// How the call compares texts (`min`, `max`, `nullif`), from its arguments.
    pub collation: Collation,
    /// What `changes()` gives.
    pub changes: i64,
    /// What `total_changes()` gives.
    pub total_changes: i64,
    /// What `last_insert_rowid()` gives.
    pub last_insert_rowid: i64,
}

/// A scalar function.
#[derive(Clone, Copy, Debug)]
pub struct Scalar {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The fewest arguments.
    pub least: usize,
    /// The most arguments.
    pub most: usize,
    /// Whether the same arguments always give the same value, so that a call on constants can be folded.
    pub deterministic: bool,
    /// The function.
    pub call: fn(&CallContext<'_>, &[ValueRef<'_>]) -> Result<Value>,
}
