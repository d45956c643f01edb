//! `fts4aux`: the terms of a table, as a table (<https://sqlite.org/fts3.html#fts4aux>).

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value};
use helios_fts::fts4::{language_mark, language_of};
use helios_fts::index::{Index, MAIN, Postings, TermScan, column_of};
use helios_fts::{Detail, dequote};

use super::super::fts5::{Shadow, damaged};
use super::super::{
    Constraint, Definition, IndexChoice, IndexRequest, Module, Operator, RowSink, Tables, Usage,
    VirtualColumn, VirtualCursor, VirtualScan, VirtualTable,
};
use super::failed;

/// The module.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Terms;

impl Module for Terms {
    fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let arguments: Vec<String> =
            definition.arguments.iter().map(|argument| dequote(argument.trim())).collect();
        let (schema, name) = match &arguments[..] {
            [name] if !name.is_empty() => (None, name),
            [schema, name] if schema.eq_ignore_ascii_case("temp") => (Some(schema.as_str()), name),
            [schema, name] if !schema.eq_ignore_ascii_case("main") => (Some(schema.as_str()), name),
            _ => return Err(Error::sql("invalid arguments to fts4aux constructor")),
        };
        let is_old = |module: &str| ["fts3", "fts4"].iter().any(|old| module.eq_ignore_ascii_case(old));
        let of = tables.definition(schema, name).filter(|(definition, _)| is_old(&definition.module));
        let found = of.and_then(|(of, slot)| Some((Shadow::find_old(schema, &of.table, tables)?, slot)));
        let mut columns: Vec<VirtualColumn> =
            ["term", "col", "documents", "occurrences"].iter().map(|name| VirtualColumn::new(name)).collect();
        columns.push(VirtualColumn::hidden("languageid"));
        Ok(Arc::new(TermsTable { columns, found }))
    }
}

#[derive(Debug)]
struct TermsTable {
    columns: Vec<VirtualColumn>,
    found: Option<(Shadow, usize)>,
}

fn bounds(constraint: &Constraint) -> bool {
    constraint.column == Some(0)
        && matches!(constraint.operator, Operator::Equal | Operator::LessOrEqual | Operator::GreaterOrEqual)
}

fn is_language(constraint: &Constraint) -> bool {
    constraint.column == Some(4) && constraint.operator == Operator::Equal
}

impl VirtualTable for TermsTable {
    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let usage = |constraint: &Constraint| match bounds(constraint) || is_language(constraint) {
            true => Usage::Inexact,
            false => Usage::Unsupported,
        };
        let usages: Vec<Usage> = request.constraints.iter().map(usage).collect();
        let rows = if usages.contains(&Usage::Inexact) { 100.0 } else { 20_000.0 };
        let is_ordered = request.order == [(Some(0), false)];
        Ok(IndexChoice { usages, rows, is_ordered, ..IndexChoice::default() })
    }

    fn reads_waiting(&self, _: &[Constraint]) -> bool {
        true
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let (shadow, slot) = self.found.as_ref().ok_or_else(failed)?;
        let reader = match slot.checked_sub(1) {
            None => scan.main,
            Some(number) => scan.others.get(number).ok_or_else(damaged)?,
        };
        let given = |matches: &dyn Fn(&Constraint) -> bool| {
            scan.constraints.iter().zip(scan.values).find(|(own, _)| matches(own)).map(|(_, value)| value)
        };
        let language = given(&is_language).map_or(0, |language| language.as_ref().to_integer());
        let least = given(&|own| bounds(own) && own.operator != Operator::LessOrEqual);
        let least = least.and_then(|value| value.as_ref().text_bytes()).unwrap_or_default();
        let most = given(&|own| bounds(own) && own.operator != Operator::GreaterOrEqual);
        let most = most.and_then(|value| value.as_ref().text_bytes().map(std::borrow::Cow::into_owned));
        let index = Index::open(shadow.store(reader))?;
        let first = [&[MAIN], &language_mark(language)[..], &least].concat();
        Ok(Box::new(TermsCursor {
            terms: index.terms(&first)?,
            language,
            most,
            ready: VecDeque::new(),
            row: 0,
            wanted: scan.wanted.to_vec(),
        }))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct TermsCursor {
    terms: TermScan,
    language: i64,
    most: Option<Vec<u8>>,
    ready: VecDeque<[Value; 4]>,
    row: i64,
    wanted: Vec<usize>,
}

impl VirtualCursor for TermsCursor {
    fn fill(&mut self, _reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() {
            let Some(row) = self.ready.pop_front() else {
                if self.more()? {
                    continue;
                }
                return Ok(());
            };
            self.row += 1;
            let (language, rowid) = (Value::Integer(self.language), Value::Integer(self.row));
            for (place, position) in self.wanted.iter().enumerate() {
                let other = if *position == 4 { &language } else { &rowid };
                out.value(place, row.get(*position).unwrap_or(other).as_ref());
            }
            out.end_row();
        }
        Ok(())
    }
}

impl TermsCursor {
    /// Makes the rows of the next term ready; `false` at the end.
    fn more(&mut self) -> Result<bool> {
        let Some(term) = self.terms.term().and_then(|term| term.strip_prefix(&[MAIN])) else {
            return Ok(false);
        };
        let (language, token) = language_of(term);
        let is_beyond = self.most.as_deref().is_some_and(|most| token > most);
        if language == self.language && is_beyond {
            return Ok(false);
        }
        if language == self.language {
            let token = Value::Text(token.into());
            let postings = self.terms.postings()?;
            self.count(&token, postings)?;
        }
        self.terms.advance()?;
        Ok(true)
    }

    /// The rows of a term: all columns together, then each that has it.
    fn count(&mut self, token: &Value, mut postings: Postings) -> Result<()> {
        let mut columns: Vec<(i64, i64)> = Vec::new();
        let (mut documents, mut occurrences) = (0, 0);
        let mut places = Vec::new();
        while postings.rowid().is_some() {
            places.clear();
            postings.read_places(Detail::Full, &mut places);
            documents += 1;
            occurrences += places.len() as i64;
            let mut seen = None;
            for column in places.iter().map(|place| column_of(*place)) {
                if columns.len() <= column {
                    columns.resize(column + 1, (0, 0));
                }
                columns[column].0 += i64::from(seen != Some(column));
                columns[column].1 += 1;
                seen = Some(column);
            }
            postings.advance()?;
        }
        if documents == 0 {
            return Ok(());
        }
        self.ready.push_back([token.clone(), "*".into(), documents.into(), occurrences.into()]);
        for (column, (documents, occurrences)) in columns.into_iter().enumerate() {
            if documents > 0 {
                let column = Value::Integer(column as i64);
                self.ready.push_back([token.clone(), column, documents.into(), occurrences.into()]);
            }
        }
        Ok(())
    }
}
