//! A segment: sorted terms with their documents, on pages.
//!
//! ```text
//! page of terms   entries: bytes shared with the term before, further bytes, these;
//!                 0, length, block: the documents      or
//!                 n, n rowids (zigzag distances): the next n pages are blocks that begin with these
//! page of a term  one block
//! ```
//! A term whose documents need pages of their own is the last on its page. The first term of a page shares nothing.

use std::sync::Arc;

use helios_core::Result;

use super::corrupt;
use super::doclist::BlockWriter;
use super::store::{Store, StoreMut};
use super::structure::Segment;
use super::varint::{read_varint, unzigzag, write_varint, zigzag};

/// A page is full at this size: with its key it fits on a page of most stores.
pub(super) const PAGE_BYTES: usize = 4000;

/// Writes a segment. Terms come in their order, documents of a term in the order of their rowids.
pub(super) struct SegmentWriter<'a> {
    store: &'a dyn StoreMut,
    id: u64,
    /// The page of terms that is being filled, and its number.
    page: Vec<u8>,
    number: u64,
    /// The term before on this page.
    last: Vec<u8>,
    term: Vec<u8>,
    block: BlockWriter,
    /// The first rowids of the term's full blocks, which are written.
    blocks: Vec<i64>,
}

impl<'a> SegmentWriter<'a> {
    pub(super) fn new(store: &'a dyn StoreMut, id: u64) -> SegmentWriter<'a> {
        SegmentWriter {
            store,
            id,
            page: Vec::new(),
            number: 1,
            last: Vec::new(),
            term: Vec::new(),
            block: BlockWriter::default(),
            blocks: Vec::new(),
        }
    }

    pub(super) fn begin_term(&mut self, term: &[u8]) {
        self.term.clear();
        self.term.extend_from_slice(term);
    }

    pub(super) fn add(&mut self, rowid: i64, places: Option<&[u8]>) -> Result<()> {
        let needed = places.map_or(0, <[u8]>::len) + 20;
        if !self.block.is_empty() && self.block.bytes.len() + needed > PAGE_BYTES {
            self.write_block()?;
        }
        self.block.add(rowid, places);
        Ok(())
    }

    fn write_block(&mut self) -> Result<()> {
        self.blocks.push(self.block.first);
        let page = self.number + self.blocks.len() as u64;
        self.store.write_page(Segment::page(self.id, page), &self.block.bytes)?;
        self.block.clear();
        Ok(())
    }

    pub(super) fn end_term(&mut self) -> Result<()> {
        if self.blocks.is_empty() {
            if self.block.is_empty() {
                return Ok(());
            }
            let needed = self.block.bytes.len() + self.term.len() + 12;
            if !self.page.is_empty() && self.page.len() + needed > PAGE_BYTES {
                self.write_page(0)?;
            }
            self.write_term()?;
            self.page.push(0);
            write_varint(self.block.bytes.len() as u64, &mut self.page);
            self.page.extend_from_slice(&self.block.bytes);
            self.block.clear();
            return Ok(());
        }
        if !self.block.is_empty() {
            self.write_block()?;
        }
        self.write_term()?;
        write_varint(self.blocks.len() as u64, &mut self.page);
        let mut before = 0;
        for first in &self.blocks {
            write_varint(zigzag(first.wrapping_sub(before)), &mut self.page);
            before = *first;
        }
        let blocks = self.blocks.len() as u64;
        self.blocks.clear();
        self.write_page(blocks)
    }

    fn write_term(&mut self) -> Result<()> {
        if self.page.is_empty() {
            self.store.write_entry(self.id, &self.term, self.number)?;
            self.last.clear();
        }
        let shared = self.last.iter().zip(&self.term).take_while(|(before, now)| before == now).count();
        write_varint(shared as u64, &mut self.page);
        write_varint((self.term.len() - shared) as u64, &mut self.page);
        self.page.extend_from_slice(&self.term[shared..]);
        self.last.clone_from(&self.term);
        Ok(())
    }

    /// Writes the page of terms, behind which come pages with blocks.
    fn write_page(&mut self, blocks: u64) -> Result<()> {
        self.store.write_page(Segment::page(self.id, self.number), &self.page)?;
        self.page.clear();
        self.number += blocks + 1;
        Ok(())
    }

    /// Writes what is left; how many pages the segment has.
    pub(super) fn finish(mut self) -> Result<u64> {
        if !self.page.is_empty() {
            self.write_page(0)?;
        }
        Ok(self.number - 1)
    }
}

/// The documents of a term in one segment.
#[derive(Clone, Debug)]
pub(super) enum Documents {
    /// One block.
    Here(Vec<u8>),
    /// The first rowids of blocks, and the page of the first.
    Pages(Vec<i64>, u64),
}

/// Goes over the terms of a segment.
#[derive(Debug)]
pub(super) struct SegmentTerms {
    store: Arc<dyn Store>,
    pub(super) segment: Segment,
    page: Vec<u8>,
    number: u64,
    /// The page of terms behind this one.
    next: u64,
    at: usize,
    /// The current term.
    pub(super) term: Vec<u8>,
    /// Its documents.
    pub(super) documents: Documents,
    pub(super) is_at_end: bool,
}

impl SegmentTerms {
    /// Stands at the first term at or behind `first`.
    pub(super) fn open(store: &Arc<dyn Store>, segment: &Segment, first: &[u8]) -> Result<SegmentTerms> {
        let number = store.page_of(segment.id, first)?.unwrap_or(1);
        let mut terms = SegmentTerms {
            store: store.clone(),
            segment: segment.clone(),
            page: Vec::new(),
            number,
            next: number,
            at: 0,
            term: Vec::new(),
            documents: Documents::Here(Vec::new()),
            is_at_end: false,
        };
        terms.advance()?;
        while !terms.is_at_end && terms.term.as_slice() < first {
            terms.advance()?;
        }
        Ok(terms)
    }

    pub(super) fn advance(&mut self) -> Result<()> {
        if self.at >= self.page.len() {
            if self.next > self.segment.pages {
                self.is_at_end = true;
                return Ok(());
            }
            self.number = self.next;
            if !self.store.page(Segment::page(self.segment.id, self.number), &mut self.page)? {
                return Err(corrupt());
            }
            self.next = self.number + 1;
            self.at = 0;
            self.term.clear();
        }
        self.read_entry().ok_or_else(corrupt)
    }

    fn read_entry(&mut self) -> Option<()> {
        let (page, at) = (&self.page[..], &mut self.at);
        let shared = read_varint(page, at)? as usize;
        let further = read_varint(page, at)? as usize;
        self.term.truncate(shared);
        self.term.extend_from_slice(page.get(*at..at.checked_add(further)?)?);
        *at += further;
        let blocks = read_varint(page, at)?;
        if blocks == 0 {
            let length = read_varint(page, at)? as usize;
            let block = page.get(*at..at.checked_add(length)?)?;
            *at += length;
            match &mut self.documents {
                Documents::Here(bytes) => {
                    bytes.clear();
                    bytes.extend_from_slice(block);
                }
                Documents::Pages(..) => self.documents = Documents::Here(block.to_vec()),
            }
            return Some(());
        }
        let (mut firsts, mut before) = (Vec::new(), 0_i64);
        for _ in 0..blocks {
            before = before.wrapping_add(unzigzag(read_varint(page, at)?));
            firsts.push(before);
        }
        self.documents = Documents::Pages(firsts, self.number + 1);
        self.next = self.number + blocks + 1;
        Some(())
    }
}

/// The documents of a term in a segment, if it has the term.
pub(super) fn find_term(store: &Arc<dyn Store>, segment: &Segment, term: &[u8]) -> Result<Option<Documents>> {
    if store.page_of(segment.id, term)?.is_none() {
        return Ok(None);
    }
    let terms = SegmentTerms::open(store, segment, term)?;
    Ok((!terms.is_at_end && terms.term == term).then_some(terms.documents))
}
