//! Rows of a table of FTS3 or FTS4 on their way: all, those from some docid to another, or those that match a query.

use std::sync::Arc;

use helios_core::storage::{Direction, KeyRange};
use helios_core::transaction::{Interrupt, Reader};
use helios_core::value::Affinity;
use helios_core::{Error, Result, Value, ValueRef};
use helios_fts::fts4::{Matcher, parse_query};
use helios_fts::index::Index;

use super::super::fts5::Texts;
use super::super::{Operator, RowSink, StoredRows, VirtualCall, VirtualCursor, VirtualScan};
use super::failed;
use super::functions::{Known, MatchedRow, call_without_query, reads_texts};
use super::table::Fts4Table;

/// So many rows are found before somebody is asked whether to go on.
const ROWS_OF_QUESTION: usize = 4096;

/// Begins a scan.
pub(super) fn open(table: &Fts4Table, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
    let bounds = Bounds::of(table, scan);
    let (width, language) = (table.width(), table.language_column());
    // Where texts are nowhere they are NULL.
    let has_texts = !matches!(table.engine.texts, Texts::Nowhere);
    let is_text =
        |position: &usize| has_texts && (*position < width || *position == language && table.has_languages);
    let common = Common {
        table: Arc::new(table.clone()),
        wanted: scan.wanted.to_vec(),
        calls: scan.calls.to_vec(),
        reads_texts: scan.wanted.iter().any(is_text) || scan.calls.iter().any(reads_texts),
    };
    let descends = scan.choice.number == 1;
    let search = scan.constraints.iter().zip(scan.values).find(|(constraint, _)| table.is_search(constraint));
    if let Some((constraint, value)) = search {
        let column = constraint.column.filter(|column| *column < width);
        return Ok(Box::new(MatchCursor::open(common, scan, value, column, bounds, descends)?));
    }
    match &table.engine.texts {
        Texts::In { rows, .. } => {
            let rows = rows.clone();
            Ok(Box::new(RowCursor { common, rows, bounds, descends, is_done: false }))
        }
        Texts::Unreachable(why) => Err(Error::sql(why.clone())),
        Texts::Nowhere => Err(failed()),
    }
}

/// Which docids are wanted.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    first: i64,
    last: i64,
}

impl Bounds {
    fn of(table: &Fts4Table, scan: &VirtualScan<'_>) -> Bounds {
        let mut bounds = Bounds { first: i64::MIN, last: i64::MAX };
        for (constraint, value) in scan.constraints.iter().zip(scan.values) {
            if !table.is_bound(constraint) {
                continue;
            }
            let limit = match constraint.operator {
                Operator::Equal => Affinity::Integer.apply(value.clone()),
                _ => value.clone(),
            };
            let Value::Integer(limit) = limit else {
                // What equals no integer is no docid; other bounds are looked at again.
                if constraint.operator == Operator::Equal {
                    bounds = Bounds { first: i64::MAX, last: i64::MIN };
                }
                continue;
            };
            if !matches!(constraint.operator, Operator::Less | Operator::LessOrEqual) {
                bounds.first = bounds.first.max(limit);
            }
            if !matches!(constraint.operator, Operator::Greater | Operator::GreaterOrEqual) {
                bounds.last = bounds.last.min(limit);
            }
        }
        bounds
    }
}

/// What all scans have.
#[derive(Debug)]
struct Common {
    table: Arc<Fts4Table>,
    wanted: Vec<usize>,
    calls: Vec<VirtualCall>,
    reads_texts: bool,
}

impl Common {
    /// Gives a row. `call` has the results of calls.
    fn give(
        &self,
        rowid: i64,
        texts: &[Value],
        language: i64,
        out: &mut dyn RowSink,
        mut call: impl FnMut(&VirtualCall) -> Result<Value>,
    ) -> Result<()> {
        let width = self.table.width();
        for (place, &position) in self.wanted.iter().enumerate() {
            match position {
                _ if position < width => {
                    out.value(place, texts.get(position).map_or(ValueRef::Null, Value::as_ref));
                }
                _ if position == width => out.value(place, ValueRef::Null),
                _ if position == self.table.language_column() => {
                    out.value(place, ValueRef::Integer(language));
                }
                _ if position <= width + 3 => out.value(place, ValueRef::Integer(rowid)),
                _ => out.value(place, call(&self.calls[position - width - 4])?.as_ref()),
            }
        }
        out.end_row();
        Ok(())
    }

    /// The language of a row.
    fn language(&self, texts: &[Value]) -> i64 {
        let language = texts.get(self.table.width()).filter(|_| self.table.has_languages);
        language.map_or(0, |language| language.as_ref().to_integer())
    }
}

/// All rows, or some by docid.
#[derive(Debug)]
struct RowCursor {
    common: Common,
    rows: Arc<dyn StoredRows>,
    /// What is still to come.
    bounds: Bounds,
    descends: bool,
    is_done: bool,
}

impl VirtualCursor for RowCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        if self.is_done || self.bounds.first > self.bounds.last {
            return Ok(());
        }
        let RowCursor { common, rows, .. } = &*self;
        let first = rows.rowid_key(self.bounds.first);
        let last = self.bounds.last.checked_add(1).map(|end| rows.rowid_key(end));
        let direction = if self.descends { Direction::Backward } else { Direction::Forward };
        let mut stopped_at = None;
        rows.scan(reader, KeyRange::new(&first, last.as_deref()), direction, &mut |key, values| {
            let rowid = rows.rowid(key)?;
            if out.is_full() {
                stopped_at = Some(rowid);
                return Ok(false);
            }
            let texts = common.table.engine.texts.chosen(values, rowid);
            common.give(rowid, &texts, common.language(&texts), out, call_without_query)?;
            Ok(true)
        })?;
        match (stopped_at, self.descends) {
            (None, _) => self.is_done = true,
            (Some(rowid), false) => self.bounds.first = rowid,
            (Some(rowid), true) => self.bounds.last = rowid,
        }
        Ok(())
    }
}

/// Rows that match.
#[derive(Debug)]
struct MatchCursor {
    common: Common,
    matcher: Matcher,
    bounds: Bounds,
    language: i64,
    /// All rows, the last first, where they are wanted so.
    ready: Option<Vec<i64>>,
    known: Known,
}

impl MatchCursor {
    fn open(
        common: Common,
        scan: &VirtualScan<'_>,
        query: &Value,
        column: Option<usize>,
        bounds: Bounds,
        descends: bool,
    ) -> Result<MatchCursor> {
        let table = common.table.clone();
        let asked = scan.constraints.iter().zip(scan.values).find(|(asked, _)| table.is_language(asked));
        let language = asked.map_or(0, |(_, value)| value.as_ref().to_integer());
        let config = match table.has_languages && language != 0 {
            true => Arc::new(table.engine.config.in_language(language)),
            false => table.engine.config.clone(),
        };
        let index = Index::open(table.engine.shadow()?.store(scan.reader))?;
        let text = query.as_ref().text_bytes().unwrap_or_default();
        let query = Arc::new(parse_query(&config, &text, table.is_fts4, column)?);
        let mut matcher = Matcher::open(&index, &config, &query)?;
        matcher.seek(bounds.first)?;
        let mut cursor =
            MatchCursor { common, matcher, bounds, language, ready: None, known: Known::default() };
        if descends {
            cursor.ready = Some(cursor.collect(scan.interrupt)?);
        }
        Ok(cursor)
    }

    fn collect(&mut self, interrupt: &Interrupt) -> Result<Vec<i64>> {
        let mut rows = Vec::new();
        while let Some(rowid) = self.current() {
            if rows.len() % ROWS_OF_QUESTION == 0 {
                interrupt.check()?;
            }
            rows.push(rowid);
            self.matcher.advance()?;
        }
        Ok(rows)
    }

    fn current(&self) -> Option<i64> {
        self.matcher.rowid().filter(|rowid| *rowid <= self.bounds.last)
    }
}

impl VirtualCursor for MatchCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        while !out.is_full() {
            let next = match &mut self.ready {
                Some(rows) => rows.pop(),
                None => self.current(),
            };
            let Some(rowid) = next else { return Ok(()) };
            let MatchCursor { common, matcher, known, language, .. } = &mut *self;
            let texts = if common.reads_texts { common.table.texts(reader, rowid)? } else { Vec::new() };
            if !common.calls.is_empty() {
                matcher.look_at(rowid)?;
            }
            let row = MatchedRow { table: &common.table, reader, rowid, texts: &texts };
            common.give(rowid, &texts, *language, out, |call| row.call(call, matcher, known))?;
            if self.ready.is_none() {
                self.matcher.advance()?;
            }
        }
        Ok(())
    }
}
