//! Phrases that are near each other, or one phrase.

use std::sync::Arc;

use helios_core::Result;

use super::near::trim;
use super::term_postings;
use crate::config::{Config, Detail};
use crate::index::{Index, Position, Postings, column_of, offset_of};
use crate::query::Near;

/// A group of phrases at a document that it matches.
#[derive(Debug)]
pub(super) struct Group {
    phrases: Vec<PhraseState>,
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
struct PhraseState {
    terms: Vec<Postings>,
    is_first: bool,
    places: Vec<Position>,
    /// The places of each term, and which of them comes next.
    of_terms: Vec<Vec<Position>>,
    next: Vec<usize>,
}

impl Group {
    pub(super) fn open(index: &Index, config: &Config, near: &Near, first: usize) -> Result<Group> {
        let mut phrases = Vec::new();
        for phrase in &near.phrases {
            let terms = phrase.terms.iter().map(|term| term_postings(index, config, term));
            let terms = terms.collect::<Result<Vec<_>>>()?;
            let (of_terms, next) = (vec![Vec::new(); terms.len()], vec![0; terms.len()]);
            let is_first = phrase.is_first;
            phrases.push(PhraseState { terms, is_first, places: Vec::new(), of_terms, next });
        }
        let is_single = phrases.len() == 1 && phrases[0].terms.len() == 1;
        let is_plain = is_single && !phrases[0].is_first && near.columns.is_none();
        Ok(Group {
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
            for postings in self.phrases.iter_mut().flat_map(|phrase| &mut phrase.terms) {
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
            let first = self.phrases.first().and_then(|phrase| phrase.terms.first());
            return Ok(first.and_then(Postings::rowid));
        }
    }

    /// Whether the phrases stand in the document that all terms are in, as they should.
    fn matches(&mut self) -> bool {
        if self.detail == Detail::None {
            return true;
        }
        for phrase in &mut self.phrases {
            phrase.find(self.detail, self.columns.as_deref().map(|columns| &columns[..]));
            if phrase.places.is_empty() {
                return false;
            }
        }
        if self.phrases.len() == 1 {
            return true;
        }
        let lengths: Vec<i64> = self.phrases.iter().map(|phrase| phrase.terms.len() as i64).collect();
        let places = self.phrases.iter_mut().map(|phrase| std::mem::take(&mut phrase.places)).collect();
        let trimmed = trim(places, &lengths, self.distance);
        let matches = trimmed.iter().all(|places| !places.is_empty());
        for (phrase, places) in self.phrases.iter_mut().zip(trimmed) {
            phrase.places = places;
        }
        matches
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
        for (phrase, out) in self.phrases.iter().zip(&mut out[self.first..]) {
            out.extend_from_slice(&phrase.places);
        }
    }
}

impl PhraseState {
    /// Finds the places of the phrase in the current document.
    fn find(&mut self, detail: Detail, columns: Option<&[usize]>) {
        self.places.clear();
        let is_wanted = |place: &Position| {
            columns.is_none_or(|columns| columns.binary_search(&column_of(*place)).is_ok())
                && (!self.is_first || offset_of(*place) == 0)
        };
        if let [only] = &self.terms[..] {
            only.read_places(detail, &mut self.places);
            if columns.is_some() || self.is_first {
                self.places.retain(is_wanted);
            }
            return;
        }
        for (term, places) in self.terms.iter().zip(&mut self.of_terms) {
            places.clear();
            term.read_places(detail, places);
        }
        self.next.fill(0);
        'places: for &place in &self.of_terms[0] {
            if !is_wanted(&place) {
                continue;
            }
            for (number, (places, at)) in self.of_terms.iter().zip(&mut self.next).enumerate().skip(1) {
                let wanted = place + number as u64;
                while places.get(*at).is_some_and(|found| *found < wanted) {
                    *at += 1;
                }
                match places.get(*at) {
                    None => return,
                    Some(found) if *found != wanted => continue 'places,
                    Some(_) => {}
                }
            }
            self.places.push(place);
        }
    }
}
