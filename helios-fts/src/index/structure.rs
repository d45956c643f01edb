//! Which segments there are, and the sums over all documents.

use helios_core::Result;

use super::corrupt;
use super::store::{Store, StoreMut};
use super::varint::{read_varint, write_varint};

/// The page of the sums.
const TOTALS_PAGE: i64 = 1;
/// The page of the structure.
const STRUCTURE_PAGE: i64 = 10;
/// The first byte of the structure.
const VERSION: u8 = 1;
/// The bits of a page's number.
const PAGE_BITS: u32 = 31;

/// A segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number, from 1 on.
    pub id: u64,
    /// How often what it has was merged.
    pub level: u64,
    /// How many pages it has.
    pub pages: u64,
}

impl Segment {
    /// The id of a page.
    pub(super) fn page(id: u64, page: u64) -> i64 {
        (id << PAGE_BITS | page) as i64
    }
}

/// The segments, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// The segments.
    pub segments: Vec<Segment>,
}

impl Structure {
    pub(super) fn load(store: &dyn Store) -> Result<Structure> {
        let mut bytes = Vec::new();
        if !store.page(STRUCTURE_PAGE, &mut bytes)? || bytes.first() != Some(&VERSION) {
            return Err(corrupt());
        }
        let mut at = 1;
        let mut number = || read_varint(&bytes, &mut at).ok_or_else(corrupt);
        let mut segments = Vec::new();
        for _ in 0..number()? {
            segments.push(Segment { id: number()?, level: number()?, pages: number()? });
        }
        Ok(Structure { segments })
    }

    /// Writes it.
    pub fn save(&self, store: &dyn StoreMut) -> Result<()> {
        let mut bytes = vec![VERSION];
        write_varint(self.segments.len() as u64, &mut bytes);
        for segment in &self.segments {
            for number in [segment.id, segment.level, segment.pages] {
                write_varint(number, &mut bytes);
            }
        }
        store.write_page(STRUCTURE_PAGE, &bytes)
    }

    /// A number that no segment has.
    pub(super) fn unused(&self) -> u64 {
        let mut ids: Vec<u64> = self.segments.iter().map(|segment| segment.id).collect();
        ids.sort_unstable();
        (1..).zip(&ids).find(|(number, id)| number != *id).map_or(ids.len() as u64 + 1, |(number, _)| number)
    }
}

/// Sums over all documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many documents there are.
    pub rows: i64,
    /// How many tokens the columns have.
    pub tokens: Vec<i64>,
}

impl Totals {
    /// Reads them.
    pub fn load(store: &dyn Store, columns: usize) -> Result<Totals> {
        let mut totals = Totals { rows: 0, tokens: vec![0; columns] };
        let mut bytes = Vec::new();
        if store.page(TOTALS_PAGE, &mut bytes)? {
            let mut at = 0;
            totals.rows = read_varint(&bytes, &mut at).unwrap_or(0) as i64;
            for tokens in &mut totals.tokens {
                *tokens = read_varint(&bytes, &mut at).unwrap_or(0) as i64;
            }
        }
        Ok(totals)
    }

    /// Writes them.
    pub fn save(&self, store: &dyn StoreMut) -> Result<()> {
        let mut bytes = Vec::new();
        for number in std::iter::once(&self.rows).chain(&self.tokens) {
            write_varint((*number).max(0) as u64, &mut bytes);
        }
        store.write_page(TOTALS_PAGE, &bytes)
    }

    /// The tokens of all columns.
    pub fn all_tokens(&self) -> i64 {
        self.tokens.iter().sum()
    }
}
