//! FTS3 and FTS4 (<https://sqlite.org/fts3.html>), on the index of FTS5.
//!
//! In: their definitions and queries, and an index whose documents may be in languages. Out: the documents that match,
//! where phrases stand in them, and what `offsets`, `snippet` and `matchinfo` say. Rows and results are those of FTS4.
//!
//! ```text
//! word        words and quoted texts of definitions
//! options     what CREATE VIRTUAL TABLE says
//! parse       what MATCH says
//! near        phrases near each other
//! matcher     documents that match, and where phrases stand in them
//! marks       offsets and snippets
//! matchinfo   numbers for programs that rank by themselves
//! ```

mod marks;
mod matcher;
mod matchinfo;
mod near;
mod options;
mod parse;
mod word;

pub use crate::tokenizer::language::{language_mark, language_of};
pub use marks::{Standing, offsets, snippet};
pub use matcher::{Counts, Matcher};
pub use matchinfo::{Corpus, matchinfo};
pub use options::{Options, prefix_lengths};
pub use parse::{Node, Query, QueryPhrase, parse_query};
pub use word::words;
