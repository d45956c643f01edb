//! The documents of a term, over all segments.

use helios_core::Result;

use super::doclist::{read_columns, read_places, retain_places, retain_shifted};
use super::segment::find_term;
use super::segment_documents::SegmentDocuments;
use super::{Index, Position};
use crate::config::Detail;

/// Documents with a term, in the order of their rowids.
#[derive(Debug)]
pub struct Postings(Source);

#[derive(Debug)]
enum Source {
    One(SegmentDocuments),
    /// Segments, the newest first, and which of them the current document is in.
    Segments(Vec<SegmentDocuments>, usize),
    /// Documents that are all there, and the number of the current one.
    Ready(ReadyDocuments, usize),
}

/// Documents in memory: rowids, and where the places of each end.
#[derive(Debug, Default)]
pub(crate) struct ReadyDocuments {
    pub(super) rowids: Vec<i64>,
    pub(super) ends: Vec<usize>,
    pub(super) places: Vec<Position>,
}

impl ReadyDocuments {
    /// Appends a document, whose rowid is greater than those before.
    pub(crate) fn push(&mut self, rowid: i64, places: &[Position]) {
        self.rowids.push(rowid);
        self.places.extend_from_slice(places);
        self.ends.push(self.places.len());
    }

    /// The places of a document.
    fn places(&self, number: usize) -> &[Position] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[start..self.ends[number]]
    }
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

    pub(super) fn of_sources(mut sources: Vec<SegmentDocuments>) -> Result<Postings> {
        let source = match (sources.pop(), sources.is_empty()) {
            (Some(only), true) => Source::One(only),
            (last, _) => {
                sources.extend(last);
                Source::Segments(sources, 0)
            }
        };
        let mut postings = Postings(source);
        postings.settle()?;
        Ok(postings)
    }

    pub(crate) fn ready(documents: ReadyDocuments) -> Postings {
        Postings(Source::Ready(documents, 0))
    }

    /// Stands at the first document again.
    pub fn rewind(&mut self) -> Result<()> {
        match &mut self.0 {
            Source::One(only) => only.rewind()?,
            Source::Segments(sources, _) => sources.iter_mut().try_for_each(SegmentDocuments::rewind)?,
            Source::Ready(_, current) => *current = 0,
        }
        self.settle()
    }

    /// How many bytes the documents are, about: those with the least are the fewest.
    pub fn weight(&self) -> usize {
        match &self.0 {
            Source::One(only) => only.weight(),
            Source::Segments(sources, _) => sources.iter().map(SegmentDocuments::weight).sum(),
            Source::Ready(documents, _) => documents.rowids.len() + documents.places.len(),
        }
    }

    /// How many documents there are in all, where that is known without reading them.
    pub fn known_count(&self) -> Option<i64> {
        match &self.0 {
            Source::Ready(documents, _) => Some(documents.rowids.len() as i64),
            Source::One(_) | Source::Segments(..) => None,
        }
    }

    /// The rowid of the current document; `None` behind the last.
    #[inline]
    pub fn rowid(&self) -> Option<i64> {
        match &self.0 {
            Source::One(only) => only.rowid(),
            Source::Segments(sources, current) => sources.get(*current)?.rowid(),
            Source::Ready(documents, current) => documents.rowids.get(*current).copied(),
        }
    }

    /// Goes to the next document.
    #[inline]
    pub fn advance(&mut self) -> Result<()> {
        match &mut self.0 {
            Source::One(only) => only.advance()?,
            Source::Segments(sources, current) => {
                let Some(rowid) = sources.get(*current).and_then(SegmentDocuments::rowid) else {
                    return Ok(());
                };
                pass(sources, rowid)?;
            }
            Source::Ready(_, current) => *current += 1,
        }
        self.settle()
    }

    /// Goes to the first document at or behind a rowid, if it is not there or behind it already.
    #[inline]
    pub fn seek(&mut self, target: i64) -> Result<()> {
        match &mut self.0 {
            Source::One(only) => only.seek(target)?,
            Source::Segments(sources, current) => {
                if sources.get(*current).and_then(SegmentDocuments::rowid).is_some_and(|at| at >= target) {
                    return Ok(());
                }
                sources.iter_mut().try_for_each(|source| source.seek(target))?;
            }
            Source::Ready(documents, current) => {
                let rest = documents.rowids.get(*current..).unwrap_or_default();
                *current += rest.partition_point(|rowid| *rowid < target);
            }
        }
        self.settle()
    }

    /// Counts the documents from the current one on.
    pub fn count_rest(mut self) -> Result<i64> {
        match &mut self.0 {
            Source::One(only) => only.count_rest(),
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

    /// Goes on to the first document that has the term as the newest segment tells it.
    #[inline]
    fn settle(&mut self) -> Result<()> {
        match &mut self.0 {
            Source::One(only) => {
                while !only.is_live() && only.rowid().is_some() {
                    only.advance()?;
                }
                Ok(())
            }
            Source::Segments(sources, current) => settle_segments(sources, current),
            Source::Ready(..) => Ok(()),
        }
    }

    /// Appends the places of the current document.
    #[inline]
    pub fn read_places(&self, detail: Detail, out: &mut Vec<Position>) {
        match (&self.0, detail) {
            (Source::Ready(documents, current), _) => out.extend_from_slice(documents.places(*current)),
            (_, Detail::Full) => read_places(self.packed_places(), out),
            (_, Detail::Columns) => read_columns(self.packed_places(), out),
            (_, Detail::None) => {}
        }
    }

    /// Keeps the candidates, which come in their order, that are places of the current document if they are moved by
    /// `shift`. The index has the full detail.
    pub(crate) fn retain_places(&self, shift: i64, candidates: &mut Vec<Position>) {
        match &self.0 {
            Source::Ready(documents, current) => {
                retain_shifted(documents.places(*current).iter().copied(), shift, candidates);
            }
            _ => retain_places(self.packed_places(), shift, candidates),
        }
    }

    /// How much there is to read of the places of the current document.
    pub(crate) fn places_weight(&self) -> usize {
        match &self.0 {
            Source::Ready(documents, current) => documents.places(*current).len(),
            _ => self.packed_places().len(),
        }
    }

    /// The places of the current document as segments have them.
    #[inline]
    fn packed_places(&self) -> &[u8] {
        let places = match &self.0 {
            Source::One(only) => only.places(),
            Source::Segments(sources, current) => sources.get(*current).and_then(SegmentDocuments::places),
            Source::Ready(..) => None,
        };
        places.unwrap_or_default()
    }
}

/// Goes behind a rowid in all segments.
fn pass(sources: &mut [SegmentDocuments], rowid: i64) -> Result<()> {
    for source in sources {
        if source.rowid() == Some(rowid) {
            source.advance()?;
        }
    }
    Ok(())
}

/// Goes on to the first document that has the term as the newest segment tells it, and finds the segment.
fn settle_segments(sources: &mut [SegmentDocuments], current: &mut usize) -> Result<()> {
    loop {
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
        if sources[number].is_live() {
            return Ok(());
        }
        pass(sources, rowid)?;
    }
}
