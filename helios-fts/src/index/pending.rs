//! Documents that came and went and are in no segment yet.
//!
//! What happened is a list, in its order, so that its end can be taken back. It is sorted by terms when it is written.

use std::sync::Arc;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use helios_core::Result;
use std::hash::BuildHasher;

use super::doclist::{write_columns, write_places};
use super::segment::SegmentWriter;
use super::store::{Store, StoreMut};
use super::structure::{Segment, Structure};
use super::{Index, MAIN, Position};
use crate::config::{Config, Detail};
use crate::tokenizer::MAX_TOKEN_BYTES;

/// One token of a document.
#[derive(Clone, Copy, Debug)]
struct Event {
    /// The number of the term.
    term: u32,
    /// The number of the document among those that came and went.
    document: u32,
    place: Position,
}

/// A document that came or went.
#[derive(Clone, Copy, Debug)]
struct Change {
    rowid: i64,
    /// Whether it came.
    comes: bool,
}

/// Documents that wait to be written.
#[derive(Debug, Default)]
pub struct Pending {
    events: Vec<Event>,
    changes: Vec<Change>,
    /// The bytes of all terms, one behind the other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: RandomState,
}

/// A place to come back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingMark {
    events: usize,
    changes: usize,
}

/// With so many tokens it is time to write them.
const FULL: usize = 2_000_000;

impl Pending {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether it should be written before more comes.
    pub fn is_full(&self) -> bool {
        self.events.len() >= FULL || self.bytes.len() >= 8 * FULL
    }

    /// A document comes or goes. Its tokens follow with [`Pending::text`].
    pub fn begin(&mut self, rowid: i64, comes: bool) {
        self.changes.push(Change { rowid, comes });
    }

    /// Adds the tokens of a column to the document that has begun; how many they are.
    pub fn text(&mut self, config: &Config, column: usize, text: &[u8]) -> u64 {
        let document = self.changes.len() as u32 - 1;
        let mut count = 0;
        config.tokenizer.clone().tokenize(text, &mut |token, _| {
            let token = &token[..token.len().min(MAX_TOKEN_BYTES)];
            let place = super::position(column, count);
            count += 1;
            let term = self.number(MAIN, token);
            self.events.push(Event { term, document, place });
            for (number, length) in config.prefixes.iter().enumerate() {
                if let Some(end) = prefix_end(token, *length) {
                    let term = self.number(MAIN + 1 + number as u8, &token[..end]);
                    self.events.push(Event { term, document, place });
                }
            }
        });
        count
    }

    fn number(&mut self, kind: u8, token: &[u8]) -> u32 {
        let hash = self.hasher.hash_one((kind, token));
        let (bytes, ends) = (&self.bytes, &self.ends);
        let term = |number: u32| {
            let start = number.checked_sub(1).map_or(0, |before| ends[before as usize]);
            &bytes[start..ends[number as usize]]
        };
        let is_same = |number: &u32| {
            let known = term(*number);
            known[0] == kind && &known[1..] == token
        };
        if let Some(number) = self.numbers.find(hash, is_same) {
            return *number;
        }
        let number = self.ends.len() as u32;
        self.bytes.push(kind);
        self.bytes.extend_from_slice(token);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.numbers.insert_unique(hash, number, |number| {
            let start = number.checked_sub(1).map_or(0, |before| ends[before as usize]);
            let known = &bytes[start..ends[*number as usize]];
            hasher.hash_one((known[0], &known[1..]))
        });
        number
    }

    fn term(&self, number: usize) -> &[u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    /// A place to come back to.
    pub fn mark(&self) -> PendingMark {
        PendingMark { events: self.events.len(), changes: self.changes.len() }
    }

    /// Forgets what came behind a mark.
    pub fn undo_to(&mut self, mark: PendingMark) {
        self.events.truncate(mark.events);
        self.changes.truncate(mark.changes);
    }

    /// Writes what waits as a segment.
    pub fn flush(&mut self, config: &Config, store: &Arc<dyn StoreMut>) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let mut index = Index::open(store.clone() as Arc<dyn Store>)?;
        let id = index.structure.unused();
        let pages = self.write(config, &**store, id)?;
        *self = Pending { hasher: self.hasher.clone(), ..Pending::default() };
        match pages {
            0 => Ok(()),
            pages => index.settle(store, Segment { id, level: 0, pages }),
        }
    }

    /// Writes the segment; how many pages it has.
    fn write(&self, config: &Config, store: &dyn StoreMut, id: u64) -> Result<u64> {
        // The events of each term, in the order in which they came.
        let mut starts = vec![0_u32; self.ends.len() + 1];
        for event in &self.events {
            starts[event.term as usize + 1] += 1;
        }
        for term in 0..self.ends.len() {
            starts[term + 1] += starts[term];
        }
        let mut next = starts.clone();
        let mut sorted = vec![(0_u32, 0); self.events.len()];
        for event in &self.events {
            let place = &mut next[event.term as usize];
            sorted[*place as usize] = (event.document, event.place);
            *place += 1;
        }
        let mut order: Vec<u32> = (0..self.ends.len() as u32).collect();
        order.sort_unstable_by(|left, right| self.term(*left as usize).cmp(self.term(*right as usize)));
        let rises = self.changes.is_sorted_by(|before, after| before.rowid < after.rowid);
        let mut writer = SegmentWriter::new(store, id);
        let mut scratch = Scratch::default();
        for term in order {
            let events = &mut sorted[starts[term as usize] as usize..starts[term as usize + 1] as usize];
            if events.is_empty() {
                continue;
            }
            if !rises {
                events.sort_by_key(|(document, _)| self.changes[*document as usize].rowid);
            }
            writer.begin_term(self.term(term as usize));
            self.write_documents(config.detail, events, &mut scratch, &mut writer)?;
            writer.end_term()?;
        }
        writer.finish()
    }

    /// Writes the documents of one term, whose events come in the order of rowids.
    fn write_documents(
        &self,
        detail: Detail,
        events: &[(u32, Position)],
        scratch: &mut Scratch,
        writer: &mut SegmentWriter<'_>,
    ) -> Result<()> {
        let rowid = |event: &(u32, Position)| self.changes[event.0 as usize].rowid;
        for of_row in events.chunk_by(|left, right| rowid(left) == rowid(right)) {
            // Of a row that went and came only the last holds.
            let last = of_row[of_row.len() - 1].0;
            let own = &of_row[of_row.partition_point(|(document, _)| *document < last)..];
            if !self.changes[last as usize].comes {
                writer.add(rowid(&own[0]), None)?;
                continue;
            }
            scratch.places.clear();
            let places = own.iter().map(|(_, place)| *place);
            match detail {
                Detail::Full => write_places(places, &mut scratch.places),
                Detail::Columns => write_columns(places, &mut scratch.places),
                Detail::None => {}
            }
            writer.add(rowid(&own[0]), Some(&scratch.places))?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Scratch {
    places: Vec<u8>,
}

/// Where a prefix of so many characters ends; `None` if the token has fewer.
fn prefix_end(token: &[u8], characters: usize) -> Option<usize> {
    let mut starts = token.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80);
    starts.nth(characters - 1)?;
    Some(starts.next().map_or(token.len(), |(place, _)| place))
}

/// Empties an index: no segments, no documents.
pub fn clear(store: &Arc<dyn StoreMut>, columns: usize) -> Result<()> {
    if let Ok(structure) = Structure::load(&**store) {
        for segment in &structure.segments {
            segment.delete(&**store)?;
        }
    }
    Structure::default().save(&**store)?;
    super::Totals { rows: 0, tokens: vec![0; columns] }.save(&**store)
}
