//! WITH whose tables are INSERT, UPDATE and DELETE.
//!
//! In: the parts of such a statement. Out: what the statement behind them gives. The parts run in order, and what one gives
//! the later ones read by its name. They all read the rows as they were when the statement began; only a change of a table
//! that an earlier part has changed finds that table as it is. If one part fails, nothing has happened.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, ErrorKind, Result};

use super::Session;
use super::environment::View;
use super::sources::{Slots, Sources};
use super::statement::{Running, Statement};
use crate::ast::{self, ChangingWith};
use crate::bind::{Binder, GivenRows, RowChecks};
use crate::chunk::Chunk;
use crate::types::{self, Inference};

/// What the parts of a statement that runs share.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// What earlier parts gave.
    pub(super) given: Vec<Arc<GivenRows>>,
    /// What tables showed when the statement began: `main`, and the schemas besides it.
    before: Option<Arc<(Reader, Vec<Reader>)>>,
    /// The tables that earlier parts have changed, and whether triggers or references may have changed others.
    changed: Vec<String>,
    changes_others: bool,
}

impl Parts {
    /// Whether a part runs.
    pub(super) fn is_running(&self) -> bool {
        self.before.is_some()
    }

    /// What a part reads from that changes this table, if it changes one.
    pub(super) fn seen(&self, sources: &Sources, changes: Option<&str>) -> Sources {
        let is_changed = |table: &str| self.changed.iter().any(|known| known.eq_ignore_ascii_case(table));
        match &self.before {
            Some(before) if !changes.is_some_and(|table| self.changes_others || is_changed(table)) => {
                let others = sources.others.iter().zip(&before.1);
                let others = others.map(|((_, stamp), reader)| (reader.clone(), *stamp));
                Sources { reader: before.0.clone(), stamp: sources.stamp, others: others.collect() }
            }
            _ => sources.clone(),
        }
    }
}

/// The table that a statement changes, where it has to find the rows that it changes.
fn target(statement: &ast::Statement) -> Option<&str> {
    match statement {
        ast::Statement::Update(update) => Some(&update.table.name),
        ast::Statement::Delete(delete) => Some(&delete.table.name),
        _ => None,
    }
}

impl Session {
    /// What a part reads from.
    pub(super) fn seen_by(&self, statement: &Statement, sources: &Sources) -> Sources {
        self.parts.seen(sources, target(statement.tree()))
    }

    /// The columns and the types of the whole statement.
    pub(super) fn bind_parts(view: &View, statement: &mut Statement, with: &ChangingWith) -> Result<()> {
        let parameters = statement.parameters().len();
        let mut known = Inference::default();
        for (name, part) in with.statements() {
            let binder = Binder::new(view, statement.text.clone());
            let (inferred, columns, outputs) = match &part {
                ast::Statement::Select(select) => {
                    let bound = binder.bind_query(select)?;
                    let inferred = types::infer(types::Statement::Query(&bound), parameters);
                    (inferred, super::compile::query_columns(&bound), None)
                }
                ast::Statement::Insert(insert) => {
                    let bound = binder.bind_insert(insert)?;
                    statement.vector_parameters.extend(&bound.bound.vector_parameters);
                    let inferred = types::infer(types::Statement::Insert(&bound), parameters);
                    (inferred, super::compile::returning_columns(&bound.row), outputs(&bound.row))
                }
                ast::Statement::Update(update) => {
                    let bound = binder.bind_update(update)?;
                    statement.vector_parameters.extend(&bound.bound.vector_parameters);
                    let inferred = types::infer(types::Statement::Update(&bound), parameters);
                    (inferred, super::compile::returning_columns(&bound.row), outputs(&bound.row))
                }
                ast::Statement::Delete(delete) => {
                    let bound = binder.bind_delete(delete)?;
                    let inferred = types::infer(types::Statement::Delete(&bound), parameters);
                    (inferred, super::compile::returning_columns(&bound.row), outputs(&bound.row))
                }
                _ => return Err(Error::new(ErrorKind::Internal, "a part of WITH that is no query")),
            };
            merge_parameters(&mut known.parameters, &inferred.parameters);
            match name {
                Some(name) => {
                    let columns = outputs.map(|outputs| with_types(outputs, &inferred));
                    let given = GivenRows { name: name.to_owned(), columns, rows: Vec::new() };
                    view.given.borrow_mut().push(Arc::new(given));
                }
                None => {
                    known = Inference { parameters: known.parameters, ..inferred };
                    statement.columns = columns;
                }
            }
        }
        statement.types = known;
        Ok(())
    }

    /// Runs the parts, and keeps what the last one gives.
    pub(super) fn run_parts(
        &mut self,
        statement: &mut Statement,
        with: &ChangingWith,
        parameters: &Chunk,
    ) -> Result<()> {
        let mut rows = Vec::new();
        let outside = std::mem::take(&mut self.parts);
        let result = self.writing(|session| {
            let all = (0..=session.others.len()).fold(Slots::default(), |mut slots, slot| {
                slots.add(slot);
                slots
            });
            let sources = session.sources(all)?;
            let others = sources.others.iter().map(|(reader, _)| reader.frozen()).collect();
            session.parts.before = Some(Arc::new((sources.reader.frozen(), others)));
            for (name, part) in with.statements() {
                rows = session.run_part(statement, name, part, parameters)?;
            }
            Ok(())
        });
        self.parts = outside;
        result?;
        statement.running = Some(Running::Rows(rows.into_iter()));
        Ok(())
    }

    /// Runs one part to its end. What a named one gives is there for those behind it.
    fn run_part(
        &mut self,
        outer: &Statement,
        name: Option<&str>,
        part: ast::Statement,
        parameters: &Chunk,
    ) -> Result<Vec<Chunk>> {
        let changed = match &part {
            ast::Statement::Insert(insert) => Some(insert.table.name.to_string()),
            other => target(other).map(str::to_owned),
        };
        let mut part = Statement::internal(outer, part);
        self.start(&mut part, parameters)?;
        let mut chunks = Vec::new();
        loop {
            let mut chunk = Chunk::default();
            if !self.fetch(&mut part, &mut chunk)? {
                break;
            }
            chunks.push(chunk);
        }
        self.parts.changed.extend(changed);
        self.parts.changes_others |= part.has_hooks();
        let Some(name) = name else { return Ok(chunks) };
        let width = part.columns().len();
        let values = |chunk: &Chunk, row: usize| {
            (0..width).map(|column| chunk.value(row, column).to_value()).collect::<Vec<_>>()
        };
        let rows = chunks.iter().flat_map(|chunk| (0..chunk.rows()).map(|row| values(chunk, row)));
        let columns = (width > 0).then(|| part.returned.clone());
        let given = GivenRows { name: name.to_owned(), columns, rows: rows.collect() };
        self.parts.given.push(Arc::new(given));
        Ok(Vec::new())
    }
}

/// The columns of RETURNING; `None` if there are none.
pub(super) fn outputs(row: &RowChecks) -> Option<Vec<(Arc<str>, crate::plan::ColumnInfo)>> {
    let column = |column: &crate::bind::ReturningColumn| (column.name.clone(), column.info.clone());
    (!row.returning.is_empty()).then(|| row.returning.iter().map(column).collect())
}

/// Columns with the types that were found for them, where they declare none.
pub(super) fn with_types(
    mut outputs: Vec<(Arc<str>, crate::plan::ColumnInfo)>,
    inferred: &Inference,
) -> Vec<(Arc<str>, crate::plan::ColumnInfo)> {
    for ((_, info), of) in outputs.iter_mut().zip(&inferred.columns) {
        if info.declared_type.is_none() && of.is_known() {
            let array = if of.is_array { "[]" } else { "" };
            info.declared_type = Some(format!("{}{array}", of.catalog_name()).into());
        }
    }
    outputs
}

fn merge_parameters(known: &mut Vec<types::SqlType>, found: &[types::SqlType]) {
    known.resize(known.len().max(found.len()), types::SqlType::UNKNOWN);
    for (known, found) in known.iter_mut().zip(found) {
        if !known.is_known() {
            *known = *found;
        }
    }
}
