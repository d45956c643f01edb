//! The functions of a row: `offsets`, `snippet`, `matchinfo`, `optimize`.

use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value};
use helios_fts::fts4::{Corpus, Counts, Matcher, Standing, matchinfo, offsets, snippet};
use helios_fts::index::Totals;
use helios_fts::mark::Snippet;

use super::super::VirtualCall;
use super::super::fts5::{damaged, with_text};
use super::table::Fts4Table;

/// Whether there is a function of this name.
pub(super) fn is_function(name: &str) -> bool {
    ["matchinfo", "offsets", "optimize", "snippet"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether a call looks at the texts of the row.
pub(super) fn reads_texts(call: &VirtualCall) -> bool {
    call.name.eq_ignore_ascii_case("offsets") || call.name.eq_ignore_ascii_case("snippet")
}

/// So many arguments a function takes, without the table.
fn check_count(call: &VirtualCall) -> Result<()> {
    let most = match call.name.to_ascii_lowercase().as_str() {
        "snippet" => 5,
        "matchinfo" => 1,
        _ => 0,
    };
    if call.arguments.len() <= most {
        return Ok(());
    }
    Err(Error::sql(format!("wrong number of arguments to function {}()", call.name.to_ascii_lowercase())))
}

/// The result of a call where nothing is searched for.
pub(super) fn call_without_query(call: &VirtualCall) -> Result<Value> {
    check_count(call)?;
    Ok(match call.name.to_ascii_lowercase().as_str() {
        "matchinfo" => Value::Blob(Vec::new().into()),
        "optimize" => "Index already optimal".into(),
        _ => "".into(),
    })
}

/// What the functions know of the query.
#[derive(Debug, Default)]
pub(super) struct Known {
    totals: Option<Totals>,
    counts: Option<Vec<Counts>>,
    sizes: Vec<i64>,
}

/// A row that the matcher has looked at.
pub(super) struct MatchedRow<'a> {
    pub(super) table: &'a Arc<Fts4Table>,
    pub(super) reader: &'a Reader,
    pub(super) rowid: i64,
    pub(super) texts: &'a [Value],
}

impl MatchedRow<'_> {
    /// The result of a call.
    pub(super) fn call(&self, call: &VirtualCall, matcher: &mut Matcher, known: &mut Known) -> Result<Value> {
        check_count(call)?;
        match call.name.to_ascii_lowercase().as_str() {
            "matchinfo" => {
                let format = match call.arguments.first() {
                    Some(format) => format.as_ref().text_bytes().unwrap_or_default().into_owned(),
                    None => b"pcx".to_vec(),
                };
                self.matchinfo(&String::from_utf8_lossy(&format), matcher, known)
            }
            "optimize" => Ok("Index already optimal".into()),
            name => Ok(self.mark(name, call, matcher)?.map_or(Value::Null, |text| Value::Text(text.into()))),
        }
    }

    fn mark(&self, name: &str, call: &VirtualCall, matcher: &Matcher) -> Result<Option<Vec<u8>>> {
        let places = matcher.shown();
        let lengths = matcher.lengths();
        let standing = Standing { places: &places, lengths: &lengths };
        let text = |value: &Value| match value {
            Value::Null => None,
            value => Some(with_text(value.as_ref(), <[u8]>::to_vec)),
        };
        let texts: Vec<Option<Vec<u8>>> = self.texts.iter().take(self.table.width()).map(text).collect();
        let tokenizer = &*self.table.engine.config.tokenizer;
        if name == "offsets" {
            let found = offsets(tokenizer, &texts, standing)?;
            return Ok(found.map(String::into_bytes));
        }
        let argument = |number: usize, otherwise: &str| match call.arguments.get(number) {
            Some(given) => given.as_ref().text_bytes().unwrap_or_default().into_owned(),
            None => otherwise.as_bytes().to_vec(),
        };
        let number = |number: usize, otherwise: i64| {
            call.arguments.get(number).map_or(otherwise, |given| given.as_ref().to_integer())
        };
        let (before, behind) = (argument(0, "<b>"), argument(1, "</b>"));
        let ellipsis = argument(2, "<b>...</b>");
        let wanted = Snippet {
            column: usize::try_from(number(3, -1)).ok(),
            marks: (&before, &behind),
            ellipsis: &ellipsis,
            tokens: number(4, 15),
        };
        if wanted.tokens == 0 {
            return Ok(Some(Vec::new()));
        }
        Ok(snippet(tokenizer, &texts, standing, &wanted))
    }

    fn matchinfo(&self, format: &str, matcher: &mut Matcher, known: &mut Known) -> Result<Value> {
        let engine = &self.table.engine;
        let shadow = engine.shadow()?;
        let width = self.table.width();
        if known.totals.is_none() {
            known.totals = Some(Totals::load(&*shadow.store(self.reader), width)?);
        }
        if format.contains('x') && known.counts.is_none() {
            known.counts = Some(matcher.counts(self.rowid)?);
            matcher.look_at(self.rowid)?;
        }
        let has_sizes = engine.config.has_sizes;
        if format.contains('l') && has_sizes {
            shadow.read_sizes(self.reader, self.rowid, &mut known.sizes)?;
        }
        let totals = known.totals.as_ref().ok_or_else(damaged)?;
        let corpus = Corpus {
            rows: self.table.is_fts4.then_some(totals.rows),
            tokens: &totals.tokens,
            sizes: has_sizes.then_some(&known.sizes[..]),
            counts: known.counts.as_deref().unwrap_or_default(),
        };
        matchinfo(matcher, width, format, &corpus).map(|numbers| Value::Blob(numbers.into()))
    }
}
