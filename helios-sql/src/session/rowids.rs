//! Automatic rowids of tables that several branches have: one allocator gives them all.
//!
//! In: a table of a branch. Out: a rowid that no branch has, or none if the table lives on this branch alone; then its
//! rowids are SQLite's. Once the allocator has given rowids of a table, it gives all of them.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::Result;
use helios_core::clock::Moment;
use helios_core::transaction::Reader;
use helios_core::versioned::{BranchId, Space};
use parking_lot::Mutex;

use crate::database::Database;
use crate::write::SharedRowids;

/// Among more branches nobody looks for a table: it is taken for one that others have.
const MOST_BRANCHES: usize = 32;

/// The allocator, for the statements of one branch.
#[derive(Debug)]
pub(super) struct BranchRowids {
    database: Arc<Database>,
    branch: BranchId,
    /// Whether tables that were asked about live on other branches, too.
    known: Mutex<HashMap<Space, bool>>,
}

impl BranchRowids {
    pub(super) fn new(database: Arc<Database>, branch: BranchId) -> BranchRowids {
        BranchRowids { database, branch, known: Mutex::default() }
    }

    fn is_shared(&self, space: Space) -> Result<bool> {
        let present = self.database.engine().present()?;
        let state = present.state();
        let others: Vec<_> = state.branches().into_iter().filter(|record| record.id != self.branch).collect();
        if state.reserved_rowids(space).is_some() || others.len() > MOST_BRANCHES {
            return Ok(true);
        }
        for record in others {
            let reader = Reader::of_view(state.view(record.id, Moment::PRESENT)?);
            let catalog = self.database.catalog(record.id, record.schema, &reader)?;
            if catalog.tables().any(|table| table.space == space) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl SharedRowids for BranchRowids {
    fn reserve(&self, space: Space, above: i64) -> Result<Option<i64>> {
        let mut known = self.known.lock();
        let is_shared = match known.get(&space) {
            Some(known) => *known,
            None => *known.entry(space).or_insert(self.is_shared(space)?),
        };
        if is_shared { self.database.engine().reserve_rowid(space, above) } else { Ok(None) }
    }
}
