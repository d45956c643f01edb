//! UPDATE and DELETE: a query that gives the rows, and what is to be done with each.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::assignment::is_default;
use super::call_order::FunctionArguments;
use super::from::no_such_table;
use super::row::{Event, RowChecks};
use super::scope::{Scope, Source};
use super::virtual_table::index_virtual_tables;
use super::{Action, Binder, Bound};
use crate::ast::{
    Assignment, ConflictClause, Delete, Expression, From, IndexHint, ObjectName, OrderingTerm, Update,
};
use crate::catalog::{Table, Trigger};
use crate::plan::{
    ColumnId, ColumnInfo, Expr, Join, JoinKind, JoinMethod, Plan, Query, SortKey, SubqueryCall, dependence,
};

/// UPDATE: the source gives the old values of all columns, the rowid, and the new values of those assigned.
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
    /// Whether FROM may give a row several times: then the last counts.
    pub may_repeat: bool,
    /// What has to hold of a changed row, and what RETURNING shows of it.
    pub row: RowChecks,
    /// Where new values depend on what the statement has done before: how to compute them from each row as it is when
    /// its turn comes. The source gives none then.
    pub late: Option<LateValues>,
    /// Whether a row may meet what the statement has done before: it is looked at when its turn comes.
    pub one_by_one: bool,
    /// The source of the rows.
    pub bound: Bound,
}

/// New values over one row: first those of the columns assigned, then that of the rowid.
#[derive(Debug)]
pub struct LateValues {
    /// The row's columns: those of the table, and the rowid.
    pub columns: Vec<ColumnId>,
    /// The values.
    pub values: Vec<Expr>,
}

/// DELETE: the source gives the values of all columns that an index or RETURNING needs, and the rowid.
#[derive(Debug)]
pub struct BoundDelete {
    /// The table.
    pub table: Arc<Table>,
    /// What RETURNING shows of a deleted row.
    pub row: RowChecks,
    /// The source of the rows.
    pub bound: Bound,
}

/// Which rows UPDATE and DELETE are about.
struct Target<'s> {
    alias: Option<&'s str>,
    hint: &'s IndexHint,
    from: Option<&'s From>,
    filter: Option<&'s Expression>,
    order_by: &'s [OrderingTerm],
    limit: Option<&'s Expression>,
    offset: Option<&'s Expression>,
}

/// The rows of an UPDATE.
struct UpdatedRows {
    plan: Plan,
    /// The table's row in the plan.
    source: Source,
    /// The columns of the row as it is, and its rowid.
    columns: Vec<(ColumnId, Expr)>,
    assigned: Vec<usize>,
    /// Of the columns assigned and of the rowid.
    values: Vec<Expr>,
    assigns_rowid: bool,
}

/// The rows that a condition chooses from.
struct Candidates {
    plan: Plan,
    /// Arguments of the functions among them, which are still to be bound.
    arguments: Vec<FunctionArguments>,
}

impl Binder<'_> {
    /// Binds UPDATE.
    pub fn bind_update(mut self, update: &Update) -> Result<BoundUpdate> {
        let mut bound = self.update(update)?;
        bound.bound = self.finish(bound.bound.take().query, Vec::new())?;
        Ok(bound)
    }

    pub(super) fn update(&mut self, update: &Update) -> Result<BoundUpdate> {
        self.push_common(&update.with);
        let table = self.writable_table(&update.table)?;
        if update.from.is_some() {
            // What is assigned to is looked up before anything else.
            for column in update.assignments.iter().flat_map(|assignment| &assignment.columns) {
                self.assigned_column(&table, &column.text)?;
            }
            self.check_hint(&table, &update.index)?;
        }
        self.scopes.push(Scope::default());
        let read = match self.updated_rows(&table, update) {
            Err(error) if update.from.is_some() => {
                let columns = update.assignments.iter().flat_map(|assignment| &assignment.columns);
                let assigned: Vec<usize> =
                    columns.filter_map(|column| self.assigned_column(&table, &column.text).ok()?).collect();
                return Err(self.told_of(error, &table, Event::Update(&assigned), update.on_conflict));
            }
            read => read?,
        };
        let UpdatedRows { plan, source, mut columns, assigned, values, assigns_rowid } = read;
        let mut late = None;
        let one_by_one = self.depends_on_changes(&table, update, &assigned, &values, assigns_rowid);
        // What FROM gives is there as a whole before the first row changes.
        if one_by_one && update.from.is_none() {
            let ids = source.columns.iter().map(|column| Some(column.id)).chain([source.rowid]);
            let columns =
                ids.map(|id| id.unwrap_or_else(|| self.new_column(ColumnInfo::default()))).collect();
            late = Some(LateValues { columns, values });
        } else {
            for value in values {
                let id = self.new_column(ColumnInfo::default());
                columns.push((id, value));
            }
        }
        self.scopes.pop();
        let mut row =
            self.row_checks(&table, (&update.returning, update.alias.as_deref()), true).map_err(|error| {
                let rowid = assigns_rowid.then_some(table.rowid_column).flatten();
                let assigned: Vec<usize> = assigned.iter().copied().chain(rowid).collect();
                self.told_of(error, &table, Event::Update(&assigned), update.on_conflict)
            })?;
        row.keep_checks_of(&table, &assigned, assigns_rowid);
        let bound = project_target(plan, columns);
        Ok(BoundUpdate {
            table,
            on_conflict: update.on_conflict,
            assigned,
            assigns_rowid,
            may_repeat: update.from.is_some(),
            row,
            late,
            one_by_one,
            bound,
        })
    }

    /// The rows that an UPDATE is about, with what it assigns.
    fn updated_rows(&mut self, table: &Arc<Table>, update: &Update) -> Result<UpdatedRows> {
        let target = Target {
            alias: update.alias.as_deref(),
            hint: &update.index,
            from: update.from.as_ref(),
            filter: update.filter.as_ref(),
            order_by: &update.order_by,
            limit: update.limit.as_ref(),
            offset: update.offset.as_ref(),
        };
        let (candidates, source) = self.candidates(table, &target)?;
        let mut columns: Vec<(ColumnId, Expr)> = Vec::new();
        self.push_row(&source, &mut columns);
        let mut assigned: Vec<(usize, Expr)> = Vec::new();
        let mut new_rowid = None;
        for assignment in &update.assignments {
            for column in &assignment.columns {
                self.note_column_of(table, column);
            }
            for (name, value) in self.assignment(table, assignment)? {
                let Some(position) = self.assigned_column(table, &name)? else {
                    continue;
                };
                if !self.may_assign(table, position)? {
                    continue;
                }
                self.check_assignment(table, position, assigned.iter().any(|(other, _)| *other == position))?;
                let value = self.assignable(table, position, value)?;
                if table.rowid_column == Some(position) || position == table.rowid_position() {
                    new_rowid = Some(value);
                } else {
                    self.note_assigned_vector(table, position, &value);
                    // Of several assignments to one column the last counts.
                    assigned.retain(|(other, _)| *other != position);
                    assigned.push((position, value));
                }
            }
        }
        // Of several errors, one in what is assigned is told before one in the conditions.
        let plan = self.chosen(candidates, &source, &target)?;
        let assigns_rowid = new_rowid.is_some();
        let (assigned, mut values): (Vec<usize>, Vec<Expr>) = assigned.into_iter().unzip();
        values.extend(new_rowid);
        Ok(UpdatedRows { plan, source, columns, assigned, values, assigns_rowid })
    }

    /// The error that SQLite tells of where there is one already when it looks at foreign keys: the last.
    pub(super) fn told_of(
        &self,
        error: Error,
        table: &Arc<Table>,
        event: Event<'_>,
        clause: Option<ConflictClause>,
    ) -> Error {
        match self.only_looks {
            true => error,
            false => self.environment.reference_error(table, event, clause).unwrap_or(error),
        }
    }

    /// Whether rows and their new values may depend on what the statement does to rows before: SQLite computes them when
    /// the row's turn comes.
    fn depends_on_changes(
        &self,
        table: &Table,
        update: &Update,
        assigned: &[usize],
        values: &[Expr],
        assigns_rowid: bool,
    ) -> bool {
        if !table.is_stored() {
            return false;
        }
        let own_key = table.row_columns().iter().filter_map(|column| column.column);
        let moves = assigns_rowid || own_key.into_iter().any(|column| assigned.contains(&column));
        let replaces = |conflict: Option<ConflictClause>| conflict == Some(ConflictClause::Replace);
        let may_replace = self.trigger_rows.is_some()
            || replaces(update.on_conflict)
            || replaces(table.key_conflict)
            || table.indexes.iter().any(|index| replaces(index.on_conflict));
        let mut positions = assigned.to_vec();
        if assigns_rowid {
            positions.extend(table.rowid_column);
            positions.push(table.rowid_position());
        }
        let refers = |(child, number): &(String, usize)| {
            let child = self.environment.relation_at(table.slot, child);
            child.is_none_or(|child| child.references[*number].refers_to_any(table, &positions))
        };
        let is_fired = |trigger: &Arc<Trigger>| {
            trigger.is_fired_by_update(table, &positions) || (may_replace && trigger.is_fired_by_delete())
        };
        let has_hooks = table.triggers.iter().any(is_fired)
            || table.referenced_by.iter().any(|reference| may_replace || refers(reference));
        let reads_changes = |call: &SubqueryCall| {
            let dependence = dependence(&self.subqueries[call.number], &self.subqueries);
            !dependence.slots.is_empty() && dependence.tables.contains(&(table.slot, table.space))
        };
        let meets_changes = |value: &Expr| {
            value.any(&mut |part| match part {
                Expr::Exists(call)
                | Expr::Subquery { subquery: call, .. }
                | Expr::InSubquery { subquery: call, .. } => reads_changes(call),
                _ => false,
            })
        };
        // A row may move to where another one was that is still to come.
        has_hooks || (moves && may_replace) || values.iter().any(meets_changes)
    }

    /// Binds DELETE.
    pub fn bind_delete(mut self, delete: &Delete) -> Result<BoundDelete> {
        let mut bound = self.delete(delete)?;
        bound.bound = self.finish(bound.bound.take().query, Vec::new())?;
        Ok(bound)
    }

    pub(super) fn delete(&mut self, delete: &Delete) -> Result<BoundDelete> {
        self.push_common(&delete.with);
        let table = self.writable_table(&delete.table)?;
        self.may_change(Action::Delete, &table, None)?;
        self.scopes.push(Scope::default());
        let target = Target {
            alias: delete.alias.as_deref(),
            hint: &delete.index,
            from: None,
            filter: delete.filter.as_ref(),
            order_by: &delete.order_by,
            limit: delete.limit.as_ref(),
            offset: delete.offset.as_ref(),
        };
        let (candidates, source) = self.candidates(&table, &target)?;
        let plan = self.chosen(candidates, &source, &target)?;
        let mut columns = Vec::new();
        self.push_row(&source, &mut columns);
        self.scopes.pop();
        if delete.returning.is_empty() && table.is_plain() {
            let indexed = |position: usize| {
                let ordered = table.indexes.iter().filter(|index| index.vector.is_none());
                ordered.flat_map(|index| &index.columns).any(|column| column.column == Some(position))
            };
            for (position, (_, value)) in columns.iter_mut().take(table.columns.len()).enumerate() {
                if !indexed(position) {
                    *value = Expr::NULL;
                }
            }
        }
        let row = self
            .row_checks(&table, (&delete.returning, delete.alias.as_deref()), false)
            .map_err(|error| self.told_of(error, &table, Event::Delete, None))?;
        let bound = project_target(plan, columns);
        Ok(BoundDelete { table, row, bound })
    }

    /// The table or view that a statement changes. Of a view, the columns are known then.
    pub(super) fn writable_table(&mut self, name: &ObjectName) -> Result<Arc<Table>> {
        self.note_table(name);
        let found = self.find_table(name, None)?;
        if found.is_none() && name.schema.is_none() && self.eponymous(&name.name).is_some() {
            return Err(Error::sql(format!("table {} may not be modified", name.name)));
        }
        let table = found.ok_or_else(|| self.missing_table(name))?;
        if table.is_internal() {
            return Err(Error::sql("table sqlite_master may not be modified"));
        }
        if table.view.is_some() {
            return self.view_with_columns(&table);
        }
        if table.module.is_some() {
            return self.virtual_with_columns(&table);
        }
        Ok(table)
    }

    /// The rows that UPDATE and DELETE could be about, which the scope sees from here on, and what they are called.
    fn candidates(&mut self, table: &Arc<Table>, target: &Target<'_>) -> Result<(Candidates, Source)> {
        let name = target.alias.unwrap_or(&table.name);
        let (mut plan, source) = if table.view.is_some() {
            self.view_rows(table, name)?
        } else if table.module.is_some() {
            let connected = self.environment.connect(table, None)?;
            let mut part = self.virtual_part(connected, table.slot, name, None);
            self.note_readable(&part.sources[0], &table.name, &self.schema_name(table.slot));
            (part.plan, part.sources.swap_remove(0))
        } else {
            self.check_hint(table, target.hint)?;
            let (mut plan, source) = self.scan_plan(table, name.to_owned(), None, target.hint)?;
            mark_for_change(&mut plan);
            (plan, source)
        };
        let level = self.scopes.len() - 1;
        self.scopes[level].sources = vec![source.clone()];
        let mut arguments = Vec::new();
        if let Some(from) = target.from {
            let part = self.from(from)?;
            if part.sources.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
                return Err(Error::sql(format!("target object/alias may not appear in FROM clause: {name}")));
            }
            let kind = JoinKind::Inner { fixed: false };
            let (conditions, method) = (Vec::new(), JoinMethod::Nested);
            plan = Plan::Join(Box::new(Join { kind, left: plan, right: part.plan, conditions, method }));
            self.scopes[level].sources = std::iter::once(source.clone()).chain(part.sources).collect();
            self.scopes[level].merged = part.merged;
            arguments = part.arguments;
        }
        Ok((Candidates { plan, arguments }, source))
    }

    /// Those of the rows that UPDATE and DELETE are about.
    fn chosen(&mut self, candidates: Candidates, source: &Source, target: &Target<'_>) -> Result<Plan> {
        let Candidates { mut plan, arguments } = candidates;
        self.function_arguments(&mut plan, arguments)?;
        let condition = target.filter.map(|filter| self.bind_expr(filter)).transpose()?;
        plan = self.filtered(plan, condition)?;
        plan = index_virtual_tables(plan, &mut Vec::new())?;
        self.attach_virtual_calls(&mut plan);
        if target.limit.is_some() {
            plan = self.limited(plan, source, target)?;
        }
        Ok(plan)
    }

    /// The first rows in an order; they are changed in the order of their rowids all the same.
    fn limited(&mut self, mut plan: Plan, source: &Source, target: &Target<'_>) -> Result<Plan> {
        let mut keys = Vec::with_capacity(target.order_by.len());
        for term in target.order_by {
            let value = self.bind(&term.expression)?;
            keys.push(self.sort_key(term, value.expr.clone(), value.collation())?);
        }
        if !keys.is_empty() {
            plan = Plan::Sort { input: plan.into(), keys, ordered: 0, first: None };
        }
        let limit = target.limit.map(|limit| self.count(limit)).transpose()?;
        let offset = target.offset.map(|offset| self.count(offset)).transpose()?;
        plan = Plan::Limit { input: plan.into(), limit, offset };
        if let Some(rowid) = source.rowid {
            let key = SortKey {
                expr: Expr::Column(rowid),
                collation: Default::default(),
                descending: false,
                nulls_first: true,
            };
            plan = Plan::Sort { input: plan.into(), keys: vec![key], ordered: 0, first: None };
        }
        Ok(plan)
    }

    /// The columns of the row as it is, and its rowid.
    fn push_row(&mut self, source: &Source, columns: &mut Vec<(ColumnId, Expr)>) {
        let values = source.columns.iter().map(|column| Some(column.id)).chain([source.rowid]);
        for value in values.collect::<Vec<_>>() {
            let id = self.new_column(ColumnInfo::default());
            columns.push((id, value.map_or(Expr::NULL, Expr::Column)));
        }
    }

    /// The columns of an assignment with their values.
    pub(super) fn assignment(
        &mut self,
        table: &Table,
        assignment: &Assignment,
    ) -> Result<Vec<(String, Expr)>> {
        if let [column] = &assignment.columns[..]
            && is_default(&assignment.value)
        {
            let position = table.column(&column.text);
            let default = position.and_then(|at| table.columns[at].default.as_ref());
            let value = self.default_of(default.map(|(default, _)| default))?;
            return Ok(vec![(column.text.clone(), value)]);
        }
        if let [column] = &assignment.columns[..] {
            return Ok(vec![(column.text.clone(), self.bind_expr(&assignment.value)?)]);
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
        Ok(assignment.columns.iter().map(|column| column.text.clone()).zip(values).collect())
    }

    /// The error for a table that does not exist.
    pub(super) fn missing_table(&self, name: &ObjectName) -> Error {
        // What is of `temp` names tables of all schemas.
        let home = self.home.or(self.in_schema.then_some(0)).filter(|_| self.is_in_schema_object());
        match (&name.schema, home) {
            (None, Some(slot)) => {
                let schema = Some(self.schema_name(slot).to_string());
                no_such_table(&ObjectName { schema, name: name.name.clone() })
            }
            _ => no_such_table(name),
        }
    }
}

/// Says of the scan in `plan`, which reads one table, that its rows are going to be changed.
fn mark_for_change(plan: &mut Plan) {
    if let Plan::Scan(scan) = plan {
        scan.for_change = true;
    }
    plan.for_each_input_mut(mark_for_change);
}

fn project_target(plan: Plan, columns: Vec<(ColumnId, Expr)>) -> Bound {
    let ids = columns.iter().map(|(id, _)| *id).collect();
    let plan = Plan::Project { input: plan.into(), columns };
    Bound::unfinished(Query { plan, columns: ids })
}
