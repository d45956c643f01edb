//! A graph of faiss behind the trait of graphs.
//!
//! ```text
//! links   nodes, slots, entry and highest layer, 4 bytes each; the layers of each node, 4 bytes; the slots, 4 bytes
//! ```

use helios_core::Result;
use helios_core::vector::{GraphParameters, Metric, Node, NodeFilter};
use helios_vector_flat::{Graph, GraphIndex, broken_links};

use crate::bridge::{Bridge, Distance, Links};

/// The first bytes of a saved index: the name of the format, and its version.
const FORMAT: &[u8; 8] = b"faiss\0\0\x01";

/// An empty index on a graph of faiss.
///
/// # Panics
/// If there is no room for it.
pub fn faiss(metric: Metric, dimensions: usize, parameters: GraphParameters) -> GraphIndex<Faiss> {
    let GraphParameters { links, construction } = parameters;
    let distance = match metric {
        Metric::Cosine | Metric::Dot => Distance::Product,
        Metric::Euclidean => Distance::Euclidean,
        Metric::Manhattan => Distance::Manhattan,
    };
    let graph = Faiss(Bridge::new(dimensions, links, construction, distance));
    GraphIndex::new(metric, dimensions, graph, FORMAT, &[links, construction])
}

/// A graph of faiss.
pub struct Faiss(Bridge);

impl Graph for Faiss {
    const EFFORT_IS_OF_ALL: bool = true;

    fn insert(&mut self, vector: &[f32]) {
        self.0.insert(vector);
    }

    fn search(&self, query: &[f32], most: usize, effort: usize, passes: &NodeFilter<'_>) -> Vec<Node> {
        self.0.search(query, most, effort, passes)
    }

    fn save(&self, out: &mut Vec<u8>) {
        let links = self.0.links();
        let head = [links.levels.len() as i32, links.neighbours.len() as i32, links.entry, links.top];
        let numbers = head.iter().chain(&links.levels).chain(&links.neighbours);
        out.extend(numbers.flat_map(|number| number.to_le_bytes()));
    }

    fn load(&mut self, links: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()> {
        let links = read(links).ok_or_else(broken_links)?;
        let vectors: Vec<f32> = vectors.flatten().collect();
        if self.0.restore(&vectors, &links) { Ok(()) } else { Err(broken_links()) }
    }
}

fn read(bytes: &[u8]) -> Option<Links> {
    let (numbers, []) = bytes.as_chunks::<4>() else { return None };
    let numbers: Vec<i32> = numbers.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect();
    let (&[nodes, slots, entry, top], rest) = numbers.split_first_chunk::<4>()?;
    let (levels, neighbours) = rest.split_at_checked(usize::try_from(nodes).ok()?)?;
    let is_whole = usize::try_from(slots).is_ok_and(|slots| slots == neighbours.len());
    is_whole.then(|| Links { levels: levels.to_vec(), neighbours: neighbours.to_vec(), entry, top })
}
