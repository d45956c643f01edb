//! The documents of a term in one segment.
//!
//! In: the blocks of the term, those on pages read when they are reached. Out: its documents in the order of their
//! rowids, those included that have lost the term.

use std::sync::Arc;

use helios_core::Result;

use super::corrupt;
use super::doclist::{Document, count_documents};
use super::segment::{Documents, PAGE_BYTES};
use super::store::Store;
use super::structure::Segment;

/// Goes over the documents of a term in one segment.
#[derive(Debug)]
pub(super) struct SegmentDocuments {
    store: Arc<dyn Store>,
    segment: u64,
    documents: Documents,
    /// The block behind the current one.
    next_block: usize,
    page: Vec<u8>,
    current: Document,
    is_at_end: bool,
}

impl SegmentDocuments {
    /// Stands at the first document.
    pub(super) fn open(store: &Arc<dyn Store>, segment: u64, documents: Documents) -> Result<Self> {
        let mut opened = SegmentDocuments {
            store: store.clone(),
            segment,
            documents,
            next_block: 0,
            page: Vec::new(),
            current: Document::default(),
            is_at_end: false,
        };
        opened.rewind()?;
        Ok(opened)
    }

    /// Stands at the first document again.
    pub(super) fn rewind(&mut self) -> Result<()> {
        self.enter(0)?;
        self.advance()
    }

    /// How many bytes its documents are, about.
    pub(super) fn weight(&self) -> usize {
        match &self.documents {
            Documents::Here(bytes) => bytes.len(),
            Documents::Pages(firsts, _) => firsts.len() * PAGE_BYTES,
        }
    }

    #[inline]
    fn bytes(&self) -> &[u8] {
        match &self.documents {
            Documents::Here(bytes) => bytes,
            Documents::Pages(..) => &self.page,
        }
    }

    /// Stands before the first document of a block, or at the end if there is no such block.
    fn enter(&mut self, block: usize) -> Result<()> {
        self.current = Document::default();
        self.next_block = block + 1;
        match &self.documents {
            Documents::Here(_) => self.is_at_end = block > 0,
            Documents::Pages(firsts, page) if block < firsts.len() => {
                let id = Segment::page(self.segment, page + block as u64);
                self.is_at_end = false;
                if !self.store.page(id, &mut self.page)? {
                    return Err(corrupt());
                }
            }
            Documents::Pages(..) => self.is_at_end = true,
        }
        Ok(())
    }

    /// Goes to the next document.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<()> {
        while !self.is_at_end {
            let bytes = match &self.documents {
                Documents::Here(bytes) => bytes,
                Documents::Pages(..) => &self.page,
            };
            if self.current.advance(bytes)? {
                break;
            }
            self.enter(self.next_block)?;
        }
        Ok(())
    }

    /// The current document; `None` behind the last.
    #[inline]
    pub(super) fn rowid(&self) -> Option<i64> {
        (!self.is_at_end).then_some(self.current.rowid)
    }

    /// Whether the current document has the term.
    #[inline]
    pub(super) fn is_live(&self) -> bool {
        self.current.is_live
    }

    /// The places of the current document, or `None` if it has lost the term.
    #[inline]
    pub(super) fn places(&self) -> Option<&[u8]> {
        let current = &self.current;
        (!self.is_at_end && current.is_live).then(|| &self.bytes()[current.start..current.end])
    }

    /// Goes to the first document at or behind a rowid, if it is not there or behind it already.
    #[inline]
    pub(super) fn seek(&mut self, target: i64) -> Result<()> {
        if self.is_at_end || self.current.rowid >= target {
            return Ok(());
        }
        self.seek_on(target)
    }

    fn seek_on(&mut self, target: i64) -> Result<()> {
        if let Documents::Pages(firsts, _) = &self.documents
            && firsts.get(self.next_block).is_some_and(|first| *first <= target)
        {
            let block = firsts.partition_point(|first| *first <= target) - 1;
            self.enter(block)?;
        }
        while !self.is_at_end {
            let bytes = match &self.documents {
                Documents::Here(bytes) => bytes,
                Documents::Pages(..) => &self.page,
            };
            if self.current.seek(bytes, target)? {
                break;
            }
            self.enter(self.next_block)?;
        }
        Ok(())
    }

    /// Counts the documents that have the term, from the current one on.
    pub(super) fn count_rest(&mut self) -> Result<i64> {
        let mut count = i64::from(!self.is_at_end && self.current.is_live);
        while !self.is_at_end {
            count += count_documents(self.bytes(), self.current.end)?;
            self.enter(self.next_block)?;
        }
        Ok(count)
    }
}
