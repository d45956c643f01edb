//! Queries inside expressions.
//!
//! One that takes nothing from the query around it runs once an execution, when it is first asked, and its answer is
//! kept. One that does runs for each row.

use std::collections::HashSet;

use helios_core::value::{Affinity, Collation};
use helios_core::{Error, ErrorKind, Result, Value};

use super::key::write_key;
use super::{BoxedOperator, Context, eval};
use crate::chunk::{Chunk, Column};
use crate::plan::SubqueryCall;

/// A query in an expression, ready to run.
#[derive(Debug)]
pub struct SubqueryState {
    /// The query; taken out while it runs.
    root: Option<BoxedOperator>,
    /// The answer, once known.
    answer: Option<Answer>,
}

/// What an expression wants of a query.
#[derive(Debug)]
enum Answer {
    /// The first row, if there is one.
    Row(Option<Vec<Value>>),
    Exists(bool),
    Members(Members),
}

/// The values of a query, to look others up in.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) keys: HashSet<Vec<u8>>,
    /// A row had a NULL.
    pub(super) has_null: bool,
    /// With several columns: the rows, to compare one by one where a NULL leaves something open.
    pub(super) rows: Vec<Vec<Value>>,
    /// There was no row.
    pub(super) is_empty: bool,
}

impl SubqueryState {
    pub(super) fn new(root: BoxedOperator) -> SubqueryState {
        SubqueryState { root: Some(root), answer: None }
    }

    /// Forgets the answer of an earlier execution.
    pub fn reset(&mut self) {
        self.answer = None;
    }
}

/// Calls `visit` for each row of `input` with the values in place that the query takes from it.
pub(super) fn for_each_row(
    subquery: &SubqueryCall,
    context: &mut Context,
    input: &Chunk,
    mut visit: impl FnMut(usize, &mut Context) -> Result<()>,
) -> Result<()> {
    let columns =
        subquery.outer.iter().map(|(slot, expr)| Ok((*slot, eval::evaluate(expr, context, input)?)));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    for row in 0..input.rows() {
        for (slot, column) in &columns {
            context.outer[*slot] = column.get(row).to_value();
        }
        if !columns.is_empty() {
            context.subqueries[subquery.number].answer = None;
        }
        visit(row, context)?;
    }
    Ok(())
}

/// Runs the query until `take` has enough.
fn run(number: usize, context: &mut Context, mut take: impl FnMut(&Chunk) -> Result<bool>) -> Result<()> {
    let Some(mut root) = context.subqueries[number].root.take() else {
        return Err(Error::new(ErrorKind::Internal, "a subquery runs inside itself"));
    };
    let mut chunk = Chunk::default();
    let mut go = || {
        root.open(context)?;
        while root.next(context, &mut chunk)? {
            if !take(&chunk)? {
                break;
            }
        }
        Ok(())
    };
    let result = go();
    context.subqueries[number].root = Some(root);
    result
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
                first = Some((0..chunk.width()).map(|column| chunk.value(0, column).to_value()).collect());
                Ok(false)
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
) -> Result<&'a Members> {
    if context.subqueries[number].answer.is_none() {
        let mut members = Members { is_empty: true, ..Members::default() };
        run(number, context, |chunk| {
            add_members(&mut members, chunk, comparisons);
            Ok(true)
        })?;
        context.subqueries[number].answer = Some(Answer::Members(members));
    }
    match &context.subqueries[number].answer {
        Some(Answer::Members(members)) => Ok(members),
        _ => Err(Error::new(ErrorKind::Internal, "a subquery has an answer to another question")),
    }
}

fn add_members(members: &mut Members, chunk: &Chunk, comparisons: &[(Option<Affinity>, Collation)]) {
    members.is_empty = false;
    let columns: Vec<_> = chunk
        .columns()
        .iter()
        .zip(comparisons)
        .map(|(column, (affinity, _))| {
            affinity.map_or(column.clone(), |affinity| eval::convert_column(affinity, column))
        })
        .collect();
    for row in 0..chunk.rows() {
        let values =
            columns.iter().zip(comparisons).map(|(column, (_, collation))| (column.get(row), *collation));
        if columns.len() > 1 {
            members.rows.push(columns.iter().map(|column| column.get(row).to_value()).collect());
        }
        if values.clone().any(|(value, _)| value.is_null()) {
            members.has_null = true;
            continue;
        }
        let mut key = Vec::new();
        write_key(values, &mut key);
        members.keys.insert(key);
    }
}
