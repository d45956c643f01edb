//! Full-text search, as SQLite's FTS5 does it.
//!
//! In: definitions, texts and queries, and a store of pages. Out: the documents that match, how well they match, and their
//! texts with the matches marked. Rows, their order, ranks, highlights and snippets are those of FTS5; how the index is
//! stored is not.
//!
//! ```text
//! unicode     categories and lower case of characters, as of Unicode 6.1
//! tokenizer   texts to tokens
//! config      what CREATE VIRTUAL TABLE says
//! query       what MATCH says
//! index       tokens to documents: segments of sorted terms on pages, merged as they become many
//! search      documents that meet a query, and where its phrases stand in them
//! rank        bm25
//! mark        highlight and snippet
//! fts4        the same as FTS3 and FTS4 had it: definitions, queries, what is shown of matches
//! ```
//!
//! It knows neither SQL nor where pages are kept: [`index::Store`] is all that it asks for.

mod config;
pub mod fts4;
pub mod index;
pub mod mark;
pub mod query;
pub mod rank;
pub mod search;
pub mod tokenizer;
mod unicode;

pub use config::{Column, Config, Content, Detail, RankCall, dequote, parse_rank, tokenizer_words};
