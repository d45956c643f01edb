//! Automatic rowids of tables that several branches have, or that count as a sequence does, and of transactions that run
//! side by side: one allocator gives them all.
//!
//! In: a table of a branch. Out: a rowid that no branch has, and no transaction beside this one; or none if the table lives on
//! this branch alone and the transaction is not a concurrent one: then its rowids are SQLite's. Once the allocator has given
//! rowids of a table of several branches, or a definition has said that the table counts, it gives all of them.

use std::collections::HashMap;
use std::sync::Arc;

use helios_core::Result;
use helios_core::clock::Moment;
use helios_core::transaction::Reader;
use helios_core::versioned::{BranchId, Space};
use parking_lot::Mutex;

use super::Session;
use super::numbers::SessionNumbers;
use crate::database::Database;
use crate::write::{ConcurrentRowids, SharedRowids};

/// Among more branches nobody looks for a table: it is taken for one that others have.
const MOST_BRANCHES: usize = 32;

/// The allocators, for the statements of one branch.
#[derive(Debug)]
pub(super) struct Allocators {
    /// Where there are several branches, or tables that count.
    branches: Option<BranchRowids>,
    /// In a concurrent transaction: those of such transactions, and the branch.
    concurrent: Option<(Arc<ConcurrentRowids>, BranchId)>,
}

impl Session {
    /// What has to be asked for rowids in the open transaction, if SQLite's rule is not enough.
    pub(super) fn rowid_allocators(&self) -> Result<Option<Arc<dyn SharedRowids>>> {
        let present = self.database.engine().present()?;
        let counts = present.state().is_branched() || present.state().reserves_rowids();
        let branches = counts.then(|| BranchRowids::new(self));
        let concurrent = self.concurrent_rowids.clone().map(|rowids| (rowids, self.branch));
        let is_needed = branches.is_some() || concurrent.is_some();
        Ok(is_needed.then(|| -> Arc<dyn SharedRowids> { Arc::new(Allocators { branches, concurrent }) }))
    }
}

impl SharedRowids for Allocators {
    fn reserve(&self, space: Space, above: i64) -> Result<Option<i64>> {
        let of_branches =
            self.branches.as_ref().map_or(Ok(None), |branches| branches.reserve(space, above))?;
        let concurrent =
            || self.concurrent.as_ref().and_then(|(rowids, branch)| rowids.reserve(*branch, space, above));
        Ok(of_branches.or_else(concurrent))
    }
}

/// The allocator of branches.
#[derive(Debug)]
struct BranchRowids {
    database: Arc<Database>,
    branch: BranchId,
    /// What the session was given.
    numbers: Arc<Mutex<SessionNumbers>>,
    /// Whether tables that were asked about live on other branches, too.
    known: Mutex<HashMap<Space, bool>>,
}

impl BranchRowids {
    fn new(session: &Session) -> BranchRowids {
        let (database, numbers) = (session.database.clone(), session.numbers.clone());
        BranchRowids { database, branch: session.branch, numbers, known: Mutex::default() }
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

impl BranchRowids {
    fn reserve(&self, space: Space, above: i64) -> Result<Option<i64>> {
        let mut known = self.known.lock();
        let is_shared = match known.get(&space) {
            Some(known) => *known,
            None => *known.entry(space).or_insert(self.is_shared(space)?),
        };
        if !is_shared {
            return Ok(None);
        }
        let rowid = self.database.engine().reserve_rowid(space, above)?;
        if let Some(rowid) = rowid {
            self.numbers.lock().note(space, rowid);
        }
        Ok(rowid)
    }
}
