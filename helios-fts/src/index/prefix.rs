//! The documents with any term that begins with a prefix.

use helios_core::Result;

use super::postings::{Postings, ReadyDocuments};
use super::{Index, MAIN, Position};
use crate::config::{Config, Detail};

/// The documents with tokens that begin with `prefix`.
pub(crate) fn prefix_postings(index: &Index, config: &Config, prefix: &[u8]) -> Result<Postings> {
    let characters = prefix.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    if let Some(number) = config.prefixes.iter().position(|length| *length == characters) {
        let kind = MAIN + 1 + number as u8;
        return index.postings(&[&[kind], prefix].concat());
    }
    let first = [&[MAIN], prefix].concat();
    let mut terms = index.terms(&first)?;
    let mut found = Vec::new();
    let mut places: Vec<Position> = Vec::new();
    let mut count = 0;
    while terms.term().is_some_and(|term| term.starts_with(&first)) {
        let mut postings = terms.postings()?;
        while let Some(rowid) = postings.rowid() {
            let start = places.len();
            postings.read_places(config.detail, &mut places);
            found.push((rowid, start, places.len()));
            postings.advance()?;
        }
        count += 1;
        terms.advance()?;
    }
    if count > 1 {
        found.sort_by_key(|(rowid, ..)| *rowid);
    }
    Ok(Postings::ready(joined(&found, &places, config.detail)))
}

/// One entry for each document, with its places in their order.
fn joined(found: &[(i64, usize, usize)], places: &[Position], detail: Detail) -> ReadyDocuments {
    let mut ready = ReadyDocuments::default();
    ready.places.reserve(places.len());
    for group in found.chunk_by(|left, right| left.0 == right.0) {
        let start = ready.places.len();
        for (_, from, to) in group {
            ready.places.extend_from_slice(&places[*from..*to]);
        }
        if group.len() > 1 {
            ready.places[start..].sort_unstable();
            if detail == Detail::Columns {
                let mut own = ready.places.split_off(start);
                own.dedup();
                ready.places.extend(own);
            }
        }
        ready.rowids.push(group[0].0);
        ready.ends.push(ready.places.len());
    }
    ready
}
