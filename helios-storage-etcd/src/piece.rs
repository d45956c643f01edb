//! Pieces of large ranges, from their beginning and from their end.
//!
//! Asked for the first rows of a range, etcd counts the whole range, and asked for the last ones, it reads and sorts all of it. So
//! it is asked for a short piece, guessed from how far apart rows of the same table were.
//!
//! Where the last rows begin may also be known from the last time. If nothing is known, or nothing is there, they are looked for:
//! a question counts the rows in steps from the first one on, each twice as wide as the one before, and the last step that has
//! rows is looked at again until it has few enough. Counting reads no rows.
//!
//! In: a range and how many rows of it. Out: rows from one end of it, without a gap; a guess that is wrong makes them fewer,
//! never others.

use std::collections::HashMap;

use bytes::Bytes;
use helios_core::Result;
use helios_core::storage::ahead::Row;

use crate::message::{DESCENDING, RangeRequest, RangeResponse};
use crate::operation::{self, grouped};
use crate::snapshot::{EtcdSnapshot, Stored};

/// Of so many ranges and tables something is remembered.
const REMEMBERED: usize = 256;
/// So many bytes at the beginning of keys say what they belong to, and so many behind them where rows are.
const TABLE_BYTES: usize = 3;
const PLACE_BYTES: usize = 16;
/// The first question of a search reads so many rows at most: with luck they are all.
const FIRST_ROWS: u64 = 256;
/// So many rows are few enough to be sorted.
const FEW_ROWS: i64 = 2048;
/// A search ends after so many questions.
const MOST_QUESTIONS: usize = 10;

/// What was learned of where rows are.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// For the end of a range, where its last rows began.
    begins: HashMap<Vec<u8>, Vec<u8>>,
    /// For a table, how far apart its rows are.
    distances: HashMap<Vec<u8>, u128>,
}

/// Where a key is among those that have the same first bytes.
fn place(key: &[u8], first: usize) -> u128 {
    let mut bytes = [0; PLACE_BYTES];
    let rest = key.get(first..).unwrap_or_default();
    let length = rest.len().min(PLACE_BYTES);
    bytes[..length].copy_from_slice(&rest[..length]);
    u128::from_be_bytes(bytes)
}

/// A key at a place.
fn key_at(first: &[u8], place: u128) -> Vec<u8> {
    [first, &place.to_be_bytes()].concat()
}

/// What a key belongs to.
fn table(key: &[u8]) -> Option<&[u8]> {
    key.get(..TABLE_BYTES)
}

impl Places {
    /// Where so many first rows of a range may end.
    fn guess_end(&self, from: &[u8], rows: u64) -> Option<Vec<u8>> {
        let table = table(from)?;
        let wide = self.distances.get(table)?.saturating_mul(u128::from(2 * rows));
        Some(key_at(table, place(from, TABLE_BYTES).checked_add(wide)?))
    }

    /// Where so many last rows of a range may begin.
    fn guess_begin(&self, to: Option<&[u8]>, rows: u64) -> Option<Vec<u8>> {
        let to = to.unwrap_or_default();
        if let Some(begin) = self.begins.get(to) {
            return Some(begin.clone());
        }
        let table = table(to)?;
        // Some more, because rows are not spread evenly.
        let back = self.distances.get(table)?.saturating_mul(u128::from(rows + rows / 2));
        Some(key_at(table, place(to, TABLE_BYTES).saturating_sub(back)))
    }

    /// Notes what the last rows of a range were, the last one first.
    fn learn_last(&mut self, to: Option<&[u8]>, rows: &[Stored]) {
        let (Some(last), Some(first)) = (rows.first(), rows.last()) else { return };
        let to = to.unwrap_or_default();
        if self.begins.len() >= REMEMBERED && !self.begins.contains_key(to) {
            self.begins.clear();
        }
        // Ends within a table are never the same for long.
        if table(to) != table(last.key()) {
            self.begins.insert(to.to_vec(), first.key().to_vec());
        }
        self.learn(first.key(), last.key(), rows.len());
    }

    /// Notes how far apart rows are, of which these are the first and the last one.
    fn learn(&mut self, first: &[u8], last: &[u8], rows: usize) {
        let Some(table) = table(first).filter(|table| last.starts_with(table)) else { return };
        let apart = place(last, TABLE_BYTES).saturating_sub(place(first, TABLE_BYTES));
        if apart == 0 || rows < 2 {
            return;
        }
        if self.distances.len() >= REMEMBERED && !self.distances.contains_key(table) {
            self.distances.clear();
        }
        self.distances.insert(table.to_vec(), (apart / (rows as u128 - 1)).max(1));
    }
}

impl EtcdSnapshot {
    /// At most so many rows of a range from its beginning on, and whether there are no more.
    pub(crate) fn scan_forward(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        most: u64,
    ) -> Result<(Vec<Stored>, bool)> {
        let guess = self.shared.places.lock().guess_end(from, most);
        let guess = guess.filter(|end| to.is_none_or(|to| &end[..] < to));
        for end in guess.as_deref().map(Some).into_iter().chain([to]) {
            let is_guess = end != to;
            let wanted = RangeRequest { limit: most as i64, ..self.range(from, end) };
            let found = self.shared.read(vec![operation::range(wanted)])?.pop().unwrap_or_default();
            let (is_large, is_all) = (is_guess || found.count > FEW_ROWS, !found.more && !is_guess);
            let rows = self.stored_of(found);
            if let (Some(first), Some(last), true) = (rows.first(), rows.last(), is_large) {
                self.shared.places.lock().learn(first.key(), last.key(), rows.len());
            }
            if !rows.is_empty() || !is_guess {
                return Ok((rows, is_all));
            }
        }
        Ok((Vec::new(), true))
    }

    /// At most so many rows of a range from its end on, the last one first, and whether there are no more.
    pub(crate) fn scan_backward(
        &self,
        from: &[u8],
        to: Option<&[u8]>,
        most: u64,
    ) -> Result<(Vec<Stored>, bool)> {
        let guess = self.shared.places.lock().guess_begin(to, most);
        let (mut rows, mut is_all) = match guess {
            Some(begin) if &begin[..] > from => (self.last_rows(&begin, to, most)?.0, false),
            Some(_) => self.last_rows(from, to, most)?,
            None => (Vec::new(), false),
        };
        if rows.is_empty() && !is_all {
            (rows, is_all) = self.search_last(from, to, most)?;
        }
        self.shared.places.lock().learn_last(to, &rows);
        Ok((rows, is_all))
    }

    /// Has etcd sort a range.
    fn last_rows(&self, from: &[u8], to: Option<&[u8]>, most: u64) -> Result<(Vec<Stored>, bool)> {
        let wanted = RangeRequest { sort_order: DESCENDING, limit: most as i64, ..self.range(from, to) };
        let found = self.shared.read(vec![operation::range(wanted)])?.pop().unwrap_or_default();
        let is_all = !found.more;
        Ok((self.stored_of(found), is_all))
    }

    /// The last rows of a range of which nothing is known.
    fn search_last(&self, from: &[u8], to: Option<&[u8]>, most: u64) -> Result<(Vec<Stored>, bool)> {
        let wanted = RangeRequest { limit: most.min(FIRST_ROWS) as i64, ..self.range(from, to) };
        let found = self.shared.read(vec![operation::range(wanted)])?.pop().unwrap_or_default();
        if !found.more {
            let mut rows = self.stored_of(found);
            rows.reverse();
            return Ok((rows, true));
        }
        let (mut begin, mut count) = (self.first_key(&found), found.count);
        let mut is_narrowed = false;
        for _ in 0..MOST_QUESTIONS {
            if count <= FEW_ROWS {
                break;
            }
            let steps = steps(&begin, to);
            let ranges = steps.iter().zip(steps[1..].iter().map(Some).chain([None]));
            let wanted = ranges.map(|(from, end)| {
                let end = end.map(Vec::as_slice).or(to);
                // The first one of a step is where the next search begins.
                operation::range(RangeRequest { limit: 1, keys_only: true, ..self.range(from, end) })
            });
            let found = self.shared.read(grouped(wanted.collect()))?;
            let last = found.iter().rposition(|found| found.count > 0);
            let Some(last) = last.filter(|last| *last > 0) else {
                // All keys begin with the same bytes, more than are looked at.
                break;
            };
            (begin, count) = (self.first_key(&found[last]), found[last].count);
            is_narrowed = true;
        }
        let begin = if is_narrowed { &begin } else { from };
        let (rows, is_all) = self.last_rows(begin, to, most)?;
        Ok((rows, is_all && !is_narrowed))
    }

    fn first_key(&self, found: &RangeResponse) -> Vec<u8> {
        found.kvs.first().map_or_else(Vec::new, |first| self.shared.names.key_of(&first.key).to_vec())
    }

    fn stored_of(&self, found: RangeResponse) -> Vec<Stored> {
        found.kvs.into_iter().map(|found| self.stored(found)).collect()
    }

    /// Asks for a range.
    pub(crate) fn range(&self, from: &[u8], to: Option<&[u8]>) -> RangeRequest {
        let (key, range_end): (Bytes, Bytes) =
            (self.shared.names.entry(from), self.shared.names.entries_to(to));
        RangeRequest { key, range_end, revision: self.revision, ..RangeRequest::default() }
    }
}

/// Keys from which on rows are counted: from the first one on, in steps that are twice as wide each time.
fn steps(from: &[u8], to: Option<&[u8]>) -> Vec<Vec<u8>> {
    // Bytes that all keys of the range have in common say nothing of where one is.
    let shared = to.map_or(0, |to| from.iter().zip(to).take_while(|(a, b)| a == b).count());
    let (first, begin) = (&from[..shared], place(from, shared));
    let mut steps = vec![from.to_vec()];
    for width in (0..u128::BITS).map(|bit| 1 << bit) {
        let Some(place) = begin.checked_add(width) else { break };
        let step = key_at(first, place);
        if to.is_some_and(|to| *step >= *to) {
            break;
        }
        steps.push(step);
    }
    steps
}

#[cfg(test)]
#[path = "piece_tests.rs"]
mod tests;
