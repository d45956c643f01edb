//! The documents of a term, over all segments.

use std::sync::Arc;

use helios_core::Result;

use super::doclist::{Document, count_documents, next_document, read_columns, read_places, seek_document};
use super::segment::{Documents, find_term};
use super::store::Store;
use super::structure::Segment;
use super::{Index, Position, corrupt};
use crate::config::Detail;

/// Goes over the documents of a term in one segment, those included that have lost it.
#[derive(Debug)]
pub(super) struct SegmentDocuments {
    store: Arc<dyn Store>,
    segment: u64,
    documents: Documents,
    /// The block behind the current one.
    next_block: usize,
    page: Vec<u8>,
    current: Option<Document>,
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
            current: None,
        };
        opened.load(0)?;
        opened.advance()?;
        Ok(opened)
    }

    fn bytes(&self) -> &[u8] {
        match &self.documents {
            Documents::Here(bytes) => bytes,
            Documents::Pages(..) => &self.page,
        }
    }

    /// Stands before the first document of a block; `false` if there is no such block.
    fn load(&mut self, block: usize) -> Result<bool> {
        self.current = None;
        self.next_block = block + 1;
        match &self.documents {
            Documents::Here(_) => Ok(block == 0),
            Documents::Pages(firsts, page) if block < firsts.len() => {
                let id = Segment::page(self.segment, page + block as u64);
                if self.store.page(id, &mut self.page)? { Ok(true) } else { Err(corrupt()) }
            }
            Documents::Pages(..) => Ok(false),
        }
    }

    #[inline]
    pub(super) fn advance(&mut self) -> Result<()> {
        let next = next_document(self.bytes(), self.current.as_ref())?;
        if next.is_some() {
            self.current = next;
            return Ok(());
        }
        if self.load(self.next_block)? {
            self.current = next_document(self.bytes(), None)?;
        }
        Ok(())
    }

    #[inline]
    pub(super) fn rowid(&self) -> Option<i64> {
        self.current.as_ref().map(|document| document.rowid)
    }

    /// The places of the current document, or `None` if it has lost the term.
    pub(super) fn places(&self) -> Option<&[u8]> {
        self.current.as_ref().filter(|document| document.is_live).map(|document| self.slice(document))
    }

    fn slice(&self, document: &Document) -> &[u8] {
        &self.bytes()[document.start..document.end]
    }

    fn seek(&mut self, target: i64) -> Result<()> {
        if self.rowid().is_none_or(|rowid| rowid >= target) {
            return Ok(());
        }
        if let Documents::Pages(firsts, _) = &self.documents
            && firsts.get(self.next_block).is_some_and(|first| *first <= target)
        {
            let block = firsts.partition_point(|first| *first <= target) - 1;
            self.load(block)?;
            self.advance()?;
        }
        while let Some(current) = self.current.filter(|current| current.rowid < target) {
            self.current = match seek_document(self.bytes(), &current, target)? {
                Some(found) => Some(found),
                None if self.load(self.next_block)? => next_document(self.bytes(), None)?,
                None => None,
            };
        }
        Ok(())
    }
}

impl SegmentDocuments {
    /// Counts the documents that have the term, from the current one on.
    fn count_rest(&mut self) -> Result<i64> {
        let mut count = 0;
        while let Some(current) = self.current {
            count += i64::from(current.is_live) + count_documents(self.bytes(), current.end)?;
            if self.load(self.next_block)? {
                self.current = next_document(self.bytes(), None)?;
            }
        }
        Ok(count)
    }
}

/// Documents with a term, in the order of their rowids.
#[derive(Debug)]
pub struct Postings(Source);

#[derive(Debug)]
enum Source {
    /// One segment or more, the newest first, and which of them the current document is in.
    Segments(Vec<SegmentDocuments>, usize),
    /// Documents that are all there, and the number of the current one.
    Ready(ReadyDocuments, usize),
}

/// Documents in memory: rowids, and where the places of each end.
#[derive(Debug, Default)]
pub(super) struct ReadyDocuments {
    pub(super) rowids: Vec<i64>,
    pub(super) ends: Vec<usize>,
    pub(super) places: Vec<Position>,
}

impl Postings {
    pub(super) fn of_term(index: &Index, term: &[u8]) -> Result<Postings> {
        let mut sources = Vec::new();
        for segment in &index.structure.segments {
            if let Some(documents) = find_term(&index.store, segment, term)? {
                sources.push(SegmentDocuments::open(&index.store, segment.id, documents)?);
            }
        }
        Postings::of_sources(sources)
    }

    pub(super) fn of_sources(sources: Vec<SegmentDocuments>) -> Result<Postings> {
        let mut postings = Postings(Source::Segments(sources, 0));
        postings.settle()?;
        Ok(postings)
    }

    pub(super) fn ready(documents: ReadyDocuments) -> Postings {
        Postings(Source::Ready(documents, 0))
    }

    /// The rowid of the current document; `None` behind the last.
    #[inline]
    pub fn rowid(&self) -> Option<i64> {
        match &self.0 {
            Source::Segments(sources, current) => sources.get(*current)?.rowid(),
            Source::Ready(documents, current) => documents.rowids.get(*current).copied(),
        }
    }

    /// Goes to the next document.
    #[inline]
    pub fn advance(&mut self) -> Result<()> {
        match &mut self.0 {
            Source::Segments(sources, _) => {
                if let [only] = &mut sources[..] {
                    only.advance()?;
                } else {
                    let Some(rowid) = self.rowid() else { return Ok(()) };
                    self.pass(rowid)?;
                }
                self.settle()
            }
            Source::Ready(_, current) => {
                *current += 1;
                Ok(())
            }
        }
    }

    /// Goes to the first document at or behind a rowid, if it is not there or behind it already.
    pub fn seek(&mut self, target: i64) -> Result<()> {
        match &mut self.0 {
            Source::Segments(sources, current) => {
                if sources.get(*current).and_then(SegmentDocuments::rowid).is_some_and(|at| at >= target) {
                    return Ok(());
                }
                for source in sources.iter_mut() {
                    source.seek(target)?;
                }
                self.settle()
            }
            Source::Ready(documents, current) => {
                let rest = documents.rowids.get(*current..).unwrap_or_default();
                *current += rest.partition_point(|rowid| *rowid < target);
                Ok(())
            }
        }
    }

    /// Counts the documents from the current one on.
    pub fn count_rest(mut self) -> Result<i64> {
        match &mut self.0 {
            Source::Segments(sources, _) if sources.len() == 1 => sources[0].count_rest(),
            Source::Segments(..) => {
                let mut count = 0;
                while self.rowid().is_some() {
                    count += 1;
                    self.advance()?;
                }
                Ok(count)
            }
            Source::Ready(documents, current) => Ok((documents.rowids.len() - *current) as i64),
        }
    }

    /// Goes behind a rowid in all segments.
    fn pass(&mut self, rowid: i64) -> Result<()> {
        if let Source::Segments(sources, _) = &mut self.0 {
            for source in sources {
                if source.rowid() == Some(rowid) {
                    source.advance()?;
                }
            }
        }
        Ok(())
    }

    /// Finds the first document that has the term as the newest segment tells it.
    fn settle(&mut self) -> Result<()> {
        loop {
            let Source::Segments(sources, current) = &mut self.0 else { return Ok(()) };
            let mut best: Option<(i64, usize)> = None;
            for (number, source) in sources.iter().enumerate() {
                if let Some(rowid) = source.rowid()
                    && best.is_none_or(|(least, _)| rowid < least)
                {
                    best = Some((rowid, number));
                }
            }
            let Some((rowid, number)) = best else {
                *current = 0;
                return Ok(());
            };
            *current = number;
            if sources[number].places().is_some() {
                return Ok(());
            }
            self.pass(rowid)?;
        }
    }

    /// Appends the places of the current document.
    #[inline]
    pub fn read_places(&self, detail: Detail, out: &mut Vec<Position>) {
        match &self.0 {
            Source::Segments(sources, current) => {
                let Some(places) = sources.get(*current).and_then(SegmentDocuments::places) else { return };
                match detail {
                    Detail::Full => read_places(places, out),
                    Detail::Columns => read_columns(places, out),
                    Detail::None => {}
                }
            }
            Source::Ready(documents, current) => {
                let start = current.checked_sub(1).map_or(0, |before| documents.ends[before]);
                out.extend_from_slice(&documents.places[start..documents.ends[*current]]);
            }
        }
    }
}
