//! What CREATE VIRTUAL TABLE … USING fts5(…) says.
//!
//! In: the arguments as they were written. Out: a [`Config`], or SQLite's error.

mod rank;
mod words;

use std::sync::Arc;

use helios_core::{Error, Result};

pub use rank::{RankCall, parse_rank};
pub use words::dequote;
pub(crate) use words::is_bareword;

use crate::tokenizer::language::OfLanguage;
use crate::tokenizer::{self, Tokenizer, TokenizerError};
use words::{skip_bareword, skip_quoted, skip_space};

/// Longer prefixes have no index of their own.
const MAX_PREFIX: usize = 999;
/// So many prefix indexes there may be.
const MAX_PREFIXES: usize = 31;

/// Where the texts of documents are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// In a table that belongs to this one.
    Own,
    /// Nowhere.
    Nowhere,
    /// In another table.
    Table(String),
}

/// What the index knows of the places of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Each place.
    Full,
    /// Their columns.
    Columns,
    /// Only the documents.
    None,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether its text is kept and not searched.
    pub is_unindexed: bool,
}

/// A table as it was defined.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Where the texts are.
    pub content: Content,
    /// The column of the content table that is the rowid.
    pub content_rowid: String,
    /// Whether the lengths of documents are kept.
    pub has_sizes: bool,
    /// What is known of places.
    pub detail: Detail,
    /// The lengths of prefixes, in characters, that have an index of their own.
    pub prefixes: Vec<usize>,
    /// What cuts texts into tokens.
    pub tokenizer: Arc<dyn Tokenizer>,
}

/// What was read so far.
struct Reading {
    config: Config,
    content: Option<Content>,
    content_rowid: Option<String>,
    words: Option<Vec<String>>,
}

impl Config {
    /// Reads the arguments of a table.
    pub fn parse(table: &str, arguments: &[String]) -> Result<Config> {
        if table.eq_ignore_ascii_case("rank") {
            return Err(Error::sql(format!("reserved fts5 table name: {table}")));
        }
        let config = Config {
            columns: Vec::new(),
            content: Content::Own,
            content_rowid: "rowid".to_owned(),
            has_sizes: true,
            detail: Detail::Full,
            prefixes: Vec::new(),
            tokenizer: made(&[])?,
        };
        let mut reading = Reading { config, content: None, content_rowid: None, words: None };
        for argument in arguments.iter().map(|argument| argument.trim()) {
            reading.argument(argument)?;
        }
        reading.finish()
    }

    /// The same for documents in a language: their tokens are terms of their own.
    #[must_use]
    pub fn in_language(&self, language: i64) -> Config {
        let tokenizer: Arc<dyn Tokenizer> = match language {
            0 => self.tokenizer.clone(),
            _ => Arc::new(OfLanguage::new(self.tokenizer.clone(), language)),
        };
        Config { tokenizer, ..self.clone() }
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Whether neither texts nor a table with them are there.
    pub fn is_contentless(&self) -> bool {
        self.content == Content::Nowhere
    }
}

fn made(words: &[String]) -> Result<Arc<dyn Tokenizer>> {
    tokenizer::tokenizer(words).map_err(|error| match error {
        TokenizerError::Unknown(name) => Error::sql(format!("no such tokenizer: {name}")),
        TokenizerError::Arguments => Error::sql("error in tokenizer constructor"),
    })
}

impl Reading {
    fn argument(&mut self, argument: &str) -> Result<()> {
        let wrong = || Error::sql(format!("parse error in \"{argument}\""));
        let (first, is_quoted, rest) = word(argument).ok_or_else(wrong)?;
        let rest = skip_space(rest);
        let (is_option, rest) = match rest.strip_prefix('=') {
            Some(_) if is_quoted => return Err(wrong()),
            Some(rest) => (true, skip_space(rest)),
            None => (false, rest),
        };
        let second = match rest {
            "" => None,
            rest => match word(rest).ok_or_else(wrong)? {
                (second, _, "") => Some(second),
                _ => return Err(wrong()),
            },
        };
        if is_option {
            return self.option(&first, &second.unwrap_or_default());
        }
        self.column(first, second)
    }

    fn column(&mut self, name: String, option: Option<String>) -> Result<()> {
        if ["rank", "rowid"].iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
            return Err(Error::sql(format!("reserved fts5 column name: {name}")));
        }
        let is_unindexed = match option {
            Some(option) if option.eq_ignore_ascii_case("unindexed") => true,
            Some(option) => return Err(Error::sql(format!("unrecognized column option: {option}"))),
            None => false,
        };
        self.config.columns.push(Column { name, is_unindexed });
        Ok(())
    }

    /// An option. Its name may be cut short.
    fn option(&mut self, name: &str, value: &str) -> Result<()> {
        const NAMES: [&str; 6] = ["prefix", "tokenize", "content", "content_rowid", "columnsize", "detail"];
        let is_short = |known: &&&str| {
            known.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) && !known.is_empty()
        };
        let malformed = |name: &str| Error::sql(format!("malformed {name}=... directive"));
        let again = |name: &str| Error::sql(format!("multiple {name}=... directives"));
        let config = &mut self.config;
        match NAMES.iter().find(is_short).copied() {
            Some("prefix") => config.prefixes.extend(prefixes(value, config.prefixes.len())?),
            Some("tokenize") if self.words.is_some() => return Err(again("tokenize")),
            Some("tokenize") => self.words = Some(tokenizer_words(value)?),
            Some("content") if self.content.is_some() => return Err(again("content")),
            Some("content") => {
                self.content = Some(match value {
                    "" => Content::Nowhere,
                    table => Content::Table(table.to_owned()),
                });
            }
            Some("content_rowid") if self.content_rowid.is_some() => return Err(again("content_rowid")),
            Some("content_rowid") => self.content_rowid = Some(value.to_owned()),
            Some("columnsize") => {
                config.has_sizes = match value {
                    "0" => false,
                    "1" => true,
                    _ => return Err(malformed("columnsize")),
                };
            }
            Some("detail") => {
                config.detail = match value.to_ascii_lowercase().as_str() {
                    "full" => Detail::Full,
                    "columns" => Detail::Columns,
                    "none" => Detail::None,
                    _ => return Err(malformed("detail")),
                };
            }
            _ => return Err(Error::sql(format!("unrecognized option: \"{name}\""))),
        }
        Ok(())
    }

    fn finish(self) -> Result<Config> {
        let mut config = self.config;
        config.content = self.content.unwrap_or(Content::Own);
        config.content_rowid = self.content_rowid.unwrap_or(config.content_rowid);
        config.tokenizer = made(&self.words.unwrap_or_default())?;
        for (place, column) in config.columns.iter().enumerate() {
            if config.column(&column.name) != Some(place) {
                return Err(Error::sql(format!("duplicate column name: {}", column.name)));
            }
        }
        Ok(config)
    }
}

/// A word or a quoted text at the beginning, whether it is quoted, and what follows it.
fn word(text: &str) -> Option<(String, bool, &str)> {
    if text.starts_with(['[', '\'', '"', '`']) {
        let end = skip_quoted(text)?;
        return Some((dequote(&text[..end]), true, &text[end..]));
    }
    let end = skip_bareword(text)?;
    Some((text[..end].to_owned(), false, &text[end..]))
}

fn prefixes(value: &str, before: usize) -> Result<Vec<usize>> {
    let mut found = Vec::new();
    let mut rest = value.trim_start_matches(' ');
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Err(Error::sql("malformed prefix=... directive"));
        }
        if before + found.len() == MAX_PREFIXES {
            return Err(Error::sql(format!("too many prefix indexes (max {MAX_PREFIXES})")));
        }
        match rest[..digits].parse() {
            Ok(length @ 1..=MAX_PREFIX) => found.push(length),
            _ => return Err(Error::sql(format!("prefix length out of range (max {MAX_PREFIX})"))),
        }
        rest = rest[digits..].trim_start_matches(' ');
        if let Some(next) = rest.strip_prefix(',') {
            rest = next.trim_start_matches(' ');
            if rest.is_empty() {
                return Err(Error::sql("malformed prefix=... directive"));
            }
        }
    }
    Ok(found)
}

/// The words of a `tokenize` option.
pub fn tokenizer_words(value: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = skip_space(value);
    while !rest.is_empty() {
        let end = if rest.starts_with('\'') { skip_quoted(rest) } else { skip_bareword(rest) };
        let end = end.ok_or_else(|| Error::sql("parse error in tokenize directive"))?;
        words.push(dequote(&rest[..end]));
        rest = skip_space(&rest[end..]);
    }
    Ok(words)
}
