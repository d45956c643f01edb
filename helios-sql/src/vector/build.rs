//! Making a graph, or adding to one, and writing down what is new of it.
//!
//! In: rows with their vectors, in any order, and the rows that are gone. Out: a generation, in memory and in the store.
//! Nothing of it is seen before a view has its head; if the work ends early, the graph is forgotten.

use std::sync::Arc;

use helios_core::branch::{DerivedChange, Store};
use helios_core::clock::Entropy;
use helios_core::transaction::Engine;
use helios_core::{Error, ErrorKind, Result};

use super::stored::{self, Part, Segment, SegmentWriter};
use super::{Graph, Head};
use crate::func::vector::elements;

/// So many vectors are added at a time: searches wait for that long.
const BATCH: usize = 64;

/// Bytes that one commit of parts has, about.
const COMMIT_BYTES: usize = 8 << 20;

/// A generation in the making.
#[derive(Debug)]
pub struct Builder<'d> {
    engine: &'d Engine,
    /// `None` where nothing outlives the process anyway.
    store: Option<&'d Arc<Store>>,
    graph: Arc<Graph>,
    generation: u64,
    /// The first node of this generation.
    first: usize,
    batch: Vec<(i64, Vec<f32>)>,
    segment: SegmentWriter,
    put: Vec<Part>,
    put_bytes: usize,
}

/// A number that nothing else has.
pub(super) fn unique(entropy: &dyn Entropy) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

impl<'d> Builder<'d> {
    /// Begins a generation of a graph.
    pub fn new(
        engine: &'d Engine,
        store: Option<&'d Arc<Store>>,
        entropy: &dyn Entropy,
        graph: Arc<Graph>,
    ) -> Builder<'d> {
        let generation = unique(entropy);
        let first = graph.counts().0;
        let segment = SegmentWriter::new(graph.lineage, generation);
        Builder {
            engine,
            store,
            graph,
            generation,
            first,
            batch: Vec::with_capacity(BATCH),
            segment,
            put: Vec::new(),
            put_bytes: 0,
        }
    }

    /// Takes a row with its vector.
    pub fn add(&mut self, rowid: i64, vector: &[u8]) -> Result<()> {
        self.batch.push((rowid, elements(vector).collect()));
        if self.store.is_some()
            && let Some((name, part)) = self.segment.push(vector)
        {
            self.put_bytes += part.len();
            self.put.push((name, part));
        }
        if self.batch.len() == BATCH {
            self.graph.insert(&self.batch);
            self.batch.clear();
        }
        if self.put_bytes >= COMMIT_BYTES { self.write(DerivedChange::default()) } else { Ok(()) }
    }

    /// Writes parts that are ready.
    fn write(&mut self, change: DerivedChange) -> Result<()> {
        let Some(store) = self.store else { return Ok(()) };
        let put = std::mem::take(&mut self.put).into_iter().chain(change.put).collect();
        self.put_bytes = 0;
        self.engine.keep_derived(store, self.graph.place, DerivedChange { put, ..change })
    }

    /// Ends the generation; rows of `gone` are not in it. Answers with the head that a view has to have to see it.
    ///
    /// # Errors
    /// `BusySnapshot` if another process has added to the graph meanwhile: then this one is of no use any more.
    pub fn finish(mut self, gone: &[i64]) -> Result<Head> {
        self.graph.insert(&self.batch);
        self.graph.publish(self.generation, self.first, gone);
        let head = self.graph.head();
        let head = head.ok_or_else(|| Error::new(ErrorKind::Internal, "a graph without a generation"))?;
        if self.store.is_some() {
            let (last, segment) = self.segment.finish();
            self.segment = SegmentWriter::new(self.graph.lineage, self.generation);
            self.put.extend(last);
            let segment = Some(segment).filter(|segment| segment.vectors > 0);
            let change = stored::change(&self.graph, self.generation, segment);
            let head = change.head.clone();
            self.write(change.change)?;
            self.graph.contents.write().stored = head;
        }
        Ok(head)
    }
}

impl Segment {
    /// The segment of a generation.
    pub(super) fn of(stamp: u64) -> Segment {
        Segment { stamp, vectors: 0, sum: 0 }
    }
}
