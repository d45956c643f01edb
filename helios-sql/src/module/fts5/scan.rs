//! Rows of a table on their way: all, those from some rowid to another, or those that match a query.

use std::borrow::Cow;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value, ValueRef};
use helios_fts::index::{Index, Position};
use helios_fts::query::{Expression, parse_query};
use helios_fts::search::Search;
use helios_fts::{Detail, RankCall, parse_rank};

use super::super::{Operator, RowSink, VirtualCall, VirtualCursor, VirtualScan};
use super::auxiliary::{MatchedRow, Ranking, call_without_query};
use super::content::Texts;
use super::rows::{Bounds, RowMaker, open_rows};
use super::shadow::damaged;
use super::table::{Fts5Table, Sequence};

/// Begins a scan.
pub(super) fn open(table: &Fts5Table, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
    let bounds = Bounds::of(scan, |constraint| constraint.column.is_none());
    let sequence = Sequence::of(scan.choice);
    let common = Common {
        table: Arc::new(table.clone()),
        wanted: scan.wanted.to_vec(),
        calls: scan.calls.to_vec(),
        reads_texts: scan.wanted.iter().any(|position| *position < table.own_column()),
    };
    if let Some(expression) = expression(table, scan)? {
        return Ok(Box::new(MatchCursor::open(common, scan, &expression, bounds, sequence)?));
    }
    let sizes = table.shadow()?.sizes.as_ref();
    let wanted = bounds.rows(sequence == Sequence::RowidDown);
    let rows = open_rows(Box::new(common), (&table.texts, sizes), wanted)?;
    rows.ok_or_else(|| Error::sql(format!("{}: table does not support scanning", table.name)))
}

/// What is searched for: all conditions together; `None` if there are none.
fn expression(table: &Fts5Table, scan: &VirtualScan<'_>) -> Result<Option<Expression>> {
    let mut parts = Vec::new();
    for (constraint, value) in scan.constraints.iter().zip(scan.values) {
        if !table.is_search(constraint) {
            continue;
        }
        let column = constraint.column.filter(|column| *column < table.own_column());
        let text = value.as_ref().text_bytes().unwrap_or_default();
        if matches!(constraint.operator, Operator::Like | Operator::Glob) {
            parts.extend(pattern(table, &text, constraint.operator == Operator::Glob, column)?);
        } else if let Some(directive) = text.strip_prefix(b"*") {
            let directive = String::from_utf8_lossy(directive).into_owned();
            let word = directive.trim_start_matches(' ').split(' ').next().unwrap_or_default();
            return Err(Error::sql(format!("unknown special query: {word}")));
        } else {
            parts.push(parse_query(&table.config, &text, column)?);
        }
    }
    if parts.is_empty() && !scan.constraints.iter().any(|constraint| table.is_search(constraint)) {
        return Ok(None);
    }
    Ok(match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(Expression::And(parts)),
    })
}

/// What rows have to have that LIKE or GLOB may be true of; `None` if the index cannot tell.
fn pattern(
    table: &Fts5Table,
    pattern: &[u8],
    is_glob: bool,
    column: Option<usize>,
) -> Result<Option<Expression>> {
    let pattern = String::from_utf8_lossy(pattern).into_owned();
    let mut pieces = vec![String::new()];
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match (is_glob, character) {
            (true, '[') => {
                // A class ends with the first bracket that is not its first character.
                let mut inner = characters.clone();
                if inner.clone().next() == Some('^') {
                    inner.next();
                }
                inner.next();
                characters = match inner.find(|end| *end == ']') {
                    Some(_) => inner,
                    None => "".chars(),
                };
                pieces.push(String::new());
            }
            (true, '*' | '?') | (false, '%' | '_') => pieces.push(String::new()),
            _ => pieces.iter_mut().last().into_iter().for_each(|piece| piece.push(character)),
        }
    }
    let long = pieces.iter().filter(|piece| piece.chars().count() >= 3);
    let quoted: Vec<String> = long.map(|piece| format!("\"{}\"", piece.replace('"', "\"\""))).collect();
    if quoted.is_empty() || table.config.detail != Detail::Full {
        return Ok(None);
    }
    parse_query(&table.config, quoted.join(" ").as_bytes(), column).map(Some)
}

/// What all scans have.
#[derive(Debug)]
struct Common {
    table: Arc<Fts5Table>,
    wanted: Vec<usize>,
    calls: Vec<VirtualCall>,
    reads_texts: bool,
}

impl Common {
    /// Gives a row. `special` has the values of what is no column with texts.
    fn give_row(
        &self,
        rowid: i64,
        texts: &[Value],
        out: &mut dyn RowSink,
        mut special: impl FnMut(Special) -> Result<Value>,
    ) -> Result<()> {
        let columns = self.table.own_column();
        for (place, &position) in self.wanted.iter().enumerate() {
            match position {
                _ if position < columns => {
                    out.value(place, texts.get(position).map_or(ValueRef::Null, Value::as_ref));
                }
                _ if position == columns => out.value(place, ValueRef::Null),
                _ if position == self.table.rank_column() => {
                    out.value(place, special(Special::Rank)?.as_ref());
                }
                _ if position == columns + 2 => out.value(place, ValueRef::Integer(rowid)),
                _ => out.value(place, special(Special::Call(position - columns - 3))?.as_ref()),
            }
        }
        out.end_row();
        Ok(())
    }
}

enum Special {
    Rank,
    Call(usize),
}

impl RowMaker for Common {
    fn give(&self, reader: &Reader, rowid: i64, texts: &[Value], out: &mut dyn RowSink) -> Result<()> {
        self.give_row(rowid, texts, out, |special| match special {
            Special::Rank => Ok(Value::Null),
            Special::Call(number) => {
                call_without_query(&self.table, reader, &self.calls[number], rowid, texts)
            }
        })
    }
}

/// Rows that match.
#[derive(Debug)]
struct MatchCursor {
    common: Common,
    ranking: Ranking,
    search: Search,
    bounds: Bounds,
    /// Rows that are all known, in the order in which they are wanted, with their rank; and which is the next.
    ready: Option<(Vec<(f64, i64)>, usize)>,
    /// How many of the ready rows are in their places.
    sorted: usize,
    descends: bool,
    /// Whether ready rows come with their ranks.
    has_ranks: bool,
    needs_places: bool,
    needs_texts: bool,
    places: Vec<Vec<Position>>,
}

impl MatchCursor {
    fn open(
        common: Common,
        scan: &VirtualScan<'_>,
        expression: &Expression,
        bounds: Bounds,
        sequence: Sequence,
    ) -> Result<MatchCursor> {
        let table = common.table.clone();
        let index = Index::open(table.shadow()?.store(scan.reader))?;
        let mut search = Search::open(&index, &table.config, expression)?;
        let has_ranks = matches!(sequence, Sequence::Rank | Sequence::RankDown);
        let wants_rank = common.wanted.contains(&table.rank_column());
        if has_ranks || wants_rank || common.calls.iter().any(VirtualCall::is_bm25) {
            search.gather()?;
        }
        search.seek(bounds.first)?;
        let known = search.known_counts();
        let ranking = Ranking::new(&table, index, expression, rank_call(&table, scan)?, known)?;
        let mut cursor = MatchCursor {
            needs_places: !common.calls.is_empty() || !has_ranks && wants_rank,
            needs_texts: common.reads_texts
                || ranking.needs_texts(&common.calls)
                || Ranking::finds_places(&table) && (has_ranks || wants_rank || !common.calls.is_empty()),
            common,
            ranking,
            search,
            bounds,
            ready: None,
            sorted: 0,
            descends: sequence == Sequence::RankDown,
            has_ranks,
            places: Vec::new(),
        };
        match sequence {
            Sequence::Rowid => {}
            Sequence::RowidDown => cursor.collect_backward(scan)?,
            Sequence::Rank | Sequence::RankDown => cursor.collect_ranked(scan)?,
        }
        Ok(cursor)
    }

    fn current(&self) -> Option<i64> {
        self.search.rowid().filter(|rowid| *rowid <= self.bounds.last)
    }

    fn collect_backward(&mut self, scan: &VirtualScan<'_>) -> Result<()> {
        let mut rows = Vec::new();
        while let Some(rowid) = self.current() {
            if rows.len() % ROWS_OF_QUESTION == 0 {
                scan.interrupt.check()?;
            }
            rows.push((0.0, rowid));
            self.search.advance()?;
        }
        rows.reverse();
        self.sorted = rows.len();
        self.ready = Some((rows, 0));
        Ok(())
    }

    fn collect_ranked(&mut self, scan: &VirtualScan<'_>) -> Result<()> {
        let table = self.common.table.clone();
        if !self.ranking.is_bm25() {
            return Err(Error::sql("rows are put in the order of no other rank than bm25"));
        }
        let mut rows = Vec::new();
        while let Some(rowid) = self.current() {
            if rows.len() % ROWS_OF_QUESTION == 0 {
                scan.interrupt.check()?;
            }
            let texts = match Ranking::finds_places(&table) {
                true => self.texts(scan.reader, rowid)?,
                false => Vec::new(),
            };
            self.find_places(scan.reader, rowid, &texts);
            let MatchCursor { ranking, places, .. } = self;
            let row = MatchedRow { table: &table, reader: scan.reader, rowid, places, texts: &texts };
            let rank = ranking.rank(&row)?;
            rows.push((rank.as_ref().to_real(), rowid));
            self.search.advance()?;
        }
        self.ready = Some((rows, 0));
        Ok(())
    }

    /// Finds where the phrases stand in the current row.
    fn find_places(&mut self, reader: &Reader, rowid: i64, texts: &[Value]) {
        self.search.places(&mut self.places);
        let table = &self.common.table;
        if table.config.detail == Detail::Full {
            return;
        }
        self.places.iter_mut().for_each(Vec::clear);
        if Ranking::finds_places(table) {
            let row = MatchedRow { table, reader, rowid, places: &[], texts };
            self.places = self.ranking.find_places(&row, &self.search.matched());
        }
    }

    fn texts(&self, reader: &Reader, rowid: i64) -> Result<Vec<Value>> {
        let table = &self.common.table;
        match (table.texts.read(reader, rowid)?, &table.texts) {
            (Some(texts), _) => Ok(texts),
            (None, Texts::Nowhere) => Ok(vec![Value::Null; table.config.columns.len()]),
            (None, _) => Err(damaged()),
        }
    }

    /// The next row with its rank, if ranks are known.
    fn next_row(&mut self) -> Result<Option<(i64, f64)>> {
        let Some((rows, next)) = &mut self.ready else {
            return Ok(self.current().map(|rowid| (rowid, 0.0)));
        };
        if *next >= self.sorted && self.sorted < rows.len() {
            // Few of many are asked for as a rule.
            let descends = self.descends;
            let order = |left: &(f64, i64), right: &(f64, i64)| {
                let by_rank = left.0.total_cmp(&right.0);
                if descends { by_rank.reverse() } else { by_rank }.then(left.1.cmp(&right.1))
            };
            let rest = &mut rows[self.sorted..];
            let part = if self.sorted == 0 { rest.len().min(FIRST_SORTED) } else { rest.len() };
            if part < rest.len() {
                rest.select_nth_unstable_by(part, order);
            }
            rest[..part].sort_unstable_by(order);
            self.sorted += part;
        }
        let row = rows.get(*next).map(|(rank, rowid)| (*rowid, *rank));
        *next += 1;
        if let Some((rowid, _)) = row
            && self.needs_places
        {
            if self.search.rowid().is_none_or(|at| at > rowid) {
                self.search.rewind()?;
            }
            self.search.seek(rowid)?;
        }
        Ok(row)
    }
}

/// So many rows are found before somebody is asked whether to go on.
const ROWS_OF_QUESTION: usize = 4096;

/// So many ranked rows are put in order before anybody asks for more.
const FIRST_SORTED: usize = 64;

impl VirtualCursor for MatchCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        let table = self.common.table.clone();
        while !out.is_full() {
            let Some((rowid, rank)) = self.next_row()? else { return Ok(()) };
            let texts = if self.needs_texts { self.texts(reader, rowid)? } else { Vec::new() };
            if self.needs_places {
                self.find_places(reader, rowid, &texts);
            }
            let MatchCursor { common, ranking, places, has_ranks, .. } = self;
            let row = MatchedRow { table: &table, reader, rowid, places, texts: &texts };
            common.give_row(rowid, &texts, out, |special| match special {
                Special::Rank if *has_ranks => Ok(Value::Real(rank)),
                Special::Rank => ranking.rank(&row),
                Special::Call(number) => ranking.call(&common.calls[number], &row),
            })?;
            if self.ready.is_none() {
                self.search.advance()?;
            }
        }
        Ok(())
    }
}

/// What ranks rows: what the query says, or the table's settings.
fn rank_call(table: &Fts5Table, scan: &VirtualScan<'_>) -> Result<RankCall> {
    let mut given = None;
    for (constraint, value) in scan.constraints.iter().zip(scan.values) {
        if table.is_rank(constraint) {
            given = Some(value);
        }
    }
    if let Some(value) = given {
        let text = value.as_ref().text_bytes().unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        return parse_rank(&text).ok_or_else(|| Error::sql(format!("parse error in rank function: {text}")));
    }
    let set = table.shadow()?.setting(scan.reader, "rank")?;
    let set = set.and_then(|value| value.as_ref().text_bytes().map(Cow::into_owned));
    Ok(set.and_then(|text| parse_rank(&String::from_utf8_lossy(&text))).unwrap_or_default())
}
