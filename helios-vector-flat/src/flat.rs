//! An index that looks at every vector: exact, and no slower than a table can be read.

use helios_core::vector::{Found, IndexOption, Metric, Node, NodeFilter, VectorIndex, VectorIndexKind};
use helios_core::{Error, ErrorKind, Result};

use crate::{Candidate, Nearest, Query};

/// The kind `flat`.
#[derive(Clone, Copy, Debug, Default)]
pub struct FlatKind;

impl VectorIndexKind for FlatKind {
    fn name(&self) -> &'static str {
        "flat"
    }

    fn options(&self) -> &'static [IndexOption] {
        &[]
    }

    fn make(&self, metric: Metric, dimensions: usize, _: &[usize]) -> Box<dyn VectorIndex> {
        Box::new(Flat::new(metric, dimensions))
    }
}

/// All vectors, one behind the other, as they were given.
#[derive(Debug)]
pub struct Flat {
    metric: Metric,
    dimensions: usize,
    vectors: Vec<u8>,
    removed: Vec<bool>,
    removed_count: usize,
}

impl Flat {
    /// An empty index.
    pub fn new(metric: Metric, dimensions: usize) -> Flat {
        Flat { metric, dimensions, vectors: Vec::new(), removed: Vec::new(), removed_count: 0 }
    }

    /// Whether a vector was inserted and not removed.
    pub fn contains(&self, node: Node) -> bool {
        self.removed.get(node as usize) == Some(&false)
    }

    /// All vectors in their order, those included that were removed.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Vec<f32>> {
        let rows = self.vectors.chunks_exact((self.dimensions * 4).max(1));
        rows.map(|row| row.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    /// The distance of a vector from a query of the same dimension; nothing where there is none, or no such vector.
    pub fn distance(&self, query: &Query, node: Node) -> Option<f64> {
        let start = (node as usize).checked_mul(self.dimensions * 4)?;
        query.distance(self.vectors.get(start..start + self.dimensions * 4)?)
    }
}

/// The first bytes of a saved index: the name of the format, and its version.
const MAGIC: &[u8; 8] = b"flat\0\0\0\x01";

pub(crate) fn corrupt(message: &str) -> Error {
    Error::new(ErrorKind::Corrupt, message)
}

impl VectorIndex for Flat {
    fn insert(&mut self, vector: &[f32]) -> Node {
        assert_eq!(vector.len(), self.dimensions, "the vector has the dimension of the index");
        self.vectors.extend(vector.iter().flat_map(|element| element.to_le_bytes()));
        self.removed.push(false);
        self.removed.len() as Node - 1
    }

    fn remove(&mut self, node: Node) {
        if let Some(removed) = self.removed.get_mut(node as usize)
            && !std::mem::replace(removed, true)
        {
            self.removed_count += 1;
        }
    }

    fn len(&self) -> usize {
        self.removed.len()
    }

    fn removed(&self) -> usize {
        self.removed_count
    }

    fn search(&self, query: &[f32], most: usize, _: usize, passes: &NodeFilter<'_>) -> Found {
        assert_eq!(query.len(), self.dimensions, "the query has the dimension of the index");
        let query = Query::new(self.metric, query.to_vec());
        let mut nearest = Nearest::new(most);
        let rows = self.vectors.chunks_exact(self.dimensions * 4);
        for ((node, row), removed) in (0..).zip(rows).zip(&self.removed) {
            if !removed
                && passes(node)
                && let Some(distance) = query.distance(row)
            {
                nearest.push(Candidate { distance, id: i64::from(node) });
            }
        }
        let found = nearest.into_sorted();
        let nearest = found.into_iter().map(|found| (found.distance, found.id as Node)).collect();
        Found { nearest, gave_up: false }
    }

    fn save(&self, out: &mut Vec<u8>) {
        let body: Vec<u8> = self.removed.iter().map(|removed| u8::from(*removed)).collect();
        out.extend(MAGIC);
        out.extend((self.removed.len() as u64).to_le_bytes());
        out.extend(sum(&body).to_le_bytes());
        out.extend(body);
    }

    fn load(&mut self, saved: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()> {
        let rest = saved.strip_prefix(MAGIC).ok_or_else(|| corrupt("the index is another one"))?;
        let cut = || corrupt("the index is cut off");
        let (count, rest) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        let (expected, body) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        if u64::from_le_bytes(*count) != body.len() as u64 || u64::from_le_bytes(*expected) != sum(body) {
            return Err(corrupt("the index is not what was written"));
        }
        let mut loaded = Flat::new(self.metric, self.dimensions);
        for (node, removed) in (0..).zip(body) {
            let vector = vectors.next().filter(|vector| vector.len() == self.dimensions);
            loaded.insert(&vector.ok_or_else(|| corrupt("the vectors are not those of the index"))?);
            if *removed != 0 {
                loaded.remove(node);
            }
        }
        *self = loaded;
        Ok(())
    }
}

/// FNV-1a, of 64 bits.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let seed = 0xcbf2_9ce4_8422_2325 ^ bytes.len() as u64;
    bytes.iter().fold(seed, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
