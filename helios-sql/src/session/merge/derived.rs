//! Virtual tables whose shadow tables say what others say: an index of words says what the texts say.
//!
//! In: the shadow tables that follow from the rest. Out: which of them both branches changed. Those are not merged row by
//! row, for pages of two indexes make none; once the rest is merged, they are made anew from that.

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::Result;
use helios_core::versioned::Space;

use super::schema::SchemaPlan;
use super::{Merge, Session};
use crate::catalog::{Catalog, Table};

/// What is made anew.
#[derive(Debug, Default)]
pub(super) struct Renewed {
    /// The virtual tables.
    tables: Vec<Arc<Table>>,
    /// Their shadow tables that follow from the rest.
    spaces: HashSet<Space>,
}

impl Renewed {
    /// Whether a table is made anew, and not merged.
    pub(super) fn has(&self, space: Space) -> bool {
        self.spaces.contains(&space)
    }
}

impl Merge {
    /// The virtual tables of `result` that are made anew.
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
            let mut is_changed_twice = false;
            for shadow in &shadows {
                is_changed_twice |= self.is_changed_twice(shadow, plan)?;
            }
            if is_changed_twice {
                renewed.tables.push(table.clone());
                renewed.spaces.extend(shadows.iter().map(|shadow| shadow.space));
            }
        }
        Ok(renewed)
    }

    /// Whether the target has changed some row that the source has changed. Each change of an index changes the row that
    /// describes it.
    fn is_changed_twice(&self, target: &Table, plan: &SchemaPlan) -> Result<bool> {
        let Some(theirs) = self.theirs.catalog.table(&target.name) else { return Ok(false) };
        for key in self.keys_of(theirs, target, plan)? {
            if self.base.get(target.space, &key)? != self.ours.get(target.space, &key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Session {
    /// Makes virtual tables anew from what was merged.
    pub(super) fn renew(&mut self, renewed: &Renewed) -> Result<()> {
        renewed.tables.iter().try_for_each(|table| self.renew_virtual(table))
    }
}
