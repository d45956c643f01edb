//! INSERT: a query that gives rows, and what each becomes.

use std::sync::Arc;

use helios_core::versioned::Space;
use helios_core::{Error, Result};

use super::query::Relation;
use super::row::{Event, RowChecks};
use super::upsert::UpsertAction;
use super::{Action, Binder, Bound};
use crate::ast::{ConflictClause, Expression, Insert, Name, SelectTerm};
use crate::catalog::{MAX_COLUMNS, Table, TableColumn, is_rowid_name};
use crate::plan::{ColumnId, ColumnInfo, Expr, Plan, Query};

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
    /// Where `sqlite_sequence` is, if the table has AUTOINCREMENT.
    pub sequence: Option<Space>,
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

impl Binder<'_> {
    /// Binds INSERT.
    pub fn bind_insert(mut self, insert: &Insert) -> Result<BoundInsert> {
        let mut bound = self.insert(insert)?;
        bound.bound = self.finish(bound.bound.take().query, Vec::new())?;
        Ok(bound)
    }

    pub(super) fn insert(&mut self, insert: &Insert) -> Result<BoundInsert> {
        self.push_common(&insert.with);
        let table = self.writable_table(&insert.table)?;
        let plain = self.plain_insert(insert, &table)?;
        let insert = plain.as_ref().unwrap_or(insert);
        let is_allowed = self.may_change(Action::Insert, &table, None)?;
        for name in &insert.columns {
            self.note_column_of(&table, name);
        }
        let (positions, rowid) = insert_columns(&table, &insert.columns)?;
        let relation = match &insert.source {
            Some(select) => {
                // One row of values is no query, as in SQLite: only its table says how many there may be.
                if let SelectTerm::Values(rows) = &select.first
                    && let [row] = &rows[..]
                    && select.rest.is_empty()
                {
                    if row.len() > MAX_COLUMNS {
                        return Err(wrong_count(&table, insert, row.len()));
                    }
                    self.refuse_collecting(row)?;
                    self.skip_select();
                }
                self.select(select)?
            }
            None => Relation { plan: Plan::OneRow, columns: Vec::new() },
        };
        let given = relation.columns.len();
        let wanted = if insert.columns.is_empty() { writable_columns(&table) } else { insert.columns.len() };
        if insert.source.is_some() && given != wanted {
            return Err(wrong_count(&table, insert, given));
        }
        let rowid = rowid.filter(|_| insert.source.is_some());
        let (relation, rowid) = self.with_default_key(&table, relation, rowid)?;
        let mut values = Vec::with_capacity(table.columns.len());
        for (position, column) in table.columns.iter().enumerate() {
            let place = positions.iter().position(|&(_, named)| named == position);
            values.push(match place {
                Some(place) if insert.source.is_some() => ValueSource::Source(positions[place].0),
                _ => {
                    let default = self.default_of(column.default.as_ref().map(|(default, _)| default))?;
                    // What the rowid is, is decided elsewhere.
                    let is_rowid = table.rowid_column == Some(position);
                    ValueSource::Default(if is_rowid { Expr::NULL } else { default })
                }
            });
        }
        let mut ids = relation.ids();
        let key = rowid.zip(table.rowid_column);
        let given = positions.iter().copied().filter(|_| insert.source.is_some());
        let places: Vec<(usize, usize)> = given.chain(key).collect();
        let source = self.assignable_rows(&table, relation.plan, &mut ids, &places)?;
        for &(place, position) in positions.iter().filter(|_| insert.source.is_some()) {
            if table.columns[position].dimensions.is_some() {
                self.note_vectors(&source, ids[place]);
            }
        }
        if table.view.is_some() && !insert.upserts.is_empty() {
            if table.triggers.is_empty() {
                return Err(Error::sql(format!("cannot modify {} because it is a view", table.name)));
            }
            return Err(Error::sql("cannot UPSERT a view"));
        }
        if table.module.is_some() && !insert.upserts.is_empty() {
            let name = &table.name;
            return Err(Error::sql(format!("UPSERT not implemented for virtual table \"{name}\"")));
        }
        let upserts = self.upserts(&table, insert, rowid.is_some())?;
        let row =
            self.row_checks(&table, (&insert.returning, insert.alias.as_deref()), true).map_err(|error| {
                self.told_of(error, &table, Event::Insert(rowid.is_some()), insert.on_conflict)
            })?;
        let plan = match is_allowed {
            true => batchable(source),
            false => Plan::Values { columns: source.columns(), rows: Vec::new() },
        };
        let query = Query { columns: ids, plan };
        let bound = Bound::unfinished(query);
        let sequence =
            self.environment.relation_at(table.slot, "sqlite_sequence").filter(|_| table.autoincrement);
        Ok(BoundInsert {
            on_conflict: insert.on_conflict,
            values,
            rowid,
            row,
            sequence: sequence.map(|sequence| sequence.space),
            upserts,
            bound,
            table,
        })
    }

    /// Binds what INSERT says, only to see whether it can be. Which columns it names and how many values it has is looked
    /// at when it is run.
    pub(super) fn look_through_insert(&mut self, insert: &Insert) -> Result<()> {
        self.push_common(&insert.with);
        let table = self.writable_table(&insert.table)?;
        for name in &insert.columns {
            self.note_column_of(&table, name);
        }
        if let Some(select) = &insert.source {
            self.select(select)?;
        }
        self.upserts(&table, insert, false).map(drop)
    }

    /// In PostgreSQL's dialect a key that is not given has its default, although it is the rowid.
    fn with_default_key(
        &mut self,
        table: &Table,
        relation: Relation,
        rowid: Option<usize>,
    ) -> Result<(Relation, Option<usize>)> {
        let key = table.rowid_column.and_then(|position| table.columns.get(position));
        let default = key.and_then(|column| column.default.as_ref()).map(|(default, _)| default);
        let Some(default) = default.filter(|_| rowid.is_none() && self.is_postgres()) else {
            return Ok((relation, rowid));
        };
        let default = self.default_of(Some(default))?;
        let Relation { plan, mut columns } = relation;
        let mut computed: Vec<(ColumnId, Expr)> =
            columns.iter().map(|(id, _)| (*id, Expr::Column(*id))).collect();
        let id = self.new_column(ColumnInfo::default());
        computed.push((id, default));
        let place = columns.len();
        columns.push((id, "".into()));
        Ok((Relation { plan: Plan::Project { input: plan.into(), columns: computed }, columns }, Some(place)))
    }

    pub(super) fn default_of(&mut self, default: Option<&Expression>) -> Result<Expr> {
        let Some(default) = default else {
            return Ok(Expr::NULL);
        };
        let scopes = std::mem::take(&mut self.scopes);
        // Its names stand in another text than the statement's.
        let watch = self.watch.take();
        self.is_default = true;
        // A bare word as a default is a text.
        let bound = match default {
            Expression::Column(name) if name.double_quoted => Ok(Expr::Constant(name.column.as_str().into())),
            default => self.bind_expr(default),
        };
        self.is_default = false;
        self.watch = watch;
        self.scopes = scopes;
        bound
    }
}

/// Columns that INSERT fills: place in the source and position in the table.
type Placed = Vec<(usize, usize)>;

fn writable_columns(table: &Table) -> usize {
    table.columns.iter().filter(|column| is_filled(column)).count()
}

/// Whether INSERT without columns has a value for it.
fn is_filled(column: &TableColumn) -> bool {
    column.generated.is_none() && !column.is_hidden
}

/// The columns that INSERT names, and the place of the rowid.
fn insert_columns(table: &Table, names: &[Name]) -> Result<(Placed, Option<usize>)> {
    let mut positions = Vec::new();
    let mut rowid = None;
    if names.is_empty() {
        let writable = table.columns.iter().enumerate().filter(|(_, column)| is_filled(column));
        for (place, (position, _)) in writable.enumerate() {
            if table.rowid_column == Some(position) {
                rowid = Some(place);
            } else {
                positions.push((place, position));
            }
        }
        return Ok((positions, rowid));
    }
    for (place, name) in names.iter().enumerate() {
        match table.column(name) {
            Some(position) if table.rowid_column == Some(position) => rowid = rowid.or(Some(place)),
            Some(position) if table.columns[position].generated.is_some() => {
                let name = &table.columns[position].name;
                return Err(Error::sql(format!("cannot INSERT into generated column \"{name}\"")));
            }
            Some(position) if positions.iter().any(|&(_, known)| known == position) => {}
            Some(position) => positions.push((place, position)),
            None if is_rowid_name(name) && table.has_rowid() => rowid = rowid.or(Some(place)),
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
            writable_columns(table)
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
