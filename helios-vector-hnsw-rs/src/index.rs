//! The crate's graph behind the trait of graphs.

use helios_core::Result;
use helios_core::vector::{GraphParameters, Metric, Node, NodeFilter};
use helios_vector_flat::{Graph, GraphIndex};
use hnsw_rs::prelude::Hnsw;

use crate::order::Order;

/// The first bytes of a saved index: the name of the format, and its version.
const FORMAT: &[u8; 8] = b"hnswrs\0\x02";

/// Layers that a graph has at most, as the crate wants it.
const MOST_LAYERS: usize = 16;

/// An empty index on a graph of the crate `hnsw_rs`.
///
/// # Panics
/// If there are to be no neighbours, or more than the crate's 256.
pub fn hnsw_rs(metric: Metric, dimensions: usize, parameters: GraphParameters) -> GraphIndex<HnswRs> {
    let GraphParameters { links, construction } = parameters;
    assert!((1..=256).contains(&links), "a node has 1 to 256 neighbours");
    let graph =
        HnswRs { graph: Hnsw::new(links, 0, MOST_LAYERS, construction, Order::new(metric)), nodes: 0 };
    GraphIndex::new(metric, dimensions, graph, FORMAT, &[links, construction])
}

/// A graph of the crate `hnsw_rs`.
pub struct HnswRs {
    graph: Hnsw<'static, f32, Order>,
    nodes: usize,
}

impl Graph for HnswRs {
    const EFFORT_IS_OF_ALL: bool = false;

    fn insert(&mut self, vector: &[f32]) {
        self.graph.insert_slice((vector, self.nodes));
        self.nodes += 1;
    }

    fn search(&self, query: &[f32], most: usize, effort: usize, passes: &NodeFilter<'_>) -> Vec<Node> {
        let filter = |id: &usize| Node::try_from(*id).is_ok_and(passes);
        let found = self.graph.search_filter(query, most, effort, Some(&filter));
        found.into_iter().filter_map(|neighbour| Node::try_from(neighbour.d_id).ok()).collect()
    }

    fn save(&self, _: &mut Vec<u8>) {}

    fn load(&mut self, _: &[u8], vectors: &mut dyn Iterator<Item = Vec<f32>>) -> Result<()> {
        vectors.for_each(|vector| self.insert(&vector));
        Ok(())
    }
}
