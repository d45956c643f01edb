//! `dbstat`: how much room each table and index takes (<https://sqlite.org/dbstat.html>).
//!
//! In: the entries of tables and indexes. Out: rows about pages, or with `aggregate` one row for each table and index.
//! A store has entries and no pages: so entries are counted as if they were laid out, in their order, on leaf pages of
//! [`PAGE_BYTES`], each with its key and its payload and nothing else.

use std::sync::Arc;

use helios_core::encoding::key::after_components;
use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Interrupt, Reader};
use helios_core::value::Affinity;
use helios_core::versioned::Space;
use helios_core::{Result, Value};

use super::environment::View;
use crate::bind::Environment;
use crate::catalog::Catalog;
use crate::module::{
    IndexChoice, IndexRequest, Operator, RowSink, Usage, VirtualColumn, VirtualCursor, VirtualScan,
    VirtualTable, no_index,
};

/// The size of the pages that entries are counted in.
const PAGE_BYTES: u64 = 4096;

/// So many entries are looked at before somebody is asked whether to go on.
const ENTRIES_OF_QUESTION: u64 = 4096;

const COLUMNS: [(&str, &str); 10] = [
    ("name", "TEXT"),
    ("path", "TEXT"),
    ("pageno", "INTEGER"),
    ("pagetype", "TEXT"),
    ("ncell", "INTEGER"),
    ("payload", "INTEGER"),
    ("unused", "INTEGER"),
    ("mx_payload", "INTEGER"),
    ("pgoffset", "INTEGER"),
    ("pgsize", "INTEGER"),
];
const SCHEMA: usize = COLUMNS.len();
const AGGREGATE: usize = SCHEMA + 1;

/// The table.
#[derive(Debug)]
pub(super) struct Dbstat {
    columns: Vec<VirtualColumn>,
    /// The schemas by their numbers: what they are called, and what there is.
    schemas: Vec<(String, Arc<Catalog>)>,
}

impl Dbstat {
    /// What it tells of the schemas of a view.
    pub(super) fn of(view: &View) -> Dbstat {
        let visible = COLUMNS.iter().map(|(name, declared_type)| VirtualColumn {
            declared_type: (*declared_type).to_owned(),
            ..VirtualColumn::new(name)
        });
        let hidden = ["schema", "aggregate"].map(VirtualColumn::hidden);
        let schema = |slot: usize| (view.schema_name(slot).to_owned(), view.catalog_at(slot).clone());
        Dbstat {
            columns: visible.chain(hidden).collect(),
            schemas: (0..=view.others.len()).map(schema).collect(),
        }
    }
}

impl VirtualTable for Dbstat {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = no_index(request);
        for column in [SCHEMA, AGGREGATE] {
            let given = request.constraints.iter().position(|constraint| {
                constraint.column == Some(column) && constraint.operator == Operator::Equal
            });
            if let Some(given) = given {
                choice.usages[given] = Usage::Exact;
            }
        }
        Ok(choice)
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let value = |column: usize| {
            let given = scan.constraints.iter().position(|constraint| constraint.column == Some(column));
            given.map(|given| scan.values[given].clone())
        };
        let schema = value(SCHEMA).unwrap_or_else(|| "main".into());
        let is_meant = |name: &str| {
            schema.as_ref().text_bytes().is_some_and(|wanted| wanted.eq_ignore_ascii_case(name.as_bytes()))
        };
        let slot = self.schemas.iter().position(|(name, _)| is_meant(name));
        let things = slot.map_or_else(Vec::new, |slot| things(&self.schemas[slot].1));
        let aggregates = value(AGGREGATE)
            .is_some_and(|value| Affinity::Numeric.apply(value).as_ref().truth() == Some(true));
        let reader = slot.and_then(|slot| slot.checked_sub(1)).and_then(|number| scan.others.get(number));
        Ok(Box::new(Pages {
            reader: reader.unwrap_or(scan.reader).clone(),
            interrupt: scan.interrupt.clone(),
            things: things.into_iter(),
            current: None,
            wanted: scan.wanted.to_vec(),
            schema,
            aggregates,
            pages: 0,
        }))
    }
}

/// A table or an index: its name, where its entries are, and whether their keys are a part of what is stored.
type Thing = (String, Space, bool);

fn things(catalog: &Catalog) -> Vec<Thing> {
    let mut things = Vec::new();
    for table in catalog.tables() {
        things.push((table.name.clone(), table.space, !table.has_rowid()));
        let indexes = table.indexes.iter();
        things.extend(indexes.map(|index| (index.name.clone(), index.space, true)));
    }
    things
}

/// What is on a page, or on all pages together.
#[derive(Clone, Copy, Debug, Default)]
struct Content {
    pages: u64,
    entries: u64,
    payload: u64,
    used: u64,
    most: u64,
}

impl Content {
    fn add(&mut self, payload: u64, bytes: u64) {
        self.entries += 1;
        self.payload += payload;
        self.used += bytes;
        self.most = self.most.max(payload);
    }

    /// Pages that this needs: an entry that is longer than a page has as many as it needs.
    fn end_page(&mut self) {
        self.pages = self.used.div_ceil(PAGE_BYTES).max(1);
    }

    fn join(&mut self, page: Content) {
        self.pages += page.pages;
        self.entries += page.entries;
        self.payload += page.payload;
        self.used += page.used;
        self.most = self.most.max(page.most);
    }
}

#[derive(Debug)]
struct Pages {
    reader: Reader,
    interrupt: Interrupt,
    things: std::vec::IntoIter<Thing>,
    /// What is read now, and the first key that was not read.
    current: Option<(Thing, Vec<u8>)>,
    wanted: Vec<usize>,
    schema: Value,
    aggregates: bool,
    /// Pages that were told of.
    pages: u64,
}

impl Pages {
    /// The next page of a table or an index from a key on, and where the one after it begins.
    fn page(&self, (_, space, has_keys): &Thing, start: &[u8]) -> Result<(Content, Option<Vec<u8>>)> {
        let mut page = Content::default();
        let mut last = Vec::new();
        let guard = self.reader.scan(*space);
        let mut cursor = guard.cursor(KeyRange::new(start, None), Direction::Forward)?;
        let more = cursor.visit(&mut |key, version| {
            let bytes = (key.len() + version.payload.len()) as u64;
            if page.entries > 0 && page.used + bytes > PAGE_BYTES {
                return Ok(false);
            }
            page.add(if *has_keys { bytes } else { version.payload.len() as u64 }, bytes);
            last.clear();
            last.extend_from_slice(key);
            Ok(true)
        })?;
        page.end_page();
        Ok((page, more.then(|| after_components(&last))))
    }

    fn give(&mut self, name: &str, content: Content, out: &mut dyn RowSink) {
        let number = |number: u64| Value::Integer(number as i64);
        let is_page = |value: Value| if self.aggregates { Value::Null } else { value };
        let size = content.pages * PAGE_BYTES;
        let first = self.pages + 1;
        let row: [Value; 12] = [
            name.into(),
            is_page("/".into()),
            number(if self.aggregates { content.pages } else { first }),
            is_page("leaf".into()),
            number(content.entries),
            number(content.payload),
            number(size - content.used),
            number(content.most),
            is_page(number((first - 1) * PAGE_BYTES)),
            number(size),
            self.schema.clone(),
            Value::boolean(self.aggregates),
        ];
        for (place, column) in self.wanted.iter().enumerate() {
            out.value(place, row.get(*column).map_or(Value::Integer(first as i64), Clone::clone).as_ref());
        }
        out.end_row();
        self.pages += content.pages;
    }
}

impl VirtualCursor for Pages {
    fn fill(&mut self, _: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() {
            let Some((thing, mut start)) =
                self.current.take().or_else(|| Some((self.things.next()?, Vec::new())))
            else {
                return Ok(());
            };
            let mut all = Content::default();
            let mut asked_at = 0;
            let next = loop {
                let (page, next) = self.page(&thing, &start)?;
                all.join(page);
                if all.entries >= asked_at + ENTRIES_OF_QUESTION {
                    asked_at = all.entries;
                    self.interrupt.check()?;
                }
                match next {
                    Some(next) if self.aggregates => start = next,
                    next => break next,
                }
            };
            self.give(&thing.0, all, out);
            self.current = next.map(|next| (thing, next));
        }
        Ok(())
    }
}
