//! One row of a table that is in memory: its constraints, what is computed from it, and RETURNING.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::Binder;
use super::expression::misplaced_raise;
use super::scope::{Scope, Source, SourceColumn};
use crate::ast::{Expression, ResultColumn};
use crate::catalog::{Table, generated_order};
use crate::plan::{ColumnId, ColumnInfo, Expr, Origin};

/// Expressions over one row of a table.
#[derive(Debug, Default)]
pub struct RowChecks {
    /// The row's columns: those of the table, and the rowid.
    pub columns: Vec<ColumnId>,
    /// CHECK constraints: what a message calls them, and what has to hold.
    pub checks: Vec<(String, Expr)>,
    /// Whether there are any, even if they have to hold already.
    pub has_checks: bool,
    /// Generated columns, each after those that it mentions: position and value.
    pub generated: Vec<(usize, Expr)>,
    /// Expressions that indexes mention, by number.
    pub expressions: Vec<Expr>,
    /// RETURNING.
    pub returning: Vec<ReturningColumn>,
    /// The numbers of the queries in RETURNING.
    pub returning_queries: std::ops::Range<usize>,
    /// The defaults of columns that must not be NULL.
    pub defaults: Vec<(usize, Expr)>,
}

/// What is done to rows of a table.
#[derive(Clone, Copy, Debug)]
pub enum Event<'e> {
    /// They come; the flag tells whether with rowids.
    Insert(bool),
    /// They go.
    Delete,
    /// Columns at these positions are assigned; the rowid has that of a row in memory.
    Update(&'e [usize]),
}

/// A column of RETURNING.
#[derive(Debug)]
pub struct ReturningColumn {
    /// Its name.
    pub name: Arc<str>,
    /// Its value over the row.
    pub expr: Expr,
    /// What else is known of it.
    pub info: ColumnInfo,
}

impl RowChecks {
    /// Keeps the CHECK constraints that look at a column that an UPDATE changes. The others hold as they did before.
    pub(super) fn keep_checks_of(&mut self, table: &Table, assigned: &[usize], assigns_rowid: bool) {
        let rowid = table.columns.len();
        let mut is_changed: Vec<bool> = (0..=rowid).map(|position| assigned.contains(&position)).collect();
        if assigns_rowid {
            is_changed[rowid] = true;
            table.rowid_column.into_iter().for_each(|position| is_changed[position] = true);
        }
        let columns = &self.columns;
        let looks_at_change = |expr: &Expr, is_changed: &[bool]| {
            let mut found = false;
            expr.for_each_column(&mut |id| {
                found |= columns
                    .iter()
                    .position(|known| *known == id)
                    .is_some_and(|position| is_changed[position]);
            });
            found
        };
        for (position, expr) in &self.generated {
            is_changed[*position] = looks_at_change(expr, &is_changed);
        }
        self.checks.retain(|(_, check)| looks_at_change(check, &is_changed));
    }

    /// An error if RAISE stands in a CHECK constraint that a statement outside of triggers looks at.
    ///
    /// # Errors
    /// It does.
    pub fn check_raise(&self) -> Result<()> {
        let raises = |check: &Expr| check.any(&mut |part| matches!(part, Expr::Raise(..)));
        if self.checks.iter().any(|(_, check)| raises(check)) { Err(misplaced_raise()) } else { Ok(()) }
    }
}

impl Binder<'_> {
    /// Binds everything that a table says about a row.
    ///
    /// # Errors
    /// A name means nothing, or something is said that cannot be.
    pub fn bind_row(mut self, table: &Arc<Table>) -> Result<RowChecks> {
        for column in &table.columns {
            self.default_of(column.default.as_ref().map(|(default, _)| default))?;
        }
        self.row_checks(table, (&[], None), true)
    }

    /// Binds the condition of a partial index.
    ///
    /// # Errors
    /// As [`Binder::bind_row`].
    pub fn bind_partial(mut self, table: &Table, filter: &Expression) -> Result<()> {
        let (source, _) = self.row_source(table, &table.name);
        self.scopes.push(Scope { sources: vec![source], ..Scope::default() });
        self.bind_in("partial index WHERE clauses", filter).map(drop)
    }

    /// A scope of one row of a table that is in memory.
    pub(super) fn row_source(&mut self, table: &Table, name: &str) -> (Source, Vec<ColumnId>) {
        let mut ids = Vec::with_capacity(table.columns.len() + 1);
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let id = self.new_column(self.column_info(column));
            ids.push(id);
            columns.push(SourceColumn { name: column.name.clone(), id, merged: false, hidden: false });
        }
        let rowid = self.new_column(self.rowid_info(table));
        ids.push(rowid);
        let source = Source {
            name: name.to_owned(),
            is_alias: false,
            table: Some(table.name.as_str().into()),
            schema: Some(self.schema_name(table.slot)),
            columns,
            rowid: table.has_rowid().then_some(rowid),
        };
        self.note_readable(&source, &table.name, &self.schema_name(table.slot));
        (source, ids)
    }

    /// What has to hold of a row, what is computed from it, and RETURNING.
    pub(super) fn row_checks(
        &mut self,
        table: &Arc<Table>,
        (returning, alias): (&[ResultColumn], Option<&str>),
        with_checks: bool,
    ) -> Result<RowChecks> {
        if says_nothing_of_rows(table) && returning.is_empty() {
            let columns = table.columns.iter().map(|column| self.column_info(column));
            let columns: Vec<ColumnInfo> = columns.chain([self.rowid_info(table)]).collect();
            let columns = columns.into_iter().map(|info| self.new_column(info)).collect();
            let defaults = if with_checks { self.defaults_of_wanted(table)? } else { Vec::new() };
            return Ok(RowChecks { columns, defaults, ..RowChecks::default() });
        }
        let (source, columns) = self.row_source(table, &table.name);
        for (position, id) in columns.iter().take(table.columns.len()).enumerate() {
            self.columns[id.0 as usize].origin = Some(Origin { table: table.clone(), position });
        }
        self.scopes.push(Scope { sources: vec![source], ..Scope::default() });
        let mut checks = Vec::new();
        if with_checks {
            for check in &table.checks {
                let expr = self.bind_in("CHECK constraints", &check.expression)?;
                checks.push((check.label.clone(), expr));
            }
        }
        let mut generated = Vec::new();
        let level = self.scopes.len() - 1;
        let rowid = self.scopes[level].sources[0].rowid.take();
        for position in generated_order(table)? {
            if let Some(column) = &table.columns[position].generated {
                generated.push((position, self.bind_in("generated columns", &column.expression)?));
            }
        }
        self.scopes[level].sources[0].rowid = rowid;
        let mut expressions = Vec::with_capacity(table.expressions.len());
        for expression in &table.expressions {
            expressions.push(self.bind_in("index expressions", expression)?);
        }
        if table.module.is_some() && !returning.is_empty() {
            return Err(Error::sql("RETURNING is not available for virtual tables"));
        }
        let first = self.subqueries.len();
        let level = self.scopes.len() - 1;
        self.scopes[level].sources[0].schema = None;
        // SQLite knows the table there by its own name alone.
        if let Some(alias) = alias.filter(|_| self.is_postgres()) {
            alias.clone_into(&mut self.scopes[level].sources[0].name);
        }
        let returning = self.returning(returning)?;
        let returning_queries = first..self.subqueries.len();
        self.scopes.pop();
        let defaults = if with_checks { self.defaults_of_wanted(table)? } else { Vec::new() };
        let has_checks = !checks.is_empty();
        Ok(RowChecks {
            columns,
            checks,
            has_checks,
            generated,
            expressions,
            returning,
            returning_queries,
            defaults,
        })
    }

    /// The defaults of columns that must not be NULL.
    fn defaults_of_wanted(&mut self, table: &Table) -> Result<Vec<(usize, Expr)>> {
        let mut defaults = Vec::new();
        for (position, column) in table.columns.iter().enumerate() {
            if let (Some(_), Some((default, _))) = (column.not_null, &column.default) {
                defaults.push((position, self.default_of(Some(default))?));
            }
        }
        Ok(defaults)
    }
}

/// Whether a table has nothing that is computed from a row.
fn says_nothing_of_rows(table: &Table) -> bool {
    let computes = table.columns.iter().any(|column| column.generated.is_some());
    table.checks.is_empty() && table.expressions.is_empty() && !computes && table.module.is_none()
}
