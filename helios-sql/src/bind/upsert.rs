//! ON CONFLICT clauses of INSERT.

use std::sync::Arc;

use helios_core::value::Collation;
use helios_core::{Error, Result};

use super::Binder;
use super::scope::Scope;
use crate::ast::{ColumnName, Expression, IndexedColumn, Insert, Span, Upsert};
use crate::catalog::{Index, IndexColumn, Table, is_rowid_name};
use crate::plan::{ColumnId, ColumnInfo, Expr};

/// One ON CONFLICT clause.
#[derive(Debug)]
pub struct UpsertAction {
    /// The constraint meant: its place among the table's indexes, or the row's key (`None`); no target means any.
    pub target: Option<Option<usize>>,
    /// DO UPDATE: the positions of the columns and their new values; `None` for DO NOTHING.
    pub assignments: Option<Vec<(usize, Expr)>>,
    /// WHERE of DO UPDATE.
    pub filter: Option<Expr>,
    /// The row that is in the way, and after it the row that was to be inserted: their columns.
    pub columns: Vec<ColumnId>,
}

impl Binder<'_> {
    /// The ON CONFLICT clauses of an INSERT that gives a rowid or leaves it to the table.
    pub(super) fn upserts(
        &mut self,
        table: &Arc<Table>,
        insert: &Insert,
        gives_rowid: bool,
    ) -> Result<Vec<UpsertAction>> {
        let row_key = (gives_rowid || !table.has_rowid()).then_some(None);
        let unique = table.indexes.iter().enumerate().filter(|(_, index)| index.unique);
        let mut uncovered: Vec<Option<usize>> =
            row_key.into_iter().chain(unique.map(|(position, _)| Some(position))).collect();
        // As in SQLite, what all clauses are about is known before anybody looks at what they do.
        let mut targets = Vec::with_capacity(insert.upserts.len());
        for (number, upsert) in insert.upserts.iter().enumerate() {
            let which = match (number, insert.upserts.len()) {
                (0, 1) => String::new(),
                (0, _) => "1st ".to_owned(),
                (1, _) => "2nd ".to_owned(),
                (2, _) => "3rd ".to_owned(),
                (number, _) => format!("{}th ", number + 1),
            };
            targets.push(self.upsert_target(table, upsert, &which)?);
        }
        let mut actions = Vec::with_capacity(insert.upserts.len());
        for (upsert, target) in insert.upserts.iter().zip(targets) {
            let action = self.upsert(table, insert, (upsert, target), &uncovered)?;
            uncovered.retain(|constraint| action.target.is_some_and(|target| target != *constraint));
            actions.push(action);
        }
        Ok(actions)
    }

    /// A clause, and the constraints that no clause before it is about.
    fn upsert(
        &mut self,
        table: &Arc<Table>,
        insert: &Insert,
        (upsert, target): (&Upsert, Option<Option<usize>>),
        uncovered: &[Option<usize>],
    ) -> Result<UpsertAction> {
        for column in &upsert.target {
            column.expression.for_each_column(|name| self.note_name_of(table, name));
        }
        let (existing, mut columns) = self.row_source(table, insert.alias.as_deref().unwrap_or(&table.name));
        let (excluded, more) = self.row_source(table, "excluded");
        self.forget_readable(more.iter().copied());
        // As in SQLite, these are values without affinity and collation.
        for id in &more {
            let name = self.info(*id).name.clone();
            self.columns[id.0 as usize] = ColumnInfo { name, ..ColumnInfo::default() };
        }
        columns.extend(more);
        self.scopes.push(Scope { sources: vec![existing, excluded], ..Scope::default() });
        // A bare name means the row that is there.
        let level = self.scopes.len() - 1;
        self.scopes[level].sources[1].columns.iter_mut().for_each(|column| column.merged = true);
        self.scopes[level].sources[1].rowid = None;
        let mut action = UpsertAction { target, assignments: None, filter: None, columns };
        // As in SQLite, nobody looks at the names in an action that no constraint can set off, unless
        // all names are looked at.
        let can_act = match target {
            None => !uncovered.is_empty(),
            Some(target) => uncovered.contains(&target),
        };
        let can_act = can_act || self.only_looks;
        if let Some(update) = upsert.action.as_ref().filter(|_| can_act) {
            let mut assignments = Vec::new();
            for assignment in &update.assignments {
                for column in &assignment.columns {
                    self.note_column_of(table, column);
                }
                for (name, value) in self.assignment(table, assignment)? {
                    let Some(position) = self.assigned_column(table, &name)? else {
                        continue;
                    };
                    let value = self.assignable(table, position, value)?;
                    self.note_assigned_vector(table, position, &value);
                    if self.may_assign(table, position)? {
                        assignments.push((position, value));
                    }
                }
            }
            action.assignments = Some(assignments);
            action.filter = update.filter.as_ref().map(|filter| self.bind_expr(filter)).transpose()?;
        }
        self.scopes.pop();
        Ok(action)
    }

    /// The columns of a constraint with a name.
    fn named_target(&self, table: &Table, name: &str) -> Result<Vec<IndexedColumn>> {
        let columns = self.environment.unique_columns(table, name).ok_or_else(|| {
            Error::sql(format!("constraint \"{name}\" for table \"{}\" does not exist", table.name))
        })?;
        let column = |name: String| IndexedColumn {
            expression: Expression::Column(ColumnName { column: name, ..ColumnName::default() }),
            descending: false,
            span: Span::default(),
        };
        Ok(columns.into_iter().map(column).collect())
    }

    /// The constraint that ON CONFLICT names.
    fn upsert_target(&self, table: &Table, upsert: &Upsert, which: &str) -> Result<Option<Option<usize>>> {
        let named = upsert.constraint.as_ref().map(|name| self.named_target(table, name)).transpose()?;
        let target = named.as_ref().unwrap_or(&upsert.target);
        if target.is_empty() {
            return Ok(None);
        }
        let missing = || {
            Error::sql(format!(
                "{which}ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint"
            ))
        };
        let mut positions = Vec::new();
        for column in target {
            let (expression, collation) = match &column.expression {
                Expression::Collate(inner, name) => {
                    (&**inner, Some(self.environment.catalog().collation(name)))
                }
                other => (other, None),
            };
            let named = match expression {
                Expression::Column(name) if name.table.is_none() => Some(name),
                _ => None,
            };
            let Some(name) = named else {
                let known = table.expressions.iter().position(|known| known == expression);
                positions.push((Some(table.expression_position(known.ok_or_else(missing)?)), collation));
                continue;
            };
            let position = match table.column(&name.column) {
                Some(position) if table.rowid_column == Some(position) => None,
                Some(position) => Some(position),
                None if is_rowid_name(&name.column) && table.has_rowid() => None,
                None => return Err(Error::sql(format!("no such column: {}", name.column))),
            };
            positions.push((position, collation));
        }
        if let [(None, _)] = positions[..] {
            return Ok(Some(None));
        }
        // A rowid beside other columns matches nothing, as in SQLite.
        let names = |column: &IndexColumn| {
            let named = |(position, collation): &(Option<usize>, Option<Collation>)| {
                position.is_some()
                    && *position == column.column
                    && collation.as_ref().is_none_or(|collation| *collation == column.collation)
            };
            positions.iter().any(named)
        };
        let is_same_filter = |index: &Index| match index.filter {
            None => true,
            Some(filter) => {
                let number = filter - table.expression_position(0);
                upsert.target_filter.as_ref() == table.expressions.get(number)
            }
        };
        let matches = |index: &Index| {
            index.unique
                && index.columns.len() == positions.len()
                && index.columns.iter().all(names)
                && is_same_filter(index)
        };
        if table.row_key.as_ref().is_some_and(|key| matches(key)) {
            return Ok(Some(None));
        }
        let index = table.indexes.iter().position(|index| matches(index)).ok_or_else(missing)?;
        Ok(Some(Some(index)))
    }

    /// The position of a column that is assigned; that of the rowid for its other names. What cannot be assigned is told
    /// when a statement is to be run only.
    pub(super) fn assigned_column(&self, table: &Table, name: &str) -> Result<Option<usize>> {
        match table.column(name) {
            Some(position) if table.columns[position].generated.is_none() => Ok(Some(position)),
            None if is_rowid_name(name) && table.has_rowid() => Ok(Some(table.rowid_position())),
            _ if self.only_looks => Ok(None),
            Some(position) => {
                let name = &table.columns[position].name;
                Err(Error::sql(format!("cannot UPDATE generated column \"{name}\"")))
            }
            None => Err(Error::sql(format!("no such column: {name}"))),
        }
    }
}
