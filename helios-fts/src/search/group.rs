//! Phrases that are near each other, or one phrase.

use std::sync::Arc;

use helios_core::Result;

use super::near::{Reading, trim};
use super::term_postings;
use crate::config::{Config, Detail};
use crate::index::{Index, Position, Postings, ReadyDocuments, column_of, offset_of};
use crate::query::Near;

/// A group of phrases at a document that it matches.
#[derive(Debug)]
pub(super) struct Group {
    phrases: Vec<Phrase>,
    /// Where each phrase stands in the current document.
    found: Vec<Reading>,
    /// The terms of all phrases as phrase and number, the rarest first.
    rarest_first: Vec<(usize, usize)>,
    /// The number of the first phrase.
    first: usize,
    distance: i64,
    columns: Option<Arc<Vec<usize>>>,
    detail: Detail,
    current: Option<i64>,
    /// One term that may stand anywhere: a document with it matches.
    is_plain: bool,
}

#[derive(Debug)]
struct Phrase {
    terms: Vec<Postings>,
    is_first: bool,
}

impl Group {
    pub(super) fn open(index: &Index, config: &Config, near: &Near, first: usize) -> Result<Group> {
        let mut phrases = Vec::new();
        for phrase in &near.phrases {
            let terms = phrase.terms.iter().map(|term| term_postings(index, config, term));
            let terms = terms.collect::<Result<Vec<_>>>()?;
            phrases.push(Phrase { terms, is_first: phrase.is_first });
        }
        let is_single = phrases.len() == 1 && phrases[0].terms.len() == 1;
        let is_plain = is_single && !phrases[0].is_first && near.columns.is_none();
        Ok(Group {
            found: phrases.iter().map(|phrase| Reading::of_length(phrase.terms.len())).collect(),
            rarest_first: rarest_first(&phrases),
            phrases,
            first,
            distance: near.distance,
            columns: near.columns.clone(),
            detail: config.detail,
            current: None,
            is_plain,
        })
    }

    #[inline]
    pub(super) fn current(&self) -> Option<i64> {
        self.current
    }

    /// Goes to the first match at or behind `target`.
    #[inline]
    pub(super) fn seek(&mut self, target: i64) -> Result<()> {
        if self.is_plain {
            let postings = &mut self.phrases[0].terms[0];
            if self.current.is_some_and(|current| current.wrapping_add(1) == target) {
                postings.advance()?;
            } else {
                postings.seek(target)?;
            }
            self.current = postings.rowid();
            return Ok(());
        }
        if self.current.is_some_and(|current| current >= target) {
            return Ok(());
        }
        self.current = self.next_match(target)?;
        Ok(())
    }

    fn next_match(&mut self, mut target: i64) -> Result<Option<i64>> {
        loop {
            let Some(rowid) = self.aligned(target)? else { return Ok(None) };
            if self.matches() {
                return Ok(Some(rowid));
            }
            match rowid.checked_add(1) {
                Some(next) => target = next,
                None => return Ok(None),
            }
        }
    }

    /// The first document at or behind `target` that has all terms.
    fn aligned(&mut self, mut target: i64) -> Result<Option<i64>> {
        if self.phrases.iter().any(|phrase| phrase.terms.is_empty()) {
            return Ok(None);
        }
        'again: loop {
            for (phrase, term) in &self.rarest_first {
                let postings = &mut self.phrases[*phrase].terms[*term];
                postings.seek(target)?;
                match postings.rowid() {
                    None => return Ok(None),
                    Some(own) if own > target => {
                        target = own;
                        continue 'again;
                    }
                    Some(_) => {}
                }
            }
            return Ok((!self.phrases.is_empty()).then_some(target));
        }
    }

    /// Whether the phrases stand in the document that all terms are in, as they should.
    fn matches(&mut self) -> bool {
        if self.detail == Detail::None {
            return true;
        }
        let columns = self.columns.as_deref().map(|columns| &columns[..]);
        for (phrase, found) in self.phrases.iter().zip(&mut self.found) {
            phrase.find(self.detail, columns, &mut found.places);
            if found.places.is_empty() {
                return false;
            }
        }
        if self.found.len() > 1 {
            trim(&mut self.found, self.distance);
        }
        self.found.iter().all(|found| !found.places.is_empty())
    }

    /// Stands before the first match again.
    pub(super) fn rewind(&mut self) -> Result<()> {
        self.current = None;
        self.phrases.iter_mut().flat_map(|phrase| &mut phrase.terms).try_for_each(Postings::rewind)
    }

    /// Goes over all matches of the only phrase, unless each document with its term is one, and keeps them.
    pub(super) fn gather(&mut self) -> Result<()> {
        if self.is_plain || self.phrases.len() != 1 {
            return Ok(());
        }
        self.rewind()?;
        self.seek(i64::MIN)?;
        let mut found = ReadyDocuments::default();
        while let Some(rowid) = self.current {
            found.push(rowid, &self.found[0].places);
            match rowid.checked_add(1) {
                Some(next) => self.seek(next)?,
                None => break,
            }
        }
        self.phrases[0] = Phrase { terms: vec![Postings::ready(found)], is_first: false };
        (self.rarest_first, self.columns, self.is_plain) = (vec![(0, 0)], None, true);
        self.current = self.phrases[0].terms[0].rowid();
        Ok(())
    }

    /// The numbers of the phrases.
    pub(super) fn phrases(&self) -> std::ops::Range<usize> {
        self.first..self.first + self.phrases.len()
    }

    /// Where the phrases stand in the current document.
    pub(super) fn places(&mut self, out: &mut [Vec<Position>]) {
        if self.is_plain {
            self.phrases[0].terms[0].read_places(self.detail, &mut out[self.first]);
            return;
        }
        for (found, out) in self.found.iter().zip(&mut out[self.first..]) {
            out.extend_from_slice(&found.places);
        }
    }

    /// How many documents have a phrase of this number, where that is known without a search.
    pub(super) fn known_count(&self, phrase: usize) -> Option<i64> {
        let phrase = &self.phrases[phrase - self.first];
        match &phrase.terms[..] {
            [only] if self.is_plain || !phrase.is_first && self.columns.is_none() => only.known_count(),
            _ => None,
        }
    }
}

impl Phrase {
    /// Finds the places of the phrase in the current document.
    fn find(&self, detail: Detail, columns: Option<&[usize]>, out: &mut Vec<Position>) {
        out.clear();
        // The term with the fewest places is compared with the others, and what is left counted from the first term.
        let rarest = match &self.terms[..] {
            [_] => 0,
            terms => (0..terms.len()).min_by_key(|number| terms[*number].places_weight()).unwrap_or(0),
        };
        self.terms[rarest].read_places(detail, out);
        for (number, term) in self.terms.iter().enumerate() {
            if number != rarest && !out.is_empty() {
                term.retain_places(number as i64 - rarest as i64, out);
            }
        }
        if rarest > 0 {
            out.iter_mut().for_each(|place| *place -= rarest as u64);
        }
        if columns.is_some() || self.is_first {
            out.retain(|place| {
                columns.is_none_or(|columns| columns.binary_search(&column_of(*place)).is_ok())
                    && (!self.is_first || offset_of(*place) == 0)
            });
        }
    }
}

fn rarest_first(phrases: &[Phrase]) -> Vec<(usize, usize)> {
    let numbers = phrases.iter().enumerate();
    let mut terms: Vec<(usize, usize)> = numbers
        .flat_map(|(number, phrase)| (0..phrase.terms.len()).map(move |term| (number, term)))
        .collect();
    terms.sort_by_key(|(phrase, term)| phrases[*phrase].terms[*term].weight());
    terms
}
