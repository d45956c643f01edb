//! Queries in FROM that see what is on their left (`LATERAL`): they are run for each row of it.

use helios_core::{Error, Result};

use super::Binder;
use super::from::Part;
use super::scope::Scope;
use crate::ast::{self, Select};
use crate::plan::{JoinKind, JoinMethod, Plan};

impl Binder<'_> {
    /// Joins a query to the left side that it sees.
    pub(super) fn lateral_join(
        &mut self,
        mut left: Part,
        select: &Select,
        alias: Option<&str>,
        join: &ast::Join,
    ) -> Result<Part> {
        let level = self.scopes.len() - 1;
        // Aliases of result columns are no columns of the left side.
        let aliases = std::mem::take(&mut self.scopes[level].aliases);
        self.scopes[level].sources = std::mem::take(&mut left.sources);
        self.scopes[level].merged = std::mem::take(&mut left.merged);
        self.scopes.push(Scope { is_boundary: true, ..Scope::default() });
        let right = self.query_source(select, alias);
        let outer = self.scopes.pop().unwrap_or_default().outer;
        left.sources = std::mem::take(&mut self.scopes[level].sources);
        left.merged = std::mem::take(&mut self.scopes[level].merged);
        self.scopes[level].aliases = aliases;
        let mut part = self.join(left, right?, join, false)?;
        if let (Plan::Join(join), false) = (&mut part.plan, outer.is_empty()) {
            join.kind = match join.kind {
                JoinKind::Inner { .. } => JoinKind::Inner { fixed: true },
                JoinKind::Left => JoinKind::Left,
                JoinKind::Right | JoinKind::Full => {
                    return Err(Error::sql(
                        "invalid reference to FROM-clause entry: LATERAL takes INNER or LEFT joins",
                    ));
                }
            };
            join.method = JoinMethod::Lookup { outer };
        }
        Ok(part)
    }
}
