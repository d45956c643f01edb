//! A graph as parts in the store, beside all versions.
//!
//! ```text
//! lineage "h"                     the head: what the other parts are, and which generations there are
//! lineage "g" generation part     whose vectors the nodes are, and the links
//! lineage "s" generation part     the vectors that a generation has added, as they were given
//! ```
//! Vectors are written once. The rest is written anew with each generation, in one commit with the head. What stands in a
//! part is checked against the head, and this has a checksum, so that a part that is missing or another one is found.

use std::sync::Arc;

use foldhash::HashMap;
use helios_core::branch::{DerivedChange, DerivedParts, DerivedPlace, Store};
use helios_core::transaction::Engine;
use helios_core::{Error, Result};
use parking_lot::RwLock;

use super::VectorKinds;
use super::graph::{Contents, Graph, NEVER, Owner};
use crate::catalog::VectorDefinition;
use crate::func::vector::elements;

const MAGIC: &[u8; 8] = b"vectors\x01";

/// Bytes of a part, about: a little less than what drivers like.
const PART_BYTES: usize = 240_000;

/// Bytes of memory for a vector besides its elements, about: links, owner, the table of rows.
const NODE_BYTES: usize = 240;

/// The vectors that a generation has added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) stamp: u64,
    pub(super) vectors: u64,
    pub(super) sum: u64,
}

/// What is known of how a graph is stored.
#[derive(Clone, Debug, Default)]
pub(super) struct Stored {
    /// The head, as it is; `None` if there is none.
    head: Option<Vec<u8>>,
    segments: Vec<Segment>,
    /// The generation under which links and owners are stored, and the number of parts.
    graph: Option<(u64, u32)>,
}

/// A new generation on its way into the store.
pub(super) struct StoredChange {
    pub(super) change: DerivedChange,
    pub(super) head: Stored,
}

fn corrupt(message: &str) -> Error {
    Error::corrupt(format!("a stored index of vectors: {message}"))
}

fn name(lineage: u64, tag: u8, part: Option<(u64, u32)>) -> Vec<u8> {
    let mut name = lineage.to_be_bytes().to_vec();
    name.push(tag);
    if let Some((stamp, number)) = part {
        name.extend(stamp.to_be_bytes());
        name.extend(number.to_be_bytes());
    }
    name
}

/// FNV-1a of 64 bits, over words of eight bytes, going on from another sum.
fn checksum(sum: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let rest = rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte));
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    words.chain([rest]).fold(sum ^ 0xcbf2_9ce4_8422_2325, |sum, word| {
        let sum = (sum ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        sum ^ sum >> 32
    })
}

/// A part with its name.
pub(super) type Part = (Vec<u8>, Vec<u8>);

/// Vectors on their way into parts.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    lineage: u64,
    segment: Segment,
    part: Vec<u8>,
    parts: u32,
}

impl SegmentWriter {
    pub(super) fn new(lineage: u64, stamp: u64) -> SegmentWriter {
        SegmentWriter { lineage, segment: Segment::of(stamp), part: Vec::new(), parts: 0 }
    }

    /// Takes a vector; gives a part that is full.
    pub(super) fn push(&mut self, vector: &[u8]) -> Option<Part> {
        self.part.extend_from_slice(vector);
        self.segment.vectors += 1;
        if self.part.len() + vector.len() > PART_BYTES { self.take() } else { None }
    }

    fn take(&mut self) -> Option<Part> {
        if self.part.is_empty() {
            return None;
        }
        let part = std::mem::take(&mut self.part);
        self.segment.sum = checksum(self.segment.sum, &part);
        self.parts += 1;
        Some((name(self.lineage, b's', Some((self.segment.stamp, self.parts - 1))), part))
    }

    /// The last part, and what was written.
    pub(super) fn finish(&mut self) -> (Option<Part>, Segment) {
        let last = self.take();
        (last, self.segment)
    }
}

/// Takes the parts of a place away, but for those of one lineage.
pub(super) fn discard(
    engine: &Engine,
    store: &Arc<Store>,
    place: DerivedPlace,
    kept: Option<u64>,
) -> Result<()> {
    let kept = kept.map(u64::to_be_bytes);
    let is_kept = |name: &Vec<u8>| kept.is_some_and(|kept| name.starts_with(&kept));
    let mut names = store.derived(place)?.names()?;
    names.retain(|name| !is_kept(name));
    if names.is_empty() {
        return Ok(());
    }
    engine.keep_derived(store, place, DerivedChange { deleted: names, ..DerivedChange::default() })
}

/// What has to be written for the newest generation of a graph, whose vectors are in a segment.
pub(super) fn change(graph: &Graph, generation: u64, segment: Option<Segment>) -> StoredChange {
    let contents = graph.contents.read();
    let mut body = Vec::with_capacity(contents.owners.len() * 160);
    for owner in &contents.owners {
        body.extend(owner.rowid.to_le_bytes());
        body.extend(owner.born.to_le_bytes());
        body.extend(owner.died.to_le_bytes());
    }
    contents.index.save(&mut body);
    let parts = body.chunks(PART_BYTES).zip(0..);
    let mut put: Vec<Part> = parts
        .map(|(part, number)| (name(graph.lineage, b'g', Some((generation, number))), part.to_vec()))
        .collect();
    let mut stored = contents.stored.clone();
    let expected = (name(graph.lineage, b'h', None), stored.head.clone());
    let mut deleted = Vec::new();
    if let Some((old, count)) = stored.graph {
        deleted.extend((0..count).map(|number| name(graph.lineage, b'g', Some((old, number)))));
    }
    stored.segments.extend(segment);
    stored.graph = Some((generation, put.len() as u32));
    let head = write_head(&contents, &stored, &body);
    put.push((expected.0.clone(), head.clone()));
    stored.head = Some(head);
    StoredChange { change: DerivedChange { expected: Some(expected), put, deleted }, head: stored }
}

fn write_head(contents: &Contents, stored: &Stored, body: &[u8]) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    let mut number = |number: u64| head.extend(number.to_le_bytes());
    number(contents.owners.len() as u64);
    number(u64::from(contents.next));
    number(contents.generations.len() as u64);
    for (generation, of) in &contents.generations {
        number(*generation);
        number(u64::from(*of));
    }
    number(stored.segments.len() as u64);
    for segment in &stored.segments {
        number(segment.stamp);
        number(segment.vectors);
        number(segment.sum);
    }
    let (stamp, parts) = stored.graph.unwrap_or_default();
    number(stamp);
    number(u64::from(parts));
    number(checksum(0, body));
    let sum = checksum(0, &head);
    head.extend(sum.to_le_bytes());
    head
}

/// What a head says.
struct Read {
    vectors: usize,
    next: u32,
    generations: Vec<(u64, u32)>,
    stored: Stored,
    sum: u64,
}

fn read_head(head: &[u8]) -> Result<Read> {
    let cut = || corrupt("the head is cut off");
    let (content, sum) = head.split_last_chunk::<8>().ok_or_else(cut)?;
    if u64::from_le_bytes(*sum) != checksum(0, content) {
        return Err(corrupt("the head is not what was written"));
    }
    let mut rest = content.strip_prefix(MAGIC).ok_or_else(|| corrupt("the head is another one"))?;
    let mut number = || -> Result<u64> {
        let (bytes, after) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        rest = after;
        Ok(u64::from_le_bytes(*bytes))
    };
    let small = |number: u64| u32::try_from(number).map_err(|_| corrupt("a number is too large"));
    let (vectors, next) = (small(number()?)? as usize, small(number()?)?);
    let mut generations = Vec::new();
    for _ in 0..number()? {
        generations.push((number()?, small(number()?)?));
    }
    let mut segments = Vec::new();
    for _ in 0..number()? {
        segments.push(Segment { stamp: number()?, vectors: number()?, sum: number()? });
    }
    let graph = Some((number()?, small(number()?)?));
    let sum = number()?;
    let stored = Stored { head: Some(head.to_vec()), segments, graph };
    Ok(Read { vectors, next, generations, stored, sum })
}

/// Whether a store has a graph of a lineage that knows a generation, and how many bytes of memory it takes, about.
pub(super) fn look(
    parts: &DerivedParts,
    (lineage, generation): (u64, u64),
    definition: &VectorDefinition,
) -> Result<Option<usize>> {
    let Some(head) = parts.get(&name(lineage, b'h', None))? else { return Ok(None) };
    let read = read_head(&head)?;
    let is_known = read.generations.iter().any(|(known, _)| *known == generation);
    Ok(is_known.then(|| bytes_of(read.vectors, definition)))
}

/// Bytes of memory that so many vectors take, about.
pub(super) fn bytes_of(vectors: usize, definition: &VectorDefinition) -> usize {
    vectors * (definition.dimensions * 4 + NODE_BYTES)
}

/// The vectors of all segments, in their order; ends early where one is not what was written.
struct Vectors<'a> {
    parts: &'a DerivedParts,
    lineage: u64,
    bytes: usize,
    segments: std::vec::IntoIter<Segment>,
    /// The segment that is read: what is left of it, its next part and its sum so far.
    current: Option<(Segment, u64, u32, u64)>,
    part: Vec<u8>,
    at: usize,
}

impl Vectors<'_> {
    fn next_part(&mut self) -> Result<Option<()>> {
        loop {
            match &mut self.current {
                Some((segment, 0, _, sum)) if segment.sum != *sum => {
                    return Err(corrupt("the vectors are not those that were written"));
                }
                Some((_, 0, ..)) | None => {
                    let Some(segment) = self.segments.next() else { return Ok(None) };
                    self.current = Some((segment, segment.vectors, 0, 0));
                }
                Some((segment, left, number, sum)) => {
                    let part = self.parts.get(&name(self.lineage, b's', Some((segment.stamp, *number))))?;
                    let part = part.filter(|part| !part.is_empty() && part.len().is_multiple_of(self.bytes));
                    let part = part.ok_or_else(|| corrupt("vectors are missing"))?;
                    let vectors = (part.len() / self.bytes) as u64;
                    if vectors > *left {
                        return Err(corrupt("there are too many vectors"));
                    }
                    *sum = checksum(*sum, &part);
                    *left -= vectors;
                    *number += 1;
                    (self.part, self.at) = (part, 0);
                    return Ok(Some(()));
                }
            }
        }
    }

    fn next_vector(&mut self) -> Result<Option<Vec<f32>>> {
        if self.at == self.part.len() && self.next_part()?.is_none() {
            return Ok(None);
        }
        let vector = elements(&self.part[self.at..self.at + self.bytes]).collect();
        self.at += self.bytes;
        Ok(Some(vector))
    }
}

/// Takes up a graph that is stored; nothing if there is none.
///
/// # Errors
/// `Corrupt` if what is there is not what was written.
pub(super) fn load(
    parts: &DerivedParts,
    (place, lineage): (DerivedPlace, u64),
    kinds: &VectorKinds,
    definition: &VectorDefinition,
) -> Result<Option<Graph>> {
    let Some(head) = parts.get(&name(lineage, b'h', None))? else { return Ok(None) };
    let read = read_head(&head)?;
    let (stamp, count) = read.stored.graph.unwrap_or_default();
    let mut body = Vec::new();
    for number in 0..count {
        let part = parts.get(&name(lineage, b'g', Some((stamp, number))))?;
        body.extend(part.ok_or_else(|| corrupt("a part is missing"))?);
    }
    if checksum(0, &body) != read.sum {
        return Err(corrupt("the links are not those that were written"));
    }
    let cut = || corrupt("the links are cut off");
    let (owners, saved) = body.split_at_checked(read.vectors * 16).ok_or_else(cut)?;
    let owners: Vec<Owner> = owners.as_chunks::<16>().0.iter().map(read_owner).collect();
    let mut index = kinds.make(definition)?;
    let mut vectors = Vectors {
        parts,
        lineage,
        bytes: definition.dimensions * 4,
        segments: read.stored.segments.clone().into_iter(),
        current: None,
        part: Vec::new(),
        at: 0,
    };
    let mut failed = None;
    index.load(
        saved,
        &mut std::iter::from_fn(|| {
            vectors.next_vector().unwrap_or_else(|error| {
                failed = Some(error);
                None
            })
        }),
    )?;
    // The sum of the last segment is compared behind its last vector.
    if let Some(error) = failed.or_else(|| vectors.next_part().err()) {
        return Err(error);
    }
    if index.len() != owners.len() {
        return Err(corrupt("there are more or fewer vectors than rows"));
    }
    let mut newest = HashMap::default();
    for (owner, node) in owners.iter().zip(0..) {
        if owner.born != NEVER && owner.died == NEVER {
            newest.insert(owner.rowid, node);
        }
    }
    let (generations, next) = (read.generations, read.next);
    let contents = Contents { index, owners, newest, generations, next, stored: read.stored };
    Ok(Some(Graph { place, lineage, contents: RwLock::new(contents) }))
}

fn read_owner(bytes: &[u8; 16]) -> Owner {
    let bits = u128::from_le_bytes(*bytes);
    Owner { rowid: bits as u64 as i64, born: (bits >> 64) as u32, died: (bits >> 96) as u32 }
}
