//! What is searched for.
//!
//! In: a query as FTS5 reads it. Out: an [`Expression`] over phrases, whose words have been cut as the documents are.
//! Phrases are numbered in the order in which they stand, for ranking and highlights count by phrase.

mod parse;
mod token;

use std::sync::Arc;

pub use parse::parse_query;

/// A term of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The token.
    pub bytes: Vec<u8>,
    /// Whether tokens that only begin with it are meant too.
    pub is_prefix: bool,
}

/// Tokens that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase {
    /// The tokens. None, and it matches nothing.
    pub terms: Vec<Term>,
    /// Whether it has to stand at the beginning of a column.
    pub is_first: bool,
}

/// Phrases that are near each other, in some columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The phrases.
    pub phrases: Vec<Phrase>,
    /// How many tokens may stand between them.
    pub distance: i64,
    /// The columns, sorted; `None` for all.
    pub columns: Option<Arc<Vec<usize>>>,
}

/// A condition on documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// The phrases are there.
    Near(Near),
    /// All hold.
    And(Vec<Expression>),
    /// At least one holds.
    Or(Vec<Expression>),
    /// The first holds and the second does not.
    Not(Box<(Expression, Expression)>),
}

impl Expression {
    /// Calls `visit` with the phrases, in the order in which they stand.
    pub fn for_each_phrase<'a>(&'a self, visit: &mut dyn FnMut(&'a Phrase, &'a Near)) {
        match self {
            Expression::Near(near) => near.phrases.iter().for_each(|phrase| visit(phrase, near)),
            Expression::And(parts) | Expression::Or(parts) => {
                parts.iter().for_each(|part| part.for_each_phrase(visit));
            }
            Expression::Not(parts) => {
                parts.0.for_each_phrase(visit);
                parts.1.for_each_phrase(visit);
            }
        }
    }

    /// The phrases with the columns they are looked for in.
    pub fn phrases(&self) -> Vec<(&Phrase, Option<&[usize]>)> {
        let mut phrases = Vec::new();
        self.for_each_phrase(&mut |phrase, near| {
            phrases.push((phrase, near.columns.as_ref().map(|columns| &columns[..])));
        });
        phrases
    }
}
