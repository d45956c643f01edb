//! Queries inside expressions.
//!
//! A query runs when it is first asked, and its answer is kept as long as the values are the same that it takes from
//! the queries around it: for the whole execution if it takes none.

use std::sync::Arc;

use helios_core::value::{Affinity, Collation};
use helios_core::{Error, ErrorKind, Result, Value};

use super::key::write_key;
use super::partition::{self, Partitions};
use super::{BoxedOperator, Context, eval};
use crate::chunk::{Chunk, Column};
use crate::plan::{Dependence, SubqueryCall};
use crate::spill::{ChunkList, KeySet};

/// A query in an expression, ready to run.
#[derive(Debug)]
pub struct SubqueryState {
    /// The query; taken out while it runs.
    root: Option<BoxedOperator>,
    dependence: Dependence,
    /// The answer, once known.
    pub(super) answer: Option<Answer>,
    /// The rows for all rows around it, where the query is run once for them.
    pub(super) partitions: Option<Partitions>,
    /// The first values of its rows, where a scan looks them up.
    values: Option<Arc<[Value]>>,
    /// The values that the query depends on, as they were for the answer.
    given: Vec<Value>,
}

/// What an expression wants of a query.
#[derive(Debug)]
pub(super) enum Answer {
    /// The first row, if there is one.
    Row(Option<Vec<Value>>),
    Exists(bool),
    Members(Members),
    /// All rows so far, for those who share them, and whether there are more.
    Rows(ChunkList, bool),
}

/// The values of a query, to look others up in.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) keys: KeySet,
    /// A row had a NULL.
    pub(super) has_null: bool,
    /// With several columns: the rows, to compare one by one where a NULL leaves something open.
    pub(super) rows: ChunkList,
    /// There was no row.
    pub(super) is_empty: bool,
}

impl SubqueryState {
    pub(super) fn new(root: BoxedOperator, dependence: Dependence) -> SubqueryState {
        SubqueryState {
            root: Some(root),
            dependence,
            answer: None,
            partitions: None,
            values: None,
            given: Vec::new(),
        }
    }

    /// Forgets the answer of an earlier execution.
    pub fn reset(&mut self) {
        self.answer = None;
        self.partitions = None;
        if let Some(root) = &mut self.root {
            root.close();
        }
        self.values = None;
    }

    /// Forgets what may be otherwise after rows were changed. A query that takes nothing from the queries around it
    /// keeps its answer: it runs once in a statement, as in SQLite.
    pub fn rows_changed(&mut self) {
        self.partitions = None;
        if !self.dependence.slots.is_empty() {
            self.answer = None;
            self.values = None;
        }
    }
}

/// Calls `visit` for each row of `input` with the values in place that the query takes from it.
pub(super) fn for_each_row(
    subquery: &SubqueryCall,
    context: &mut Context,
    input: &Chunk,
    mut visit: impl FnMut(usize, &mut Context) -> Result<()>,
) -> Result<()> {
    if !subquery.by.is_empty() {
        return partition::for_each_row(subquery, context, input, visit);
    }
    let columns =
        subquery.outer.iter().map(|(slot, expr)| Ok((*slot, eval::evaluate(expr, context, input)?)));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    for row in 0..input.rows() {
        for (slot, column) in &columns {
            context.outer[*slot] = column.get(row).to_value();
        }
        refresh(subquery.number, context);
        visit(row, context)?;
    }
    Ok(())
}

/// Forgets an answer that does not hold any more.
fn refresh(number: usize, context: &mut Context) {
    let SubqueryState { dependence, answer, values, given, .. } = &mut context.subqueries[number];
    if dependence.slots.is_empty() {
        return;
    }
    let outer = &context.outer;
    let is_same = dependence.slots.iter().map(|&slot| &outer[slot]).eq(&*given);
    if !is_same || dependence.is_volatile {
        *answer = None;
        *values = None;
        given.clear();
        given.extend(dependence.slots.iter().map(|&slot| outer[slot].clone()));
    }
}

/// Begins to read the rows of a query that several places share.
pub(super) fn open_rows(number: usize, context: &mut Context) -> Result<()> {
    refresh(number, context);
    if context.subqueries[number].answer.is_none() {
        with_root(number, context, |root, context| root.open(context))?;
        context.subqueries[number].answer = Some(Answer::Rows(ChunkList::new(&context.workspace()), true));
    }
    Ok(())
}

/// Fills `out` with the rows at a position in the sequence of chunks; `false` after the last.
pub(super) fn rows(number: usize, position: usize, context: &mut Context, out: &mut Chunk) -> Result<bool> {
    let answer = context.subqueries[number].answer.take();
    let Some(Answer::Rows(mut chunks, mut more)) = answer else {
        return Err(Error::new(ErrorKind::Internal, "a subquery has an answer to another question"));
    };
    let mut result = Ok(());
    while more && chunks.len() <= position {
        let mut chunk = Chunk::default();
        match with_root(number, context, |root, context| root.next(context, &mut chunk)) {
            Ok(true) => result = chunks.push(chunk),
            Ok(false) => more = false,
            Err(error) => result = Err(error),
        }
        if result.is_err() {
            break;
        }
    }
    let found = result.and_then(|()| chunks.get(position, out));
    context.subqueries[number].answer = Some(Answer::Rows(chunks, more));
    found
}

/// Calls `act` with the query itself.
fn with_root<T>(
    number: usize,
    context: &mut Context,
    act: impl FnOnce(&mut BoxedOperator, &mut Context) -> Result<T>,
) -> Result<T> {
    let Some(mut root) = context.subqueries[number].root.take() else {
        return Err(Error::new(ErrorKind::Internal, "a subquery runs inside itself"));
    };
    let result = act(&mut root, context);
    context.subqueries[number].root = Some(root);
    result
}

/// Runs the query until `take` has enough.
pub(super) fn run(
    number: usize,
    context: &mut Context,
    mut take: impl FnMut(&Chunk) -> Result<bool>,
) -> Result<()> {
    if let Some(partitions) = &mut context.subqueries[number].partitions {
        let chunk = partitions.chunk()?;
        return if chunk.rows() > 0 { take(&chunk).map(drop) } else { Ok(()) };
    }
    let runs_once = context.subqueries[number].dependence.slots.is_empty();
    with_root(number, context, |root, context| {
        let mut chunk = Chunk::default();
        root.open(context)?;
        while root.next(context, &mut chunk)? {
            if !take(&chunk)? {
                break;
            }
        }
        if runs_once {
            root.close();
        }
        Ok(())
    })
}

pub(super) fn scalar_column(
    subquery: &SubqueryCall,
    column: usize,
    context: &mut Context,
    input: &Chunk,
) -> Result<Column> {
    let number = subquery.number;
    let mut out = Column::default();
    for_each_row(subquery, context, input, |_, context| {
        if context.subqueries[number].answer.is_none() {
            let mut first = None;
            run(number, context, |chunk| {
                if subquery.is_single && chunk.rows() > usize::from(first.is_none()) {
                    return Err(Error::new(
                        ErrorKind::Data,
                        "more than one row returned by a subquery used as an expression",
                    ));
                }
                first = Some((0..chunk.width()).map(|column| chunk.value(0, column).to_value()).collect());
                Ok(subquery.is_single)
            })?;
            context.subqueries[number].answer = Some(Answer::Row(first));
        }
        match &context.subqueries[number].answer {
            Some(Answer::Row(Some(values))) => out.push(values[column].as_ref()),
            _ => out.push(helios_core::ValueRef::Null),
        }
        Ok(())
    })?;
    Ok(out)
}

pub(super) fn exists_column(subquery: &SubqueryCall, context: &mut Context, input: &Chunk) -> Result<Column> {
    let number = subquery.number;
    let mut out = Column::default();
    for_each_row(subquery, context, input, |_, context| {
        if context.subqueries[number].answer.is_none() {
            let mut found = false;
            run(number, context, |_| {
                found = true;
                Ok(false)
            })?;
            context.subqueries[number].answer = Some(Answer::Exists(found));
        }
        let exists = matches!(context.subqueries[number].answer, Some(Answer::Exists(true)));
        out.push(helios_core::ValueRef::Integer(i64::from(exists)));
        Ok(())
    })?;
    Ok(out)
}

/// The rows of the query as a set of keys.
pub(super) fn members<'a>(
    number: usize,
    comparisons: &[(Option<Affinity>, Collation)],
    context: &'a mut Context,
) -> Result<&'a mut Members> {
    if context.subqueries[number].answer.is_none() {
        let workspace = context.workspace();
        let mut members = Members {
            keys: KeySet::new(&workspace),
            has_null: false,
            rows: ChunkList::new(&workspace),
            is_empty: true,
        };
        run(number, context, |chunk| add_members(&mut members, chunk, comparisons).map(|()| true))?;
        context.subqueries[number].answer = Some(Answer::Members(members));
    }
    match &mut context.subqueries[number].answer {
        Some(Answer::Members(members)) => Ok(members),
        _ => Err(Error::new(ErrorKind::Internal, "a subquery has an answer to another question")),
    }
}

/// The first values of all rows of a query that the row around it gives nothing, converted to an affinity; no NULLs.
pub(super) fn first_values(
    number: usize,
    affinity: Option<Affinity>,
    context: &mut Context,
) -> Result<Arc<[Value]>> {
    refresh(number, context);
    if let Some(values) = &context.subqueries[number].values {
        return Ok(values.clone());
    }
    let mut values = Vec::new();
    run(number, context, |chunk| {
        for row in 0..chunk.rows() {
            let value = chunk.value(row, 0);
            let converted = affinity.and_then(|affinity| affinity.convert(value));
            values.push(converted.unwrap_or_else(|| value.to_value()));
        }
        Ok(true)
    })?;
    values.retain(|value| !value.is_null());
    let values: Arc<[Value]> = values.into();
    context.subqueries[number].values = Some(values.clone());
    Ok(values)
}

fn add_members(
    members: &mut Members,
    chunk: &Chunk,
    comparisons: &[(Option<Affinity>, Collation)],
) -> Result<()> {
    members.is_empty = false;
    let columns: Vec<_> = chunk
        .columns()
        .iter()
        .zip(comparisons)
        .map(|(column, (affinity, _))| {
            affinity.map_or(column.clone(), |affinity| eval::convert_column(affinity, column))
        })
        .collect();
    let mut key = Vec::new();
    for row in 0..chunk.rows() {
        let values =
            columns.iter().zip(comparisons).map(|(column, (_, collation))| (column.get(row), collation));
        if values.clone().any(|(value, _)| value.is_null()) {
            members.has_null = true;
            continue;
        }
        key.clear();
        write_key(values, &mut key);
        members.keys.insert(&key)?;
    }
    members.keys.settle()?;
    if columns.len() > 1 {
        members.rows.append(Chunk::new(columns, chunk.rows()))?;
    }
    Ok(())
}
