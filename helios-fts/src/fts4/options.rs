//! What CREATE VIRTUAL TABLE … USING fts3(…) or fts4(…) says.
//!
//! In: the arguments as they were written. Out: [`Options`], and a [`Config`] once the columns are known: those of a table
//! in which the texts are may be what the definition leaves out.

use std::sync::Arc;

use helios_core::{Error, Result};

use super::word::{next_word, words};
use crate::config::{Column, Config, Content, Detail, dequote};
use crate::tokenizer::{Tokenizer, TokenizerError, old_tokenizer};

/// So many prefix indexes are kept; queries for other prefixes do without.
const MAX_PREFIXES: usize = 31;
/// Longer prefixes have no index.
const MAX_PREFIX: usize = 10_000_000;

/// A definition.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether it is of FTS4.
    pub is_fts4: bool,
    /// Whether the lengths of documents are kept.
    pub has_sizes: bool,
    /// The columns as they were written.
    columns: Vec<String>,
    /// Where the texts are.
    pub content: Content,
    /// The name of the column with the language.
    pub language: Option<String>,
    /// Whether rows come the greatest docid first.
    pub descends: bool,
    unindexed: Vec<String>,
    prefixes: Vec<usize>,
    tokenizer: Arc<dyn Tokenizer>,
}

impl Options {
    /// Reads the arguments of a table.
    ///
    /// # Errors
    /// SQLite's.
    pub fn parse(is_fts4: bool, arguments: &[String]) -> Result<Options> {
        let mut options = Options {
            is_fts4,
            has_sizes: is_fts4,
            columns: Vec::new(),
            content: Content::Own,
            language: None,
            descends: false,
            unindexed: Vec::new(),
            prefixes: Vec::new(),
            tokenizer: made(&[])?,
        };
        let (mut has_tokenizer, mut prefix, mut compress, mut uncompress) = (false, None, false, false);
        for argument in arguments.iter().map(|argument| argument.trim()) {
            if argument.is_empty() {
                continue;
            }
            if let Some(tokenizer) = tokenizer_of(argument).filter(|_| !has_tokenizer) {
                options.tokenizer = made(&words(tokenizer))?;
                has_tokenizer = true;
                continue;
            }
            let Some((name, value)) = argument.split_once('=').filter(|_| is_fts4) else {
                options.columns.push(argument.to_owned());
                continue;
            };
            let value = dequote(value);
            match name.to_ascii_lowercase().as_str() {
                "matchinfo" if value.eq_ignore_ascii_case("fts3") => options.has_sizes = false,
                "matchinfo" => return Err(Error::sql(format!("unrecognized matchinfo: {value}"))),
                "prefix" => prefix = Some(value),
                "compress" => compress = true,
                "uncompress" => uncompress = true,
                "order" if ["asc", "desc"].iter().any(|known| value.eq_ignore_ascii_case(known)) => {
                    options.descends = value.eq_ignore_ascii_case("desc");
                }
                "order" => return Err(Error::sql(format!("unrecognized order: {value}"))),
                "content" if value.is_empty() => options.content = Content::Nowhere,
                "content" => options.content = Content::Table(value),
                "languageid" => options.language = Some(value),
                "notindexed" => options.unindexed.push(value),
                _ => return Err(Error::sql(format!("unrecognized parameter: {argument}"))),
            }
        }
        if let Some(prefix) = prefix {
            options.prefixes = prefix_lengths(&prefix)
                .ok_or_else(|| Error::sql(format!("error parsing prefix parameter: {prefix}")))?;
        }
        if compress != uncompress && options.content == Content::Own {
            let missing = if compress { "uncompress" } else { "compress" };
            return Err(Error::sql(format!("missing {missing} parameter in fts4 constructor")));
        }
        Ok(options)
    }

    /// The names of the columns; `None` if they are those of the table with the texts.
    pub fn columns(&self) -> Option<Vec<String>> {
        match (&self.content, &self.columns[..]) {
            (Content::Table(_), []) => None,
            (_, []) => Some(vec!["content".to_owned()]),
            (_, columns) => {
                let name = |column: &String| next_word(column).map_or_else(String::new, |(name, _)| name);
                Some(columns.iter().map(name).collect())
            }
        }
    }

    /// The table, with these columns.
    ///
    /// # Errors
    /// SQLite's, where a column that is not to be searched is not there.
    pub fn config(&self, columns: &[String]) -> Result<Config> {
        let is_unindexed =
            |name: &String| self.unindexed.iter().any(|known| known.eq_ignore_ascii_case(name));
        if let Some(unknown) = self
            .unindexed
            .iter()
            .find(|unindexed| !columns.iter().any(|name| name.eq_ignore_ascii_case(unindexed)))
        {
            return Err(Error::sql(format!("no such column: {unknown}")));
        }
        let column = |name: &String| Column { name: name.clone(), is_unindexed: is_unindexed(name) };
        Ok(Config {
            columns: columns.iter().map(column).collect(),
            content: self.content.clone(),
            content_rowid: "rowid".to_owned(),
            has_sizes: self.has_sizes,
            detail: Detail::Full,
            prefixes: self.prefixes.clone(),
            tokenizer: self.tokenizer.clone(),
        })
    }
}

/// What a `tokenize` option says.
fn tokenizer_of(argument: &str) -> Option<&str> {
    const NAME: usize = "tokenize".len();
    let is_option = argument.get(..NAME)?.eq_ignore_ascii_case("tokenize");
    let rest = &argument[NAME..];
    let next = rest.chars().next().filter(|next| next.is_ascii() && !next.is_ascii_alphanumeric())?;
    (is_option && next != '_').then_some(&rest[1..])
}

fn made(words: &[String]) -> Result<Arc<dyn Tokenizer>> {
    old_tokenizer(words).map_err(|error| match error {
        TokenizerError::Unknown(name) => Error::sql(format!("unknown tokenizer: {name}")),
        TokenizerError::Arguments => Error::sql("unknown tokenizer"),
    })
}

/// The lengths of a `prefix` option; `None` where it is malformed.
pub fn prefix_lengths(value: &str) -> Option<Vec<usize>> {
    if value.is_empty() {
        return Some(Vec::new());
    }
    let mut lengths = Vec::new();
    let mut rest = value;
    for _ in 0..=value.matches(',').count() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        let length = rest[..digits].parse().unwrap_or(0);
        if (1..=MAX_PREFIX).contains(&length) && lengths.len() < MAX_PREFIXES {
            lengths.push(length);
        }
        let mut behind = rest[digits..].chars();
        behind.next();
        rest = behind.as_str();
    }
    Some(lengths)
}
