//! INSERT.

use std::sync::Arc;

use helios_core::versioned::Space;
use helios_core::{Result, Value};

use super::constraint::{
    Checked, Obstacle, check_failed, check_passed, check_types, constraint_order, fill_in, missing_value,
    unique_resolution, with_values,
};
use super::convert::stored_column;
use super::hooks::{Hooks, Images};
use super::row::{RowProgram, Rows, given_rowid};
use super::sure::SureRows;
use super::upsert::UpsertProgram;
use super::work::WorkRows;
use super::{Resolution, Writer, resolution};
use crate::ast::ConflictClause;
use crate::bind::{BoundInsert, UpsertAction, ValueSource};
use crate::catalog::Table;
use crate::chunk::{Chunk, Column};
use crate::exec::{Built, Context, build_batch, eval, runs_in_batches};
use crate::plan::{Expr, Query};
use crate::table::RowId;

/// INSERT, ready to run.
#[derive(Debug)]
pub struct InsertProgram {
    /// The table.
    pub table: Arc<Table>,
    /// The rows.
    pub source: Built,
    /// The rows of many parameter sets at once, if that can be.
    pub batch: Option<Batch>,
    on_conflict: Option<ConflictClause>,
    values: Vec<ValueSource>,
    rowid: Option<usize>,
    row: RowProgram,
    upserts: Vec<UpsertProgram>,
    /// The unique constraints in the order in which they are looked at.
    order: Vec<Option<usize>>,
    hooks: Hooks,
    /// Where the table of highest rowids is, if the table has AUTOINCREMENT.
    sequence: Option<Space>,
    /// The source reads no table, so rows can be written while it goes on.
    reads_nothing: bool,
    /// The source does not read the table, and nothing else happens: the same, but that its scans are cheaper whole.
    reads_elsewhere: bool,
}

/// The rows of many parameter sets at once: built when they come for the first time.
#[derive(Debug)]
pub struct Batch {
    query: Query,
    parameters: usize,
    built: Option<Built>,
}

impl Batch {
    /// `None` if the query is not of the kind that can.
    pub fn of(query: Query, parameters: usize) -> Option<Batch> {
        runs_in_batches(&query).then_some(Batch { query, parameters, built: None })
    }

    fn built(&mut self) -> Result<Built> {
        self.built.take().map_or_else(|| build_batch(&self.query, self.parameters), Ok)
    }
}

/// Whether a row can be inserted as soon as it is known that the rows which it refers to are there.
fn looks_first(bound: &BoundInsert, hooks: &Hooks) -> bool {
    let table = &bound.table;
    let replaces = |clause: Option<ConflictClause>| clause == Some(ConflictClause::Replace);
    // A default that takes the place of NULL, and a rowid, are known only when the row is written.
    let knows = !replaces(bound.on_conflict)
        && !table.columns.iter().any(|column| replaces(column.not_null))
        && !table
            .references
            .iter()
            .flat_map(|reference| &reference.columns)
            .any(|column| table.rowid_column == Some(*column));
    hooks.only_look() && hooks.replaced.is_none() && bound.upserts.is_empty() && knows
}

impl InsertProgram {
    /// Puts together what was bound and built.
    pub fn new(
        bound: &BoundInsert,
        source: Built,
        batch: Option<Batch>,
        reads_target: bool,
        hooks: Hooks,
    ) -> Result<InsertProgram> {
        bound.table.check_index_collations()?;
        let targets = bound.upserts.iter().filter_map(|upsert| upsert.target);
        let upserts = bound.upserts.iter().map(|upsert| UpsertProgram::new(upsert, &bound.table));
        Ok(InsertProgram {
            order: constraint_order(&bound.table, bound.on_conflict, targets),
            table: bound.table.clone(),
            source,
            on_conflict: bound.on_conflict,
            values: bound.values.clone(),
            rowid: bound.rowid,
            row: RowProgram::new(&bound.table, &bound.row)?,
            upserts: upserts.collect::<Result<_>>()?,
            reads_nothing: batch.is_some(),
            reads_elsewhere: !reads_target && hooks.is_empty(),
            // What follows from a row may depend on its parameters having been a statement of their own.
            batch: batch.filter(|_| {
                let is_lone = hooks.is_empty() || looks_first(bound, &hooks);
                is_lone && !bound.upserts.iter().any(takes_parameters)
            }),
            hooks,
            sequence: bound.sequence,
        })
    }

    /// Whether a batch may stop before its end.
    pub fn may_stop(&self) -> bool {
        !self.hooks.is_empty()
    }

    /// Which rows of a batch are sure to be taken; `None` if none is ever.
    pub fn sure_rows(&self) -> Option<SureRows> {
        let is_plain = self.row.is_plain() && self.upserts.is_empty() && self.hooks.is_empty();
        let batch = self.batch.as_ref().filter(|_| is_plain)?;
        let checks = self.row.checks.iter().map(|(_, check)| check.clone());
        SureRows::of(&self.table, self.on_conflict, &self.values, self.rowid, &batch.query, checks)
    }

    /// Runs for the parameters of the context.
    pub fn run(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        writer.sequence(&self.table, self.sequence)?;
        writer.outcome.may_replace = self.may_replace(writer);
        let streams = self.reads_nothing || (writer.is_lent() && self.reads_elsewhere);
        if !streams {
            let mut rows = WorkRows::read(&mut self.source, context)?;
            let mut chunk = Chunk::default();
            while rows.next(&mut chunk)? {
                context.interrupt.check_rows(chunk.rows())?;
                self.insert(&chunk, writer, context)?;
            }
            return Ok(());
        }
        self.source.root.open(context)?;
        let mut chunk = Chunk::default();
        while self.source.root.next(context, &mut chunk)? {
            self.insert(&chunk, writer, context)?;
        }
        Ok(())
    }

    /// Runs for each row of the context's parameters. Rows before an error stay. It stops before a row that refers to rows
    /// which are not there: what comes of it depends on what its own statement does.
    pub fn run_batch(&mut self, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let Some(mut batch) = self.batch.take() else {
            return self.run(writer, context);
        };
        let result = batch.built().and_then(|mut built| {
            let result = self.insert_all(&mut built, writer, context);
            batch.built = Some(built);
            result
        });
        self.batch = Some(batch);
        result
    }

    /// Inserts the rows of a batch, which may come one at a time.
    fn insert_all(&self, batch: &mut Built, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        let mut chunk = Chunk::default();
        let mut taken = 0;
        writer.looks_first = !self.hooks.is_empty();
        batch.root.open(context)?;
        while batch.root.next(context, &mut chunk)? {
            writer.sequence(&self.table, self.sequence)?;
            let rows = self.insert(&chunk, writer, context)?;
            taken += rows;
            if rows < chunk.rows() {
                writer.outcome.stopped_after = Some(taken);
                break;
            }
        }
        Ok(())
    }

    /// Inserts rows; says how many it has taken before one that it must not take, if the writer looks first.
    fn insert(&self, source: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<usize> {
        let table = &*self.table;
        let rows = source.rows();
        if writer.is_lent() && rows > 1 {
            // A function that is called for a row sees those before it.
            return self.insert_one_by_one(source, writer, context);
        }
        let mut columns = Vec::with_capacity(table.columns.len() + 1);
        let no_columns = Chunk::new(Vec::new(), rows);
        for (value, column) in self.values.iter().zip(&table.columns) {
            let given = match value {
                ValueSource::Source(position) => source.column(*position).clone(),
                ValueSource::Default(expr) => eval::evaluate(expr, context, &no_columns)?,
            };
            columns.push(match table.is_stored() {
                true => stored_column(column, &given),
                false => given,
            });
        }
        let rowids = self.rowid.map(|position| source.column(position).clone());
        columns.push(rowids.clone().unwrap_or_else(|| Arc::new(Column::constant(Value::Null, rows))));
        if table.view.is_some() {
            self.insert_into_view(&Chunk::new(columns, rows), writer, context)?;
            return Ok(rows);
        }
        if let Some(connected) = &table.connected {
            for row in 0..rows {
                let row: Vec<Value> = columns.iter().map(|column| column.get(row).to_value()).collect();
                writer.insert_virtual(table, connected, &row, self.on_conflict, context)?;
            }
            return Ok(rows);
        }
        let checked = self.row.complete(table, &mut columns, rows, context);
        let checked = checked.and_then(|()| self.row.check_all(&columns, rows, context));
        if checked.is_err() && rows > 1 {
            // The rows before the one that is to blame are inserted.
            return self.insert_one_by_one(source, writer, context);
        }
        let (checked, chunk) = (checked?, Chunk::new(columns, rows));
        let rows = Rows { table, columns: chunk.columns() };
        for row in 0..chunk.rows() {
            if writer.looks_first && !self.is_met(&rows, row, writer, context)? {
                return Ok(row);
            }
            let given = match &rowids {
                Some(rowids) => given_rowid(rowids.get(row))?,
                None => None,
            };
            if self.row.checks_types_first(&self.hooks) {
                check_types(&rows, row)?;
            }
            self.insert_row(&rows, row, given, &checked, writer, context)?;
        }
        Ok(chunk.rows())
    }

    fn insert_one_by_one(
        &self,
        source: &Chunk,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<usize> {
        for row in 0..source.rows() {
            let mut one = source.clone();
            one.select(&[row as u32]);
            if self.insert(&one, writer, context)? == 0 {
                return Ok(row);
            }
        }
        Ok(source.rows())
    }

    /// Whether all rows that a row refers to are there.
    fn is_met(&self, rows: &Rows<'_>, row: usize, writer: &Writer<'_>, context: &Context) -> Result<bool> {
        for &number in &self.hooks.references {
            if !writer.programs.keys[number].is_met(rows.columns, row, context)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a row may have to make room for a new one.
    fn may_replace(&self, writer: &Writer<'_>) -> bool {
        let statement = self.conflict_clause(writer);
        let clause = |constraint: &Option<usize>| match constraint {
            Some(number) => self.table.indexes[*number].on_conflict,
            None => self.table.key_conflict,
        };
        // A rowid that is chosen is no other row's.
        let looked_at = |constraint: &&Option<usize>| {
            constraint.is_some() || self.rowid.is_some() || !self.table.has_rowid()
        };
        let mut clauses = self.order.iter().filter(looked_at).map(clause);
        clauses.any(|constraint| resolution(statement, constraint) == Some(Resolution::Replace))
    }

    /// Which OR clause counts.
    fn conflict_clause(&self, writer: &Writer<'_>) -> Option<ConflictClause> {
        writer.on_conflict.or(self.on_conflict)
    }

    fn insert_row(
        &self,
        rows: &Rows<'_>,
        row: usize,
        given: Option<i64>,
        checked: &Checked,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = rows.table;
        if !self.hooks.before.is_empty() {
            // The rowid is not chosen yet; SQLite shows -1, and what follows from that.
            let id = rows.id(row, Some(given.unwrap_or(-1))).unwrap_or(RowId::Rowid(-1));
            let new = match self.row.derives_from_rowid {
                true => {
                    let mut columns = rows.chunk(row, &id).columns().to_vec();
                    self.row.complete(table, &mut columns, 1, context)?;
                    Rows { table, columns: &columns }.values(0, &id)
                }
                false => rows.values(row, &id),
            };
            if !writer.fire(&self.hooks.before, Images { old: None, new: Some(&new) }, context)? {
                return Ok(());
            }
        }
        writer.forget_disturbed();
        let id = match rows.id(row, given) {
            Some(id) => id,
            None => RowId::Rowid(match writer.sequence(&self.table, self.sequence)?.copied() {
                Some(sequence) => {
                    writer.site.rowids.next_above(sequence, table.space, &writer.site.reader)?
                }
                None => writer.site.rowids.next(
                    table.space,
                    &writer.site.reader,
                    &*context.facts.resources.entropy,
                )?,
            }),
        };
        if let Some(sequence) = writer.sequence(&self.table, self.sequence)? {
            *sequence = (*sequence).max(id.rowid());
        }
        if self.row.derives_from_rowid {
            let mut columns = rows.chunk(row, &id).columns().to_vec();
            self.row.complete(table, &mut columns, 1, context)?;
            let chunk = Chunk::new(columns, 1);
            let checked = self.row.check_all(chunk.columns(), chunk.rows(), context)?;
            let rows = Rows { table, columns: chunk.columns() };
            return self.insert_complete(&rows, 0, &id, given.is_some(), &checked, writer, context);
        }
        self.insert_complete(rows, row, &id, given.is_some(), checked, writer, context)
    }

    #[expect(clippy::too_many_arguments, reason = "the row, and what works on it")]
    fn insert_complete(
        &self,
        rows: &Rows<'_>,
        row: usize,
        id: &RowId,
        rowid_given: bool,
        checked: &Checked,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<()> {
        let table = rows.table;
        if let Some(position) = missing_value(rows, row, self.conflict_clause(writer)) {
            let statement = self.conflict_clause(writer);
            let filled = fill_in(&self.row, position, (rows, row, id), statement, writer, context)?;
            let Some(mut columns) = filled else {
                return Ok(());
            };
            self.row.complete(table, &mut columns, 1, context)?;
            let chunk = Chunk::new(columns, 1);
            let checked = self.row.check_all(chunk.columns(), chunk.rows(), context)?;
            let rows = Rows { table, columns: chunk.columns() };
            let id = rows.id(0, Some(id.rowid())).unwrap_or_else(|| id.clone());
            return self.insert_complete(&rows, 0, &id, rowid_given, &checked, writer, context);
        }
        // Types are looked at for CHECK, or for indexes; another row with the same rowid is found before.
        let mut types_wait = !self.row.has_checks && table.has_rowid() && self.order.first() == Some(&None);
        if !types_wait {
            check_types(rows, row)?;
        }
        if !self.row.checks.is_empty()
            && let Some(error) = self.row.broken_check(checked, rows, row, id, context)?
        {
            return check_failed(error, self.conflict_clause(writer), writer);
        }
        // Where functions insert rows too, one may have taken the rowid that was chosen.
        let has_new_key = rowid_given || !table.has_rowid() || writer.is_lent();
        let order = &self.order;
        let mut passed = None;
        while let Some(obstacle) = writer.obstacle(order, (rows, row), id, has_new_key, None)? {
            if types_wait && obstacle.index.is_some() {
                check_types(rows, row)?;
                types_wait = false;
            }
            check_passed(order, &mut passed, (table, &obstacle), writer)
                .map_err(|error| with_values(error, &obstacle, (rows, row, id)))?;
            if !self.clear(&obstacle, rows, row, id, writer, context)? {
                return Ok(());
            }
        }
        if types_wait {
            check_types(rows, row)?;
        }
        writer.put_row(rows, row, id)?;
        writer.site.rowids.inserted(table.space, id.rowid());
        writer.outcome.changes += 1;
        if table.has_rowid() {
            writer.outcome.last_insert_rowid = Some(id.rowid());
        }
        if !self.hooks.is_empty() && !writer.looks_first {
            let new = rows.values(row, id);
            let images = Images { old: None, new: Some(&new) };
            writer.check_references(&self.hooks, images, context)?;
            writer.fire(&self.hooks.after, images, context)?;
        }
        if !self.row.returning.is_empty() {
            let returned = self.row.returned(&rows.chunk(row, id), context)?;
            writer.outcome.give_back(returned, context)?;
        }
        Ok(())
    }

    /// Does what is to be done about a row in the way. Returns whether the new row is still to be inserted.
    fn clear(
        &self,
        obstacle: &Obstacle,
        rows: &Rows<'_>,
        row: usize,
        id: &RowId,
        writer: &mut Writer<'_>,
        context: &mut Context,
    ) -> Result<bool> {
        let mut upserts = self.upserts.iter().zip(&self.hooks.upserts);
        if let Some((upsert, hooks)) = upserts.find(|(upsert, _)| upsert.is_about(obstacle)) {
            upsert.run(&obstacle.id, (rows, row, id), &self.row, hooks, writer, context)?;
            return Ok(false);
        }
        let statement = self.conflict_clause(writer);
        let resolution = unique_resolution(rows.table, obstacle, statement, writer)
            .map_err(|error| with_values(error, obstacle, (rows, row, id)))?;
        if resolution == Resolution::Skip {
            return Ok(false);
        }
        writer.replace(rows.table, &obstacle.id, &self.row, &self.hooks, context)?;
        Ok(true)
    }

    fn insert_into_view(&self, chunk: &Chunk, writer: &mut Writer<'_>, context: &mut Context) -> Result<()> {
        for row in 0..chunk.rows() {
            let mut new: Vec<Value> =
                (0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect();
            new[self.table.rowid_position()] = Value::Integer(-1);
            let goes_on = writer.fire(&self.hooks.instead, Images { old: None, new: Some(&new) }, context)?;
            if goes_on && !self.row.returning.is_empty() {
                let mut one = chunk.clone();
                one.select(&[row as u32]);
                let returned = self.row.returned(&one, context)?;
                writer.outcome.give_back(returned, context)?;
            }
        }
        Ok(())
    }

    /// What OR says: it counts for what triggers do as well.
    pub fn on_conflict(&self) -> Option<ConflictClause> {
        self.on_conflict
    }
}

/// Whether what is done about a row in the way depends on parameters.
fn takes_parameters(upsert: &UpsertAction) -> bool {
    let values = upsert.assignments.iter().flatten().map(|(_, value)| value);
    values.chain(&upsert.filter).any(|expr| expr.any(&mut |part| matches!(part, Expr::Parameter(_))))
}
