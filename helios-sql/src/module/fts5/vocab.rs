//! `fts5vocab`: the terms of a table (<https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module>).

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value, ValueRef};
use helios_fts::index::{Index, MAIN, Postings, TermScan, column_of, offset_of};
use helios_fts::{Config, Detail, dequote};

use super::super::{
    Definition, IndexChoice, IndexRequest, Module, Operator, RowSink, Tables, Usage, VirtualColumn,
    VirtualCursor, VirtualScan, VirtualTable,
};
use super::shadow::{Shadow, damaged};

/// The module.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Vocabulary;

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A term.
    Row,
    /// A term in a column.
    Column,
    /// A term at a place.
    Instance,
}

#[derive(Debug)]
struct VocabularyTable {
    kind: Kind,
    columns: Vec<VirtualColumn>,
    /// The schema, as it is named, and the table.
    schema: String,
    name: String,
    found: Option<(Config, Shadow, usize)>,
}

impl Module for Vocabulary {
    fn connect(&self, definition: &Definition, tables: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let arguments: Vec<String> =
            definition.arguments.iter().map(|argument| dequote(argument.trim())).collect();
        let (schema, name, kind) = match &arguments[..] {
            [name, kind] => (None, name, kind),
            [schema, name, kind] => (Some(schema.as_str()), name, kind),
            _ => return Err(Error::sql("wrong number of vtable arguments")),
        };
        let (kind, names): (_, &[&str]) = match kind.to_ascii_lowercase().as_str() {
            "col" => (Kind::Column, &["term", "col", "doc", "cnt"]),
            "row" => (Kind::Row, &["term", "doc", "cnt"]),
            "instance" => (Kind::Instance, &["term", "doc", "col", "offset"]),
            _ => return Err(Error::sql(format!("fts5vocab: unknown table type: '{kind}'"))),
        };
        let is_fts5 = |definition: &Arc<Definition>| definition.module.eq_ignore_ascii_case("fts5");
        let of = tables.definition(schema, name).filter(|(definition, _)| is_fts5(definition));
        let found = match of {
            Some((of, slot)) => {
                let shadow = Shadow::find_in(schema, &of.table, tables);
                shadow.map(|shadow| Ok((Config::parse(&of.table, &of.arguments)?, shadow, slot)))
            }
            None => None,
        };
        Ok(Arc::new(VocabularyTable {
            kind,
            columns: names.iter().map(|name| VirtualColumn::new(name)).collect(),
            schema: schema.unwrap_or("main").to_owned(),
            name: name.clone(),
            found: found.transpose()?,
        }))
    }
}

impl VirtualTable for VocabularyTable {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let usage = |constraint: &super::super::Constraint| match (constraint.column, constraint.operator) {
            (
                Some(0),
                Operator::Equal
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual,
            ) => Usage::Inexact,
            _ => Usage::Unsupported,
        };
        let usages: Vec<Usage> = request.constraints.iter().map(usage).collect();
        let rows = if usages.contains(&Usage::Inexact) { 100.0 } else { 10_000.0 };
        let is_ordered = request.order == [(Some(0), false)];
        Ok(IndexChoice { usages, rows, is_ordered, ..IndexChoice::default() })
    }

    fn reads_waiting(&self, _: &[super::super::Constraint]) -> bool {
        true
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let Some((config, shadow, slot)) = &self.found else {
            let (schema, name) = (&self.schema, &self.name);
            return Err(Error::sql(format!("no such fts5 table: {schema}.{name}")));
        };
        let reader = match slot.checked_sub(1) {
            None => scan.main,
            Some(number) => scan.others.get(number).ok_or_else(damaged)?,
        };
        let index = Index::open(shadow.store(reader))?;
        let (mut first, mut last) = (vec![MAIN], None);
        for (constraint, value) in scan.constraints.iter().zip(scan.values) {
            let Some(text) = value.as_ref().text_bytes().filter(|_| matches!(value, Value::Text(_))) else {
                continue;
            };
            let term = [&[MAIN], &*text].concat();
            let is_equal = constraint.operator == Operator::Equal;
            if is_equal || matches!(constraint.operator, Operator::Less | Operator::LessOrEqual) {
                last = Some(last.map_or(term.clone(), |last: Vec<u8>| last.min(term.clone())));
            }
            if is_equal || matches!(constraint.operator, Operator::Greater | Operator::GreaterOrEqual) {
                first = first.max(term);
            }
        }
        Ok(Box::new(Terms {
            kind: self.kind,
            names: config.columns.iter().map(|column| column.name.as_str().into()).collect(),
            detail: config.detail,
            terms: index.terms(&first)?,
            last,
            postings: None,
            ready: VecDeque::new(),
            wanted: scan.wanted.to_vec(),
            rowid: 0,
        }))
    }
}

/// Terms on their way.
#[derive(Debug)]
struct Terms {
    kind: Kind,
    /// The names of the columns of the table.
    names: Vec<Value>,
    detail: Detail,
    terms: TermScan,
    last: Option<Vec<u8>>,
    /// The documents of the current term, if its places are given one by one.
    postings: Option<Postings>,
    ready: VecDeque<Vec<Value>>,
    wanted: Vec<usize>,
    rowid: i64,
}

impl VirtualCursor for Terms {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() {
            let Some(row) = self.ready.pop_front() else {
                if self.more()? {
                    continue;
                }
                return Ok(());
            };
            self.rowid += 1;
            for (place, position) in self.wanted.iter().enumerate() {
                let rowid = ValueRef::Integer(self.rowid);
                out.value(place, row.get(*position).map_or(rowid, Value::as_ref));
            }
            out.end_row();
        }
        Ok(())
    }
}

impl Terms {
    /// Makes rows ready; `false` at the end.
    fn more(&mut self) -> Result<bool> {
        let is_beyond = |term: &[u8]| self.last.as_deref().is_some_and(|last| term > last);
        let term = self.terms.term().filter(|term| term[0] == MAIN && !is_beyond(term));
        // SQLite shows the empty term as NULL.
        let shown = |term: &[u8]| if term.len() == 1 { Value::Null } else { Value::Text(term[1..].into()) };
        let Some(term) = term.map(shown) else { return Ok(false) };
        if self.kind != Kind::Instance {
            let postings = self.terms.postings()?;
            self.count(&term, postings)?;
            self.terms.advance()?;
            return Ok(true);
        }
        let postings = match &mut self.postings {
            Some(postings) => postings,
            none => none.insert(self.terms.postings()?),
        };
        let Some(rowid) = postings.rowid() else {
            self.postings = None;
            self.terms.advance()?;
            return Ok(true);
        };
        let mut places = Vec::new();
        postings.read_places(self.detail, &mut places);
        postings.advance()?;
        if self.detail == Detail::None {
            self.ready.push_back(vec![term, rowid.into(), Value::Null, Value::Null]);
            return Ok(true);
        }
        for place in places {
            let column = self.names.get(column_of(place)).cloned().unwrap_or(Value::Null);
            let is_known = self.detail == Detail::Full;
            let offset = if is_known { Value::Integer(offset_of(place)) } else { Value::Null };
            self.ready.push_back(vec![term.clone(), rowid.into(), column, offset]);
        }
        Ok(true)
    }

    /// The rows of a term, with the documents that have it and how often they do.
    fn count(&mut self, term: &Value, mut postings: Postings) -> Result<()> {
        let columns = self.names.len();
        let (mut documents, mut counts, mut all) = (vec![0; columns], vec![0; columns], 0);
        let mut places = Vec::new();
        while postings.rowid().is_some() {
            places.clear();
            postings.read_places(self.detail, &mut places);
            all += 1;
            let mut seen = None;
            for column in places.iter().map(|place| column_of(*place)) {
                if seen != Some(column) {
                    documents[column] += 1;
                    seen = Some(column);
                }
                counts[column] += i64::from(self.detail == Detail::Full);
            }
            if self.detail == Detail::None {
                documents[0] += 1;
            }
            postings.advance()?;
        }
        let counted = |count: i64| if count > 0 { Value::Integer(count) } else { Value::Null };
        if all == 0 {
            return Ok(());
        }
        if self.kind == Kind::Row {
            self.ready.push_back(vec![term.clone(), counted(all), counted(counts.iter().sum())]);
            return Ok(());
        }
        for column in (0..columns).filter(|column| documents[*column] > 0) {
            let name = if self.detail == Detail::None { Value::Null } else { self.names[column].clone() };
            let (documents, count) = (counted(documents[column]), counted(counts[column]));
            self.ready.push_back(vec![term.clone(), name, documents, count]);
        }
        Ok(())
    }
}
