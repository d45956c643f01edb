//! How well documents match: Okapi BM25, with FTS5's constants and its order of operations.
//!
//! In: where phrases stand in a document and how long it is. Out: a score, the lower the better.

use helios_core::Result;

use crate::config::Config;
use crate::index::{Index, Position, Totals, column_of};
use crate::query::Expression;
use crate::search::Search;

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// What a phrase counts that is in more than half of all documents.
const LEAST_WEIGHT: f64 = 1e-6;

/// What a query's scores are made with.
#[derive(Clone, Debug)]
pub struct Bm25 {
    average_length: f64,
    /// How much each phrase counts: the rarer, the more.
    weights: Vec<f64>,
}

impl Bm25 {
    /// Looks for how many documents have each phrase of which that is not `known`.
    pub fn new(
        index: &Index,
        config: &Config,
        expression: &Expression,
        totals: &Totals,
        known: &[Option<i64>],
    ) -> Result<Bm25> {
        let mut weights = Vec::new();
        for (number, (phrase, columns)) in expression.phrases().into_iter().enumerate() {
            let documents = match known.get(number).copied().flatten() {
                Some(documents) => documents,
                None => Search::count_phrase(index, config, phrase, columns)?,
            };
            weights.push(weight(totals.rows, documents));
        }
        Ok(Bm25 { average_length: average_length(totals), weights })
    }

    /// The score of a document of so many tokens, by where each phrase stands in it, and what columns count (1 where
    /// nothing is said).
    pub fn score(&self, places: &[Vec<Position>], length: i64, columns: &[f64]) -> f64 {
        let mut score = 0.0;
        for (weight, places) in self.weights.iter().zip(places) {
            score += weight * share(frequency(places, columns), length, self.average_length);
        }
        -score
    }
}

/// How often a phrase is there, by columns.
fn frequency(places: &[Position], columns: &[f64]) -> f64 {
    if columns.is_empty() {
        return places.len() as f64;
    }
    let mut frequency = 0.0;
    for place in places {
        frequency += columns.get(column_of(*place)).copied().unwrap_or(1.0);
    }
    frequency
}

fn share(frequency: f64, length: i64, average_length: f64) -> f64 {
    (frequency * (K1 + 1.0)) / (frequency + K1 * (1.0 - B + B * length as f64 / average_length))
}

fn average_length(totals: &Totals) -> f64 {
    totals.all_tokens() as f64 / totals.rows as f64
}

fn weight(rows: i64, documents: i64) -> f64 {
    let weight = ((rows as f64 - documents as f64 + 0.5) / (documents as f64 + 0.5)).ln();
    if weight <= 0.0 { LEAST_WEIGHT } else { weight }
}
