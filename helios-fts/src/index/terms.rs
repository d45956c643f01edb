//! The terms of an index in their order, over all segments.

use helios_core::Result;

use super::Index;
use super::postings::Postings;
use super::segment::SegmentTerms;
use super::segment_documents::SegmentDocuments;

/// Goes over terms.
#[derive(Debug)]
pub struct TermScan {
    index: Index,
    /// The newest segment first.
    segments: Vec<SegmentTerms>,
    term: Option<Vec<u8>>,
}

impl TermScan {
    pub(super) fn open(index: &Index, first: &[u8]) -> Result<TermScan> {
        let segments = index.structure.segments.iter();
        let opened = segments.map(|segment| SegmentTerms::open(&index.store, segment, first));
        let segments = opened.collect::<Result<_>>()?;
        let mut scan = TermScan { index: index.clone(), segments, term: None };
        scan.settle();
        Ok(scan)
    }

    fn settle(&mut self) {
        let terms = self.segments.iter().filter(|segment| !segment.is_at_end).map(|segment| &segment.term);
        self.term = terms.min().cloned();
    }

    /// The current term; `None` behind the last.
    pub fn term(&self) -> Option<&[u8]> {
        self.term.as_deref()
    }

    /// Goes to the next term.
    pub fn advance(&mut self) -> Result<()> {
        let Some(term) = self.term.take() else { return Ok(()) };
        for segment in &mut self.segments {
            if !segment.is_at_end && segment.term == term {
                segment.advance()?;
            }
        }
        self.settle();
        Ok(())
    }

    /// The documents with the current term.
    pub fn postings(&self) -> Result<Postings> {
        Postings::of_sources(self.sources()?)
    }

    /// The documents of the current term in each segment that has it, the newest first.
    pub(super) fn sources(&self) -> Result<Vec<SegmentDocuments>> {
        let Some(term) = &self.term else { return Ok(Vec::new()) };
        let having = self.segments.iter().filter(|segment| !segment.is_at_end && segment.term == *term);
        having
            .map(|segment| {
                SegmentDocuments::open(&self.index.store, segment.segment.id, segment.documents.clone())
            })
            .collect()
    }
}
