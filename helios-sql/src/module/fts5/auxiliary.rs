//! The functions of a row that matches: `bm25`, `highlight`, `snippet`.

use helios_core::transaction::Reader;
use helios_core::{Error, ErrorKind, Result, Value};
use helios_fts::index::{Index, Position, Totals, position};
use helios_fts::mark::{Snippet, highlight, instances, snippet};
use helios_fts::query::Expression;
use helios_fts::rank::Bm25;
use helios_fts::{Detail, RankCall};

use super::super::VirtualCall;
use super::buffer::with_text;
use super::lengths::Lengths;
use super::shadow::damaged;
use super::table::Fts5Table;

/// Whether there is a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    ["bm25", "highlight", "snippet"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The greatest number of tokens of a snippet.
const MAX_SNIPPET: i64 = 64;

impl VirtualCall {
    /// Whether it asks how well a row matches.
    pub(super) fn is_bm25(&self) -> bool {
        self.name.eq_ignore_ascii_case("bm25")
    }
}

/// Where phrases stand in a row, and its texts.
pub(super) struct Matches<'a> {
    pub(super) places: &'a [Vec<Position>],
    pub(super) lengths: &'a [usize],
    pub(super) texts: &'a [Value],
}

impl Matches<'_> {
    /// The result of a call of `highlight` or `snippet`. `sizes` are the tokens of each column.
    fn mark(&self, table: &Fts5Table, call: &VirtualCall, sizes: &[i64]) -> Result<Value> {
        let instances = instances(self.places, self.lengths);
        let tokenizer = &*table.config.tokenizer;
        let text = |value: &Value| value.as_ref().text_bytes().unwrap_or_default().into_owned();
        let column = |value: &Value| usize::try_from(value.as_ref().to_integer()).ok();
        if call.name.eq_ignore_ascii_case("highlight") {
            let [wanted, before, behind] = &call.arguments[..] else { return Err(wrong_count("highlight")) };
            let found = column(wanted).filter(|column| *column < table.config.columns.len());
            let Some(column) = found else { return Ok("".into()) };
            let value = self.texts.get(column).unwrap_or(&Value::Null);
            if matches!(value, Value::Null) {
                return Ok(Value::Null);
            }
            let (before, behind) = (text(before), text(behind));
            let marked = highlight(tokenizer, &text(value), &instances, column, (&before, &behind));
            return Ok(Value::Text(marked.into()));
        }
        let [wanted, before, behind, ellipsis, tokens] = &call.arguments[..] else {
            return Err(wrong_count("snippet"));
        };
        let texts: Vec<Option<Vec<u8>>> = (0..table.config.columns.len())
            .map(|column| self.texts.get(column).filter(|value| !matches!(value, Value::Null)).map(text))
            .collect();
        let wanted_column = column(wanted);
        if wanted_column.is_some_and(|column| column >= texts.len()) {
            return Err(Error::new(ErrorKind::Range, "column index out of range"));
        }
        let (before, behind, ellipsis) = (text(before), text(behind), text(ellipsis));
        let wanted = Snippet {
            column: wanted_column,
            marks: (&before, &behind),
            ellipsis: &ellipsis,
            tokens: tokens.as_ref().to_integer().clamp(0, MAX_SNIPPET),
        };
        let found = snippet(tokenizer, &texts, sizes, self.places.len(), &instances, &wanted);
        Ok(found.map_or(Value::Null, |text| Value::Text(text.into())))
    }
}

/// The result of a call where nothing is searched for.
pub(super) fn call_without_query(
    table: &Fts5Table,
    reader: &Reader,
    call: &VirtualCall,
    rowid: i64,
    texts: &[Value],
) -> Result<Value> {
    if call.is_bm25() {
        return Ok(Value::Real(-0.0));
    }
    let mut sizes = Vec::new();
    read_sizes(table, reader, rowid, texts, &mut sizes)?;
    Matches { places: &[], lengths: &[], texts }.mark(table, call, &sizes)
}

fn wrong_count(name: &str) -> Error {
    Error::sql(format!("wrong number of arguments to function {name}()"))
}

fn weights(arguments: &[Value]) -> Vec<f64> {
    arguments.iter().map(|value| value.as_ref().to_real()).collect()
}

/// How many tokens the columns of a row have.
fn read_sizes(
    table: &Fts5Table,
    reader: &Reader,
    rowid: i64,
    texts: &[Value],
    out: &mut Vec<i64>,
) -> Result<()> {
    let columns = &table.config.columns;
    if table.config.has_sizes {
        return match table.shadow()?.read_sizes(reader, rowid, out)? && out.len() == columns.len() {
            true => Ok(()),
            false => Err(damaged()),
        };
    }
    let own;
    let texts = match texts.is_empty() && !table.config.is_contentless() {
        true => {
            own = table.texts.read(reader, rowid)?.ok_or_else(damaged)?;
            &own[..]
        }
        false => texts,
    };
    out.clear();
    for (number, column) in columns.iter().enumerate() {
        let mut size = 0;
        if !column.is_unindexed && table.config.is_contentless() {
            size = -1;
        } else if !column.is_unindexed {
            let text = texts.get(number).map_or(helios_core::ValueRef::Null, Value::as_ref);
            with_text(text, |text| table.config.tokenizer.tokenize(text, &mut |_, _| size += 1));
        }
        out.push(size);
    }
    Ok(())
}

/// What ranks the rows of a query.
#[derive(Debug)]
pub(super) struct Ranking {
    expression: Expression,
    index: Index,
    totals: Totals,
    /// Made when the first row is ranked.
    bm25: Option<Bm25>,
    lengths: Vec<usize>,
    rank: RankCall,
    weights: Vec<f64>,
    sizes: Vec<i64>,
    document_lengths: Lengths,
    /// How many documents have each phrase, where the search knows it.
    known: Vec<Option<i64>>,
}

/// A row that matches, to be ranked or marked.
pub(super) struct MatchedRow<'a> {
    pub(super) table: &'a Fts5Table,
    pub(super) reader: &'a Reader,
    pub(super) rowid: i64,
    pub(super) places: &'a [Vec<Position>],
    pub(super) texts: &'a [Value],
}

impl Ranking {
    pub(super) fn new(
        table: &Fts5Table,
        index: Index,
        expression: &Expression,
        rank: RankCall,
        known: Vec<Option<i64>>,
    ) -> Result<Ranking> {
        let totals = Totals::load(&*index.store, table.config.columns.len())?;
        let lengths = expression.phrases().iter().map(|(phrase, _)| phrase.terms.len()).collect();
        let weights = weights(&rank.arguments);
        Ok(Ranking {
            expression: expression.clone(),
            index,
            totals,
            bm25: None,
            lengths,
            rank,
            weights,
            sizes: Vec::new(),
            document_lengths: Lengths::default(),
            known,
        })
    }

    /// Whether calls look at the texts of rows.
    pub(super) fn needs_texts(&self, calls: &[VirtualCall]) -> bool {
        let reads = |name: &str| !name.eq_ignore_ascii_case("bm25");
        reads(&self.rank.name) || calls.iter().any(|call| reads(&call.name))
    }

    /// Whether rows are ranked by something that is a number.
    pub(super) fn is_bm25(&self) -> bool {
        self.rank.name.eq_ignore_ascii_case("bm25")
    }

    /// The rank of a row.
    pub(super) fn rank(&mut self, row: &MatchedRow<'_>) -> Result<Value> {
        if self.is_bm25() {
            let weights = std::mem::take(&mut self.weights);
            let score = self.score(row, &weights);
            self.weights = weights;
            return Ok(Value::Real(score?));
        }
        let call = VirtualCall { name: self.rank.name.clone(), arguments: self.rank.arguments.clone() };
        if !is_function(&call.name) {
            return Err(Error::sql(format!("no such function: {}", call.name)));
        }
        self.call(&call, row)
    }

    /// The result of a call.
    pub(super) fn call(&mut self, call: &VirtualCall, row: &MatchedRow<'_>) -> Result<Value> {
        if call.is_bm25() {
            return self.score(row, &weights(&call.arguments)).map(Value::Real);
        }
        read_sizes(row.table, row.reader, row.rowid, row.texts, &mut self.sizes)?;
        let matches = Matches { places: row.places, lengths: &self.lengths, texts: row.texts };
        matches.mark(row.table, call, &self.sizes)
    }

    /// The score of a row, by what columns count.
    pub(super) fn score(&mut self, row: &MatchedRow<'_>, weights: &[f64]) -> Result<f64> {
        let table = row.table;
        if self.bm25.is_none() {
            let (index, config) = (&self.index, &table.config);
            self.bm25 = Some(Bm25::new(index, config, &self.expression, &self.totals, &self.known)?);
        }
        let length = self.length(row)?;
        let bm25 = self.bm25.as_ref().ok_or_else(damaged)?;
        Ok(bm25.score(row.places, length, weights))
    }

    /// How many tokens a row has.
    fn length(&mut self, row: &MatchedRow<'_>) -> Result<i64> {
        let table = row.table;
        if table.config.has_sizes {
            let (shadow, columns) = (table.shadow()?, table.config.columns.len());
            return self.document_lengths.of(shadow, row.reader, row.rowid, columns);
        }
        read_sizes(table, row.reader, row.rowid, row.texts, &mut self.sizes)?;
        Ok(self.sizes.iter().sum())
    }

    /// Where phrases stand in a row of an index that does not tell it: its texts are cut again.
    pub(super) fn find_places(&self, row: &MatchedRow<'_>, matched: &[bool]) -> Vec<Vec<Position>> {
        let config = &row.table.config;
        let mut places = vec![Vec::new(); matched.len()];
        let phrases = self.expression.phrases();
        for (column, text) in row.texts.iter().enumerate() {
            if config.columns[column].is_unindexed {
                continue;
            }
            let mut offset = 0;
            with_text(text.as_ref(), |text| {
                config.tokenizer.tokenize(text, &mut |token, _| {
                    for (number, (phrase, columns)) in phrases.iter().enumerate() {
                        let Some(term) = phrase.terms.first().filter(|_| matched[number]) else { continue };
                        let is_meant = columns.is_none_or(|columns| columns.contains(&column));
                        let is_same = token == term.bytes || term.is_prefix && token.starts_with(&term.bytes);
                        if is_meant && is_same {
                            places[number].push(position(column, offset));
                        }
                    }
                    offset += 1;
                });
            });
        }
        places
    }

    /// Whether places have to be found in texts.
    pub(super) fn finds_places(table: &Fts5Table) -> bool {
        table.config.detail != Detail::Full && !table.config.is_contentless()
    }
}
