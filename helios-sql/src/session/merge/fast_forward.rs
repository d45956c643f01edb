//! A merge into a branch that has nothing of its own: every key that differs is copied, entries of indexes and rows of
//! the schema included. What holds on the source holds on the target afterwards.

use std::collections::HashSet;

use helios_core::versioned::Space;
use helios_core::{Error, ErrorKind, Result};

use super::{Merge, Side};
use crate::session::Session;

fn spaces(side: &Side) -> HashSet<Space> {
    side.schema.iter().map(|(_, row)| row.space).filter(|space| *space != Space(0)).collect()
}

impl Merge {
    pub(super) fn fast_forward(&mut self, session: &mut Session) -> Result<()> {
        let Some(transaction) = &session.transaction else {
            return Err(Error::new(ErrorKind::Internal, "a merge without a transaction"));
        };
        let (ours, theirs) = (spaces(&self.ours), spaces(&self.theirs));
        let tables: HashSet<Space> = self.theirs.catalog.tables().map(|table| table.space).collect();
        let mut writes = transaction.writes();
        for space in ours.difference(&theirs) {
            writes.drop_space(*space);
        }
        for (&space, keys) in &self.keys {
            if !space.is_catalog() && !theirs.contains(&space) {
                continue;
            }
            for key in keys {
                let (old, new) = (self.ours.get(space, key)?, self.theirs.get(space, key)?);
                if old == new {
                    continue;
                }
                match &new {
                    Some(payload) => writes.put(space, key, |out| out.extend_from_slice(payload)),
                    None => writes.delete(space, key),
                }
                if space == Space::SCHEMA {
                    self.report.schema_changes += 1;
                } else if tables.contains(&space) {
                    self.report.count(old.is_some(), new.is_some());
                }
            }
        }
        drop(writes);
        self.merge_versioning(session, theirs.into_iter());
        Ok(())
    }
}
