//! Rows of a table of FTS3 or FTS4 on their way: all, those from some docid to another, or those that match a query.

use std::sync::Arc;

use helios_core::transaction::{Interrupt, Reader};
use helios_core::{Result, Value, ValueRef};
use helios_fts::fts4::{Matcher, parse_query};
use helios_fts::index::Index;

use super::super::fts5::{Bounds, RowMaker, Texts, open_rows};
use super::super::{RowSink, VirtualCall, VirtualCursor, VirtualScan, WantedRows};
use super::failed;
use super::functions::{Known, MatchedRow, call_without_query, reads_texts};
use super::table::Fts4Table;

/// So many rows are found before somebody is asked whether to go on.
const ROWS_OF_QUESTION: usize = 4096;

/// Begins a scan.
pub(super) fn open(table: &Fts4Table, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
    let bounds = Bounds::of(scan, |constraint| table.is_bound(constraint));
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
    let wanted = if bounds.is_all() { WantedRows::All { descends } } else { bounds.rows(descends) };
    open_rows(Box::new(common), (&table.engine.texts, None), wanted)?.ok_or_else(failed)
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
    fn give_row(
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

impl RowMaker for Common {
    fn give(&self, _: &Reader, rowid: i64, texts: &[Value], out: &mut dyn RowSink) -> Result<()> {
        self.give_row(rowid, texts, self.language(texts), out, call_without_query)
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
            common.give_row(rowid, &texts, *language, out, |call| row.call(call, matcher, known))?;
            if self.ready.is_none() {
                self.matcher.advance()?;
            }
        }
        Ok(())
    }
}
