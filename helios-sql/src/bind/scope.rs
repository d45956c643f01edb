//! Scopes: which names can be seen, and which column each means.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::{Binder, Typed};
use crate::ast::{ColumnName, Expression};
use crate::catalog::is_rowid_name;
use crate::plan::{AggregateCall, ColumnId, Expr};

/// What one SELECT sees, without what the queries around it see.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
    /// Columns that USING has made one of: the name and what it means.
    pub(super) merged: Vec<(Arc<str>, Typed)>,
    /// Aliases of result columns, which are seen where no column has the name.
    pub(super) aliases: Vec<(String, Expression)>,
    /// Aggregates found so far, where aggregates may stand.
    pub(super) aggregates: Vec<(ColumnId, AggregateCall)>,
    /// Whether aggregates may stand here.
    pub(super) place: AggregatePlace,
    /// Whether its names are out of sight: a common table does not see the query that reads it.
    pub(super) is_hidden: bool,
    /// Whether this is the border of a query inside an expression: what comes from outside goes through a slot here.
    pub(super) is_border: bool,
    /// What crosses the border: slot and expression out there.
    pub(super) outer: Vec<(usize, Expr)>,
}

/// Whether aggregates may stand where an expression does; if not, what the message says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AggregatePlace {
    /// They may.
    Allowed,
    /// Not here, as in the arguments of another aggregate.
    #[default]
    Forbidden,
    /// Not in this clause of a query that has aggregates elsewhere, or could.
    WrongClause,
    /// Not in GROUP BY.
    GroupBy,
}

/// One thing that FROM names.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// The alias, or the name.
    pub(super) name: String,
    /// Its columns.
    pub(super) columns: Vec<SourceColumn>,
    /// The rowid, if it has one.
    pub(super) rowid: Option<ColumnId>,
}

/// A column that a source has.
#[derive(Clone, Debug)]
pub(super) struct SourceColumn {
    pub(super) name: Arc<str>,
    pub(super) id: ColumnId,
    /// Part of a merged column: `*` and names without a table pass it over.
    pub(super) merged: bool,
}

impl Source {
    /// Whether a name with its table could mean a column of this source as well as that of another.
    pub(super) fn is_same(&self, other: &Source, column: &SourceColumn) -> bool {
        !self.name.is_empty()
            && self.name.eq_ignore_ascii_case(&other.name)
            && self.rowid.is_some() == other.rowid.is_some()
            && self.column(&column.name).is_some()
    }

    /// What its columns are called by in messages.
    pub(super) fn place(&self) -> String {
        // Only tables have a rowid, and a schema.
        if self.rowid.is_some() { format!("main.{}", self.name) } else { self.name.clone() }
    }

    pub(super) fn column(&self, name: &str) -> Option<&SourceColumn> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }
}

impl Binder<'_> {
    /// What a name means.
    pub(super) fn bind_name(&mut self, name: &ColumnName) -> Result<Typed> {
        if let Some(level) = self.scopes.len().checked_sub(1)
            && let Some(found) = self.resolve(level, name)?
        {
            return Ok(found);
        }
        if name.table.is_none() {
            if name.column.eq_ignore_ascii_case("true") && !name.double_quoted {
                return Ok(Typed::plain(Expr::Constant(1.into())));
            }
            if name.column.eq_ignore_ascii_case("false") && !name.double_quoted {
                return Ok(Typed::plain(Expr::Constant(0.into())));
            }
            if name.double_quoted {
                return Ok(Typed::plain(Expr::Constant(name.column.as_str().into())));
            }
        }
        Err(Error::sql(format!("no such column: {}", written(name))))
    }

    /// What a name means at a level of the scopes, or outside of it.
    fn resolve(&mut self, level: usize, name: &ColumnName) -> Result<Option<Typed>> {
        let is_hidden = self.scopes[level].is_hidden;
        if !is_hidden && let Some(found) = self.resolve_here(level, name)? {
            return Ok(Some(found));
        }
        if name.table.is_none() && !is_hidden {
            let alias =
                self.scopes[level].aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(&name.column));
            if let Some((_, expression)) = alias
                && level + 1 == self.scopes.len()
            {
                let expression = expression.clone();
                // An alias means what stands before AS, where aliases are not seen.
                let aliases = std::mem::take(&mut self.scopes[level].aliases);
                let bound = self.bind(&expression);
                self.scopes[level].aliases = aliases;
                return bound.map(Some);
            }
        }
        let Some(outside) = level.checked_sub(1) else {
            return Ok(None);
        };
        let Some(found) = self.resolve(outside, name)? else {
            return Ok(None);
        };
        Ok(Some(self.take_from_outside(level, found)))
    }

    /// Hands a value of what is around `level` in: through a slot, if a border lies between.
    fn take_from_outside(&mut self, level: usize, value: Typed) -> Typed {
        if !self.scopes[level].is_border || matches!(value.expr, Expr::Constant(_)) {
            return value;
        }
        let known =
            self.scopes[level].outer.iter().find(|(_, expr)| *expr == value.expr).map(|(slot, _)| *slot);
        let slot = known.unwrap_or_else(|| {
            self.slots.push(value.clone());
            self.scopes[level].outer.push((self.slots.len() - 1, value.expr.clone()));
            self.slots.len() - 1
        });
        Typed { expr: Expr::Outer(slot), ..value }
    }

    fn resolve_here(&self, level: usize, name: &ColumnName) -> Result<Option<Typed>> {
        let scope = &self.scopes[level];
        if name.table.is_none()
            && let Some((_, merged)) =
                scope.merged.iter().find(|(merged, _)| merged.eq_ignore_ascii_case(&name.column))
        {
            return Ok(Some(merged.clone()));
        }
        if name.schema.as_ref().is_some_and(|schema| !schema.eq_ignore_ascii_case("main")) {
            return Ok(None);
        }
        let mut found = None;
        let mut sources = Vec::new();
        for source in &scope.sources {
            if name.table.as_ref().is_some_and(|table| !table_matches(&source.name, table)) {
                continue;
            }
            sources.push(source);
            let Some(column) = source.column(&name.column) else { continue };
            if column.merged && name.table.is_none() {
                continue;
            }
            if found.is_some() {
                return Err(Error::sql(format!("ambiguous column name: {}", written(name))));
            }
            found = Some(column.id);
        }
        if found.is_none() && is_rowid_name(&name.column) {
            let rowids: Vec<ColumnId> = sources.iter().filter_map(|source| source.rowid).collect();
            match rowids[..] {
                [] => {}
                [rowid] => found = Some(rowid),
                _ => return Err(Error::sql(format!("ambiguous column name: {}", written(name)))),
            }
        }
        Ok(found.map(|id| self.column_expression(id)))
    }
}

fn table_matches(source: &str, written: &str) -> bool {
    source.eq_ignore_ascii_case(written)
        || (source.eq_ignore_ascii_case("sqlite_schema") && written.eq_ignore_ascii_case("sqlite_master"))
        || (source.eq_ignore_ascii_case("sqlite_master") && written.eq_ignore_ascii_case("sqlite_schema"))
}

/// A name as it was written, for messages.
fn written(name: &ColumnName) -> String {
    let parts = name.schema.iter().chain(&name.table).chain([&name.column]);
    parts.cloned().collect::<Vec<_>>().join(".")
}
