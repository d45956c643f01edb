//! Sums that tell whether an index says what the texts say.

use foldhash::fast::FixedState;
use std::hash::BuildHasher;

use helios_core::Result;

use super::{Index, MAIN, Position, column_of, position};
use crate::config::{Config, Detail};
use crate::tokenizer::MAX_TOKEN_BYTES;

/// The sum over all places of all terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum(u64);

impl Checksum {
    /// The sum over the tokens of an index.
    pub fn of_index(index: &Index, config: &Config) -> Result<Checksum> {
        let mut sum = Checksum::default();
        let mut terms = index.terms(&[MAIN])?;
        let mut places = Vec::new();
        while let Some(term) = terms.term().filter(|term| term.first() == Some(&MAIN)) {
            let mut postings = terms.postings()?;
            while let Some(rowid) = postings.rowid() {
                places.clear();
                postings.read_places(config.detail, &mut places);
                if config.detail == Detail::None {
                    places.push(0);
                }
                for place in &places {
                    sum.add(&term[1..], rowid, *place);
                }
                postings.advance()?;
            }
            terms.advance()?;
        }
        Ok(sum)
    }

    /// Adds the text of a column; how many tokens it has. `document` has the terms of the document so far.
    pub fn add_text(
        &mut self,
        config: &Config,
        rowid: i64,
        column: usize,
        text: &[u8],
        document: &mut Vec<(Vec<u8>, Position)>,
    ) -> i64 {
        let mut count = 0;
        config.tokenizer.tokenize(text, &mut |token, _| {
            let token = &token[..token.len().min(MAX_TOKEN_BYTES)];
            let place = match config.detail {
                Detail::Full => position(column, count as u64),
                Detail::Columns => position(column, 0),
                Detail::None => 0,
            };
            count += 1;
            if config.detail != Detail::Full {
                let is_known = document.iter().any(|(known, at)| known == token && *at == place);
                if is_known {
                    return;
                }
                document.push((token.to_vec(), place));
            }
            self.add(token, rowid, place);
        });
        count
    }

    fn add(&mut self, term: &[u8], rowid: i64, place: Position) {
        let hash = FixedState::default().hash_one((term, rowid, column_of(place), place));
        self.0 = self.0.wrapping_add(hash);
    }
}
