//! INSERT, UPDATE and DELETE: a query that gives rows, and what is to be done with each.

use std::sync::Arc;

use helios_core::value::Collation;
use helios_core::{Error, Result};

use super::from::{column_info, no_such_table, rowid_info};
use super::query::Relation;
use super::scope::{Scope, Source, SourceColumn};
use super::{Binder, Bound};
use crate::ast::{
    Assignment, ConflictClause, Delete, Expression, IndexHint, Insert, ObjectName, ResultColumn, Update,
    Upsert,
};
use crate::catalog::{Table, collation_named, is_rowid_name};
use crate::plan::{ColumnId, ColumnInfo, Expr, Plan, Query, Scan};

/// INSERT.
#[derive(Debug)]
pub struct BoundInsert {
    /// The table.
    pub table: Arc<Table>,
    /// `OR …`.
    pub on_conflict: Option<ConflictClause>,
    /// Where each column's value comes from.
    pub values: Vec<ValueSource>,
    /// The column of the source that has the rowid.
    pub rowid: Option<usize>,
    /// What has to hold of a new row, and what RETURNING shows of it.
    pub row: RowChecks,
    /// ON CONFLICT clauses, in order.
    pub upserts: Vec<UpsertAction>,
    /// The source of the rows.
    pub bound: Bound,
}

/// Where the value of a new row's column comes from.
#[derive(Clone, Debug)]
pub enum ValueSource {
    /// A column of the source.
    Source(usize),
    /// The default.
    Default(Expr),
}

/// Expressions over one row of a table.
#[derive(Debug)]
pub struct RowChecks {
    /// The row's columns: those of the table, and the rowid.
    pub columns: Vec<ColumnId>,
    /// CHECK constraints: what a message calls them, and what has to hold.
    pub checks: Vec<(String, Expr)>,
    /// RETURNING.
    pub returning: Vec<ReturningColumn>,
    /// The defaults of columns that must not be NULL.
    pub defaults: Vec<(usize, Expr)>,
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

/// One ON CONFLICT clause.
#[derive(Debug)]
pub struct UpsertAction {
    /// The constraint meant: its place among the table's indexes, or the rowid (`None`); no target means any.
    pub target: Option<Option<usize>>,
    /// DO UPDATE: the positions of the columns and their new values; `None` for DO NOTHING.
    pub assignments: Option<Vec<(usize, Expr)>>,
    /// WHERE of DO UPDATE.
    pub filter: Option<Expr>,
    /// The row that is in the way, and after it the row that was to be inserted: their columns.
    pub columns: Vec<ColumnId>,
}

/// UPDATE: the source gives the rowid, the old values of all columns and the new values of those assigned.
#[derive(Debug)]
pub struct BoundUpdate {
    /// The table.
    pub table: Arc<Table>,
    /// `OR …`.
    pub on_conflict: Option<ConflictClause>,
    /// The columns assigned, in the order of their new values in the source.
    pub assigned: Vec<usize>,
    /// Whether the rowid is assigned: its new value comes last in the source.
    pub assigns_rowid: bool,
    /// What has to hold of a changed row, and what RETURNING shows of it.
    pub row: RowChecks,
    /// The source of the rows.
    pub bound: Bound,
}

/// DELETE: the source gives the rowid and the values of all columns that an index or RETURNING needs.
#[derive(Debug)]
pub struct BoundDelete {
    /// The table.
    pub table: Arc<Table>,
    /// What RETURNING shows of a deleted row.
    pub row: RowChecks,
    /// The source of the rows.
    pub bound: Bound,
}

impl Binder<'_> {
    /// Binds INSERT.
    pub fn bind_insert(mut self, insert: &Insert) -> Result<BoundInsert> {
        self.push_common(&insert.with);
        let table = self.writable_table(&insert.table)?;
        let (positions, rowid) = insert_columns(&table, &insert.columns)?;
        let rowid = rowid.filter(|_| insert.source.is_some());
        let relation = match &insert.source {
            Some(select) => self.select(select)?,
            None => Relation { plan: Plan::OneRow, columns: Vec::new() },
        };
        let given = relation.columns.len();
        let wanted = if insert.columns.is_empty() { table.columns.len() } else { insert.columns.len() };
        if insert.source.is_some() && given != wanted {
            return Err(wrong_count(&table, insert, given));
        }
        let mut values = Vec::with_capacity(table.columns.len());
        for (position, column) in table.columns.iter().enumerate() {
            let place = positions.iter().position(|&(_, named)| named == position);
            values.push(match place {
                Some(place) if insert.source.is_some() => ValueSource::Source(positions[place].0),
                _ => ValueSource::Default(
                    self.default_of(column.default.as_ref().map(|(default, _)| default))?,
                ),
            });
        }
        let row = self.row_checks(&table, &insert.returning, true)?;
        let upserts =
            insert.upserts.iter().map(|upsert| self.upsert(&table, insert, upsert)).collect::<Result<_>>()?;
        let query = Query { columns: relation.ids(), plan: batchable(relation.plan) };
        let bound = self.finish(query, Vec::new());
        Ok(BoundInsert { table, on_conflict: insert.on_conflict, values, rowid, row, upserts, bound })
    }

    /// Binds UPDATE.
    pub fn bind_update(mut self, update: &Update) -> Result<BoundUpdate> {
        self.push_common(&update.with);
        let table = self.writable_table(&update.table)?;
        self.scopes.push(Scope::default());
        let (plan, scan_columns) = self.target(&table, update.alias.as_deref(), update.filter.as_ref())?;
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        self.push_row(&table, &scan_columns, &mut columns);
        let mut assigned = Vec::new();
        let mut new_rowid = None;
        for assignment in &update.assignments {
            for (name, value) in self.assignment(assignment)? {
                match table.column(&name) {
                    Some(position) if table.rowid_column != Some(position) => {
                        assigned.push((position, value));
                    }
                    Some(_) => new_rowid = Some(value),
                    None if is_rowid_name(&name) => new_rowid = Some(value),
                    None => return Err(Error::sql(format!("no such column: {name}"))),
                }
            }
        }
        // Of several assignments to one column the last counts.
        let mut kept: Vec<(usize, Expr)> = Vec::new();
        for (position, value) in assigned {
            kept.retain(|(other, _)| *other != position);
            kept.push((position, value));
        }
        let assigns_rowid = new_rowid.is_some();
        let values = kept.iter().map(|(_, value)| value.clone()).chain(new_rowid);
        for value in values {
            let id = self.new_column(ColumnInfo::default());
            columns.push((id, value));
        }
        self.scopes.pop();
        let row = self.row_checks(&table, &update.returning, true)?;
        let bound = self.project_target(plan, columns);
        let assigned = kept.into_iter().map(|(position, _)| position).collect();
        Ok(BoundUpdate { table, on_conflict: update.on_conflict, assigned, assigns_rowid, row, bound })
    }

    /// Binds DELETE.
    pub fn bind_delete(mut self, delete: &Delete) -> Result<BoundDelete> {
        self.push_common(&delete.with);
        let table = self.writable_table(&delete.table)?;
        self.scopes.push(Scope::default());
        let (plan, scan_columns) = self.target(&table, delete.alias.as_deref(), delete.filter.as_ref())?;
        let mut columns = Vec::new();
        self.push_row(&table, &scan_columns, &mut columns);
        self.scopes.pop();
        if delete.returning.is_empty() {
            let indexed = |position: usize| {
                table
                    .indexes
                    .iter()
                    .flat_map(|index| &index.columns)
                    .any(|column| column.column == Some(position))
            };
            for (position, (_, value)) in columns.iter_mut().take(table.columns.len()).enumerate() {
                if !indexed(position) {
                    *value = Expr::NULL;
                }
            }
        }
        let row = self.row_checks(&table, &delete.returning, false)?;
        let bound = self.project_target(plan, columns);
        Ok(BoundDelete { table, row, bound })
    }

    fn writable_table(&self, name: &ObjectName) -> Result<Arc<Table>> {
        let table = self.find_table(name, None)?.ok_or_else(|| no_such_table(name))?;
        if table.is_internal() {
            return Err(Error::sql("table sqlite_master may not be modified"));
        }
        Ok(table)
    }

    /// The rows that UPDATE and DELETE are about: their plan, and the scan's columns.
    fn target(
        &mut self,
        table: &Arc<Table>,
        alias: Option<&str>,
        filter: Option<&Expression>,
    ) -> Result<(Plan, Scan)> {
        let (mut scan, source) = self.scan(table, alias.unwrap_or(&table.name).to_owned());
        scan.hint = IndexHint::None;
        let level = self.scopes.len() - 1;
        self.scopes[level].sources = vec![source];
        let mut plan = Plan::Scan(Box::new(scan.clone()));
        if let Some(filter) = filter {
            let condition = self.bind_expr(filter)?;
            plan = Plan::Filter { input: plan.into(), condition };
        }
        Ok((plan, scan))
    }

    /// The columns of the row as it is, and its rowid.
    fn push_row(&mut self, table: &Table, scan: &Scan, columns: &mut Vec<(ColumnId, Expr)>) {
        for position in (0..table.columns.len()).map(Some).chain([None]) {
            let wanted = if position == table.rowid_column { None } else { position };
            let known = scan.columns.iter().find(|(of_table, _)| *of_table == wanted).map(|(_, id)| *id);
            let expr = known.map_or(Expr::NULL, Expr::Column);
            let id = self.new_column(ColumnInfo::default());
            columns.push((id, expr));
        }
    }

    fn project_target(self, plan: Plan, columns: Vec<(ColumnId, Expr)>) -> Bound {
        let ids = columns.iter().map(|(id, _)| *id).collect();
        let plan = Plan::Project { input: plan.into(), columns };
        self.finish(Query { plan, columns: ids }, Vec::new())
    }

    /// The columns of an assignment with their values.
    fn assignment(&mut self, assignment: &Assignment) -> Result<Vec<(String, Expr)>> {
        if let [column] = &assignment.columns[..] {
            return Ok(vec![(column.clone(), self.bind_expr(&assignment.value)?)]);
        }
        let values = match &assignment.value {
            Expression::Row(values) => {
                values.iter().map(|value| self.bind_expr(value)).collect::<Result<Vec<_>>>()?
            }
            Expression::Subquery(select) => {
                self.subquery_columns(select)?.into_iter().map(|column| column.expr).collect()
            }
            value => vec![self.bind_expr(value)?],
        };
        if values.len() != assignment.columns.len() {
            let (columns, values) = (assignment.columns.len(), values.len());
            return Err(Error::sql(format!("{columns} columns assigned {values} values")));
        }
        Ok(assignment.columns.iter().cloned().zip(values).collect())
    }

    fn default_of(&mut self, default: Option<&Expression>) -> Result<Expr> {
        let Some(default) = default else {
            return Ok(Expr::NULL);
        };
        let scopes = std::mem::take(&mut self.scopes);
        // A bare word as a default is a text.
        let bound = match default {
            Expression::Column(name) if name.double_quoted => Ok(Expr::Constant(name.column.as_str().into())),
            default => self.bind_expr(default),
        };
        self.scopes = scopes;
        bound
    }

    /// A scope of one row of a table that is in memory.
    fn row_source(&mut self, table: &Table, name: &str) -> (Source, Vec<ColumnId>) {
        let mut ids = Vec::with_capacity(table.columns.len() + 1);
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let id = self.new_column(column_info(column));
            ids.push(id);
            columns.push(SourceColumn { name: column.name.clone(), id, merged: false });
        }
        let rowid = self.new_column(rowid_info(table));
        ids.push(rowid);
        (Source { name: name.to_owned(), columns, rowid: Some(rowid) }, ids)
    }

    fn row_checks(
        &mut self,
        table: &Arc<Table>,
        returning: &[ResultColumn],
        with_checks: bool,
    ) -> Result<RowChecks> {
        let (source, columns) = self.row_source(table, &table.name);
        self.scopes.push(Scope { sources: vec![source], ..Scope::default() });
        let mut checks = Vec::new();
        if with_checks {
            self.without_subqueries = Some("CHECK constraints");
            for check in &table.checks {
                checks.push((check.label.clone(), self.bind_expr(&check.expression)?));
            }
            self.without_subqueries = None;
        }
        let returning = self.returning(returning)?;
        self.scopes.pop();
        let mut defaults = Vec::new();
        for (position, column) in table.columns.iter().enumerate().filter(|_| with_checks) {
            if let (Some(_), Some((default, _))) = (column.not_null, &column.default) {
                defaults.push((position, self.default_of(Some(default))?));
            }
        }
        Ok(RowChecks { columns, checks, returning, defaults })
    }

    fn upsert(&mut self, table: &Arc<Table>, insert: &Insert, upsert: &Upsert) -> Result<UpsertAction> {
        let target = upsert_target(table, upsert)?;
        let (existing, mut columns) = self.row_source(table, insert.alias.as_deref().unwrap_or(&table.name));
        let (excluded, more) = self.row_source(table, "excluded");
        columns.extend(more);
        self.scopes.push(Scope { sources: vec![existing, excluded], ..Scope::default() });
        // A bare name means the row that is there.
        let level = self.scopes.len() - 1;
        self.scopes[level].sources[1].columns.iter_mut().for_each(|column| column.merged = true);
        self.scopes[level].sources[1].rowid = None;
        let mut action = UpsertAction { target, assignments: None, filter: None, columns };
        if let Some(update) = &upsert.action {
            let mut assignments = Vec::new();
            for assignment in &update.assignments {
                for (name, value) in self.assignment(assignment)? {
                    let position = table.column(&name);
                    let position = position.ok_or_else(|| Error::sql(format!("no such column: {name}")))?;
                    assignments.push((position, value));
                }
            }
            action.assignments = Some(assignments);
            action.filter = update.filter.as_ref().map(|filter| self.bind_expr(filter)).transpose()?;
        }
        self.scopes.pop();
        Ok(action)
    }
}

/// The constraint that ON CONFLICT names.
fn upsert_target(table: &Table, upsert: &Upsert) -> Result<Option<Option<usize>>> {
    if upsert.target.is_empty() {
        return Ok(None);
    }
    let missing = || Error::sql("ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint");
    let mut positions = Vec::new();
    for column in &upsert.target {
        let (expression, collation) = match &column.expression {
            Expression::Collate(inner, name) => (&**inner, Some(collation_named(name)?)),
            other => (other, None),
        };
        let Expression::Column(name) = expression else { return Err(missing()) };
        let position = match table.column(&name.column) {
            Some(position) if table.rowid_column == Some(position) => None,
            Some(position) => Some(position),
            None if is_rowid_name(&name.column) => None,
            None => return Err(Error::sql(format!("no such column: {}", name.column))),
        };
        positions.push((position, collation));
    }
    if let [(None, _)] = positions[..] {
        return Ok(Some(None));
    }
    // A rowid beside other columns matches nothing, as in SQLite.
    let names = |column: &crate::catalog::IndexColumn| {
        let named = |(position, collation): &(Option<usize>, Option<Collation>)| {
            position.is_some()
                && *position == column.column
                && collation.is_none_or(|collation| collation == column.collation)
        };
        positions.iter().any(named)
    };
    let matches = |index: &crate::catalog::Index| {
        index.unique && index.columns.len() == positions.len() && index.columns.iter().all(names)
    };
    let index = table.indexes.iter().position(|index| matches(index)).ok_or_else(missing)?;
    Ok(Some(Some(index)))
}

/// Columns that INSERT fills: place in the source and position in the table.
type Placed = Vec<(usize, usize)>;

/// The columns that INSERT names, and the place of the rowid.
fn insert_columns(table: &Table, names: &[String]) -> Result<(Placed, Option<usize>)> {
    let mut positions = Vec::new();
    let mut rowid = None;
    if names.is_empty() {
        for position in 0..table.columns.len() {
            if table.rowid_column == Some(position) {
                rowid = Some(position);
            } else {
                positions.push((position, position));
            }
        }
        return Ok((positions, rowid));
    }
    for (place, name) in names.iter().enumerate() {
        match table.column(name) {
            Some(position) if table.rowid_column == Some(position) => rowid = rowid.or(Some(place)),
            Some(position) if positions.iter().any(|&(_, known)| known == position) => {}
            Some(position) => positions.push((place, position)),
            None if is_rowid_name(name) => rowid = rowid.or(Some(place)),
            None => return Err(Error::sql(format!("table {} has no column named {name}", table.name))),
        }
    }
    Ok((positions, rowid))
}

fn wrong_count(table: &Table, insert: &Insert, given: usize) -> Error {
    if insert.columns.is_empty() {
        Error::sql(format!(
            "table {} has {} columns but {given} values were supplied",
            table.name,
            table.columns.len()
        ))
    } else {
        Error::sql(format!("{given} values for {} columns", insert.columns.len()))
    }
}

/// One row of VALUES as expressions over no columns: the form that runs for many parameter sets at once.
fn batchable(plan: Plan) -> Plan {
    match plan {
        Plan::Values { columns, mut rows } if rows.len() == 1 => {
            let columns = columns.into_iter().zip(rows.swap_remove(0)).collect();
            Plan::Project { input: Plan::OneRow.into(), columns }
        }
        other => other,
    }
}
