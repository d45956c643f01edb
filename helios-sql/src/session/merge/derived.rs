//! Virtual tables whose shadow tables say what others say: an index of words says what the texts say.
//!
//! In: the shadow tables that follow from the rest. Out: which of them cannot be merged row by row, for pages of two indexes
//! make none: what the source changed is taken only where its index is the target's with these changes. The others stay the
//! target's; once the rest is merged, they are told which rows the merge has changed. Where the table that they follow from
//! is not the same as before, they are made anew.

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::Result;
use helios_core::branch::Point;
use helios_core::clock::Moment;
use helios_core::versioned::Space;

use super::schema::SchemaPlan;
use super::{Merge, Session, Side};
use crate::catalog::{Catalog, Table};
use crate::module::{FollowedRow, StoredRows};

/// What is brought up to date.
#[derive(Debug, Default)]
pub(super) struct Renewed {
    /// The virtual tables.
    tables: Vec<RenewedTable>,
    /// Their shadow tables that follow from the rest.
    spaces: HashSet<Space>,
}

/// A virtual table, and the rows of the table that it follows from that the merge may change.
#[derive(Debug)]
struct RenewedTable {
    table: Arc<Table>,
    /// `None` where it has to look at all rows.
    followed: Option<Followed>,
}

/// The table that a virtual table follows from, and the keys that the source has changed in it.
#[derive(Debug)]
struct Followed {
    rows: Arc<dyn StoredRows>,
    keys: Vec<Vec<u8>>,
}

impl Renewed {
    /// Whether a table is brought up to date, and not merged.
    pub(super) fn has(&self, space: Space) -> bool {
        self.spaces.contains(&space)
    }
}

impl Merge {
    /// The virtual tables of `result` that are brought up to date.
    pub(super) fn renewed(
        &self,
        result: &Catalog,
        plan: &SchemaPlan,
        session: &mut Session,
    ) -> Result<Renewed> {
        let mut renewed = Renewed::default();
        for table in result.relations().filter(|table| table.module.is_some()) {
            let derived = session.derived_shadows_of(table)?;
            let shadows: Vec<&Arc<Table>> = derived.iter().filter_map(|name| result.table(name)).collect();
            let mut is_apart = false;
            for shadow in &shadows {
                is_apart |= self.is_apart(shadow, plan)?;
            }
            if is_apart {
                let followed = self.followed(table, result, plan, session)?;
                renewed.tables.push(RenewedTable { table: table.clone(), followed });
                renewed.spaces.extend(shadows.iter().map(|shadow| shadow.space));
            }
        }
        Ok(renewed)
    }

    /// Whether the source has changed an index that is not the target's with its changes. It is, if the index of the target is
    /// that of the merge base, and the source goes on from there. Each change of an index writes the row that describes it, so
    /// all of it is as it was if this row is: by its commit, for another index may have the same description.
    fn is_apart(&self, target: &Table, plan: &SchemaPlan) -> Result<bool> {
        let Some(theirs) = self.theirs.catalog.table(&target.name) else { return Ok(false) };
        let keys = self.keys_of(theirs, target, plan)?;
        if !keys.is_empty() && !self.source_goes_on_from_base() {
            return Ok(true);
        }
        for key in keys {
            if self.base.written(target.space, &key)? != self.ours.written(target.space, &key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the merge base is a state that the source was in. Otherwise it has taken in the base by a merge, which left its
    /// indexes its own.
    fn source_goes_on_from_base(&self) -> bool {
        let base = self.plan.base;
        let mut at = self.plan.source;
        while at.branch != base.branch {
            let Some(fork) = self.state.ancestor(at.branch).and_then(|record| record.parent) else {
                return false;
            };
            at = Point { branch: fork.parent, moment: fork.moment };
        }
        base.moment <= at.moment
    }
}

impl Side {
    /// The commit that wrote what the state has of a key.
    fn written(&self, space: Space, key: &[u8]) -> Result<Option<Moment>> {
        let mut found = None;
        self.view.get(space, key, &mut |version| found = Some(version.begin))?;
        Ok(found)
    }
}

impl Merge {
    /// The table that a virtual table follows from, and the keys that the source has changed in it.
    fn followed(
        &self,
        table: &Table,
        result: &Catalog,
        plan: &SchemaPlan,
        session: &mut Session,
    ) -> Result<Option<Followed>> {
        let Some(followed) = session.followed_by(table)? else { return Ok(None) };
        let Some(target) = result.table(followed.name()) else { return Ok(None) };
        let ours = self.ours.catalog.table(&target.name).filter(|ours| ours.space == target.space);
        let columns = |table: &Table| {
            let names = table.columns.iter().map(|column| column.name.to_string());
            (names.collect::<Vec<_>>(), table.layouts.column_ids(table.columns.len()))
        };
        let is_same = ours.is_some_and(|ours| columns(ours) == columns(target))
            && self.ours.catalog.relation(&table.name).is_some_and(|ours| ours.module == table.module);
        if !is_same {
            return Ok(None);
        }
        // A table that the source does not have has no rows that it changed.
        let keys = match self.theirs.catalog.table(&target.name) {
            Some(theirs) => self.keys_of(theirs, target, plan)?,
            None => Vec::new(),
        };
        Ok(Some(Followed { rows: followed, keys }))
    }

    /// Tells virtual tables of what was merged.
    pub(super) fn renew(&self, renewed: Renewed, session: &mut Session) -> Result<()> {
        for RenewedTable { table, followed } in renewed.tables {
            let Some(Followed { rows, keys }) = followed else {
                session.renew_virtual(&table)?;
                continue;
            };
            let (reader, _) = session.current_reader()?;
            let mut changes = Vec::new();
            for key in keys {
                let old = self.ours.get(rows.space(), &key)?;
                let old = old.map(|payload| rows.values(&key, &payload)).transpose()?;
                let new = rows.get(&reader, &key)?;
                if old != new {
                    changes.push(FollowedRow { rowid: rows.rowid(&key)?, old, new });
                }
            }
            session.follow_virtual(&table, changes)?;
        }
        Ok(())
    }
}
