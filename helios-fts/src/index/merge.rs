//! Segments that become one.

use std::sync::Arc;

use helios_core::Result;

use super::segment::SegmentWriter;
use super::segment_documents::SegmentDocuments;
use super::store::{Store, StoreMut};
use super::structure::{Segment, Structure};
use super::{Index, TermScan};

/// So many segments of a level become one of the next.
const FAN_IN: usize = 8;

impl Index {
    /// Puts a new segment before the others, and merges where there are many of a level.
    pub(super) fn settle(&mut self, store: &Arc<dyn StoreMut>, newest: Segment) -> Result<()> {
        let mut structure = (*self.structure).clone();
        structure.segments.insert(0, newest);
        self.structure = Arc::new(structure);
        let mut level = 0;
        loop {
            let of_level = |segment: &&Segment| segment.level == level;
            if self.structure.segments.iter().filter(of_level).count() < FAN_IN {
                break;
            }
            let end = self.structure.segments.iter().take_while(|segment| segment.level <= level).count();
            self.merge(store, end, level + 1)?;
            level += 1;
        }
        self.structure.save(&**store)
    }

    /// Makes one segment of all.
    pub fn merge_all(&mut self, store: &Arc<dyn StoreMut>) -> Result<()> {
        let all = self.structure.segments.len();
        if all > 1 {
            let level = self.structure.segments.iter().map(|segment| segment.level).max().unwrap_or(0);
            self.merge(store, all, level)?;
        }
        self.structure.save(&**store)
    }

    /// Makes one segment of the first `count`.
    fn merge(&mut self, store: &Arc<dyn StoreMut>, count: usize, level: u64) -> Result<()> {
        let structure = &self.structure;
        let is_whole = count == structure.segments.len();
        let id = structure.unused();
        let merged = structure.segments[..count].to_vec();
        let part = Index {
            store: store.clone() as Arc<dyn Store>,
            structure: Arc::new(Structure { segments: merged.clone() }),
        };
        let mut writer = SegmentWriter::new(&**store, id);
        let mut terms = TermScan::open(&part, &[])?;
        while let Some(term) = terms.term() {
            writer.begin_term(term);
            merge_documents(&mut terms.sources()?, is_whole, &mut writer)?;
            writer.end_term()?;
            terms.advance()?;
        }
        let pages = writer.finish()?;
        let mut segments = Vec::new();
        if pages > 0 {
            segments.push(Segment { id, level, pages });
        }
        segments.extend_from_slice(&structure.segments[count..]);
        for old in merged {
            old.delete(&**store)?;
        }
        self.structure = Arc::new(Structure { segments });
        Ok(())
    }
}

impl Segment {
    /// Deletes its pages.
    pub(super) fn delete(&self, store: &dyn StoreMut) -> Result<()> {
        for page in 1..=self.pages {
            store.delete_page(Segment::page(self.id, page))?;
        }
        store.delete_entries(self.id)
    }
}

/// Writes the documents of all sources, of which the first is the newest. Of what nothing older can be left, nothing is
/// said any more.
fn merge_documents(
    sources: &mut [SegmentDocuments],
    is_whole: bool,
    writer: &mut SegmentWriter<'_>,
) -> Result<()> {
    loop {
        let mut best: Option<(i64, usize)> = None;
        let mut limit = None;
        for (number, source) in sources.iter().enumerate() {
            let Some(rowid) = source.rowid() else { continue };
            match best {
                Some((least, _)) if rowid >= least => {
                    limit = Some(limit.map_or(rowid, |limit: i64| limit.min(rowid)));
                }
                _ => {
                    limit = best.map(|(least, _)| least);
                    best = Some((rowid, number));
                }
            }
        }
        let Some((first, number)) = best else { return Ok(()) };
        if limit == Some(first) {
            write_document(&sources[number], first, is_whole, writer)?;
            for source in sources.iter_mut() {
                if source.rowid() == Some(first) {
                    source.advance()?;
                }
            }
            continue;
        }
        // Up to where the others begin there is only this one.
        while let Some(rowid) = sources[number].rowid()
            && limit.is_none_or(|limit| rowid < limit)
        {
            write_document(&sources[number], rowid, is_whole, writer)?;
            sources[number].advance()?;
        }
    }
}

fn write_document(
    source: &SegmentDocuments,
    rowid: i64,
    is_whole: bool,
    writer: &mut SegmentWriter<'_>,
) -> Result<()> {
    match source.places() {
        None if is_whole => Ok(()),
        places => writer.add(rowid, places),
    }
}
