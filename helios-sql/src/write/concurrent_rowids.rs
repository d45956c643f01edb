//! Automatic rowids of transactions that run side by side.
//!
//! In: the highest rowid that a transaction sees. Out: one above it that no other of these transactions was given. Without
//! this, any two that insert would both take the next rowid, and the second to commit would have to be tried again.
//!
//! Each concurrent transaction holds the allocator from its beginning to its end. What it knows goes with the last of
//! them: so rowids that were given to transactions that were undone come again, as in SQLite, when nobody is under way.

use std::collections::HashMap;

use helios_core::versioned::{BranchId, Space};
use parking_lot::Mutex;

/// The highest rowids that were given.
#[derive(Debug, Default)]
pub struct ConcurrentRowids {
    given: Mutex<HashMap<(BranchId, Space), i64>>,
}

impl ConcurrentRowids {
    /// A rowid above `above` for a new row of a table; `None` if there is none.
    pub fn reserve(&self, branch: BranchId, space: Space, above: i64) -> Option<i64> {
        let mut given = self.given.lock();
        let highest = given.entry((branch, space)).or_insert(above);
        let rowid = above.max(*highest).checked_add(1)?;
        *highest = rowid;
        Some(rowid)
    }
}
